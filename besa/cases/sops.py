"""The steps of the national standard operating procedures, and how far the file of one person keeps to them. Pure.

A step is done in time, done late, missing, still waiting, or not needed for this person. Adherence is the share of the steps that
were due and were done in time. What the steps are called and ask for is data of the country (`sops.toml`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone

from besa.cases.codes import Channel, Presence
from besa.cases.models import Case
from besa.cases.time_limits import LEAST_REFLECTION, LIMITS, Kind

DAY = timedelta(days=1)


class Done(StrEnum):
    """How a step stands."""

    IN_TIME = "in_time"
    LATE = "late"
    MISSING = "missing"
    WAITING = "waiting"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True)
class Course:
    """What happened with a case, as moments: what the steps are judged by. None: it has not happened."""

    opened_at: datetime
    kind: str = Case.Kind.VICTIM
    is_child: bool | None = False
    closed_at: datetime | None = None
    channel: str = ""
    present: frozenset[str] = field(default_factory=frozenset)
    needs_interpreter: bool = False
    screened_at: datetime | None = None
    informed_at: datetime | None = None
    consent_at: datetime | None = None
    first_status_at: datetime | None = None
    suspected_at: datetime | None = None
    confirmed_at: datetime | None = None
    referred_at: datetime | None = None
    reflection_at: datetime | None = None
    reflection_until: datetime | None = None
    facts_at: datetime | None = None
    conference_at: datetime | None = None

    @property
    def is_victim(self) -> bool:
        return self.kind == Case.Kind.VICTIM


@dataclass(frozen=True)
class Rule:
    """A step: for whom, when it was done (`done`), until when it should be (`until`; None: not due yet)."""

    code: str
    applies: Callable[[Course], bool]
    done: Callable[[Course], datetime | None]
    until: Callable[[Course], datetime | None]


@dataclass(frozen=True)
class Step:
    """A step of one case as it stands at a moment."""

    code: str
    state: Done
    done_at: datetime | None = None
    until: datetime | None = None

    @property
    def is_due(self) -> bool:
        return self.state in (Done.IN_TIME, Done.LATE, Done.MISSING)


def _within(days: int) -> Callable[[Course], datetime | None]:
    return lambda course: course.opened_at + days * DAY


def _were_there(*present: Presence) -> Callable[[Course], datetime | None]:
    return lambda course: course.screened_at if set(present) <= course.present else None


def _screened(course: Course) -> datetime | None:
    """What is judged by the first interview is due with it: it cannot be made good later."""
    return course.screened_at


def _reflection(course: Course) -> datetime | None:
    """A period of at least 30 days was granted, as the calendar counts them."""
    at, until = course.reflection_at, course.reflection_until
    if at is None or until is None:
        return None
    days = timezone.localdate(until) - timezone.localdate(at)
    return at if days >= LEAST_REFLECTION else None


def _formal_until(course: Course) -> datetime | None:
    return course.reflection_until + LIMITS[Kind.IDENTIFICATION].length if course.reflection_until else None


RULES: tuple[Rule, ...] = (
    Rule("screening", lambda course: True, lambda course: course.screened_at, _within(1)),
    Rule(
        "presence",
        lambda course: course.channel == Channel.BORDER,
        _were_there(Presence.FEMALE_OFFICER, Presence.SOCIAL_WORKER),
        _screened,
    ),
    Rule("interpreter", lambda course: course.needs_interpreter, _were_there(Presence.INTERPRETER), _screened),
    Rule("child_unit", lambda course: course.is_child is not False, _were_there(Presence.CHILD_UNIT), _screened),
    Rule("rights", lambda course: True, lambda course: course.informed_at, _within(1)),
    Rule("status", lambda course: True, lambda course: course.first_status_at, _within(3)),
    Rule("consent", lambda course: True, lambda course: course.consent_at, _within(3)),
    Rule("referral", lambda course: course.is_victim, lambda course: course.referred_at, _within(3)),
    Rule(
        "reflection",
        lambda course: course.suspected_at is not None,
        _reflection,
        lambda course: course.suspected_at + DAY if course.suspected_at else None,
    ),
    Rule("facts", lambda course: course.is_victim, lambda course: course.facts_at, _within(30)),
    Rule("conference", lambda course: course.is_victim, lambda course: course.conference_at, _within(30)),
    Rule(
        "formal", lambda course: course.suspected_at is not None, lambda course: course.confirmed_at, _formal_until
    ),
)  # fmt: skip
CODES = tuple(rule.code for rule in RULES)


def steps(course: Course, at: datetime) -> list[Step]:
    """Every step of the procedures as it stands for this case at a moment, in the order of the procedures."""
    return [_step(rule, course, at) for rule in RULES]


def _step(rule: Rule, course: Course, at: datetime) -> Step:
    if not rule.applies(course):
        return Step(rule.code, Done.NOT_NEEDED)
    done_at, until = rule.done(course), rule.until(course)
    if done_at is not None and done_at <= at:
        return Step(rule.code, Done.LATE if until and done_at > until else Done.IN_TIME, done_at, until)
    if course.closed_at is not None and course.closed_at <= at and (until is None or until > course.closed_at):
        return Step(rule.code, Done.NOT_NEEDED)  # the file was closed before the step was due
    is_missing = until is not None and until < at
    return Step(rule.code, Done.MISSING if is_missing else Done.WAITING, None, until)


@dataclass(frozen=True)
class Adherence:
    """How many steps were due, and how many of them were done in time."""

    due: int
    in_time: int

    @property
    def is_full(self) -> bool:
        return self.due == self.in_time

    @property
    def share(self) -> float | None:
        """In hundredths; None while nothing was due."""
        return 100 * self.in_time / self.due if self.due else None


def adherence(found: Iterable[Step]) -> Adherence:
    """How far the steps were kept to."""
    due = [step for step in found if step.is_due]
    return Adherence(len(due), sum(step.state == Done.IN_TIME for step in due))
