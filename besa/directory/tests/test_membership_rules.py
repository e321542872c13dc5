"""A role takes two persons: a generated matrix of who acts on whose proposal, in which state, on which day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besa.directory import rules
from besa.directory.access import ROLES, Permission
from besa.directory.models import Agency, Membership, User
from besa.lib.refusal import Refused

TODAY = date(2009, 7, 6)
CODES = st.sampled_from(sorted(ROLES))
PEOPLE = st.integers(min_value=1, max_value=3)
STATES = st.sampled_from(Membership.State.values)


def person(pk: int, is_active: bool = True) -> User:
    return User(pk=pk, email=f"p{pk}@example.org", name=f"P{pk}", is_active=is_active)


def role_of(user: User, role: str, proposed_by: User | None = None, state: str = "active") -> Membership:
    until = TODAY + timedelta(days=300)
    return Membership(
        pk=user.pk, user=user, agency=Agency(pk=1, code="MOI"), role=role, from_on=TODAY, until_on=until,
        state=state, proposed_by=proposed_by,
    )  # fmt: skip


def allowed(check: Callable[[], None]) -> bool:
    try:
        check()
    except Refused:
        return False
    return True


@given(actor=PEOPLE, proposer=PEOPLE, target=PEOPLE, role=CODES, given_role=CODES, state=STATES)
def test_approve_and_refuse_take_another_person(
    actor: int, proposer: int, target: int, role: str, given_role: str, state: str
) -> None:
    member = role_of(person(actor), role)
    proposal = role_of(person(target), given_role, person(proposer), state)
    may = (
        Permission.MEMBERSHIP_APPROVE in ROLES[role].permissions
        and state == "proposed"
        and actor != proposer
        and actor != target
    )
    assert allowed(lambda: rules.check_may_approve(member, proposal, today=TODAY)) == may
    assert allowed(lambda: rules.check_may_refuse(member, proposal, reason="no order")) == may
    assert not allowed(lambda: rules.check_may_refuse(member, proposal, reason="  "))


@given(actor=PEOPLE, target=st.none() | PEOPLE, role=CODES, given_role=CODES, is_active=st.booleans())
def test_propose_is_for_administrators_of_users_and_never_for_oneself(
    actor: int, target: int | None, role: str, given_role: str, is_active: bool
) -> None:
    member = role_of(person(actor), role)
    user = None if target is None else person(target, is_active)
    may = Permission.MEMBERSHIP_PROPOSE in ROLES[role].permissions and (
        user is None or (target != actor and user.is_active)
    )

    def check() -> None:
        rules.check_may_propose(
            member, user=user, role=given_role, from_on=TODAY, until_on=TODAY + timedelta(days=1), today=TODAY
        )

    assert allowed(check) == may


@given(actor=PEOPLE, target=PEOPLE, role=CODES, given_role=CODES, state=STATES)
def test_end_is_for_either_administrator_and_never_for_oneself(
    actor: int, target: int, role: str, given_role: str, state: str
) -> None:
    member = role_of(person(actor), role)
    held = role_of(person(target), given_role, state=state)
    may = role in ("user_admin", "security_admin") and state == "active" and actor != target
    assert allowed(lambda: rules.check_may_end(member, held)) == may


@given(start=st.integers(-400, 400), length=st.integers(-10, 1000))
def test_every_grant_ends_within_two_years(start: int, length: int) -> None:
    from_on = TODAY + timedelta(days=start)
    until_on = from_on + timedelta(days=length)
    may = length >= 0 and TODAY <= until_on <= date(2011, 7, 6)
    assert allowed(lambda: rules.check_dates(from_on, until_on, TODAY)) == may
    assert not allowed(lambda: rules.check_dates(from_on, None, TODAY))


def test_two_years_from_a_leap_day() -> None:
    assert rules.latest_until(date(2008, 2, 29)) == date(2010, 2, 28)


@given(role=CODES, held=st.lists(CODES, max_size=4))
def test_offices_that_watch_each_other_are_different_people(role: str, held: list[str]) -> None:
    clash = role in rules.APART and any(other in rules.APART and other != role for other in held)
    assert allowed(lambda: rules.check_apart(role, held)) != clash


def test_no_role_may_both_propose_and_approve() -> None:
    both = {Permission.MEMBERSHIP_PROPOSE, Permission.MEMBERSHIP_APPROVE}
    assert [role.code for role in ROLES.values() if both <= role.permissions] == []


@pytest.mark.parametrize("role", ["", "coordinator2"])
def test_unknown_role_is_refused(role: str) -> None:
    with pytest.raises(Refused, match="no such role"):
        rules.check_may_propose(
            role_of(person(1), "user_admin"), user=None, role=role, from_on=TODAY, until_on=TODAY, today=TODAY
        )
