"""What is allowed with agencies, seats, persons and roles. Pure: facts come in as arguments."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.utils.translation import gettext_lazy as _

from besa.directory.access import ROLES, Permission
from besa.directory.models import Agency, Closing, Membership, Seat, User
from besa.directory.workflow import ACCOUNT, MEMBERSHIP
from besa.lib.refusal import Refused

LONGEST_YEARS = 2
APART = frozenset({"user_admin", "security_admin", "system_admin", "auditor", "data_protection"})


def latest_until(today: date) -> date:
    """The last day that a grant made today may run to (security design, decision 5: every grant expires)."""
    year = today.year + LONGEST_YEARS
    return today.replace(year=year, day=28) if (today.month, today.day) == (2, 29) else today.replace(year=year)


def check_permission(member: Membership, permission: Permission) -> None:
    """The role of the member includes it."""
    if not member.can(permission):
        raise Refused(_("Your role does not include this."))


def check_dates(from_on: date, until_on: date | None, today: date) -> None:
    """Every grant has an end, in order, not past, and at most two years ahead (security design, decision 5)."""
    if until_on is None:
        raise Refused(_("A role needs a day on which it ends."))
    if until_on < from_on:
        raise Refused(_("The role would end before it begins."))
    if until_on < today:
        raise Refused(_("The role would already have ended."))
    if until_on > latest_until(today):
        raise Refused(_("A role is given for two years at most; it can be given again."))


def check_apart(role: str, held: Collection[str]) -> None:
    """The administrators, the auditor and the data protection officer are different people (security design, decision 5)."""
    if role in APART and APART & (set(held) - {role}):
        raise Refused(_("The administrators, the auditor and the data protection officer must be different people."))


def check_may_propose(
    member: Membership,
    *,
    user: User | None,
    role: str,
    from_on: date,
    until_on: date | None,
    today: date,
    held: Collection[str] = (),
) -> None:
    """May `member` propose the role for `user` (None: a new account)? Nobody proposes for himself; `held` are the roles of `user`."""
    check_permission(member, Permission.MEMBERSHIP_PROPOSE)
    if role not in ROLES:
        raise Refused(_("There is no such role."))
    if user is not None and user.pk == member.user_id:
        raise Refused(_("Nobody proposes a role for himself."))
    if user is not None and not user.is_active:
        raise Refused(_("This account is closed."))
    check_dates(from_on, until_on, today)
    check_apart(role, held)


def _check_second_person(member: Membership, membership: Membership) -> None:
    check_permission(member, Permission.MEMBERSHIP_APPROVE)
    if member.user_id == membership.proposed_by_id:
        raise Refused(_("You have proposed this role yourself; another person decides."))
    if member.user_id == membership.user_id:
        raise Refused(_("Nobody decides on a role of his own."))


def check_may_approve(member: Membership, membership: Membership, *, today: date, held: Collection[str] = ()) -> None:
    """A role is granted by two: who approves is neither who proposed nor who receives it (security design, decision 5)."""
    MEMBERSHIP.check(membership.state, "approve")
    _check_second_person(member, membership)
    if not membership.user.is_active:
        raise Refused(_("This account is closed."))
    check_dates(membership.from_on, membership.until_on, today)
    check_apart(membership.role, held)


def check_may_refuse(member: Membership, membership: Membership, *, reason: str) -> None:
    """The same two persons as for approval; the reason is told to who proposed."""
    MEMBERSHIP.check(membership.state, "refuse")
    _check_second_person(member, membership)
    if not reason.strip():
        raise Refused(_("Say why the role is refused."))


def check_may_end(member: Membership, membership: Membership) -> None:
    """One administrator is enough to take a role away, at once; nobody ends a role of his own, so that no office empties itself."""
    MEMBERSHIP.check(membership.state, "end")
    if not (member.can(Permission.MEMBERSHIP_PROPOSE) or member.can(Permission.MEMBERSHIP_APPROVE)):
        raise Refused(_("Your role does not include this."))
    if member.user_id == membership.user_id:
        raise Refused(_("Nobody ends a role of his own."))


def check_may_close(member: Membership, user: User) -> None:
    """The administrator of security alone ends an account, at once; nobody ends her own, so that no office closes itself."""
    check_permission(member, Permission.MEMBERSHIP_APPROVE)
    if user.pk == member.user_id:
        raise Refused(_("Nobody closes an account of his own."))
    if not user.is_active:
        raise Refused(_("This account is closed."))


def check_may_ask_reopening(member: Membership, closing: Closing) -> None:
    """The administrator of users asks, like for a role."""
    ACCOUNT.check(closing.state, "ask_reopening")
    check_permission(member, Permission.MEMBERSHIP_PROPOSE)


def check_may_decide_reopening(member: Membership, closing: Closing) -> None:
    """An account is opened again by two: who decides is not who asked, nor whose account it is (security design, decision 5)."""
    ACCOUNT.check(closing.state, "reopen")
    check_permission(member, Permission.MEMBERSHIP_APPROVE)
    if member.user_id in (closing.reopening_by_id, closing.user_id):
        raise Refused(_("You have asked for this yourself, or it concerns you; another person decides."))


def check_may_send_link(member: Membership, user: User) -> None:
    """A new link to set a password is sent by the administrator of users, never to herself: she changes her own signed in."""
    check_permission(member, Permission.MEMBERSHIP_PROPOSE)
    if user.pk == member.user_id:
        raise Refused(_("Change your own password under “Sign-in and security”."))
    if not user.is_active:
        raise Refused(_("This account is closed."))


def check_may_edit_agency(member: Membership, agency: Agency, *, parent: Agency | None, above: Collection[int]) -> None:
    """The office of the National Coordinator keeps the roster (Coord. 1.(a)); `above` are the keys of the agencies over `parent`."""
    check_permission(member, Permission.AGENCY_EDIT)
    if agency.pk is not None and parent is not None and (parent.pk == agency.pk or agency.pk in above):
        raise Refused(_("An agency cannot belong to itself or to one of its own units."))
    if agency.is_group and agency.is_reporting:
        raise Refused(_("A group of organisations makes no returns; its members do."))


def check_may_add_seat(member: Membership, *, from_on: date, until_on: date | None, taken: bool) -> None:
    """Seats of bodies are kept by the coordinator; `taken`: the agency already has such a seat at that time."""
    check_permission(member, Permission.SEAT_EDIT)
    if until_on is not None and until_on < from_on:
        raise Refused(_("The seat would end before it begins."))
    if taken:
        raise Refused(_("This agency already has such a seat in the body."))


def check_may_end_seat(member: Membership, seat: Seat, *, until_on: date) -> None:
    """A seat ends on a day not before its first."""
    check_permission(member, Permission.SEAT_EDIT)
    if seat.until_on is not None:
        raise Refused(_("This seat has an end already."))
    if until_on < seat.from_on:
        raise Refused(_("The seat would end before it begins."))
