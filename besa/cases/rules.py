"""What is allowed with a case beyond the policy: second persons, times, holds. Pure: facts come in as arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from besa.cases.policy import Standing
from besa.directory.case_policy import SHOWN_FOR, Group, Purpose, Relation
from besa.directory.models import Membership
from besa.lib.refusal import Refused

GLASS_MINUTES = 60
LEAST_WORDS = 15  # characters of a reason; enough to say something
REVIEW_HOURS = 72
LONGEST_TEAM = timedelta(days=366)
LONGEST_SHARE = timedelta(days=183)


def check_second_person(member: Membership, first: Membership, *others: Membership) -> None:
    """Who asks and who decides are two people, whatever roles they hold (security design, decisions 5 and 8)."""
    if member.user_id in {first.user_id, *(other.user_id for other in others)}:
        raise Refused(_("You have asked for this yourself, or it concerns you; another person decides."))


def check_until(until_at: datetime, at: datetime, longest: timedelta) -> None:
    """Every grant expires (security design, decision 5)."""
    if until_at <= at:
        raise Refused(_("The time would already be over."))
    if until_at > at + longest:
        raise Refused(_("This is given for %(days)s days at most; it can be given again.") % {"days": longest.days})


def check_purpose(standing: Standing, purpose: str) -> None:
    """An identity is opened for a purpose from the closed list of the role (security design, decision 3)."""
    if purpose not in set(standing.purposes):
        raise Refused(_("Your role does not open identities for this purpose."))


def groups_shown(standing: Standing, purpose: Purpose, shared: Iterable[str]) -> frozenset[Group]:
    """What the purpose shows; where the case was only shared, no more than the share names (security design, decision 14)."""
    groups = SHOWN_FOR[purpose]
    if Relation.TEAM in standing.relations or Relation.GLASS in standing.relations:
        return groups
    return groups & {group for group in Group if group.value in set(shared)}


def check_may_add_to_team(member: Membership, *, is_worker: bool, is_there: bool, is_conflicted: bool) -> None:
    """The team holds members whose role works on cases, each once, and nobody with a conflict of interest."""
    if not is_worker:
        raise Refused(_("This role does not work on cases."))
    if is_there:
        raise Refused(_("This person is on the team already."))
    if is_conflicted:
        raise Refused(_("This person has a conflict of interest in this case."))


def check_may_erase(*, holds: int, state: str) -> None:
    """Nothing is erased that is still worked on, or that a legal hold protects (security design, decision 2)."""
    if holds:
        raise Refused(_("A legal hold protects this case; nothing of it is erased."))
    if state != "closed":
        raise Refused(_("Close the case before you ask that it be erased."))


def check_may_withdraw(member: Membership, asked_by: Membership, *, may_ask: bool, may_confirm: bool) -> None:
    """A hold that nobody has confirmed is one person's word: who gave it takes it back, and a second person may decline it."""
    is_own = member.user_id == asked_by.user_id
    if not (may_ask if is_own else may_confirm):
        raise Refused(_("Who asked for the hold takes it back; or a second person does not put it in force."))


def check_review_is_by_another(member: Membership, opener: Membership, second: Membership | None) -> None:
    """Whoever reviews an emergency opening had no part in it (security design, decision 7)."""
    check_second_person(member, opener, *([second] if second else []))


def check_custodian(member: Membership, named: Membership, proposer: int | None, held: Collection[int]) -> None:
    """A compartment is granted by two: the one who proposes, the one who approves, and the one named are three people."""
    if member.user_id == named.user_id:
        raise Refused(_("Nobody names himself."))
    if proposer is not None and member.user_id == proposer:
        raise Refused(_("You have proposed this yourself; another person decides."))
    if named.pk in held:
        raise Refused(_("This person is named in the compartment already."))


EXPORT_HOURS = 24
MOST_CASES = 200


def check_may_download(member: Membership, asked_by: Membership, *, until_at: datetime | None, at: datetime) -> None:
    """Only who asked fetches an export, once, within a day (security design, decision 8)."""
    if member.pk != asked_by.pk:
        raise Refused(_("Only the person who asked for the export fetches it."))
    if until_at is None or until_at <= at:
        raise Refused(_("The day in which the export could be fetched is over; ask again."))


def check_unchanged(before: str, now: str) -> None:
    """An approval is for exactly the rows that the second person saw (security design, decision 8)."""
    if before != now:
        raise Refused(_("The cases have changed since the export was approved; ask again."))
