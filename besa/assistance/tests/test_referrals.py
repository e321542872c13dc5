"""A referral from the offer to its end: what opens when, and that there is one outcome."""

from __future__ import annotations

from datetime import timedelta

import pytest

from besa.assistance.actions import referrals
from besa.assistance.models import Provider, Referral
from besa.assistance.queries import choices, free_places
from besa.assistance.tests.factory import agree, make_provider, offer
from besa.cases import policy
from besa.cases.actions import consents, reading
from besa.cases.actions.ticking import tick
from besa.cases.models import Case
from besa.cases.tests.factory import make_case
from besa.directory.case_policy import Deed
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.notices.models import Notice
from conftest import ClientOf, MakeMember

pytestmark = pytest.mark.django_db


@pytest.fixture
def border(make_member: MakeMember) -> Membership:
    return make_member("border_police")


@pytest.fixture
def host(make_member: MakeMember) -> Membership:
    agency = Agency.objects.create(code="VATRA", name_en="Vatra", name_sq="Vatra", kind="shelter")
    return make_member("shelter", agency)


@pytest.fixture
def house(host: Membership) -> Provider:
    return make_provider(host)


@pytest.fixture
def case(border: Membership) -> Case:
    return make_case(border)


@pytest.fixture
def offered(case: Case, border: Membership, host: Membership, house: Provider) -> Referral:
    agree(case, border)
    return offer(case, host.agency, border, house)


def knows(member: Membership, case: Case) -> bool:
    return policy.can(member, Deed.CASE_VIEW, case, clock.now())


def test_the_receiver_knows_of_no_case_before_it_accepts(offered: Referral, case: Case, host: Membership) -> None:
    assert not knows(host, case)
    assert list(Referral.objects.visible_to(host, clock.now())) == [offered]
    with pytest.raises(Refused):
        referrals.read_message(referral=offered, by=host, at=clock.now())


def test_accepting_opens_exactly_what_was_agreed_to(
    offered: Referral, case: Case, host: Membership, house: Provider
) -> None:
    referrals.accept(referral=offered, by=host, at=clock.now())
    opened = reading.reveal(case=case, purpose="assistance", by=host, at=clock.now())
    assert {group.value for group in opened.groups} == {"names"}
    offered.refresh_from_db()
    assert referrals.read_message(referral=offered, by=host, at=clock.now()) == "She is afraid of dogs."
    assert free_places(house) == 1


def test_nothing_is_offered_that_was_not_agreed_to(case: Case, border: Membership, host: Membership) -> None:
    with pytest.raises(Refused, match="record the consent"):
        offer(case, host.agency, border)
    agree(case, border, groups=("names",))
    with pytest.raises(Refused, match="not consented"):
        offer(case, host.agency, border, groups=("names", "papers"))


def test_declining_needs_a_reason_and_tells_the_sender(
    offered: Referral, case: Case, border: Membership, host: Membership
) -> None:
    with pytest.raises(ValueError, match="because"):
        referrals.decline(referral=offered, reason="because", by=host, at=clock.now())
    referrals.decline(referral=offered, reason="full", by=host, at=clock.now())
    assert not knows(host, case)
    assert Notice.objects.filter(to=border, kind=Notice.Kind.REFERRAL_ANSWERED).exists()


def test_there_is_one_outcome(offered: Referral, border: Membership, host: Membership) -> None:
    referrals.accept(referral=offered, by=host, at=clock.now())
    with pytest.raises(Refused):
        referrals.accept(referral=offered, by=host, at=clock.now())
    with pytest.raises(Refused):
        referrals.decline(referral=offered, reason="full", by=host, at=clock.now())
    referrals.revoke(referral=offered, by=border, at=clock.now())
    with pytest.raises(Refused):
        referrals.finish(referral=offered, outcome="provided", by=host, at=clock.now())


def test_only_the_one_who_was_asked_answers(offered: Referral, border: Membership) -> None:
    with pytest.raises(Refused):
        referrals.accept(referral=offered, by=border, at=clock.now())


def test_taking_back_and_finishing_close_what_was_opened(
    offered: Referral, case: Case, host: Membership, house: Provider
) -> None:
    referrals.accept(referral=offered, by=host, at=clock.now())
    assert knows(host, case)
    referrals.finish(referral=offered, outcome="provided", by=host, at=clock.now())
    assert not knows(host, case)
    assert free_places(house) == 2


