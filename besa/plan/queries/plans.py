"""Which plan a page shows, what stands in it now, and what was last reported on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Case, CharField, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import get_language

from besa.directory.models import Agency
from besa.lib.palette import STATUS_COLOURS
from besa.plan.hooks import DONE, LatestStatus, latest_statuses
from besa.plan.models import Activity, Duty, Plan, TimelineEntry

SOON_DAYS = 90
ORDER_OF_STATUSES = {code: rank for rank, code in enumerate(STATUS_COLOURS)}


def default_plan(today: date) -> Plan | None:
    """The plan that pages show when none is named: one that is reported on and whose period holds today, the first loaded."""
    plans = list(Plan.objects.all())
    return min(
        plans,
        key=lambda plan: (not plan.is_active, not plan.period_start <= today <= plan.period_end, plan.pk),
        default=None,
    )


def activities_of(plan: Plan) -> QuerySet[Activity]:
    """The activities of the plan's current version, in printed order."""
    return Activity.objects.filter(plan=plan, last_version__isnull=True)


class Responsible(NamedTuple):
    """An agency that is responsible for an activity."""

    agency: Agency
    is_lead: bool


@dataclass(frozen=True)
class Standing:
    """How the activities of a plan stand on a day: who is responsible, the last reported status, what is late or due soon."""

    statuses: dict[int, LatestStatus]
    today: date
    duties: Mapping[int, tuple[Responsible, ...]] = field(default_factory=dict)

    def of(self, activity: Activity) -> LatestStatus | None:
        return self.statuses.get(activity.pk)

    def is_done(self, activity: Activity) -> bool:
        status = self.of(activity)
        return status is not None and status.code in DONE

    def is_late(self, activity: Activity) -> bool:
        """Its last date is past, and it was reported neither completed nor dropped."""
        return activity.due_on is not None and activity.due_on < self.today and not self.is_done(activity)

    def is_due_soon(self, activity: Activity) -> bool:
        """Its last date is today or in the next 90 days, and it was reported neither completed nor dropped."""
        if activity.due_on is None or self.is_done(activity):
            return False
        return self.today <= activity.due_on <= self.today + timedelta(days=SOON_DAYS)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The statuses that occur, as (code, label), in the order of the palette."""
        labels = {status.code: str(status.label) for status in self.statuses.values()}
        return sorted(labels.items(), key=lambda item: ORDER_OF_STATUSES.get(item[0], len(ORDER_OF_STATUSES)))


def standing_of(plan: Plan, today: date) -> Standing:
    """Three queries and those of the status provider, whatever the size of the plan."""
    ids = list(activities_of(plan).values_list("pk", flat=True))
    return Standing(latest_statuses(ids), today, duties_by_activity(plan))


def duties_by_activity(plan: Plan) -> dict[int, tuple[Responsible, ...]]:
    """Who is responsible for each activity, in printed order. Cheaper than prefetching, which makes a queryset a row."""
    agencies = Agency.objects.filter(duties__activity__plan=plan).distinct().in_bulk()
    found: defaultdict[int, list[Responsible]] = defaultdict(list)
    duties = Duty.objects.filter(activity__plan=plan, activity__last_version__isnull=True)
    for activity, agency, is_lead in duties.order_by("position").values_list("activity_id", "agency_id", "is_lead"):
        found[activity].append(Responsible(agencies[agency], is_lead))
    return {activity: tuple(its) for activity, its in found.items()}


def times_by_activity(plan: Plan) -> dict[int, list[TimelineEntry]]:
    """The timeline of each activity, in printed order."""
    found: defaultdict[int, list[TimelineEntry]] = defaultdict(list)
    for entry in TimelineEntry.objects.filter(activity__plan=plan):
        found[entry.activity_id].append(entry)
    return dict(found)


def with_standing(rows: QuerySet[Activity], standing: Standing) -> QuerySet[Activity]:
    """The activities with what lists filter and sort by: `status_code` (empty: not reported), `status_rank`, `lead_name`."""
    by_code: dict[str, list[int]] = {}
    for pk, status in standing.statuses.items():
        by_code.setdefault(status.code, []).append(pk)
    lead = Duty.objects.filter(activity=OuterRef("pk"), is_lead=True).order_by("position")
    language = "sq" if (get_language() or "").startswith("sq") else "en"
    return rows.annotate(
        status_code=Case(
            *(When(pk__in=ids, then=Value(code)) for code, ids in by_code.items()),
            default=Value(""),
            output_field=CharField(),
        ),
        status_rank=Case(
            *(When(pk__in=ids, then=Value(ORDER_OF_STATUSES.get(code, 98))) for code, ids in by_code.items()),
            default=Value(99),
            output_field=IntegerField(),
        ),
        lead_name=Subquery(lead.values(f"agency__name_{language}")[:1]),
    )


def late(standing: Standing) -> Q:
    """Late now, of activities `with_standing`."""
    return Q(due_on__lt=standing.today) & ~Q(status_code__in=DONE)


def due_soon(standing: Standing) -> Q:
    """Due in 90 days, of activities `with_standing`."""
    until = standing.today + timedelta(days=SOON_DAYS)
    return Q(due_on__gte=standing.today, due_on__lte=until) & ~Q(status_code__in=DONE)


def has_duty(agency_code: str, *, leads: bool = False) -> Exists:
    """Activities for which the agency is responsible, or which it leads."""
    duties = Duty.objects.filter(activity=OuterRef("pk"), agency__code=agency_code)
    return Exists(duties.filter(is_lead=True) if leads else duties)
