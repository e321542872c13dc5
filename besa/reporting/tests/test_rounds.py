"""Opening, locking and reopening a round."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from besa.audit.models import Event
from besa.lib.periods import Period
from besa.lib.refusal import Refused
from besa.notices.models import Notice
from besa.plan.models import Activity, Duty
from besa.reporting.actions.rounds import ask_reopening, decide_reopening, lock_round
from besa.reporting.models import Entry, Reopening, Return, Round, Submission
from besa.reporting.tests.factory import AT, EXPECTED, TODAY, World, member


def shape_of(round: Round) -> dict[str, tuple[str, list[str]]]:
    """activity -> (lead, contributors), as the entries of the round say."""
    found: dict[str, tuple[str, list[str]]] = {}
    for entry in Entry.objects.filter(to__round=round).select_related("activity", "to__agency"):
        lead, rest = found.get(entry.activity.identifier, ("", []))
        if entry.is_lead:
            assert not lead, "an activity has one lead"
            lead = entry.to.agency.code
        else:
            rest = sorted([*rest, entry.to.agency.code])
        found[entry.activity.identifier] = (lead, rest)
    return found


def test_open_round_asks_those_who_report(world: World) -> None:
    opened = world.open()
    assert shape_of(opened.round) == EXPECTED
    assert opened.returns == 5
    assert opened.entries == sum(1 + len(rest) for _lead, rest in EXPECTED.values())
    assert opened.round.due_on == date(2009, 7, 20)
    told = Notice.objects.filter(kind=Notice.Kind.RETURN_OPENED).values_list("to", flat=True)
    assert {world.focal.pk, world.other.pk, world.rcat.pk, world.coordinator.pk} == set(told)
    assert Event.objects.filter(verb="round_opened").count() == 1


def test_open_round_again_adds_only_what_is_missing(world: World) -> None:
    world.open()
    world.write(world.entry(), done="Something")
    again = world.open()
    assert (again.returns, again.entries) == (0, 0)
    assert world.entry().done == "Something"
    assert Event.objects.filter(verb="round_opened").count() == 1
    moi_only = Activity.objects.get(identifier="II.1.(a).4")
    Duty.objects.create(activity=moi_only, agency=world.agencies["MOLSA"], position=5, is_lead=False)
    later = world.open()
    assert (later.returns, later.entries) == (0, 1)
    assert not world.entry("MOLSA", "II.1.(a).4").is_lead


@pytest.mark.parametrize(
    ("period", "text"),
    [("2009H1", "quarterly"), ("2009Q3", ""), ("2009Q4", "not begun"), ("2007Q4", "outside"), ("2009", "quarterly")],
)
def test_open_round_takes_quarters_of_the_plan(world: World, period: str, text: str) -> None:
    if not text:
        assert world.open(Period.parse(period)).round.period == period
        return
    with pytest.raises(Refused, match=text):
        world.open(Period.parse(period))
    assert not Round.objects.exists()


@pytest.mark.parametrize("role", ["focal_point", "national_coordinator", "committee", "system_admin"])
def test_open_round_is_for_the_office(world: World, role: str) -> None:
    with pytest.raises(Refused):
        world.open(by=member(role, world.agencies["ONAC"]))
    assert not Round.objects.exists()


def test_lock_round_names_what_is_missing(opened: World) -> None:
    opened.accepted("MOI")
    opened.submitted("MOLSA")
    round = opened.rounds["2009Q2"]
    with pytest.raises(Refused, match="Not all returns"):
        lock_round(round=round, by=opened.coordinator, at=AT, today=TODAY)
    assert Round.objects.get().state == "open"
    lock_round(round=round, by=opened.coordinator, at=AT, today=TODAY, is_acknowledged=True)
    states = dict(Return.objects.values_list("agency__code", "state"))
    assert states == {"MOI": "locked", "MOLSA": "submitted", "RC-TIR": "draft", "RC-VLO": "draft", "ONAC": "draft"}
    with pytest.raises(Refused):
        opened.open()  # a locked round takes nothing more


def test_lock_round_without_a_question_when_all_are_accepted(opened: World) -> None:
    for item in Return.objects.select_related("agency"):
        opened.accepted(item.agency.code)
    lock_round(round=opened.rounds["2009Q2"], by=opened.coordinator, at=AT, today=TODAY)
    assert set(Return.objects.values_list("state", flat=True)) == {"locked"}


def locked(world: World) -> Round:
    world.open()
    world.accepted("MOI")
    return lock_round(round=world.rounds["2009Q2"], by=world.coordinator, at=AT, today=TODAY, is_acknowledged=True)


def test_reopening_takes_two(world: World) -> None:
    round = locked(world)
    reopening = ask_reopening(round=round, reason="A figure is wrong", by=world.coordinator, at=AT, today=TODAY)
    assert Round.objects.get().state == "locked"
    assert Notice.objects.filter(kind=Notice.Kind.REOPENING_ASKED, to=world.national).count() == 1
    with pytest.raises(Refused, match="already"):
        ask_reopening(round=round, reason="Again", by=world.coordinator, at=AT, today=TODAY)
    decide_reopening(reopening=reopening, is_approved=True, by=world.national, at=AT, today=TODAY)
    reopening.refresh_from_db()
    assert Round.objects.get().state == "open"
    assert Round.objects.get().locked_at is None
    assert world.item("MOI").state == "accepted"
    assert world.item("MOLSA").state == "draft"
    kept = reopening.figures["agencies"]
    assert kept["MOI"]["state"] == "locked"
    assert kept["MOI"]["statuses"] == {"on_track": 3}
    assert kept["MOI"]["sha256"] == Submission.objects.get().sha256
    assert kept["MOLSA"]["statuses"] == {"not_reported": 1}
    assert not kept["MOLSA"]["sha256"]
    assert datetime.fromisoformat(reopening.figures["locked_at"]) == AT
    with pytest.raises(Refused, match="decided"):
        decide_reopening(reopening=reopening, is_approved=False, by=world.national, at=AT, today=TODAY)


def test_nobody_signs_what_she_asked_for(world: World) -> None:
    round = locked(world)
    reopening = ask_reopening(round=round, reason="Wrong", by=world.coordinator, at=AT, today=TODAY)
    same_person = member("national_coordinator", world.agencies["ONAC"])
    same_person.user = world.coordinator.user
    same_person.save()
    with pytest.raises(Refused, match="yourself"):
        decide_reopening(reopening=reopening, is_approved=True, by=same_person, at=AT, today=TODAY)
    with pytest.raises(Refused):  # the role that asks does not sign
        decide_reopening(
            reopening=reopening,
            is_approved=True,
            by=member("coordinator", world.agencies["ONAC"]),
            at=AT,
            today=TODAY,
        )
    assert Round.objects.get().state == "locked"


def test_a_refused_reopening_changes_nothing_and_can_be_asked_again(world: World) -> None:
    round = locked(world)
    reopening = ask_reopening(round=round, reason="Wrong", by=world.coordinator, at=AT, today=TODAY)
    decide_reopening(reopening=reopening, is_approved=False, by=world.national, at=AT, today=TODAY)
    assert Round.objects.get().state == "locked"
    ask_reopening(round=round, reason="Really wrong", by=world.coordinator, at=AT, today=TODAY)
    assert Reopening.objects.filter(state="asked").count() == 1


def test_a_reopening_needs_a_reason_and_a_locked_round(world: World) -> None:
    world.open()
    with pytest.raises(Refused):
        ask_reopening(round=world.rounds["2009Q2"], reason="Wrong", by=world.coordinator, at=AT, today=TODAY)
    lock_round(round=world.rounds["2009Q2"], by=world.coordinator, at=AT, today=TODAY, is_acknowledged=True)
    with pytest.raises(Refused, match="why"):
        ask_reopening(round=world.rounds["2009Q2"], reason="  ", by=world.coordinator, at=AT, today=TODAY)
