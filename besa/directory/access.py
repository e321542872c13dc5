"""Who may do what: permissions and roles, declared in words that people read in the manual."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


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
    AUDIT_VIEW = "audit_view"


P = Permission
_EVERYBODY = frozenset({P.PLAN_VIEW, P.DIRECTORY_VIEW})
_INSIDE = _EVERYBODY | {P.ROUND_VIEW, P.REPORT_VIEW, P.DOCUMENT_VIEW}
_ALL_RETURNS = frozenset({P.RETURN_VIEW, P.RETURN_VIEW_ALL})
_REPORTS = _INSIDE | {P.RETURN_VIEW, P.RETURN_EDIT, P.RETURN_SUBMIT}


@dataclass(frozen=True)
class Role:
    """A role that a membership gives: its code, its name, a sentence for people, and what it may do."""

    code: str
    name: Promise
    purpose: Promise
    permissions: frozenset[Permission]


ROLES: dict[str, Role] = {
    role.code: role
    for role in [
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
            | {P.RETURN_VIEW_ALL, P.RETURN_REVIEW, P.DASHBOARD_VIEW, P.REPORT_MAKE, P.MEMBERSHIP_VIEW},
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
            _REPORTS,
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
            _REPORTS,
        ),
        Role(
            "municipality",
            _("Municipal social assistance and protection unit"),
            _("Keeps case files; reads the plan."),
            _INSIDE,
        ),
        Role(
            "border_police",
            _("Border and migration police"),
            _("Identifies and refers at the border; reads the plan."),
            _INSIDE,
        ),
        Role(
            "police", _("Anti-trafficking police"), _("Identifies, investigates and refers; reads the plan."), _INSIDE
        ),
        Role(
            "shelter",
            _("Shelter or service provider"),
            _("Receives referrals; reports on the measures that it carries out."),
            _REPORTS,
        ),
        Role("consulate", _("Consulate"), _("Assists victims abroad; reads the plan."), _INSIDE),
        Role(
            "responsible_authority",
            _("Responsible Authority"),
            _("Keeps the referral mechanism to its standards; reports on its activities."),
            _REPORTS,
        ),
        Role("prosecutor", _("Prosecutor"), _("Prosecutes; reads the plan."), _INSIDE),
        Role(
            "witness_protection", _("Witness protection directorate"), _("Protects witnesses; reads the plan."), _INSIDE
        ),
        Role("labour_inspector", _("Labour inspector"), _("Inspects enterprises; reads the plan."), _INSIDE),
        Role("hotline", _("Hotline operator"), _("Takes calls; reads the plan."), _EVERYBODY),
        Role("reporter", _("Health worker or teacher"), _("Reports a concern; reads the plan."), _EVERYBODY),
        Role(
            "statistician",
            _("Statistician"),
            _("Answers for the figures: reads all returns and reports."),
            _INSIDE | _ALL_RETURNS | {P.DASHBOARD_VIEW},
        ),
        Role(
            "rapporteur",
            _("National rapporteur"),
            _("Reads figures, returns and reports independently of those who made them."),
            _INSIDE | _ALL_RETURNS | {P.DASHBOARD_VIEW},
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
            _("Approves or refuses proposed roles."),
            _EVERYBODY | {P.MEMBERSHIP_VIEW, P.MEMBERSHIP_APPROVE},
        ),
        Role(
            "system_admin",
            _("Administrator of the system"),
            _("Runs the machine; sees no returns and no files."),
            _EVERYBODY,
        ),
        Role("auditor", _("Auditor"), _("Reads the record of who did what."), _EVERYBODY | {P.AUDIT_VIEW}),
        Role(
            "data_protection",
            _("Data protection officer"),
            _("Watches over the rights of the persons concerned; reads the record of who did what."),
            _EVERYBODY | {P.AUDIT_VIEW, P.MEMBERSHIP_VIEW},
        ),
    ]
}
