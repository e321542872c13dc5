"""What the person agrees to: given, withdrawn at once; and what two persons disclose without it, and a third reviews."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.audit.actions import SYSTEM, Actor
from besa.cases import consent_rules, queries_consent
from besa.cases.actions import clocks
from besa.cases.actions.common import locked
from besa.cases.models import Case, Consent, Override, Share
from besa.cases.policy import can, check_may
from besa.cases.rules import check_until
from besa.cases.time_limits import Kind
from besa.cases.workflow import OVERRIDE
from besa.directory.access import Permission, roles_with
from besa.directory.case_policy import Deed, Purpose
from besa.directory.models import Agency, Membership
from besa.directory.queries import people_with
from besa.lib.hooks import hooked
from besa.lib.refusal import Refused
from besa.notices import actions as notices
from besa.notices.models import Notice


def give_consent(
    *, case: Case, purpose: str, recipient: Agency | None, groups: Iterable[str], given_as: str, form: str,
    language: str, given_on: date, until_at: datetime, by: Membership, at: datetime,
) -> Consent:  # fmt: skip
    """Record what the person (or who decides for a child) agrees to: these parts, for this purpose, to this institution, until a day.

    Without a recipient it holds for each institution that the person is referred to.
    """
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.CONSENT_EDIT, at)
        parts = consent_rules.check_parts(groups)
        has_guardian = queries_consent.has_guardian(found, at)
        voice = consent_rules.check_voice(given_as, is_child=found.is_child, has_guardian=has_guardian)
        consent_rules.check_given(
            given_as=voice, form=form, language=language, given_on=given_on, until_at=until_at, at=at,
            today=timezone.localdate(at),
        )  # fmt: skip
        is_decided = voice == Consent.GivenAs.BEST_INTERESTS
        given = Consent.objects.create(
            case=found, purpose=Purpose(purpose).value, recipient=recipient, groups=parts, given_as=voice,
            form="" if is_decided else Consent.Form(form).value, language="" if is_decided else language,
            given_on=given_on, until_at=until_at, recorded_by=by, recorded_at=at,
        )  # fmt: skip
        audit.record(
            "consent_given", given, by=by, at=at, purpose=given.purpose,
            fields=["purpose", "recipient", "groups", "given_as", "until_at"],
        )  # fmt: skip
        clocks.start(case=found, kind=Kind.CONSENT, agency=found.owner, by=by, at=at, about=given.pk, due_at=until_at)
        return given


def withdraw_consent(*, consent: Consent, by: Membership, at: datetime) -> Consent:
    """The person withdraws: it counts at once. What rested on it ends in the same transaction."""
    with transaction.atomic():
        found, _standing = locked(consent.case, by, Deed.CONSENT_EDIT, at)
        row = found.consents.select_for_update(of=("self",)).get(pk=consent.pk)
        if row.withdrawn_at is not None:
            raise Refused(_("This consent was withdrawn already."))
        row.withdrawn_at, row.withdrawn_by = at, by
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.record("consent_withdrawn", row, by=by, at=at, fields=["withdrawn_at"], purpose=row.purpose)
        clocks.stop(case=found, kind=Kind.CONSENT, by=by, at=at, about=row.pk)
        settle(case=found, by=by, at=at)
        return row


def settle(*, case: Case, by: Actor, at: datetime) -> None:
    """End what is shared beyond what is agreed to now; what is left of a share goes on as a new one. Then the hooks
    `consent_withdrawn(case=…, by=…, at=…)` do the same with what else rests on consent.
    """
    with transaction.atomic():
        now = queries_consent.agreed(case, at)
        held = queries_consent.shares_in_force(case, at).select_for_update(of=("self",)).order_by("pk")
        for share in held.select_related("given_by"):
            agreed = now.parts(share.purpose, share.agency_id)
            if not set(share.groups) <= agreed or not agreed:
                _cut_down(share, agreed, by=by, at=at)
        for provide in hooked("consent_withdrawn"):
            provide(case=case, by=by, at=at)


def _cut_down(share: Share, agreed: frozenset[str], *, by: Actor, at: datetime) -> None:
    share.ended_at = at
    share.save(update_fields=["ended_at"])
    audit.record("share_ended", share, by=by, at=at, fields=["ended_at"])
    if agreed:
        rest = Share.objects.create(
            case=share.case, agency=share.agency, purpose=share.purpose, groups=sorted(set(share.groups) & agreed),
            from_at=at, until_at=share.until_at, given_by=share.given_by,
        )  # fmt: skip
        audit.record("share_given", rest, by=by, at=at, fields=["agency", "purpose", "groups", "until_at"])


# --- without consent: two persons, and a third who reviews


def ask_override(
    *, case: Case, purpose: str, recipient: Agency, groups: Iterable[str], reason: str, until_at: datetime,
    by: Membership, at: datetime,
) -> Override:  # fmt: skip
    """Ask that parts of the file be disclosed without consent, for a reason of the list. Another person decides."""
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.OVERRIDE_ASK, at)
        check_until(until_at, at, consent_rules.LONGEST_OVERRIDE)
        if recipient.pk == found.owner_id:
            raise Refused(_("The case belongs to this institution already."))
        asked = Override.objects.create(
            case=found, purpose=Purpose(purpose).value, recipient=recipient, groups=consent_rules.check_parts(groups),
            reason=Override.Reason(reason).value, until_at=until_at, asked_by=by, asked_at=at,
        )  # fmt: skip
        fields = ["purpose", "recipient", "groups", "reason", "until_at"]
        audit.record("override_asked", asked, by=by, at=at, fields=fields, purpose=asked.purpose)
        people = _who_may(roles_with(Permission.OVERRIDE_APPROVE), found, at, but=by)
        _tell(people, Notice.Kind.OVERRIDE_ASKED, asked, at)
        return asked


def decide_override(*, override: Override, is_granted: bool, by: Membership, at: datetime) -> Override:
    """Approve or refuse it as the second person. The data protection officer is told, and a third person reviews within 72 hours."""
    with transaction.atomic():
        found = _override(override, "approve" if is_granted else "refuse", by, at)
        consent_rules.check_may_decide(by, found, at)
        found.decided_by, found.decided_at = by, at
        found.save(update_fields=["state", "decided_by", "decided_at"])
        verb = "override_approved" if is_granted else "override_refused"
        audit.record(verb, found, by=by, at=at, fields=["state"], purpose=found.purpose)
        told = [found.asked_by]
        if is_granted:
            told += _who_may(["data_protection"], found.case, at, but=by)
            clocks.start(
                case=found.case, kind=Kind.OVERRIDE_REVIEW, agency=found.case.owner, by=by, at=at, about=found.pk
            )
        _tell(told, Notice.Kind.OVERRIDE_DECIDED, found, at)
        return found


def review_override(*, override: Override, is_justified: bool, by: Membership, at: datetime) -> Override:
    """Say as a third person whether it was justified; where it was not, it ends at once."""
    with transaction.atomic():
        found = _override(override, "review", by, at)
        consent_rules.check_may_review(by, found)
        found.is_justified, found.reviewed_by, found.reviewed_at = is_justified, by, at
        found.save(update_fields=["state", "is_justified", "reviewed_by", "reviewed_at"])
        audit.record("override_reviewed", found, by=by, at=at, fields=["state", "is_justified"], purpose=found.purpose)
        clocks.meet(case=found.case, kind=Kind.OVERRIDE_REVIEW, by=by, at=at, about=found.pk)
        if not is_justified:
            settle(case=found.case, by=SYSTEM, at=at)
        return found


def _override(override: Override, verb: str, by: Membership, at: datetime) -> Override:
    """The row with its next state, its case locked before it, for who may decide about it."""
    case = Case.objects.held().select_related("owner", "subject").get(pk=override.case_id)
    check_may(by, Deed.OVERRIDE_APPROVE, case, at)
    rows = case.overrides.select_for_update(of=("self",)).select_related(
        "asked_by__user", "decided_by__user", "recipient"
    )
    found: Override = rows.get(pk=override.pk)
    found.case = case
    found.state = OVERRIDE.after(found.state, verb)
    return found


def _who_may(roles: Iterable[str], case: Case, at: datetime, *, but: Membership) -> list[Membership]:
    """Members in the roles who may know of the case, without the one who acts."""
    found = people_with(roles, timezone.localdate(at)).exclude(user=but.user_id).order_by("pk")
    return [member for member in found if can(member, Deed.OVERRIDE_APPROVE, case, at)]


def _tell(to: Iterable[Membership], kind: str, override: Override, at: datetime) -> None:
    notices.send(to=to, kind=kind, url_name="cases:override", url_args=[override.case.number, str(override.pk)], at=at)
