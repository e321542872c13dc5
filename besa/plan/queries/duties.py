"""What the plan asks of each agency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from besa.directory.models import Agency
from besa.lib.text import folded
from besa.plan.models import Activity, Plan
from besa.plan.queries.plans import activities_of, has_duty, standing_of
from besa.plan.queries.tree import ActivityRow, row_of


@dataclass(frozen=True)
class AgencyCount:
    """How much an agency has to do."""

    agency: Agency
    leads: int
    joins: int
    late: int  # of those that it leads
    soon: int


@dataclass(frozen=True)
class AgencyDuties:
    """All duties of one agency; late and soon are those that it leads or takes part in."""

    agency: Agency
    leads: tuple[ActivityRow, ...]
    joins: tuple[ActivityRow, ...]
    late: tuple[ActivityRow, ...]
    soon: tuple[ActivityRow, ...]


def agencies_with_duties(plan: Plan, today: date) -> list[AgencyCount]:
    """Those that the plan's current version makes responsible, by name; its number of queries does not grow with them."""
    standing = standing_of(plan, today)
    counts: dict[Agency, Counter[str]] = {}
    for activity in activities_of(plan).only("due_on"):
        for agency, is_lead in standing.duties.get(activity.pk, ()):
            count = counts.setdefault(agency, Counter())
            count["leads" if is_lead else "joins"] += 1
            count["late"] += is_lead and standing.is_late(activity)
            count["soon"] += is_lead and standing.is_due_soon(activity)
    found = [
        AgencyCount(agency, count["leads"], count["joins"], count["late"], count["soon"])
        for agency, count in counts.items()
    ]
    return sorted(found, key=lambda count: folded(count.agency.name))


def duties_of(plan: Plan, agency: Agency, today: date) -> AgencyDuties:
    """The agency's duties in the plan's current version; its number of queries does not grow with them."""
    standing = standing_of(plan, today)
    rows = activities_of(plan).filter(has_duty(agency.code)).defer("search_en", "search_sq")
    every = [row_of(activity, standing) for activity in rows]
    return AgencyDuties(
        agency,
        leads=tuple(row for row in every if _leads(row, agency)),
        joins=tuple(row for row in every if not _leads(row, agency)),
        late=_by_date(every, standing.is_late),
        soon=_by_date(every, standing.is_due_soon),
    )


def _leads(row: ActivityRow, agency: Agency) -> bool:
    return row.lead == agency


def _by_date(rows: list[ActivityRow], wanted: Callable[[Activity], bool]) -> tuple[ActivityRow, ...]:
    found = [row for row in rows if wanted(row.activity)]
    return tuple(sorted(found, key=lambda row: row.activity.due_on or date.max))
