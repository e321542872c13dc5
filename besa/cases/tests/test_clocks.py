"""Time limits in a case: started once, moved by hand with a reason, told upwards by the machine."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command

from besa.audit.models import Event
from besa.cases.actions import clocks, files, people_on_it
from besa.cases.actions.ticking import tick
from besa.cases.models import Case, Clock, ClockChange
from besa.cases.tests.factory import make_case, qark
from besa.cases.time_limits import Kind, Turn
from besa.directory.models import Agency, Membership
from besa.lib import clock as time
from besa.lib.refusal import Conflict, Refused
from besa.notices.models import Notice
from besa.vault import cells
from conftest import MakeMember

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return time.now()


@pytest.fixture
def running(case: Case, worker: Membership, now: datetime) -> Clock:
    return clocks.start(case=case, kind=Kind.REFLECTION, agency=case.owner, by=worker, at=now)


def verbs(clock: Clock) -> list[str]:
    return list(clock.changes.values_list("verb", flat=True))


def told(kind: str) -> set[Membership]:
    return {notice.to for notice in Notice.objects.filter(kind=kind).select_related("to")}


def test_a_clock_runs_once_of_each_kind(case: Case, worker: Membership, running: Clock, now: datetime) -> None:
    again = clocks.start(case=case, kind=Kind.REFLECTION, agency=case.owner, by=worker, at=now + DAY)
    assert again == running
    assert (Clock.objects.count(), verbs(running)) == (1, ["started"])
    assert clocks.meet(case=case, kind=Kind.REFLECTION, by=worker, at=now + DAY) == 1
    assert clocks.meet(case=case, kind=Kind.REFLECTION, by=worker, at=now + DAY) == 0
    assert clocks.start(case=case, kind=Kind.REFLECTION, agency=case.owner, by=worker, at=now + 2 * DAY) != running


def test_a_reason_is_sealed_and_every_move_is_in_the_history(worker: Membership, running: Clock, now: datetime) -> None:
    later = running.due_at + 10 * DAY
    moved = clocks.extend(clock=running, version=1, due_at=later, reason="She is in hospital.", by=worker, at=now + DAY)
    assert (moved.due_at, moved.version) == (later, 2)
    change = ClockChange.objects.get(verb="extended")
    assert (change.due_before, change.due_after, str(change.reason)) == (running.due_at, later, "[sealed]")
    assert cells.open_cells(change, ["reason"]) == {"reason": "She is in hospital."}
    assert Event.objects.filter(verb="clock_extended", object_id=str(running.pk)).count() == 1


def test_the_second_editor_is_told_and_overwrites_nothing(worker: Membership, running: Clock, now: datetime) -> None:
    clocks.extend(clock=running, version=1, due_at=running.due_at + DAY, reason="One.", by=worker, at=now + DAY)
    with pytest.raises(Conflict):
        clocks.extend(clock=running, version=1, due_at=running.due_at + 9 * DAY, reason="Two.", by=worker, at=now + DAY)
    running.refresh_from_db()
    assert running.due_at == now + 31 * DAY
    assert verbs(running) == ["started", "extended"]


def test_only_the_authority_lets_reflection_stand_still_or_cuts_it_short(
    worker: Membership, make_member: MakeMember, running: Clock, now: datetime
) -> None:
    authority = make_member("responsible_authority")
    for act in (clocks.suspend, clocks.call_off):
        with pytest.raises(Refused):
            act(clock=running, version=1, reason="No.", by=worker, at=now + DAY)
    clocks.suspend(clock=running, version=1, reason="Missing since Monday.", by=authority, at=now + DAY)
    with pytest.raises(Refused, match="Say why"):
        clocks.resume(clock=running, version=2, reason=" ", by=authority, at=now + 5 * DAY)
    on = clocks.resume(clock=running, version=2, reason="She is back.", by=authority, at=now + 5 * DAY)
    assert on.due_at == now + 34 * DAY
    over = clocks.call_off(clock=running, version=3, reason="It was not her.", by=authority, at=now + 6 * DAY)
    assert (over.state, over.ended_at) == ("stopped", now + 6 * DAY)


def test_nobody_is_returned_before_reflection_is_over(
    case: Case, worker: Membership, running: Clock, now: datetime
) -> None:
    with pytest.raises(Refused, match="reflection"):
        files.move(case=case, verb="close", closing="returned", by=worker, at=now + 29 * DAY)
    case.refresh_from_db()
    assert case.state == "open"
    files.move(case=case, verb="close", closing="returned", by=worker, at=now + 31 * DAY)


def test_a_closed_case_waits_for_nobody_but_still_protects(
    case: Case, worker: Membership, running: Clock, now: datetime
) -> None:
    plan = clocks.start(case=case, kind=Kind.PLAN_REVIEW, agency=case.owner, by=worker, at=now)
    files.move(case=case, verb="close", closing="withdrawn", by=worker, at=now + DAY)
    plan.refresh_from_db()
    running.refresh_from_db()
    assert (plan.state, running.state) == ("stopped", "running")


def test_silence_climbs_from_the_worker_to_the_authority(make_member: MakeMember) -> None:
    place = qark()
    lead = make_member("municipality", place=place)
    colleague = make_member("municipality")
    rcat, elsewhere = make_member("rcat", place=place), make_member("rcat", place=qark("AL-KORCE"))
    authority = make_member("responsible_authority")
    case = make_case(lead, place=place)
    now = time.now()
    people_on_it.add_to_team(case=case, membership=colleague, is_lead=False, until_at=now + 200 * DAY, by=lead, at=now)
    clock = clocks.start(case=case, kind=Kind.PLAN_REVIEW, agency=case.owner, by=lead, at=now)
    due = clock.due_at
    assert tick(due - 8 * DAY) == {}
    assert tick(due - 6 * DAY) == {Turn.WARN: 1}
    assert told("clock_warned") == {lead, colleague}
    assert tick(due - 6 * DAY) == {}, "a second run tells nobody twice"
    assert tick(due) == {Turn.ESCALATE: 1}
    assert (told("clock_late"), told("clock_escalated")) == ({lead, colleague}, set())
    tick(due + 14 * DAY)
    assert told("clock_escalated") == {rcat}
    tick(due + 30 * DAY)
    assert told("clock_escalated") == {rcat, authority}
    assert elsewhere not in told("clock_escalated")
    assert tick(due + 400 * DAY) == {}
    assert verbs(clock) == ["started", "warned", "escalated", "escalated", "escalated"]
    notice = Notice.objects.filter(kind="clock_escalated").latest("pk")
    assert (notice.url_name, notice.url_args) == ("cases:file", [case.number])


def test_a_level_that_was_slept_through_is_told_too(
    case: Case, worker: Membership, make_member: MakeMember, now: datetime
) -> None:
    authority = make_member("responsible_authority")
    clock = clocks.start(case=case, kind=Kind.PLAN_REVIEW, agency=case.owner, by=worker, at=now)
    tick(clock.due_at + 40 * DAY)
    assert told("clock_late") == {worker}
    assert told("clock_escalated") == {authority}, (
        "there is no committee in a case without a place: the next one is told"
    )
    clock.refresh_from_db()
    assert clock.level == 3


def test_who_has_not_answered_a_referral_is_led_to_it_and_not_to_the_case(
    case: Case, worker: Membership, elsewhere: Agency, make_member: MakeMember, now: datetime
) -> None:
    shelter, blocked = make_member("shelter", agency=elsewhere), make_member("shelter", agency=elsewhere)
    people_on_it.declare_conflict(case=case, user=blocked.user, reason="family", by=worker, at=now)
    clock = clocks.start(
        case=case, kind=Kind.REFERRAL_REPLY, agency=elsewhere, by=worker, at=now, about=case.pk, urgency="now"
    )
    tick(now + HOUR - timedelta(minutes=5))
    notice = Notice.objects.get(kind="clock_warned")
    assert (notice.to, notice.url_name, notice.url_args) == (shelter, "assistance:referral", [str(clock.about)])
    tick(now + HOUR)
    assert told("clock_late") == {shelter}
    assert told("clock_escalated") == {worker}


def test_when_reflection_is_over_formal_identification_begins(
    case: Case, running: Clock, make_member: MakeMember, now: datetime
) -> None:
    office = Agency.objects.create(code="RA", name_en="RA", name_sq="AP", kind="state_agency")
    make_member("responsible_authority", agency=office)
    Case.objects.filter(pk=case.pk).update(status="presumed")
    tick(now + 24 * DAY)
    assert tick(now + 30 * DAY) == {Turn.END: 1}
    running.refresh_from_db()
    assert (running.state, verbs(running)) == ("met", ["started", "warned", "met"])
    following = Clock.objects.get(kind=Kind.IDENTIFICATION)
    assert (following.agency, following.due_at) == (office, now + 40 * DAY)


def test_a_suspended_clock_is_neither_warned_of_nor_late(
    running: Clock, make_member: MakeMember, now: datetime
) -> None:
    authority = make_member("responsible_authority")
    clocks.suspend(clock=running, version=1, reason="Missing.", by=authority, at=now + DAY)
    assert tick(now + 300 * DAY) == {}


def test_the_command_says_what_it_did(running: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("tick_clocks")
    assert capsys.readouterr().out == "0 warned, 0 escalated, 0 ended\n"
