"""What is allowed with providers and referrals. Pure: facts come in as arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from besa.assistance.models import Provider, Referral
from besa.cases.codes import Need
from besa.directory.case_policy import RUNNING, SHAREABLE
from besa.directory.models import Agency, Membership
from besa.lib.refusal import Refused

REPLY: dict[str, timedelta] = {
    Referral.Urgency.NOW: timedelta(hours=1),
    Referral.Urgency.SOON: timedelta(days=1),
    Referral.Urgency.ROUTINE: timedelta(days=3),
}  # domain.md, clocks: answer to a referral
LONGEST = timedelta(days=183)  # what an accepted referral opens, at most; it can be referred again


def check_may_refer(
    *, services: Collection[str], groups: Collection[str], consented: Collection[str], to: Agency, owner: int, kind: str
) -> None:
    """Only what the person consented to for this receiver and purpose is offered (security design, decision 14)."""
    if not services:
        raise Refused(_("Say which services are asked for."))
    if set(services) - set(Need.values) or set(groups) - {piece.value for piece in SHAREABLE}:
        raise Refused(_("This service or part of the file is not in the list."))
    if to.is_group:
        raise Refused(_("A group of institutions cannot answer; choose one of them."))
    if to.pk == owner and kind == Referral.Kind.HANDOVER:
        raise Refused(_("The case belongs to this institution already."))
    if not consented:
        raise Refused(_("Nothing has been agreed to for this institution and purpose; record the consent first."))
    if set(groups) - set(consented):
        raise Refused(_("The person has not consented to all these parts for this institution and purpose."))


def check_is_receiver(member: Membership, referral: Referral) -> None:
    """The institution that was asked answers, nobody in its place."""
    if member.agency_id != referral.to_agency_id:
        raise Refused(_("Only the institution that was asked answers a referral."))


def check_is_sender(member: Membership, referral: Referral) -> None:
    """The institution that asked takes a referral back."""
    if member.agency_id != referral.from_agency_id:
        raise Refused(_("Only the institution that has asked takes a referral back."))


def check_may_accept(*, consented: Collection[str], groups: Collection[str], free: int | None, needs_bed: bool) -> None:
    """What was offered is still consented to, and a house does not take more persons than it has places."""
    if not consented or set(groups) - set(consented):
        raise Refused(_("The person has withdrawn her consent meanwhile; the referral cannot be accepted."))
    if needs_bed and free is not None and free <= 0:
        raise Refused(_("There is no free place. Decline, or correct the number of places first."))


def check_may_go_on(*, state: str, is_merged: bool) -> None:
    """A file that is closed, or goes on as another one, takes nobody in."""
    if is_merged or state not in RUNNING:
        raise Refused(_("The case was closed meanwhile; the referral cannot be accepted."))


def check_may_revoke(referral: Referral) -> None:
    """A case that has changed hands is not called back: whoever has it now hands it over again."""
    if referral.kind == Referral.Kind.HANDOVER and referral.state == Referral.State.ACCEPTED:
        raise Refused(_("The case has changed hands. Only who has it now hands it over again."))


def is_late(referral: Referral, at: datetime) -> bool:
    """Nobody has answered in time."""
    return referral.state == Referral.State.OFFERED and referral.reply_by <= at


def problems(
    provider: Provider,
    *,
    services: Iterable[str],
    sex: str,
    is_child: bool | None,
    companions: int,
    today: date,
    free: int,
) -> list[str]:
    """Why a provider does not suit; empty when it does. Codes of `Referral.Decline`."""
    found = []
    asked = set(services)
    if asked - set(provider.services):
        found.append(Referral.Decline.SERVICE.value)
    fits = {
        "female": provider.takes_women, "male": provider.takes_men,
    }.get(sex, provider.takes_women or provider.takes_men)  # fmt: skip
    if is_child is not False:
        fits = provider.takes_children
    if not fits or (companions and not provider.takes_with_children):
        found.append(Referral.Decline.PROFILE.value)
    if Need.SHELTER.value in asked and free <= companions:
        found.append(Referral.Decline.FULL.value)
    if not provider.is_open or (provider.accredited_until is not None and provider.accredited_until < today):
        found.append(Referral.Decline.OTHER.value)
    return found
