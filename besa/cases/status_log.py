"""The status log as values: which steps are in force at a knowledge date, what the log says on a day. Pure.

A figure is a function of two moments: the day that it speaks of (`on`), and the moment from which one looks (`known_at`). What is
recorded later never changes an answer that was given for an earlier `known_at`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from besa.cases.codes import Status
from besa.cases.models import Case

KINDS: dict[str, str] = {
    Status.AT_RISK: Case.Kind.AT_RISK,
    Status.POTENTIAL: Case.Kind.VICTIM,
    Status.PRESUMED: Case.Kind.VICTIM,
    Status.IDENTIFIED: Case.Kind.VICTIM,
}


@dataclass(frozen=True)
class Step:
    """A determination: from which day it holds, since when it is known, which earlier one it takes the place of."""

    key: uuid.UUID
    status: str
    basis: str
    decided_on: date
    recorded_at: datetime
    corrects: uuid.UUID | None = None


def in_force(steps: Iterable[Step], known_at: datetime | None = None) -> list[Step]:
    """The steps that were known and not yet corrected, in the order in which they hold.

    Of two steps of one day the one that was recorded first comes first; a correction stands where the step stood that it corrects.
    """
    known = {step.key: step for step in steps if known_at is None or step.recorded_at <= known_at}
    corrected = {step.corrects for step in known.values()}

    def place(step: Step) -> tuple[date, datetime]:
        first = step
        while first.corrects is not None:
            first = known[first.corrects]
        return step.decided_on, first.recorded_at

    return sorted((step for step in known.values() if step.key not in corrected), key=place)


def status_on(log: Sequence[Step], on: date) -> str:
    """The last word on the day; empty where there is none yet."""
    return next((step.status for step in reversed(log) if step.decided_on <= on), "")


def kind_of(log: Sequence[Step], kind: str) -> str:
    """Whether the file is that of a trafficked person or of a person at risk: the last step that says so, else what it was opened as."""
    return next((KINDS[step.status] for step in reversed(log) if step.status in KINDS), kind)
