"""The whole plan as a tree: component > aim > objective > activities."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from besa.directory.models import Agency
from besa.lib.palette import STATUS_COLOURS
from besa.plan.hooks import LatestStatus
from besa.plan.models import Activity, Aim, Component, Line, Objective, Plan
from besa.plan.queries.plans import Standing, activities_of, standing_of

NOT_REPORTED = "not_reported"


@dataclass(frozen=True)
class ActivityRow:
    """An activity in a list: who leads it, with how many others, how it stands, how deep it lies under its parents."""

    activity: Activity
    lead: Agency | None
    others: tuple[Agency, ...]
    status: LatestStatus | None
    is_late: bool
    depth: int = 0


@dataclass(frozen=True)
class Segment:
    """A stretch of a bar by status, in activities from the left."""

    code: str
    start: int
    width: int


@dataclass(frozen=True)
class ObjectiveNode:
    objective: Objective
    indicators: tuple[Line, ...]
    targets: tuple[Line, ...]
    rows: tuple[ActivityRow, ...]

    @property
    def late(self) -> int:
        return sum(row.is_late for row in self.rows)

    @property
    def segments(self) -> list[Segment]:
        return segments(self.rows)


@dataclass(frozen=True)
class AimNode:
    aim: Aim
    indicators: tuple[Line, ...]
    targets: tuple[Line, ...]
    objectives: tuple[ObjectiveNode, ...]

    @property
    def count(self) -> int:
        return sum(len(node.rows) for node in self.objectives)


@dataclass(frozen=True)
class ComponentNode:
    component: Component
    aims: tuple[AimNode, ...]

    @property
    def count(self) -> int:
        return sum(node.count for node in self.aims)

    @property
    def late(self) -> int:
        return sum(node.late for aim in self.aims for node in aim.objectives)

    @property
    def segments(self) -> list[Segment]:
        return segments([row for aim in self.aims for node in aim.objectives for row in node.rows])


def segments(rows: Iterable[ActivityRow]) -> list[Segment]:
    """The rows counted by status in the palette's order, as stretches that join."""
    counted = Counter(row.status.code if row.status else NOT_REPORTED for row in rows)
    found, start = [], 0
    for code in [*STATUS_COLOURS, *(code for code in counted if code not in STATUS_COLOURS)]:
        if counted[code]:
            found.append(Segment(code, start, counted[code]))
            start += counted[code]
    return found


def row_of(activity: Activity, standing: Standing, depth: int = 0) -> ActivityRow:
    """One row of a list."""
    duties = standing.duties.get(activity.pk, ())
    lead = next((duty.agency for duty in duties if duty.is_lead), None)
    others = tuple(duty.agency for duty in duties if not duty.is_lead)
    return ActivityRow(activity, lead, others, standing.of(activity), standing.is_late(activity), depth)


def tree(plan: Plan, today: date) -> list[ComponentNode]:
    """The plan's current version, whatever its size in nine queries and those of the status provider."""
    standing = standing_of(plan, today)
    rows = _rows(plan, standing)
    lines = Line.objects.filter(activity__isnull=True)
    by_aim: defaultdict[int | None, list[Line]] = defaultdict(list)
    for line in lines.filter(aim__component__plan=plan):
        by_aim[line.aim_id].append(line)
    by_objective: defaultdict[int | None, list[Line]] = defaultdict(list)
    for line in lines.filter(objective__aim__component__plan=plan):
        by_objective[line.objective_id].append(line)
    objectives: defaultdict[int, list[ObjectiveNode]] = defaultdict(list)
    for objective in Objective.objects.filter(aim__component__plan=plan):
        said = by_objective[objective.pk]
        objectives[objective.aim_id].append(ObjectiveNode(objective, *_split(said), tuple(rows[objective.pk])))
    aims: defaultdict[int, list[AimNode]] = defaultdict(list)
    for aim in Aim.objects.filter(component__plan=plan):
        aims[aim.component_id].append(AimNode(aim, *_split(by_aim[aim.pk]), tuple(objectives[aim.pk])))
    return [ComponentNode(component, tuple(aims[component.pk])) for component in Component.objects.filter(plan=plan)]


def _rows(plan: Plan, standing: Standing) -> defaultdict[int, list[ActivityRow]]:
    found: defaultdict[int, list[ActivityRow]] = defaultdict(list)
    depths: dict[int, int] = {}
    for activity in activities_of(plan).defer("search_en", "search_sq"):
        depths[activity.pk] = depths.get(activity.parent_id, -1) + 1 if activity.parent_id else 0
        found[activity.objective_id].append(row_of(activity, standing, depths[activity.pk]))
    return found


def _split(lines: list[Line]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    return (
        tuple(line for line in lines if line.kind != Line.Kind.TARGET),
        tuple(line for line in lines if line.kind == Line.Kind.TARGET),
    )
