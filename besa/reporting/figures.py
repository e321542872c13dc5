"""The figures of a round: one computation for the dashboard and for the report, so that the two never differ.

The figure of an activity is the entry of its lead agency, in a return that has been submitted (or sent back, accepted, locked);
a draft counts as not reported. Partners' contributions do not change the status. Missing is *not reported*, never zero.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from besa.directory.models import Agency
from besa.plan.models import Activity, Component, Objective
from besa.reporting.models import Entry, Return, Round

NOT_REPORTED = ""
STATUSES = (*Entry.Status.values, NOT_REPORTED)
REPORTED_STATES = (Return.State.SUBMITTED, Return.State.SENT_BACK, Return.State.ACCEPTED, Return.State.LOCKED)
WORSE = {"completed": 0, "on_track": 1, "not_due": 1, "delayed": 2, "constrained": 3, "dropped": 4}


@dataclass(frozen=True)
class StatusCounts:
    """How many activities have which status; `NOT_REPORTED` is a status of its own."""

    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def reported(self) -> int:
        return self.total - self.counts.get(NOT_REPORTED, 0)

    def __getitem__(self, status: str) -> int:
        """The number of activities with the status; KeyError for what is no status (templates try this first for any name)."""
        if status not in STATUSES:
            raise KeyError(status)
        return self.counts.get(status, 0)

    def share(self, *statuses: str) -> Decimal | None:
        """Per cent of the reported activities that have one of the statuses; None where nothing was reported."""
        if not self.reported:
            return None
        return Decimal(100 * sum(self[status] for status in statuses)) / self.reported


@dataclass(frozen=True)
class Group:
    """A component, objective or agency with the statuses of its activities."""

    code: str
    title: str
    status: StatusCounts
    pk: int


@dataclass(frozen=True)
class Discipline:
    """How one agency reported: on time, late by so many days, or not (yet)."""

    agency: Agency
    return_id: int
    state: str
    submitted_on: date | None
    days_late: int  # of the submission, or until today where there is none; 0 if on time or not yet due
    reminders: int
    leads: int
    contributes: int
    status: StatusCounts


@dataclass(frozen=True)
class Change:
    """An activity whose status differs from the round before; `kind` is better, worse or new (first report)."""

    activity: Activity
    before: str
    after: str
    kind: str


@dataclass(frozen=True)
class Spending:
    """Money reported, by source and currency; `silent` counts entries that state no amount, which is not zero."""

    amounts: Mapping[tuple[str, str], Decimal]
    stated: int
    silent: int


@dataclass(frozen=True)
class RoundFigures:
    round: Round
    previous: Round | None
    today: date
    status: StatusCounts
    components: list[Group]
    objectives: list[Group]
    agencies: list[Discipline]
    obstacles: Counter[str]
    changes: list[Change]
    entries: Mapping[int, Entry]  # activity -> the lead's entry, of all activities that have one in this round
    activities: list[Activity]
    spending: Spending
    development: list[tuple[str, StatusCounts]] = field(default_factory=list)

    @property
    def submitted(self) -> int:
        return sum(1 for line in self.agencies if line.state in REPORTED_STATES)

    @property
    def late(self) -> list[Discipline]:
        """Agencies without a submitted return after the due date, the latest first."""
        missing = [line for line in self.agencies if line.state not in REPORTED_STATES and line.days_late]
        return sorted(missing, key=lambda line: (-line.days_late, line.agency.code))

    def with_status(self, *statuses: str) -> list[tuple[Activity, Entry | None]]:
        """Activities whose status is one of these, in the plan's order, with the lead's entry."""
        return [
            (activity, self.entries.get(activity.pk))
            for activity in self.activities
            if _status(self.entries.get(activity.pk)) in statuses
        ]


def round_figures(round: Round, today: date) -> RoundFigures:
    """All figures of a round as seen on `today`, in a number of queries that does not grow with the plan."""
    activities = list(
        Activity.objects.filter(plan=round.plan_id, last_version__isnull=True)
        .select_related("objective__aim__component")
        .defer("search_en", "search_sq")
    )
    previous = Round.objects.filter(plan=round.plan_id, period__lt=round.period).order_by("-period").first()
    entries = _lead_entries(round)
    return RoundFigures(
        round=round,
        previous=previous,
        today=today,
        status=_counts(_status(entries.get(activity.pk)) for activity in activities),
        components=_components(activities, entries),
        objectives=_objectives(activities, entries),
        agencies=_discipline(round, today),
        obstacles=Counter(
            entry.obstacle_type
            for entry in entries.values()
            if entry.obstacle_type and _status(entry) in ("delayed", "constrained")
        ),
        changes=_changes(activities, entries, _lead_entries(previous) if previous else {}),
        entries=entries,
        activities=activities,
        spending=_spending(round),
        development=_development(round, activities),
    )


def _status(entry: Entry | None) -> str:
    return entry.status if entry is not None and entry.to.state in REPORTED_STATES else NOT_REPORTED


def _counts(statuses: Iterable[str]) -> StatusCounts:
    return StatusCounts(Counter(statuses))


def _lead_entries(round: Round) -> dict[int, Entry]:
    entries = Entry.objects.filter(to__round=round, is_lead=True).select_related("to__agency")
    return {entry.activity_id: entry for entry in entries}


def _components(activities: list[Activity], entries: Mapping[int, Entry]) -> list[Group]:
    by: dict[Component, list[str]] = defaultdict(list)
    for activity in activities:
        by[activity.objective.aim.component].append(_status(entries.get(activity.pk)))
    return [Group(part.code, part.title, _counts(statuses), part.pk) for part, statuses in by.items()]


def _objectives(activities: list[Activity], entries: Mapping[int, Entry]) -> list[Group]:
    by: dict[Objective, list[str]] = defaultdict(list)
    for activity in activities:
        by[activity.objective].append(_status(entries.get(activity.pk)))
    return [Group(part.code, part.title, _counts(statuses), part.pk) for part, statuses in by.items()]


def _discipline(round: Round, today: date) -> list[Discipline]:
    returns = Return.objects.filter(round=round).select_related("agency").prefetch_related("reminders", "submissions")
    entries: dict[int, list[tuple[bool, str]]] = defaultdict(list)
    for to, is_lead, status in Entry.objects.filter(to__round=round).order_by().values_list("to", "is_lead", "status"):
        entries[to].append((is_lead, status))
    return [_agency_line(item, entries[item.pk], round, today) for item in returns]


def _agency_line(item: Return, entries: list[tuple[bool, str]], round: Round, today: date) -> Discipline:
    first = min((submission.submitted_at for submission in item.submissions.all()), default=item.submitted_at)
    submitted_on = timezone.localdate(first) if first else None
    is_reported = item.state in REPORTED_STATES
    until = submitted_on or today
    return Discipline(
        agency=item.agency,
        return_id=item.pk,
        state=item.state,
        submitted_on=submitted_on,
        days_late=max(0, (until - round.due_on).days),
        reminders=len(item.reminders.all()),
        leads=sum(is_lead for is_lead, _status_ in entries),
        contributes=sum(not is_lead for is_lead, _status_ in entries),
        status=_counts(status if is_reported else NOT_REPORTED for is_lead, status in entries if is_lead),
    )


def _changes(activities: list[Activity], now: Mapping[int, Entry], then: Mapping[int, Entry]) -> list[Change]:
    changes = []
    for activity in activities:
        before, after = _status(then.get(activity.pk)), _status(now.get(activity.pk))
        if after != NOT_REPORTED and after != before:
            if before == NOT_REPORTED:
                kind = "new"
            elif WORSE[after] == WORSE[before]:
                continue
            else:
                kind = "worse" if WORSE[after] > WORSE[before] else "better"
            changes.append(Change(activity, before, after, kind))
    return changes


def _spending(round: Round) -> Spending:
    amounts: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    stated = silent = 0
    reported = Q(to__round=round, to__state__in=REPORTED_STATES)
    for source, currency, spent in (
        Entry.objects.filter(reported).order_by().values_list("money_source", "currency", "spent")
    ):
        if spent is None:
            silent += 1
        else:
            stated += 1
            amounts[source, currency] += spent
    return Spending(dict(sorted(amounts.items())), stated, silent)


def _development(round: Round, activities: list[Activity]) -> list[tuple[str, StatusCounts]]:
    """Statuses at each round up to this one, the first round first; at the most the last eight."""
    rounds = list(Round.objects.filter(plan=round.plan_id, period__lte=round.period).order_by("-period")[:8])[::-1]
    wanted = {activity.pk for activity in activities}
    statuses: dict[int, dict[int, str]] = defaultdict(dict)
    rows = Entry.objects.filter(to__round__in=rounds, is_lead=True, to__state__in=REPORTED_STATES).order_by()
    for round_id, activity_id, status in rows.values_list("to__round", "activity", "status"):
        if activity_id in wanted:
            statuses[round_id][activity_id] = status
    return [(item.period, _counts(statuses[item.pk].get(pk, NOT_REPORTED) for pk in wanted)) for item in rounds]
