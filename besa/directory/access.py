"""Who may do what: permissions and roles, declared in words that people read in the manual."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.directory import case_policy


class Permission(StrEnum):
    """A deed, named noun first."""

    PLAN_VIEW = "plan_view"
    PLAN_IMPORT = "plan_import"
    AMENDMENT_PROPOSE = "amendment_propose"
    AMENDMENT_DECIDE = "amendment_decide"
    DIRECTORY_VIEW = "directory_view"
    AGENCY_EDIT = "agency_edit"
    SEAT_EDIT = "seat_edit"
    MEMBERSHIP_VIEW = "membership_view"
    MEMBERSHIP_PROPOSE = "membership_propose"
    MEMBERSHIP_APPROVE = "membership_approve"
    ROUND_VIEW = "round_view"
    ROUND_OPEN = "round_open"
    ROUND_LOCK = "round_lock"
    ROUND_REOPEN_ASK = "round_reopen_ask"
    ROUND_REOPEN_APPROVE = "round_reopen_approve"
    RETURN_VIEW = "return_view"  # of one's own agency and the agencies below it
    RETURN_VIEW_ALL = "return_view_all"
    RETURN_EDIT = "return_edit"
    RETURN_SUBMIT = "return_submit"
    RETURN_REVIEW = "return_review"
    DASHBOARD_VIEW = "dashboard_view"
    REPORT_VIEW = "report_view"
    REPORT_MAKE = "report_make"
    REPORT_ADOPT = "report_adopt"
    DOCUMENT_VIEW = "document_view"
    ASSESSMENT_VIEW = "assessment_view"  # questionnaires as such, never what was answered to one
    AUDIT_VIEW = "audit_view"
    ANOMALY_ANSWER = "anomaly_answer"
    # of cases: the deeds of `case_policy.py`, and those without a case
    CASE_VIEW = "case_view"
    CASE_OPEN = "case_open"
    CASE_EDIT = "case_edit"
    CASE_MOVE = "case_move"
    IDENTITY_SEARCH = "identity_search"
    IDENTITY_REVEAL = "identity_reveal"
    IDENTITY_EDIT = "identity_edit"
    NOTE_VIEW = "note_view"
    NOTE_ADD = "note_add"
    ATTACHMENT_VIEW = "attachment_view"
    ATTACHMENT_ADD = "attachment_add"
    TEAM_EDIT = "team_edit"
    SHARE_EDIT = "share_edit"
    CONFLICT_DECLARE = "conflict_declare"
    EXPORT_ASK = "export_ask"
    EXPORT_APPROVE = "export_approve"
    GLASS_BREAK = "glass_break"
    GLASS_REVIEW = "glass_review"
    HOLD_ASK = "hold_ask"
    HOLD_CONFIRM = "hold_confirm"
    ERASE_ASK = "erase_ask"
    ERASE_CONFIRM = "erase_confirm"
    STATEMENT_MAKE = "statement_make"
    STATUS_VIEW = "status_view"
    STATUS_DECIDE = "status_decide"
    STATUS_CONFIRM = "status_confirm"
    FACTS_VIEW = "facts_view"
    FACTS_EDIT = "facts_edit"
    CONSENT_EDIT = "consent_edit"
    OVERRIDE_ASK = "override_ask"
    OVERRIDE_APPROVE = "override_approve"
    CLOCK_EDIT = "clock_edit"
    TASK_VIEW = "task_view"
    TASK_EDIT = "task_edit"
    CONFERENCE_VIEW = "conference_view"
    CONFERENCE_EDIT = "conference_edit"
    REFERRAL_MAKE = "referral_make"
    CASE_TRANSFER = "case_transfer"
    MATCH_VIEW = "match_view"
    MERGE_ASK = "merge_ask"
    MERGE_CONFIRM = "merge_confirm"
    CONCERN_REPORT = "concern_report"
    CONCERN_TAKE = "concern_take"
    REFERRAL_VIEW = "referral_view"  # referrals from and to one's own agency
    REFERRAL_ANSWER = "referral_answer"
    PROVIDER_VIEW = "provider_view"
    PROVIDER_EDIT = "provider_edit"  # of one's own agency; the Responsible Authority accredits
    PROVIDER_ACCREDIT = "provider_accredit"
    MEASURE_VIEW = "measure_view"
    COMPARTMENT_PROPOSE = "compartment_propose"
    COMPARTMENT_APPROVE = "compartment_approve"
    CANARY_SET = "canary_set"


P = Permission
_EVERYBODY = frozenset({P.PLAN_VIEW, P.DIRECTORY_VIEW})
_INSIDE = _EVERYBODY | {P.ROUND_VIEW, P.REPORT_VIEW, P.DOCUMENT_VIEW, P.ASSESSMENT_VIEW}
_ALL_RETURNS = frozenset({P.RETURN_VIEW, P.RETURN_VIEW_ALL})
_REPORTS = _INSIDE | {P.RETURN_VIEW, P.RETURN_EDIT, P.RETURN_SUBMIT}


@dataclass(frozen=True)
class Role:
    """A role that a membership gives: its code, its name, a sentence for people, and what it may do."""

    code: str
    name: Promise
    purpose: Promise
    permissions: frozenset[Permission]


_REFERRALS = frozenset({P.REFERRAL_VIEW, P.REFERRAL_ANSWER, P.PROVIDER_VIEW})
_WORK = frozenset({P.CASE_OPEN, P.IDENTITY_SEARCH, P.CONCERN_REPORT, P.CONCERN_TAKE}) | _REFERRALS
_FIGURES = frozenset({P.MEASURE_VIEW})
_DECLARED = (
    Role(
        "coordinator",
        _("Office of the National Coordinator"),
        _(
            "Runs the plan and the quarter: opens rounds, reviews returns, writes the report, brings amendments forward."
        ),
        _REPORTS
        | {
            P.PLAN_IMPORT,
            P.AMENDMENT_PROPOSE,
            P.AGENCY_EDIT,
            P.SEAT_EDIT,
            P.ROUND_OPEN,
            P.ROUND_LOCK,
            P.ROUND_REOPEN_ASK,
        }
        | {P.RETURN_VIEW_ALL, P.RETURN_REVIEW, P.DASHBOARD_VIEW, P.REPORT_MAKE, P.MEMBERSHIP_VIEW}
        | _FIGURES,
    ),
    Role(
        "national_coordinator",
        _("National Coordinator"),
        _(
            "Answers for the plan: records decisions of the State Committee, adopts reports, co-signs the reopening of a round."
        ),
        _INSIDE
        | {P.AMENDMENT_PROPOSE, P.AMENDMENT_DECIDE, P.ROUND_REOPEN_APPROVE, P.DASHBOARD_VIEW}
        | _ALL_RETURNS
        | {P.REPORT_MAKE, P.REPORT_ADOPT, P.SEAT_EDIT, P.MEMBERSHIP_VIEW},
    ),
    Role(
        "focal_point",
        _("Focal point of an institution"),
        _("Reports each quarter on the activities of her institution and plans its next half-year."),
        _REPORTS | _FIGURES,
    ),
    Role(
        "committee",
        _("Member of the State Committee or the Task Force"),
        _("Reads the plan, the returns' headlines and the reports, and decides in the body."),
        _INSIDE | {P.DASHBOARD_VIEW},
    ),
    Role(
        "donor",
        _("Donor"),
        _("Reads the plan, its progress and the adopted reports."),
        _EVERYBODY | {P.REPORT_VIEW},
    ),
    Role(
        "rcat",
        _("Regional Anti-Trafficking Committee"),
        _("Reports for the qark and reads what concerns it."),
        _REPORTS | _FIGURES | {P.PROVIDER_VIEW},
    ),
    Role(
        "municipality",
        _("Municipal social assistance and protection unit"),
        _("Keeps case files; reads the plan."),
        _INSIDE | _WORK,
    ),
    Role(
        "border_police",
        _("Border and migration police"),
        _("Identifies and refers at the border; reads the plan."),
        _INSIDE | _WORK,
    ),
    Role(
        "police",
        _("Anti-trafficking police"),
        _("Identifies, investigates and refers; reads the plan."),
        _INSIDE | _WORK,
    ),
    Role(
        "shelter",
        _("Shelter or service provider"),
        _("Receives referrals; reports on the measures that it carries out."),
        _REPORTS | _WORK | {P.PROVIDER_EDIT},
    ),
    Role(
        "consulate",
        _("Consulate"),
        _("Assists victims abroad; reads the plan."),
        _INSIDE | _WORK,
    ),
    Role(
        "responsible_authority",
        _("Responsible Authority"),
        _("Keeps the referral mechanism to its standards; reports on its activities."),
        _REPORTS | _WORK | _FIGURES | {P.COMPARTMENT_PROPOSE, P.PROVIDER_EDIT, P.PROVIDER_ACCREDIT},
    ),
    Role("prosecutor", _("Prosecutor"), _("Prosecutes; reads the plan."), _INSIDE),
    Role(
        "witness_protection",
        _("Witness protection directorate"),
        _("Protects witnesses; reads the plan."),
        _INSIDE | _WORK | {P.COMPARTMENT_PROPOSE},
    ),
    Role(
        "labour_inspector",
        _("Labour inspector"),
        _("Inspects enterprises and reports concerns; reads the plan."),
        _INSIDE | {P.CONCERN_REPORT},
    ),
    Role(
        "hotline",
        _("Hotline operator"),
        _("Takes calls and reports concerns; reads the plan."),
        _EVERYBODY | {P.CONCERN_REPORT},
    ),
    Role(
        "reporter",
        _("Health worker or teacher"),
        _("Reports a concern; reads the plan."),
        _EVERYBODY | {P.CONCERN_REPORT},
    ),
    Role(
        "statistician",
        _("Statistician"),
        _("Answers for the figures: reads all returns and reports."),
        _INSIDE | _ALL_RETURNS | _FIGURES | {P.DASHBOARD_VIEW},
    ),
    Role(
        "rapporteur",
        _("National rapporteur"),
        _("Reads figures, returns and reports independently of those who made them."),
        _INSIDE | _ALL_RETURNS | _FIGURES | {P.DASHBOARD_VIEW},
    ),
    Role("researcher", _("Researcher"), _("Reads the plan and adopted reports."), _EVERYBODY | {P.REPORT_VIEW}),
    Role(
        "user_admin",
        _("Administrator of users"),
        _("Proposes who holds which role; never the same person who approves it."),
        _EVERYBODY | {P.MEMBERSHIP_VIEW, P.MEMBERSHIP_PROPOSE},
    ),
    Role(
        "security_admin",
        _("Administrator of security"),
        _("Approves or refuses proposed roles, and closes accounts."),
        _EVERYBODY | {P.MEMBERSHIP_VIEW, P.MEMBERSHIP_APPROVE} | {P.COMPARTMENT_APPROVE},
    ),
    Role(
        "system_admin",
        _("Administrator of the system"),
        _("Runs the machine; sees no returns and no files."),
        _EVERYBODY,
    ),
    Role(
        "auditor",
        _("Auditor"),
        _("Reads the record of who did what."),
        _EVERYBODY | {P.AUDIT_VIEW, P.ANOMALY_ANSWER},
    ),
    Role(
        "data_protection",
        _("Data protection officer"),
        _("Watches over the rights of the persons concerned; reads the record of who did what."),
        _EVERYBODY | {P.AUDIT_VIEW, P.MEMBERSHIP_VIEW} | {P.CANARY_SET},
    ),
)

# What a role may do with cases comes from the rules there.
ROLES: dict[str, Role] = {
    role.code: replace(role, permissions=role.permissions | {P(deed) for deed in case_policy.deeds_of(role.code)})
    for role in _DECLARED
}


def roles_with(*permissions: Permission) -> list[str]:
    """The codes of the roles that hold one of the permissions."""
    return [role.code for role in ROLES.values() if role.permissions & set(permissions)]
