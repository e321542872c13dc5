"""Two at once: one outcome of each referral, and the record of it whole; on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from besa.assistance.actions import providers, referrals
from besa.assistance.models import Provider, Referral
from besa.assistance.queries import free_places
from besa.assistance.tests.factory import agree, make_provider, offer
from besa.audit.models import Event
from besa.audit.verification import check_rows, verify
from besa.cases import policy
from besa.cases.actions import consents
from besa.cases.actions.ticking import tick
from besa.cases.models import Case, Share
from besa.cases.tests.factory import make_case
from besa.cases.tests.test_races import at_once
from besa.directory.case_policy import Deed
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.lib.refusal import Refused
from conftest import MakeMember

pytestmark = pytest.mark.usefixtures("transactional_db")
ROUNDS = 2


@pytest.fixture
def border(make_member: MakeMember) -> Membership:
    return make_member("border_police")


@pytest.fixture
def host(make_member: MakeMember) -> Membership:
    agency = Agency.objects.create(code="VATRA", name_en="Vatra", name_sq="Vatra", kind="shelter")
    return make_member("shelter", agency)


@pytest.fixture
def second(make_member: MakeMember, host: Membership) -> Membership:
    return make_member("shelter", host.agency)


@pytest.fixture
def house(host: Membership) -> Provider:
    return make_provider(host, capacity=9)


@pytest.fixture
def case(border: Membership) -> Case:
    found = make_case(border)
    agree(found, border)
    return found


def all_rows_are_whole() -> None:
    verify()
    for model in (Referral, Share, Provider):
        check_rows(model)


def is_whole(referral: Referral, verbs: list[str]) -> None:
    """The record says of the referral these things, in this order; nothing in it is broken, nor in the rows that it speaks of."""
    said = Event.objects.filter(object_id=str(referral.pk)).order_by("id").values_list("verb", flat=True)
    assert list(said) == ["referral_offered", *verbs]
    all_rows_are_whole()


def knows(member: Membership, case: Case) -> bool:
    return policy.can(member, Deed.CASE_VIEW, case, clock.now() + timedelta(minutes=1))


def test_what_two_accept_at_once_is_accepted_once(
    case: Case, border: Membership, host: Membership, second: Membership, house: Provider
) -> None:
    row, now = offer(case, host.agency, border, house), clock.now()
    found = at_once(
        lambda: referrals.accept(referral=row, by=host, at=now),
        lambda: referrals.accept(referral=row, by=second, at=now),
    )
    assert sorted(type(one).__name__ for one in found) == ["Referral", "Refused"]
    assert Share.objects.filter(case=case).count() == 1
    assert free_places(house) == 8
    is_whole(row, ["referral_accepted"])


def test_what_is_taken_back_while_it_is_accepted_opens_nothing(
    border: Membership, host: Membership, house: Provider
) -> None:
    for _round in range(ROUNDS):
        case = make_case(border)
        agree(case, border)
        row, now = offer(case, host.agency, border, house), clock.now()
        accepted, revoked = at_once(
            lambda row=row, now=now: referrals.accept(referral=row, by=host, at=now),  # type: ignore[misc]
            lambda row=row, now=now: referrals.revoke(referral=row, by=border, at=now),  # type: ignore[misc]
        )
        assert isinstance(revoked, Referral)
        row.refresh_from_db()
        assert row.state == Referral.State.REVOKED
        assert not knows(host, case)
        assert free_places(house) == 9
        is_whole(row, ["referral_accepted"] * isinstance(accepted, Referral) + ["referral_revoked"])


def test_what_expires_while_it_is_answered_has_one_end(
    border: Membership, host: Membership, house: Provider, make_member: MakeMember
) -> None:
    make_member("responsible_authority")
    for _round in range(ROUNDS):
        case = make_case(border)
        agree(case, border)
        row = offer(case, host.agency, border, house)
        late = row.reply_by + timedelta(days=2, minutes=1)
        answered, ticked = at_once(
            lambda row=row, late=late: referrals.decline(referral=row, reason="full", by=host, at=late),  # type: ignore[misc]
            lambda late=late: tick(late),  # type: ignore[misc]
        )
        assert not isinstance(ticked, BaseException)
        tick(late + timedelta(minutes=1))
        row.refresh_from_db()
        is_answered = isinstance(answered, Referral)
        assert is_answered or isinstance(answered, Refused)
        assert row.state == (Referral.State.DECLINED if is_answered else Referral.State.EXPIRED)
        is_whole(row, ["referral_declined" if is_answered else "referral_expired"])


def test_of_two_who_take_the_last_place_one_is_told(
    case: Case, border: Membership, host: Membership, second: Membership, house: Provider
) -> None:
    providers.edit_provider(provider=house, version=1, values={"capacity": 1}, by=host, at=clock.now())
    other = make_case(border)
    agree(other, border)
    rows, now = [offer(one, host.agency, border, house) for one in (case, other)], clock.now()
    found = at_once(
        lambda: referrals.accept(referral=rows[0], by=host, at=now),
        lambda: referrals.accept(referral=rows[1], by=second, at=now),
    )
    assert sorted(type(one).__name__ for one in found) == ["Referral", "Refused"]
    assert free_places(house) == 0
    assert sorted(Referral.objects.values_list("state", flat=True)) == ["accepted", "offered"]
    all_rows_are_whole()


def test_what_is_withdrawn_while_it_is_accepted_opens_nothing(
    border: Membership, host: Membership, house: Provider
) -> None:
    for _round in range(ROUNDS):
        case = make_case(border)
        agree(case, border)
        row, given, now = offer(case, host.agency, border, house), case.consents.get(), clock.now()
        accepted, withdrawn = at_once(
            lambda row=row, now=now: referrals.accept(referral=row, by=host, at=now),  # type: ignore[misc]
            lambda given=given, now=now: consents.withdraw_consent(consent=given, by=border, at=now),  # type: ignore[misc]
        )
        assert not isinstance(withdrawn, BaseException)
        row.refresh_from_db()
        assert row.state == Referral.State.REVOKED
        assert not knows(host, case)
        is_whole(row, ["referral_accepted"] * isinstance(accepted, Referral) + ["referral_revoked"])
