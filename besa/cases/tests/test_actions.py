"""The life of a case through its actions: sealed, read by who may, erased."""

from __future__ import annotations

from datetime import timedelta

import pytest

from besa.audit.models import Event
from besa.cases import policy
from besa.cases.actions import erasing, files, glass, people_on_it, reading
from besa.cases.models import Case
from besa.cases.tests.factory import make_case
from besa.directory.case_policy import Deed
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.vault import keystore
from conftest import MakeMember

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def test_who_opens_a_case_leads_it_and_reads_it(make_member: MakeMember) -> None:
    worker = make_member("municipality")
    case = make_case(worker)
    assert str(case.subject.surname) == "[sealed]"
    found = reading.reveal(case=case, purpose="assistance", by=worker, at=clock.now())
    assert found.identity.fields["surname"] == "Gjonaj"
    assert found.identity.parts["contacts"][0]["value"] == "+355 69 000 0001"
    assert "papers" not in found.identity.parts
    event = Event.objects.latest("id")
    assert (event.verb, event.purpose, event.relation) == ("identity_revealed", "assistance", "lead")


def test_a_stranger_finds_nothing_and_opens_nothing(make_member: MakeMember) -> None:
    case = make_case(make_member("municipality"))
    stranger = make_member("shelter")
    assert not policy.can(stranger, Deed.IDENTITY_REVEAL, case, clock.now())
    with pytest.raises(Refused):
        reading.reveal(case=case, purpose="assistance", by=stranger, at=clock.now())


def test_broken_glass_opens_for_an_hour(make_member: MakeMember) -> None:
    case = make_case(make_member("municipality"))
    officer, now = make_member("border_police"), clock.now()
    glass.break_glass(case=case, reason="danger", words="He is on the way to her.", by=officer, at=now)
    assert reading.reveal(case=case, purpose="emergency", by=officer, at=now).identity.fields["surname"] == "Gjonaj"
    with pytest.raises(Refused):
        reading.reveal(case=case, purpose="emergency", by=officer, at=now + timedelta(minutes=61))


def test_a_conflict_of_interest_beats_the_team(make_member: MakeMember) -> None:
    worker = make_member("municipality")
    case = make_case(worker)
    officer = make_member("data_protection")
    people_on_it.declare_conflict(case=case, user=worker.user, reason="family", by=officer, at=clock.now())
    assert not Case.objects.visible_to(worker, clock.now()).exists()
    assert Case.objects.visible_to(officer, clock.now()).exists()


def test_erasure_takes_two_and_destroys_the_key(
    make_member: MakeMember, django_capture_on_commit_callbacks: object
) -> None:
    worker, officer = make_member("municipality"), make_member("data_protection")
    case, now = make_case(worker), clock.now()
    with pytest.raises(Refused):
        erasing.ask_erasure(case=case, reason="wish", by=worker, at=now)
    files.move(case=case, verb="close", closing="withdrawn", by=worker, at=now)
    asked = erasing.ask_erasure(case=case, reason="wish", by=worker, at=now)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        erased = erasing.erase(erasure=asked, by=officer, at=now)
    assert erased.state == "erased"
    assert not keystore.exists(case.scope)


def test_a_hold_forbids_erasure(make_member: MakeMember) -> None:
    worker = make_member("municipality")
    case, now = make_case(worker), clock.now()
    files.move(case=case, verb="close", closing="withdrawn", by=worker, at=now)
    erasing.ask_hold(case=case, reason="court", by=worker, at=now)
    with pytest.raises(Refused, match="legal hold"):
        erasing.ask_erasure(case=case, reason="wish", by=worker, at=now)


def test_a_hold_that_was_merely_asked_is_withdrawn_by_who_asked(make_member: MakeMember) -> None:
    worker, colleague = make_member("municipality"), make_member("municipality")
    case, now = make_case(worker), clock.now()
    files.move(case=case, verb="close", closing="withdrawn", by=worker, at=now)
    hold = erasing.ask_hold(case=case, reason="court", by=worker, at=now)
    with pytest.raises(Refused, match="Who asked"):
        erasing.withdraw_hold(hold=hold, by=colleague, at=now)
    withdrawn = erasing.withdraw_hold(hold=hold, by=worker, at=now)
    assert (withdrawn.state, withdrawn.lifted_by, erasing.holds_on(case)) == ("lifted", worker, 0)
    assert Event.objects.get(verb="hold_withdrawn").actor == worker.audit_name
    assert erasing.ask_erasure(case=case, reason="wish", by=worker, at=now).state == "asked"


def test_a_second_person_declines_a_hold(make_member: MakeMember) -> None:
    worker, officer = make_member("municipality"), make_member("data_protection")
    hold = erasing.ask_hold(case=make_case(worker), reason="court", by=worker, at=clock.now())
    assert erasing.withdraw_hold(hold=hold, by=officer, at=clock.now()).lifted_by == officer


@pytest.mark.parametrize("role", ["municipality", "data_protection"])
def test_a_hold_in_force_is_not_withdrawn(role: str, make_member: MakeMember) -> None:
    worker, officer = make_member("municipality"), make_member("data_protection")
    hold = erasing.ask_hold(case=make_case(worker), reason="court", by=worker, at=clock.now())
    erasing.confirm_hold(hold=hold, by=officer, at=clock.now())
    with pytest.raises(Refused, match="present state"):
        erasing.withdraw_hold(hold=hold, by={"municipality": worker, "data_protection": officer}[role], at=clock.now())
