"""Referring a person: offered, answered, taken back, not answered, done. Whatever happens at once, there is one outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.assistance import queries
from besa.assistance.models import Provider, Referral
from besa.assistance.rules import (
    LONGEST,
    REPLY,
    check_is_receiver,
    check_is_sender,
    check_may_accept,
    check_may_go_on,
    check_may_refer,
    check_may_revoke,
    is_late,
)
from besa.assistance.workflow import OPEN, REFERRAL
from besa.audit import actions as audit
from besa.cases import numbers, policy
from besa.cases.actions import clocks, referring
from besa.cases.actions.common import locked
from besa.cases.actions.reading import flags_of, record_reading
from besa.cases.codes import Need
from besa.cases.models import Case, Clock, Share
from besa.cases.queries_consent import agreed, consented
from besa.cases.time_limits import Kind, Level
from besa.directory.access import Permission, roles_with
from besa.directory.case_policy import Deed
from besa.directory.models import Agency, Membership
from besa.directory.queries import people_with
from besa.lib.refusal import Refused
from besa.notices import actions as notices
from besa.notices.models import Notice
from besa.vault import cells
from besa.vault.row_context import reading_as_system


@dataclass(frozen=True)
class Wanted:
    """What is asked for a person, in codes: what the receiver sees before it accepts."""

    services: tuple[str, ...]
    urgency: str
    purpose: str
    groups: tuple[str, ...] = ()
    companions: int = 0
    message: str = ""
    kind: str = Referral.Kind.SERVICE


def refer(
    *,
    case: Case,
    to: Agency,
    provider: Provider | None,
    wanted: Wanted,
    previous: Referral | None = None,
    by: Membership,
    at: datetime,
) -> Referral:
    """Ask an institution for services; its clock for the answer starts."""
    deed = Deed.CASE_TRANSFER if wanted.kind == Referral.Kind.HANDOVER else Deed.REFERRAL_MAKE
    with transaction.atomic():
        found, _standing = locked(case, by, deed, at)
        if previous is not None:
            previous = _gave_way(previous, found, by, at)
        allowed = consented(found, purpose=wanted.purpose, recipient=to, at=at)
        check_may_refer(
            services=wanted.services,
            groups=wanted.groups,
            consented=allowed,
            to=to,
            owner=found.owner_id,
            kind=wanted.kind,
        )
        if found.referrals.filter(to_agency=to, kind=wanted.kind, state="offered").exists():
            raise Refused(_("This institution has been asked already and has not answered yet."))
        referral = _made(found, to, provider, wanted, previous, by, at)
        clocks.start(
            case=found,
            kind=Kind.REFERRAL_REPLY,
            agency=to,
            about=referral.pk,
            due_at=referral.reply_by,
            urgency=wanted.urgency,
            by=by,
            at=at,
        )
        _tell(referral, Notice.Kind.REFERRAL_OFFERED, to, at)
        return referral


def _made(
    case: Case,
    to: Agency,
    provider: Provider | None,
    wanted: Wanted,
    previous: Referral | None,
    by: Membership,
    at: datetime,
) -> Referral:
    identification = getattr(case, "identification", None)
    referral = Referral(
        scope=case.scope, number=numbers.new_number(), case=case, kind=wanted.kind, from_agency=by.agency, from_by=by,
        to_agency=to, provider=provider, services=sorted(wanted.services), urgency=wanted.urgency, purpose=wanted.purpose,
        groups=sorted(wanted.groups), companions=wanted.companions, is_child=case.is_child, sex=case.subject.sex,
        risk=case.risk, qark=case.qark, offered_at=at, reply_by=at + REPLY[wanted.urgency], previous=previous,
        age_group=identification.age_group if identification else "unknown",
        languages=sorted(case.subject.languages.values_list("code", flat=True)),
        needs_interpreter=case.subject.languages.filter(needs_interpreter=True).exists(),
    )  # fmt: skip
    cells.seal(referral, message=wanted.message.strip())
    referral.save(force_insert=True)
    audit.record(
        "referral_offered", referral, by=by, at=at,
        fields=["to_agency", "provider", "services", "urgency", "purpose", "groups", "message"],
    )  # fmt: skip
    return referral


def _locked(referral: Referral) -> tuple[Case, Referral]:
    """The case first, then its referral: everybody who changes both takes them in this order."""
    case = Case.objects.held().select_related("subject", "owner").get(pk=referral.case_id)
    row = Referral.objects.select_for_update(of=("self",)).select_related(
        "to_agency", "from_agency", "from_by", "share"
    )
    return case, row.get(pk=referral.pk)


def accept(*, referral: Referral, by: Membership, at: datetime) -> Referral:
    """Take the person on: what she consented to opens, a place is taken, a case that was handed over has a new owner.

    Who answers does not see the case before, so the look-up does not depend on the reader.
    """
    with reading_as_system(at):
        case, row = _locked(referral)
        _check_may_answer(row, by, "accept", at)
        check_may_go_on(state=case.state, is_merged=case.merged_into_id is not None)
        provider = Provider.objects.select_for_update(of=("self",)).get(pk=row.provider_id) if row.provider_id else None
        check_may_accept(
            consented=consented(case, purpose=row.purpose, recipient=row.to_agency, at=at), groups=row.groups,
            free=queries.free_places(provider) - row.companions if provider and provider.kind in queries.WITH_BED else None,
            needs_bed=Need.SHELTER.value in row.services,
        )  # fmt: skip
        row.state = REFERRAL.after(row.state, "accept")
        until = agreed(case, at).until(row.purpose, row.to_agency_id, row.groups) or at
        row.share = referring.admit(
            case=case, agency=row.to_agency, purpose=row.purpose, groups=row.groups, until_at=min(until, at + LONGEST),
            given_by=row.from_by, by=by, at=at,
        )  # fmt: skip
        _answered(row, "referral_accepted", by, at, ["state", "share"])
        if row.kind == Referral.Kind.HANDOVER:
            referring.hand_over(case=case, lead=by, by=by, at=at)
        return row


def _check_may_answer(referral: Referral, by: Membership, verb: str, at: datetime) -> None:
    check_is_receiver(by, referral)
    if (
        not by.can(Permission.REFERRAL_ANSWER)
        or not Referral.objects.visible_to(by, at).filter(pk=referral.pk).exists()
    ):
        raise Refused(_("Your role does not answer referrals."))
    REFERRAL.check(referral.state, verb)


def decline(*, referral: Referral, reason: str, by: Membership, at: datetime) -> Referral:
    """Say no, with a reason of the list; the sender looks for another provider."""
    with reading_as_system(at):
        _case, row = _locked(referral)
        _check_may_answer(row, by, "decline", at)
        row.state = REFERRAL.after(row.state, "decline")
        row.decline_reason = Referral.Decline(reason).value
        _answered(row, "referral_declined", by, at, ["state", "decline_reason"])
        return row


def _answered(row: Referral, verb: str, by: Membership, at: datetime, fields: list[str]) -> None:
    row.answered_at, row.answered_by = at, by
    row.version += 1
    row.save()
    audit.record(verb, row, by=by, at=at, fields=fields)
    clocks.meet(case=row.case, kind=Kind.REFERRAL_REPLY, about=row.pk, by=by, at=at)
    _tell(row, Notice.Kind.REFERRAL_ANSWERED, row.from_agency, at)


def revoke(*, referral: Referral, by: Membership, at: datetime) -> Referral:
    """Take a referral back, also one that was accepted: the receiver finds nothing of the case from its next request."""
    with transaction.atomic():
        case, row = _locked(referral)
        check_is_sender(by, row)
        policy.check_may(by, Deed.REFERRAL_MAKE, case, at)
        check_may_revoke(row)
        return _revoked(row, by, at)


def follow_consent(*, case: Case, by: audit.Actor, at: datetime) -> int:
    """After consent was withdrawn: what is not agreed to any more goes out of each referral; one of which nothing is left is taken
    back at once. Gives how many were changed.
    """
    number = 0
    for referral in Referral.objects.filter(case=case, state__in=OPEN).order_by("offered_at", "id"):
        with transaction.atomic():
            found, row = _locked(referral)
            if row.state in OPEN:
                known = consented(found, purpose=row.purpose, recipient=row.to_agency, at=at)
                number += _followed(row, known, by, at)
    return number


def _followed(row: Referral, known: frozenset[str], by: audit.Actor, at: datetime) -> bool:
    left = sorted(set(row.groups) & known)
    if not known or (row.groups and not left):
        if row.kind == Referral.Kind.HANDOVER and row.state == Referral.State.ACCEPTED:
            return False  # the case has changed hands; what was shared for it has ended with the consent
        _revoked(row, by, at)
        return True
    if left == row.groups:
        return False
    row.groups = left
    row.share = _rest(row, at)
    row.version += 1
    row.save()
    audit.record("referral_narrowed", row, by=by, at=at, fields=["groups", "share"])
    return True


def _rest(row: Referral, at: datetime) -> Share | None:
    """The share that goes on with what is left of the one that this referral opened."""
    if row.share is None or row.share.ended_at is None:
        return row.share
    rest = Share.objects.filter(case=row.case_id, agency=row.to_agency_id, purpose=row.purpose, ended_at__isnull=True)
    rest = rest.filter(from_at=row.share.ended_at, given_by=row.share.given_by_id, referral__isnull=True)
    return next((share for share in rest.order_by("pk") if set(share.groups) <= set(row.share.groups)), row.share)


def take_back_with_case(*, case: Case, by: audit.Actor, at: datetime) -> None:
    """A case is closed: who was asked and has not answered yet need not answer any more."""
    for referral in Referral.objects.filter(case=case, state=Referral.State.OFFERED).order_by("offered_at", "id"):
        with transaction.atomic():
            _case, row = _locked(referral)
            if row.state == Referral.State.OFFERED:
                _revoked(row, by, at)


def _revoked(row: Referral, by: audit.Actor, at: datetime) -> Referral:
    row.state = REFERRAL.after(row.state, "revoke")
    _end(row, by, at)
    row.save()
    audit.record("referral_revoked", row, by=by, at=at, fields=["state"])
    _tell(row, Notice.Kind.REFERRAL_REVOKED, row.to_agency, at)
    return row


def _end(row: Referral, by: audit.Actor, at: datetime) -> None:
    """What was opened closes, and the clock stops."""
    if row.share is not None:
        referring.dismiss(share=row.share, by=by, at=at)
    clocks.stop(case=row.case, kind=Kind.REFERRAL_REPLY, about=row.pk, by=by, at=at)
    row.ended_at, row.ended_by = at, by if isinstance(by, Membership) else None
    row.version += 1


def finish(*, referral: Referral, outcome: str, by: Membership, at: datetime) -> Referral:
    """The services were given, or ended otherwise. The sender sees the outcome and nothing else."""
    with reading_as_system(at):
        _case, row = _locked(referral)
        _check_may_answer(row, by, "finish", at)
        row.state = REFERRAL.after(row.state, "finish")
        row.outcome = Referral.Outcome(outcome).value
        _end(row, by, at)
        row.save()
        audit.record("referral_done", row, by=by, at=at, fields=["state", "outcome"])
        _tell(row, Notice.Kind.REFERRAL_ANSWERED, row.from_agency, at)
        return row


def _gave_way(previous: Referral, case: Case, by: Membership, at: datetime) -> Referral:
    """Before somebody else is asked in its place: who has not answered in time cannot answer any more."""
    if previous.case_id != case.pk:
        raise Refused(_("This referral belongs to another case."))
    _case, row = _locked(previous)
    if is_late(row, at):
        _expired(row, by, at)
    if row.state not in ("declined", "expired"):
        raise Refused(_("This referral waits for its answer, or has got one."))
    return row


def _expired(row: Referral, by: audit.Actor, at: datetime) -> None:
    row.state = REFERRAL.after(row.state, "expire")
    _end(row, by, at)
    row.save()
    audit.record("referral_expired", row, by=by, at=at, fields=["state"])
    _tell(row, Notice.Kind.REFERRAL_EXPIRED, row.from_agency, at)


def expire_when_silent(*, clock: Clock, turn: str, at: datetime) -> None:
    """Called when a clock has turned. Until silence has reached the Responsible Authority a late answer still counts; then it expires."""
    if clock.kind != Kind.REFERRAL_REPLY or clock.about is None or clock.level < Level.AUTHORITY:
        return
    referral = Referral.objects.filter(pk=clock.about, state="offered").first()
    if referral is not None:
        _case, row = _locked(referral)
        if is_late(row, at):
            _expired(row, audit.SYSTEM, at)


def may_read_message(referral: Referral, case: Case | None, member: Membership, at: datetime) -> bool:
    """Who has written it, who works on the case for the sender, and the receiver from when it accepts until the end."""
    if referral.from_by_id == member.pk:
        return True
    if member.agency_id == referral.from_agency_id:
        return case is not None and policy.can(member, Deed.REFERRAL_MAKE, case, at)
    is_receiver = member.agency_id == referral.to_agency_id and member.can(Permission.REFERRAL_ANSWER)
    return is_receiver and referral.state == Referral.State.ACCEPTED


def read_message(*, referral: Referral, by: Membership, at: datetime) -> str:
    """The words of the sender, recorded as a reading."""
    with reading_as_system(at):
        case, row = _locked(referral)
        is_visible = Referral.objects.visible_to(by, at).filter(pk=row.pk).exists()
        if not (is_visible and may_read_message(row, case, by, at)):
            raise Refused(_("The message opens when the referral has been accepted, to who works on it."))
        text = cells.open_cells(row, ["message"])["message"]
        record_reading("referral_read", row, by=by, at=at, fields=["message"], flags=flags_of(case, by))
    return text


def _tell(referral: Referral, kind: str, agency: Agency, at: datetime) -> None:
    """A notice without content to those of the institution who answer referrals."""
    people = people_with(roles_with(Permission.REFERRAL_VIEW), timezone.localdate(at)).filter(agency=agency)
    notices.send(to=people, kind=kind, url_name="assistance:referral", url_args=[str(referral.pk)], at=at)


def choices_for(case: Case, services: Iterable[str], companions: int, at: datetime) -> list[queries.Choice]:
    """Whom one could ask for the person of the case."""
    asked = case.referrals.filter(state__in=["declined", "expired"]).values_list("to_agency", flat=True)
    return queries.choices(
        services=services, sex=case.subject.sex, is_child=case.is_child, companions=companions, qark=case.qark_id,
        today=timezone.localdate(at), without=list(asked),
    )  # fmt: skip
