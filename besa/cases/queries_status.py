"""The status log: of one case, of many, on any day, as it was known at any moment. Read only."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils import timezone

from besa.cases.codes import Basis, Status
from besa.cases.models import Case, Clock, Determination, Facts, Identification, RightsEvent
from besa.cases.rules_status import may_follow
from besa.cases.status_log import Step, in_force, kind_of, status_on
from besa.cases.time_limits import LEAST_REFLECTION, Kind

DETERMINATIONS = Prefetch(
    "determinations",
    Determination.objects.select_related("body", "decider__user", "decider__agency", "corrected_by")
    .prefetch_related("appeals")
    .order_by("decided_on", "recorded_at", "id"),
)
FINDINGS = (
    DETERMINATIONS,
    Prefetch("identification", Identification.objects.select_related("body", "crossing", "place")),
    Prefetch("facts", Facts.objects.all()),
    Prefetch("rights", RightsEvent.objects.all()),
)
"""What the page of a file asks of what was found out, at once."""

FIELDS = ("case_id", "pk", "status", "basis", "decided_on", "recorded_at", "corrects_id")


def steps_of(case: Case) -> list[Step]:
    """Every determination of the case, corrected ones too, in the order in which they were recorded."""
    rows = Determination.objects.filter(case=case).order_by("recorded_at").values_list(*FIELDS[1:])
    return [Step(*row) for row in rows]


def log_of(case: Case, known_at: datetime | None = None) -> list[Step]:
    """The steps of the case that were in force as far as was known; now where no moment is given."""
    return in_force(steps_of(case), known_at)


def status_at(case: Case, on: date, known_at: datetime | None = None) -> str:
    """What the log said of the case on a day, as it was known at a moment."""
    return status_on(log_of(case, known_at), on)


def logs(
    cases: QuerySet[Case] | Iterable[uuid.UUID], known_at: datetime | None = None
) -> Iterator[tuple[uuid.UUID, list[Step]]]:
    """The logs of many cases, by the key of the case; in one query. Cases without a determination are not in it."""
    keys: Any = cases.order_by().values("pk") if isinstance(cases, QuerySet) else list(cases)
    rows = Determination.objects.filter(case__in=keys).order_by("case_id", "recorded_at")
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    for case, found in groupby(rows.values_list(*FIELDS).iterator(), key=lambda row: row[0]):
        yield case, in_force([Step(*row[1:]) for row in found], known_at)


def statuses(
    cases: QuerySet[Case] | Iterable[uuid.UUID], on: date, known_at: datetime | None = None
) -> dict[uuid.UUID, str]:
    """The status of many cases on a day, as it was known at a moment; cases of which nothing was said by then are not in it."""
    found = ((case, status_on(log, on)) for case, log in logs(cases, known_at))
    return {case: status for case, status in found if status}


def kinds(cases: QuerySet[Case], on: date, known_at: datetime | None = None) -> dict[uuid.UUID, str]:
    """Whether each case was that of a victim or of a person at risk on a day. Where the log is silent, what the file says now."""
    said = {case: [step for step in log if step.decided_on <= on] for case, log in logs(cases, known_at)}
    return {case: kind_of(said.get(case, []), kind) for case, kind in cases.order_by().values_list("pk", "kind")}


def log_from(rows: Iterable[Determination]) -> list[Step]:
    """The steps in force among rows that were read already."""
    return in_force(Step(*(getattr(row, name) for name in FIELDS[1:])) for row in rows)


def status_log(case: Case, known_at: datetime | None = None) -> list[Determination]:
    """The determinations of the case with what is needed to show them: all that were recorded by then, the newest last."""
    prefetch_related_objects([case], DETERMINATIONS)
    return [row for row in case.determinations.all() if known_at is None or row.recorded_at <= known_at]


def possible_next(log: Sequence[Step], *, is_child: bool | None) -> list[str]:
    """The statuses that could come next on some basis, for the form; what is decided on an appeal comes with the appeal."""
    bases = [basis for basis in Basis.values if basis != Basis.APPEAL]
    last = log[-1] if log else None
    now, today = (last.recorded_at, last.decided_on) if last else (datetime.min.replace(tzinfo=UTC), date.min)

    def could_be(status: str) -> bool:
        if status == Status.WITHDRAWN and is_child is not False:
            return False
        steps = (Step(uuid.UUID(int=0), status, basis, today, now) for basis in bases)
        return any(may_follow(last, step, log[:-1]) for step in steps)

    return [status for status in Status.values if could_be(status)]


def reflection_over_on(case: Case, log: Iterable[Step]) -> date | None:
    """The day on which the period of reflection is over; None while it is suspended.

    Its time limit says so. A file without one, such as one brought in from paper, counts from the day of the first suspicion.
    """
    clock = case.clocks.filter(kind=Kind.REFLECTION).order_by("-started_at").first()
    if clock is not None:
        return None if clock.state == Clock.State.SUSPENDED else timezone.localdate(clock.ended_at or clock.due_at)
    began = [step.decided_on for step in log if step.status in (Status.POTENTIAL, Status.PRESUMED)]
    return min(began) + LEAST_REFLECTION if began else None
