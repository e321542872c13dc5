"""The timeline view: activities against the quarters of the plan's period.

A quarter is 100 units wide whatever its days, so that columns are equal and a picture can be drawn without styles.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import get_language

from besa.directory.models import Agency
from besa.lib import timeline
from besa.lib.periods import Period
from besa.plan.models import Activity, Objective, Plan, TimelineEntry
from besa.plan.queries.plans import Standing
from besa.plan.queries.tree import ActivityRow, row_of

QUARTER = 100
DUE, TICK = 10, 6  # widths of the marks of a moment


@dataclass(frozen=True)
class Mark:
    """A stretch (`bar`, `open` for Ongoing) or a moment (`due`, `tick` of a recurrence) of the drawing, in its units."""

    kind: str
    x: float
    width: float


@dataclass(frozen=True)
class Bar:
    """A row of the drawing."""

    row: ActivityRow
    printed: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Group:
    """The rows of an objective or of an agency."""

    heading: Objective | Agency | None
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Scale:
    """The quarters from a plan's first day to its last."""

    quarters: tuple[Period, ...]

    @classmethod
    def of(cls, plan: Plan) -> Scale:
        first, last = Period.containing(plan.period_start), Period.containing(plan.period_end)
        quarters = [first]
        while quarters[-1] < last:
            quarters.append(quarters[-1].next())
        return cls(tuple(quarters))

    @property
    def width(self) -> int:
        return QUARTER * len(self.quarters)

    @property
    def lines(self) -> list[int]:
        """Where quarters meet."""
        return [QUARTER * number for number in range(1, len(self.quarters))]

    @property
    def years(self) -> list[tuple[int, int]]:
        """(year, how many of its quarters)."""
        years = [quarter.year for quarter in self.quarters]
        return [(year, years.count(year)) for year in dict.fromkeys(years)]

    def x(self, day: date) -> float:
        """Where the day ends; days outside lie on the edge."""
        if day < self.quarters[0].start:
            return 0
        for number, quarter in enumerate(self.quarters):
            if day in quarter:
                part = ((day - quarter.start).days + 1) / ((quarter.end - quarter.start).days + 1)
                return round((number + part) * QUARTER, 1)
        return self.width

    def holds(self, day: date) -> bool:
        return self.quarters[0].start <= day <= self.quarters[-1].end


_STEPS = {
    "half-yearly": 6,
    "quarterly": 3,
    "monthly": 3,
    "weekly": 3,
}  # months; finer than a quarter is drawn as quarters


def _ticks(entry: TimelineEntry, scale: Scale) -> list[Mark]:
    """The last days of the periods of a recurrence, such as `quarterly` or `yearly-02` (see `besa.lib.timeline`)."""
    months = list(range(12, 0, -_STEPS.get(entry.recurrence, 12)))
    if entry.recurrence.startswith("yearly-"):
        months = [int(entry.recurrence[-2:])]
    first = entry.start_on or scale.quarters[0].start
    years = sorted({quarter.year for quarter in scale.quarters})
    days = [date(year, month, monthrange(year, month)[1]) for year in years for month in sorted(months)]
    return [Mark("tick", scale.x(day) - TICK, TICK) for day in days if day >= first and scale.holds(day)]


def marks_of(entries: Iterable[TimelineEntry], scale: Scale) -> tuple[Mark, ...]:
    """How the entries of a timeline column are drawn."""
    found: list[Mark] = []
    for entry in entries:
        if entry.recurrence:
            found += _ticks(entry, scale)
        if entry.due_on:
            end = scale.x(entry.due_on)
            start = scale.x(entry.start_on) if entry.start_on else end
            if end > start:
                found.append(Mark("bar", start, round(end - start, 1)))
            found.append(Mark("due", max(0, round(end - DUE, 1)), DUE))
        elif not entry.recurrence:
            start = scale.x(entry.start_on) if entry.start_on else 0
            found.append(Mark("open", start, round(scale.width - start, 1)))
    return tuple(found)


def printed_times(entries: Iterable[TimelineEntry]) -> str:
    """The timeline column in the reader's language."""
    return "; ".join(timeline.label(entry.text, get_language() or "en") for entry in entries)


def bars(
    rows: QuerySet[Activity], standing: Standing, times: Mapping[int, list[TimelineEntry]], scale: Scale
) -> list[Bar]:
    """The activities as drawn rows."""
    found = []
    for activity in rows:
        entries = times.get(activity.pk, [])
        printed = printed_times(entries)
        found.append(Bar(row_of(activity, standing), printed, marks_of(entries, scale)))
    return found


def by_objective(found: list[Bar]) -> list[Group]:
    groups: defaultdict[Objective, list[Bar]] = defaultdict(list)
    for bar in found:
        groups[bar.row.activity.objective].append(bar)
    return [Group(objective, tuple(rows)) for objective, rows in groups.items()]


def by_agency(found: list[Bar]) -> list[Group]:
    """By the leading agency, in the order of their names; those without a lead last."""
    groups: defaultdict[Agency | None, list[Bar]] = defaultdict(list)
    for bar in found:
        groups[bar.row.lead].append(bar)
    ordered = sorted(groups.items(), key=lambda item: (item[0] is None, item[0].name if item[0] else ""))
    return [Group(agency, tuple(rows)) for agency, rows in ordered]
