"""Time limits: what kinds there are, how long they run, and what a clock does when it is suspended, extended, met. Pure.

A *deadline* runs until somebody has acted; if nobody does, silence is told upwards. A *period* runs out by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.cases.workflow import CLOCK
from besa.directory.case_policy import Deed
from besa.lib.refusal import Refused


class Kind(StrEnum):
    """What a clock runs for."""

    REFERRAL_REPLY = "referral_reply"
    REFLECTION = "reflection"
    IDENTIFICATION = "identification"
    PERMIT = "permit"
    CONSENT = "consent"
    OVERRIDE_REVIEW = "override_review"
    PLAN_REVIEW = "plan_review"
    FOLLOW_UP = "follow_up"


class Level(IntEnum):
    """Whom silence is told: each level when the one before it has not acted."""

    WORKERS = 0
    LEADS = 1
    REGION = 2
    AUTHORITY = 3


LEVEL_WORDS: dict[Level, Promise] = {
    Level.WORKERS: _("those who must act"),
    Level.LEADS: _("those who lead the case"),
    Level.REGION: _("the regional committee"),
    Level.AUTHORITY: _("the Responsible Authority"),
}


@dataclass(frozen=True)
class Step:
    """`level` is told when a deadline has run out and so much more time has gone by: `after`, or a multiple of its own length."""

    level: Level
    after: timedelta = timedelta()
    lengths: int = 0

    def moment(self, span: Span) -> datetime:
        return span.due_at + self.after + self.lengths * (span.due_at - span.started_at)


@dataclass(frozen=True)
class Limit:
    """A kind of time limit. A deed of None: nobody may. `warns` is the time before the end, at most a quarter of the whole."""

    words: Promise
    starts: Promise
    length: timedelta
    is_period: bool = False
    shortest: timedelta = timedelta()
    suspended_by: Deed | None = None
    extended_by: Deed | None = None
    most: timedelta = timedelta()  # by how much one extension lengthens it at most
    stopped_by: Deed | None = None
    cut_short_by: Deed | None = None  # who may end it before `shortest`, where anybody may
    warns: timedelta = timedelta(days=7)
    steps: tuple[Step, ...] = ()
    outlives_case: bool = False
    page: str = "cases:file"
    by_urgency: Mapping[str, timedelta] = field(default_factory=dict)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEAST_REFLECTION = 30 * DAY
_UPWARDS = (Step(Level.LEADS), Step(Level.REGION, 14 * DAY), Step(Level.AUTHORITY, 28 * DAY))

LIMITS: dict[Kind, Limit] = {
    Kind.REFERRAL_REPLY: Limit(
        _("answer to a referral"),
        _("when a referral is offered"),
        3 * DAY,
        warns=DAY,
        steps=(Step(Level.LEADS), Step(Level.REGION, lengths=1), Step(Level.AUTHORITY, lengths=2)),
        page="assistance:referral",
        by_urgency={"now": HOUR, "soon": DAY, "routine": 3 * DAY},
    ),
    Kind.REFLECTION: Limit(
        _("reflection period"),
        _("when somebody is found to be a potential or presumed victim, whether or not she cooperates"),
        LEAST_REFLECTION,
        is_period=True,
        shortest=LEAST_REFLECTION,
        suspended_by=Deed.STATUS_CONFIRM,
        extended_by=Deed.CLOCK_EDIT,
        most=90 * DAY,
        stopped_by=Deed.STATUS_CONFIRM,
        cut_short_by=Deed.STATUS_CONFIRM,
        outlives_case=True,
    ),
    Kind.IDENTIFICATION: Limit(
        _("formal identification"),
        _("when the reflection period ends"),
        10 * DAY,
        suspended_by=Deed.STATUS_CONFIRM,
        extended_by=Deed.STATUS_CONFIRM,
        most=30 * DAY,
        stopped_by=Deed.STATUS_CONFIRM,
        warns=3 * DAY,
        steps=(Step(Level.LEADS), Step(Level.AUTHORITY, 3 * DAY)),
    ),
    Kind.PERMIT: Limit(
        _("residence permit"),
        _("when a permit is granted or renewed"),
        183 * DAY,
        extended_by=Deed.CLOCK_EDIT,
        most=366 * DAY,
        stopped_by=Deed.CLOCK_EDIT,
        warns=45 * DAY,
        steps=(Step(Level.LEADS), Step(Level.AUTHORITY, DAY)),
        outlives_case=True,
    ),
    Kind.CONSENT: Limit(
        _("consent"),
        _("when consent is recorded"),
        183 * DAY,
        is_period=True,
        warns=14 * DAY,
        outlives_case=True,
    ),
    Kind.OVERRIDE_REVIEW: Limit(
        _("review of a disclosure without consent"),
        _("when a disclosure without consent is approved"),
        72 * HOUR,
        warns=DAY,
        steps=(Step(Level.AUTHORITY),),
        outlives_case=True,
    ),
    Kind.PLAN_REVIEW: Limit(
        _("review of the plan"),
        _("when a plan of assistance is agreed or reviewed"),
        90 * DAY,
        extended_by=Deed.CLOCK_EDIT,
        most=60 * DAY,
        stopped_by=Deed.CLOCK_EDIT,
        steps=_UPWARDS,
    ),
    Kind.FOLLOW_UP: Limit(
        _("follow-up"),
        _("3, 6, 12 and 24 months after assistance has ended"),
        91 * DAY,
        suspended_by=Deed.CLOCK_EDIT,
        extended_by=Deed.CLOCK_EDIT,
        most=60 * DAY,
        stopped_by=Deed.CLOCK_EDIT,
        warns=14 * DAY,
        steps=_UPWARDS,
        outlives_case=True,
    ),
}


def limit_of(kind: str) -> Limit:
    return LIMITS[Kind(kind)]


def length_of(kind: str, urgency: str = "") -> timedelta:
    """How long a clock of the kind runs where nothing else is said."""
    limit = limit_of(kind)
    return limit.by_urgency[urgency] if urgency else limit.length


# --- one clock


RUNNING, SUSPENDED, MET, STOPPED = "running", "suspended", "met", "stopped"


@dataclass(frozen=True)
class Span:
    """A clock as its times and its state."""

    kind: str
    started_at: datetime
    due_at: datetime
    state: str = RUNNING
    suspended_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.state in (MET, STOPPED)


class HasSpan(Protocol):
    """A row of the clocks."""

    kind: str
    started_at: datetime
    due_at: datetime
    state: str
    suspended_at: datetime | None
    ended_at: datetime | None


def span_of(row: HasSpan) -> Span:
    return Span(row.kind, row.started_at, row.due_at, row.state, row.suspended_at, row.ended_at)


def begun(kind: str, at: datetime, due_at: datetime | None = None, urgency: str = "") -> Span:
    """A clock that starts now. Raises Refused where it would be over at once, or be shorter than its kind allows."""
    until = due_at or at + length_of(kind, urgency)
    if until <= at:
        raise Refused(_("The time would already be over."))
    if until - at < limit_of(kind).shortest:
        raise Refused(
            _("This time limit is never shorter than %(days)s days.") % {"days": limit_of(kind).shortest.days}
        )
    return Span(kind, at, until)


def suspend(span: Span, at: datetime) -> Span:
    """It stands still from now on. What has run out does not stand still any more."""
    CLOCK.check(span.state, "suspend")
    if at >= span.due_at:
        raise Refused(_("The time has run out; it cannot be suspended now."))
    return replace(span, state=SUSPENDED, suspended_at=at)


def resume(span: Span, at: datetime) -> Span:
    """It goes on, with what was left when it was suspended."""
    CLOCK.check(span.state, "resume")
    return replace(span, state=RUNNING, suspended_at=None, due_at=at + left(span, at))


def extend(span: Span, due_at: datetime, at: datetime) -> Span:
    """It ends later. An extension never shortens, and what is late stays late."""
    CLOCK.check(span.state, "extend")
    if at >= span.due_at:
        raise Refused(_("The time has run out; what is late stays late, and is not extended."))
    if due_at <= span.due_at:
        raise Refused(_("The new end must lie after the present one: a time limit is only lengthened."))
    most = limit_of(span.kind).most
    if due_at - span.due_at > most:
        raise Refused(
            _("This time limit is lengthened by %(days)s days at most; it can be lengthened again.")
            % {"days": most.days}
        )
    return replace(span, due_at=due_at)


def meet(span: Span, at: datetime) -> Span:
    """What it ran for has been done."""
    return replace(_thawed(span, at), state=CLOCK.after(span.state, "meet"), ended_at=at)


def stop(span: Span, at: datetime) -> Span:
    """It ends because nothing is to be done any more."""
    return replace(_thawed(span, at), state=CLOCK.after(span.state, "stop"), ended_at=at)


def _thawed(span: Span, at: datetime) -> Span:
    """The same with its end where it would be if it went on now; a clock that has ended is not suspended."""
    return resume(span, at) if span.state == SUSPENDED else span


def left(span: Span, at: datetime) -> timedelta:
    """How much time is left; less than nothing when it has run out. A clock that stands still keeps what it had."""
    return span.due_at - (span.ended_at or span.suspended_at or at)


def share_gone(span: Span, at: datetime) -> int:
    """How much of the whole time is gone, in hundredths from 0 to 100."""
    whole = span.due_at - span.started_at
    gone = whole - left(span, at)
    return max(0, min(100, int(100 * gone / whole)))


def is_protecting(span: Span, at: datetime) -> bool:
    """Whether the time still holds: running and not run out, or standing still."""
    return span.state == SUSPENDED or (span.state == RUNNING and at < span.due_at)


def is_late(span: Span, at: datetime) -> bool:
    """A deadline that was not met in time, or was not met and has run out."""
    return span.state != STOPPED and not limit_of(span.kind).is_period and left(span, at) < timedelta()


# --- warnings, silence, what a tick does


def warn_at(span: Span) -> datetime:
    """When it is said that the time runs out: before a quarter of it is left at the earliest."""
    return span.due_at - min(limit_of(span.kind).warns, (span.due_at - span.started_at) / 4)


def level_at(span: Span, at: datetime) -> Level:
    """Whom the silence has reached at the moment."""
    if span.state != RUNNING:
        return Level.WORKERS
    return max((step.level for step in limit_of(span.kind).steps if step.moment(span) <= at), default=Level.WORKERS)


def last_level(kind: str) -> Level:
    """Whom silence reaches in the end."""
    return max((step.level for step in limit_of(kind).steps), default=Level.WORKERS)


class Turn(StrEnum):
    """What the machine does with a clock by itself."""

    NOTHING = "nothing"
    WARN = "warn"
    ESCALATE = "escalate"
    END = "end"


def turn(span: Span, *, is_warned: bool, level: int, at: datetime) -> Turn:
    """What is to be done with the clock now: end a period that is over, tell the next level, warn, or nothing."""
    if span.state != RUNNING:
        return Turn.NOTHING
    if at >= span.due_at and limit_of(span.kind).is_period:
        return Turn.END
    if level_at(span, at) > level:
        return Turn.ESCALATE
    if not is_warned and warn_at(span) <= at < span.due_at:
        return Turn.WARN
    return Turn.NOTHING


LONGEST_WARNING = max(limit.warns for limit in LIMITS.values())
LAST_LEVEL = max(last_level(kind) for kind in LIMITS)


# --- rules


def check_may_return(spans: Iterable[Span], at: datetime) -> None:
    """Nobody is returned or removed while a reflection period runs, or stands still (product row 15).

    It protects whoever was given it; whether she cooperates is neither asked nor known here.
    """
    if any(span.kind == Kind.REFLECTION and is_protecting(span, at) for span in spans):
        raise Refused(_("The reflection period is not over; until then nobody is returned or removed."))


def check_may_stop(span: Span, at: datetime, *, may_cut_short: bool) -> None:
    """What must not be shorter ends before its time only by who decides whether somebody is a victim."""
    gone = (span.suspended_at or at) - span.started_at
    if gone < limit_of(span.kind).shortest and not may_cut_short:
        raise Refused(
            _("This time limit is never shorter than %(days)s days.") % {"days": limit_of(span.kind).shortest.days}
        )


# --- how many were in time


@dataclass(frozen=True)
class Change:
    """A move of a clock, from its history."""

    verb: str
    at: datetime
    due_after: datetime | None = None


_RANK = ("started", "warned", "suspended", "resumed", "extended", "escalated", "met", "stopped")


def replay(kind: str, changes: Iterable[Change]) -> Span:
    """The clock as its history makes it, in whatever order the changes come."""
    ordered = sorted(changes, key=lambda change: (change.at, _RANK.index(change.verb)))
    first, *rest = ordered
    if first.verb != "started" or first.due_after is None:
        raise ValueError("a history begins with a start")
    span = Span(kind, first.at, first.due_after)
    for change in rest:
        span = _moved(span, change)
    return span


def _moved(span: Span, change: Change) -> Span:
    if change.verb == "suspended":
        return suspend(span, change.at)
    if change.verb == "resumed":
        return resume(span, change.at)
    if change.verb == "extended":
        return extend(span, change.due_after or span.due_at, change.at)
    return {"met": meet, "stopped": stop}.get(change.verb, lambda same, _at: same)(span, change.at)


def outcome(span: Span, at: datetime) -> bool | None:
    """Whether a deadline was met in time; None where it does not count: a period, called off, or still open and not late."""
    if limit_of(span.kind).is_period or span.state == STOPPED:
        return None
    if is_late(span, at):
        return False
    return True if span.state == MET else None


def moments(span: Span) -> Iterator[tuple[Level, datetime]]:
    """Whom silence would be told, and when."""
    yield from ((step.level, step.moment(span)) for step in limit_of(span.kind).steps)
