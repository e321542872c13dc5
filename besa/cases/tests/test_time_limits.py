"""The clocks as pure functions: what was left is kept, nothing is shortened, and no order of the history changes the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besa.cases import time_limits
from besa.cases.time_limits import LIMITS, Change, Kind, Level, Span, Turn, begun, left, length_of, limit_of, turn
from besa.lib.refusal import Refused

NOW = datetime(2009, 7, 6, 8, tzinfo=UTC)
KINDS = st.sampled_from(list(Kind))
DEADLINES = st.sampled_from([kind for kind in Kind if not LIMITS[kind].is_period])
LATER = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400))
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["suspend", "resume", "extend", "meet", "stop"]),
        st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=40)),
        st.timedeltas(min_value=timedelta(days=-20), max_value=timedelta(days=60)),
    ),
    max_size=12,
)


@dataclass
class Life:
    """A clock that lived through random moves, and the history that was written of it."""

    span: Span
    changes: list[Change]
    at: datetime


def live(kind: str, moves: list[tuple[str, timedelta, timedelta]]) -> Life:
    span, at = begun(kind, NOW), NOW
    changes = [Change("started", NOW, span.due_at)]
    for verb, pause, longer in moves:
        at += pause
        try:
            extra = (span.due_at + longer,) if verb == "extend" else ()
            span = getattr(time_limits, verb)(span, *extra, at)
        except Refused:
            continue
        past = {"suspend": "suspended", "resume": "resumed", "extend": "extended", "meet": "met", "stop": "stopped"}
        changes.append(Change(past[verb], at, span.due_at))
    return Life(span, changes, at)


@given(KINDS, LATER, LATER)
def test_what_was_left_is_kept_while_it_stands_still(kind: Kind, before: timedelta, pause: timedelta) -> None:
    span, at = begun(kind, NOW), NOW + before
    if at >= span.due_at:
        with pytest.raises(Refused, match="run out"):
            time_limits.suspend(span, at)
        return
    still = time_limits.suspend(span, at)
    assert left(still, at + pause) == left(span, at), "time that stands still does not go by"
    on = time_limits.resume(still, at + pause)
    assert left(on, at + pause) == left(span, at)
    assert on.due_at - span.due_at == pause


@given(KINDS, LATER, st.timedeltas(min_value=timedelta(days=-30), max_value=timedelta(days=500)))
def test_an_extension_only_lengthens(kind: Kind, before: timedelta, longer: timedelta) -> None:
    span, at = begun(kind, NOW), NOW + before
    is_allowed = at < span.due_at and timedelta() < longer <= limit_of(kind).most
    if not is_allowed:
        with pytest.raises(Refused):
            time_limits.extend(span, span.due_at + longer, at)
        return
    assert time_limits.extend(span, span.due_at + longer, at).due_at == span.due_at + longer


@given(KINDS, MOVES)
def test_a_clock_never_runs_and_has_ended_at_once(kind: Kind, moves: list[tuple[str, timedelta, timedelta]]) -> None:
    life = live(kind, moves)
    assert life.span.is_over == (life.span.ended_at is not None)
    assert (life.span.state == "suspended") == (life.span.suspended_at is not None)
    if life.span.is_over:
        assert turn(life.span, is_warned=False, level=0, at=life.at + timedelta(days=900)) == Turn.NOTHING
        for verb in ("suspend", "resume", "meet", "stop"):
            with pytest.raises(Refused):
                getattr(time_limits, verb)(life.span, life.at)


@given(KINDS, MOVES)
def test_no_move_makes_a_clock_shorter_than_it_began(kind: Kind, moves: list[tuple[str, timedelta, timedelta]]) -> None:
    life = live(kind, moves)
    assert life.span.due_at - life.span.started_at >= length_of(kind)


@given(KINDS, LATER, LATER)
def test_silence_only_climbs(kind: Kind, first: timedelta, more: timedelta) -> None:
    span = begun(kind, NOW)
    early, late = NOW + first, NOW + first + more
    assert time_limits.level_at(span, early) <= time_limits.level_at(span, late)
    if early < span.due_at:
        assert time_limits.level_at(span, early) == Level.WORKERS, "nobody else is told before the time has run out"


@given(KINDS, MOVES, st.randoms(use_true_random=False), LATER)
def test_the_outcome_does_not_depend_on_the_order_of_the_history(
    kind: Kind, moves: list[tuple[str, timedelta, timedelta]], chance: object, after: timedelta
) -> None:
    life = live(kind, moves)
    shuffled = list(life.changes)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    again = time_limits.replay(kind, shuffled)
    assert again == life.span
    at = life.at + after
    assert time_limits.outcome(again, at) == time_limits.outcome(life.span, at)


@given(DEADLINES, LATER)
def test_what_was_met_late_stays_late(kind: Kind, when: timedelta) -> None:
    span = begun(kind, NOW)
    met = time_limits.meet(span, NOW + when)
    assert time_limits.outcome(met, NOW + when) is (NOW + when <= span.due_at)
    assert time_limits.outcome(met, NOW + when + timedelta(days=900)) is (NOW + when <= span.due_at)


@given(KINDS, LATER)
def test_a_tick_comes_to_rest(kind: Kind, when: timedelta) -> None:
    """Whatever a tick does once, it does not do again at the same moment."""
    span, at, is_warned, level = begun(kind, NOW), NOW + when, False, 0
    for _ in range(4):
        what = turn(span, is_warned=is_warned, level=level, at=at)
        if what == Turn.NOTHING:
            break
        if what == Turn.WARN:
            is_warned = True
        elif what == Turn.ESCALATE:
            level = time_limits.level_at(span, at)
        else:
            span = time_limits.meet(span, at)
    else:
        pytest.fail("it does not come to rest")


def test_the_answer_to_an_urgent_referral_is_due_within_the_hour() -> None:
    for urgency, hours in (("now", 1), ("soon", 24), ("routine", 72)):
        span = begun(Kind.REFERRAL_REPLY, NOW, urgency=urgency)
        assert span.due_at - NOW == timedelta(hours=hours)
        assert time_limits.level_at(span, span.due_at) == Level.LEADS
        assert time_limits.level_at(span, span.due_at + timedelta(hours=hours)) == Level.REGION
        assert time_limits.level_at(span, span.due_at + timedelta(hours=2 * hours)) == Level.AUTHORITY


def test_a_reflection_period_is_never_shorter_than_thirty_days() -> None:
    with pytest.raises(Refused, match="30 days"):
        begun(Kind.REFLECTION, NOW, due_at=NOW + timedelta(days=29))
    span = begun(Kind.REFLECTION, NOW)
    assert span.due_at - NOW == timedelta(days=30)
    with pytest.raises(Refused, match="30 days"):
        time_limits.check_may_stop(span, NOW + timedelta(days=29), may_cut_short=False)
    time_limits.check_may_stop(span, NOW + timedelta(days=29), may_cut_short=True)


def test_nobody_is_returned_while_reflection_runs_or_stands_still() -> None:
    span, day = begun(Kind.REFLECTION, NOW), timedelta(days=1)
    with pytest.raises(Refused, match="reflection"):
        time_limits.check_may_return([span], NOW + 29 * day)
    time_limits.check_may_return([span], NOW + 30 * day)
    still = time_limits.suspend(span, NOW + 10 * day)
    with pytest.raises(Refused, match="reflection"):
        time_limits.check_may_return([still], NOW + 300 * day)
    time_limits.check_may_return([begun(Kind.FOLLOW_UP, NOW)], NOW)
    time_limits.check_may_return([time_limits.meet(span, NOW)], NOW)


def test_the_table_says_the_same_thing_twice_nowhere() -> None:
    for kind, limit in LIMITS.items():
        levels = [step.level for step in limit.steps]
        assert levels == sorted(set(levels)), kind
        assert not (limit.is_period and limit.steps), "what runs out by itself is nobody's silence"
        assert bool(limit.most) == (limit.extended_by is not None), kind
        assert limit.shortest <= limit.length
    assert set(LIMITS) == set(Kind)
