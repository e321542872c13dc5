from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from besa.lib.periods import Period

PERIODS = st.one_of(
    st.builds(Period, st.integers(1900, 2100), st.just("Q"), st.integers(1, 4)),
    st.builds(Period, st.integers(1900, 2100), st.just("H"), st.integers(1, 2)),
    st.builds(Period, st.integers(1900, 2100), st.just("Y"), st.just(1)),
)
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(PERIODS)
def test_a_period_is_read_back_from_its_text(period: Period) -> None:
    assert Period.parse(str(period)) == period
    assert Period.parse(f" {str(period).lower()} ") == period


@given(DAYS, st.sampled_from("QHY"))
def test_every_day_lies_in_one_period_of_each_kind(day: date, kind: str) -> None:
    period = Period.containing(day, kind)
    assert day in period
    assert day not in period.next()
    assert day not in period.previous()


@given(PERIODS, st.integers(-40, 40))
def test_steps_lead_back_and_leave_no_gap(period: Period, steps: int) -> None:
    assert period.next(steps).next(-steps) == period
    assert period.next().start - period.end == timedelta(days=1)
    assert period.previous() < period < period.next()


@given(PERIODS)
def test_quarters_fill_the_period(period: Period) -> None:
    quarters = period.quarters()
    assert quarters[0].start == period.start
    assert quarters[-1].end == period.end
    assert [quarter.next() for quarter in quarters[:-1]] == list(quarters[1:])


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2009Q2", date(2009, 4, 1), date(2009, 6, 30)),
        ("2009H2", date(2009, 7, 1), date(2009, 12, 31)),
        ("2008", date(2008, 1, 1), date(2008, 12, 31)),
        ("2008Q1", date(2008, 1, 1), date(2008, 3, 31)),
    ],
)
def test_first_and_last_day(text: str, start: date, end: date) -> None:
    period = Period.parse(text)
    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    "text", ["", "2009Q5", "2009H3", "2009Q0", "Q2 2009", "09Q2", "2009M4", "2009Q2 or so", "3009"]
)
def test_what_is_no_period_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(ValueError, match="write 2009Q2, 2009H1 or 2009") as refusal:
        Period.parse(text)
    assert f"“{text}”" in str(refusal.value)


@pytest.mark.parametrize(("kind", "number"), [("Q", 5), ("Q", 0), ("H", 3), ("Y", 2), ("M", 1)])
def test_a_period_that_no_year_has_is_refused(kind: str, number: int) -> None:
    with pytest.raises(ValueError, match="no such period"):
        Period(2009, kind, number)


def test_a_label_is_in_words() -> None:
    with override("en"):
        labels = [Period.parse(text).label for text in ("2009Q2", "2009H1", "2009")]
    assert labels == ["second quarter of 2009", "first half of 2009", "2009"]
