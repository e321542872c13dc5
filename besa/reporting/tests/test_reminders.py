"""Reminders: which step on which day, to whom, each once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besa.audit.models import Event
from besa.notices.models import Notice
from besa.reporting.actions.reminders import levels_of, remind, step_on
from besa.reporting.actions.returns import send_back
from besa.reporting.actions.rounds import lock_round
from besa.reporting.models import Reminder, Return
from besa.reporting.tests.factory import AT, TODAY, World, member

DUE = date(2009, 7, 20)
STEPS = [-21, -14, -7, 0, *range(7, 1000, 7)]  # by hand: 21, 14, 7, 0 days before, then every 7 days after


@given(st.integers(-60, 900))
def test_the_step_is_the_latest_one_reached(days: int) -> None:
    reached = [step for step in STEPS if step <= days]
    assert step_on(DUE + timedelta(days=days), DUE) == (reached[-1] if reached else None)


@given(st.sampled_from(STEPS))
def test_higher_levels_come_with_lateness(step: int) -> None:
    levels = levels_of(step)
    assert levels[0] == 0
    assert (1 in levels) == (step >= 7)
    assert (2 in levels) == (step >= 14)
    assert len(set(levels)) == len(levels)


def sent_on(days: int) -> set[tuple[str, int, str]]:
    today = DUE + timedelta(days=days)
    return {(row.to.agency.code, row.day_offset, row.to_agency.code) for row in remind(today=today, at=AT)}


@pytest.mark.parametrize("days", [-21, -14, -7, 0])
def test_before_the_due_date_the_institution_itself_is_reminded(opened: World, days: int) -> None:
    assert sent_on(days) == {(code, days, code) for code in ("MOI", "MOLSA", "RC-TIR", "RC-VLO", "ONAC")}
    assert not Notice.objects.filter(kind=Notice.Kind.RETURN_LATE).exists()
    assert Notice.objects.filter(kind=Notice.Kind.RETURN_DUE, to=opened.focal).count() == 1


def test_each_step_is_sent_once(opened: World) -> None:
    assert sent_on(7)
    assert not sent_on(7)
    assert not sent_on(13)
    assert sent_on(14)
    assert Event.objects.filter(verb="return_reminded").count() == 2 * 5


def test_days_that_were_missed_are_not_sent_afterwards(opened: World) -> None:
    assert {step for _code, step, _to in sent_on(16)} == {14}
    assert set(Reminder.objects.values_list("day_offset", flat=True)) == {14}
    assert not sent_on(20)


def test_who_is_late_is_told_up_the_line(opened: World) -> None:
    above = member("focal_point", opened.agencies["RC"])
    assert {row for row in sent_on(7) if row[0] == "RC-TIR"} == {("RC-TIR", 7, "RC-TIR"), ("RC-TIR", 7, "RC")}
    assert Notice.objects.filter(kind=Notice.Kind.RETURN_LATE_BELOW, to=above).count() == 2  # both committees
    assert not Notice.objects.filter(
        kind=Notice.Kind.RETURN_LATE, to=opened.coordinator, agency__code="RC-TIR"
    ).exists()
    assert {row for row in sent_on(14) if row[0] == "RC-TIR"} == {
        ("RC-TIR", 14, "RC-TIR"),
        ("RC-TIR", 14, "RC"),
        ("RC-TIR", 14, "ONAC"),
    }
    notice = Notice.objects.get(kind=Notice.Kind.RETURN_LATE, to=opened.coordinator, agency__code="RC-TIR")
    assert (notice.days_late, notice.period) == (14, "2009Q2")


def test_who_has_handed_in_is_left_in_peace(opened: World) -> None:
    opened.submitted("MOI")
    opened.accepted("MOLSA")
    assert not {code for code, _step, _to in sent_on(7)} & {"MOI", "MOLSA"}


def test_a_return_sent_back_reminds_its_institution_alone(opened: World) -> None:
    opened.submitted("RC-TIR")
    remarks = [(opened.entry("RC-TIR", "II.1.(a).1"), "done", "Say more")]
    send_back(item=opened.item("RC-TIR"), remarks=remarks, by=opened.coordinator, at=AT, today=TODAY)
    assert {row for row in sent_on(14) if row[0] == "RC-TIR"} == {("RC-TIR", 14, "RC-TIR")}


def test_a_locked_round_reminds_nobody(opened: World) -> None:
    lock_round(round=opened.rounds["2009Q2"], by=opened.coordinator, at=AT, today=TODAY, is_acknowledged=True)
    assert not sent_on(7)


def test_nothing_is_sent_before_the_first_step(opened: World) -> None:
    assert not sent_on(-22)
    assert Return.objects.filter(state="draft").count() == 5