def test_a_withdrawn_consent_takes_the_referral_back_at_once(
    offered: Referral, case: Case, border: Membership, host: Membership
) -> None:
    referrals.accept(referral=offered, by=host, at=clock.now())
    consents.withdraw_consent(consent=case.consents.get(), by=border, at=clock.now())
    offered.refresh_from_db()
    assert offered.state == Referral.State.REVOKED
    assert not knows(host, case)


def test_a_full_house_accepts_nobody(case: Case, border: Membership, host: Membership, house: Provider) -> None:
    agree(case, border)
    Provider.objects.filter(pk=house.pk).update(capacity=0)
    asked = offer(case, host.agency, border, house)
    with pytest.raises(Refused, match="no free place"):
        referrals.accept(referral=asked, by=host, at=clock.now())


def test_silence_goes_up_and_ends(
    offered: Referral, border: Membership, host: Membership, make_member: MakeMember
) -> None:
    authority = make_member("responsible_authority")
    late = offered.reply_by + timedelta(minutes=1)
    tick(late)
    offered.refresh_from_db()
    assert offered.state == Referral.State.OFFERED  # a late answer still counts
    tick(offered.reply_by + timedelta(days=2, minutes=1))
    offered.refresh_from_db()
    assert offered.state == Referral.State.EXPIRED
    assert Notice.objects.filter(to=authority, kind=Notice.Kind.CLOCK_ESCALATED).exists()
    with pytest.raises(Refused):
        referrals.accept(referral=offered, by=host, at=late)


def test_the_next_is_asked_in_the_place_of_one_who_is_late(
    offered: Referral, case: Case, border: Membership, make_member: MakeMember
) -> None:
    other = Agency.objects.create(code="NEXT", name_en="Next", name_sq="Next", kind="shelter")
    wanted = referrals.Wanted(services=("shelter",), urgency="now", purpose="assistance")
    with pytest.raises(Refused, match="waits for its answer"):
        referrals.refer(case=case, to=other, provider=None, wanted=wanted, previous=offered, by=border, at=clock.now())
    late = offered.reply_by + timedelta(minutes=1)
    made = referrals.refer(case=case, to=other, provider=None, wanted=wanted, previous=offered, by=border, at=late)
    offered.refresh_from_db()
    assert offered.state == Referral.State.EXPIRED
    assert made.previous == offered


def test_a_case_is_handed_over_when_the_other_accepts(case: Case, border: Membership, host: Membership) -> None:
    at = clock.now()
    consents.give_consent(
        case=case, purpose="coordination", recipient=host.agency, groups=["names"], given_as="best_interests", form="signed",
        language="sq", given_on=at.date(), until_at=at + timedelta(days=30), by=border, at=at,
    )  # fmt: skip
    asked = offer(case, host.agency, border, kind="handover", purpose="coordination")
    case.refresh_from_db()
    assert case.owner == border.agency
    referrals.accept(referral=asked, by=host, at=clock.now())
    case.refresh_from_db()
    assert case.owner == host.agency
    assert policy.can(host, Deed.TEAM_EDIT, case, clock.now())
    assert not policy.can(border, Deed.TEAM_EDIT, case, clock.now())


def test_providers_that_suit_and_have_room_stand_first(
    host: Membership, house: Provider, make_member: MakeMember
) -> None:
    make_provider(host, "men", takes_women=False, takes_men=True, takes_children=False)
    make_provider(host, "full", capacity=0)
    found = choices(
        services=["shelter"], sex="female", is_child=False, companions=0, qark=None, today=clock.today(), without=()
    )
    assert [(one.provider.code, one.problems) for one in found] == [
        ("house", []), ("men", ["profile"]), ("full", ["full"]),
    ]  # fmt: skip


def test_who_has_no_places_is_not_shown_as_full(host: Membership, house: Provider, client_of: ClientOf) -> None:
    make_provider(host, "day-centre", kind="day_centre", services=["legal"], capacity=0)
    client, words = client_of(host), "no places of its own"
    assert client.get("/providers/").content.decode().count(words) == 1
    assert words in client.get("/providers/day-centre/").content.decode()
    assert words not in client.get(f"/providers/{house.code}/").content.decode()


def test_a_conflict_of_interest_hides_the_referral(
    offered: Referral, case: Case, host: Membership, border: Membership
) -> None:
    case.conflicts.create(user=host.user, reason="family", declared_by=border, declared_at=clock.now())
    assert not Referral.objects.visible_to(host, clock.now()).exists()
