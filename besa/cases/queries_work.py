"""What runs in cases: time limits, tasks, conferences; what of it is a member's, for her desk. Read only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from besa.cases import policy, time_limits
from besa.cases.models import Case, Clock, ClockChange, Conference, Share, Task, TeamMember
from besa.cases.policy import Standing
from besa.cases.time_limits import LIMITS, Limit, Span, limit_of, span_of
from besa.directory.case_policy import WORKERS, Deed, Relation
from besa.directory.models import Agency, Body, Membership

# --- what an institution sees that the case was only shared with


def is_guest(standing: Standing, deed: Deed) -> bool:
    """Whether the reader may do the deed by a share alone: then she sees what is hers of it, and not what is others'."""
    return all(rule.relation is Relation.SHARED for rule in standing.why(deed))


def clocks_shown(rows: Iterable[Running], member: Membership, standing: Standing) -> list[Running]:
    """To a guest: what protects the person, and what her own institution must do; not what was agreed with others."""
    if not is_guest(standing, Deed.STATUS_VIEW):
        return list(rows)
    known = (time_limits.Kind.REFLECTION, time_limits.Kind.IDENTIFICATION)
    return [row for row in rows if row.clock.kind in known or row.clock.agency_id == member.agency_id]


def tasks_shown(case: Case, member: Membership, standing: Standing) -> QuerySet[Task]:
    """To a guest: the tasks that her own institution has set or has to do."""
    rows = case.tasks.select_related("assigned_to__user", "assigned_to__agency", "made_by__user")
    own = Q(assigned_to__agency=member.agency_id) | Q(made_by__agency=member.agency_id)
    return rows.filter(own) if is_guest(standing, Deed.TASK_VIEW) else rows


def is_shown(conference: Conference, member: Membership, standing: Standing) -> bool:
    """To a guest: conferences that are to come, to which she is called, and those in which her institution was."""
    if not is_guest(standing, Deed.CONFERENCE_VIEW):
        return True
    return conference.state == Conference.State.PLANNED or member.agency_id in conference.present


# --- time limits


@dataclass(frozen=True)
class Running:
    """A clock as it is shown: what is left, and how much of the whole is gone."""

    clock: Clock
    limit: Limit
    span: Span
    left: timedelta
    gone: int
    is_late: bool

    @property
    def is_open(self) -> bool:
        return not self.span.is_over

    @property
    def is_near(self) -> bool:
        """Whether it runs out soon enough to be warned of."""
        return self.clock.warned_at is not None and not self.is_late


def shown(clock: Clock, at: datetime) -> Running:
    span = span_of(clock)
    return Running(
        clock, limit_of(clock.kind), span, time_limits.left(span, at), time_limits.share_gone(span, at),
        time_limits.is_late(span, at),
    )  # fmt: skip


def clocks_of_case(case: Case, at: datetime, *, is_open: bool) -> list[Running]:
    """The clocks of a case that run or stand still, or those that have ended; the next due first, those of consents last."""
    open_states = [Clock.State.RUNNING, Clock.State.SUSPENDED]
    rows = case.clocks.select_related("agency")
    rows = (
        rows.filter(state__in=open_states)
        if is_open
        else rows.exclude(state__in=open_states).order_by("-ended_at", "id")
    )
    return sorted((shown(clock, at) for clock in rows), key=lambda row: row.clock.kind == time_limits.Kind.CONSENT)


def history_of(clocks: Iterable[Running]) -> dict[object, list[ClockChange]]:
    """The moves of the clocks, by clock, the first one first. One query."""
    found: dict[object, list[ClockChange]] = defaultdict(list)
    keys = [row.clock.pk for row in clocks]
    for change in (
        ClockChange.objects.filter(clock__in=keys).select_related("by__user", "by__agency").order_by("at", "id")
    ):
        found[change.clock_id].append(change)
    return found


# --- what is a member's: each in one query


def clocks_of(member: Membership, at: datetime) -> QuerySet[Clock]:
    """Running time limits in which the member must act, as her institution must and she is on the team; the next due first.

    Those of a referral that her institution has not answered are not among them: the referral stands on the desk itself.
    """
    seen = policy.allowed(member, Deed.STATUS_VIEW, at, named="case")
    team = TeamMember.objects.filter(case=OuterRef("case"), membership=member, ended_at__isnull=True, until_at__gt=at)
    rows = Clock.objects.filter(seen, state=Clock.State.RUNNING, agency=member.agency_id)
    mine = Q(Exists(team.order_by())) | Q(kind=time_limits.Kind.IDENTIFICATION)
    return rows.filter(mine).select_related("case").only("kind", "due_at", "case__number").order_by("due_at", "id")


def tasks_of(member: Membership, at: datetime) -> QuerySet[Task]:
    """Open tasks of the member in cases that she may still see the tasks of; the next due first. Their titles are sealed."""
    seen = policy.allowed(member, Deed.TASK_VIEW, at, named="case")
    rows = Task.objects.filter(seen, assigned_to=member, state=Task.State.OPEN)
    return rows.select_related("case").only("due_on", "case__number").order_by("due_on", "id")


def conferences_of(member: Membership, at: datetime) -> QuerySet[Conference]:
    """Conferences that were called about cases on which the member works; the next one first. One that is over waits for its minutes."""
    seen = policy.allowed(member, Deed.CONFERENCE_VIEW, at, named="case")
    rows = Conference.objects.filter(seen, state=Conference.State.PLANNED)
    return rows.select_related("case").only("planned_at", "case__number").order_by("planned_at", "id")


# --- who works on a case


def people_concerned(case: Case, at: datetime) -> list[Membership]:
    """Who works on the case: its team, and those who work for an institution that it is shared with."""
    team = TeamMember.objects.filter(case=case, ended_at__isnull=True, from_at__lte=at, until_at__gt=at)
    shares = Share.objects.filter(case=case, ended_at__isnull=True, from_at__lte=at, until_at__gt=at)
    rows = Membership.objects.active_on(timezone.localdate(at)).filter(
        Q(pk__in=team.values("membership")) | Q(agency__in=shares.values("agency"), role__in=WORKERS)
    )
    conflicts = case.conflicts.filter(ended_at__isnull=True).values("user")
    return list(rows.exclude(user__in=conflicts).select_related("user", "agency").order_by("pk"))


def agencies_concerned(case: Case, body: Body | None, at: datetime) -> list[Agency]:
    """The institutions that may sit in a conference about the case: those that work on it.

    A seat in the group alone opens no file: such an institution is there once the case was shared with it.
    """
    keys = {member.agency_id for member in people_concerned(case, at)} | {case.owner_id}
    return list(Agency.objects.filter(pk__in=keys).order_by("code"))


# --- how many were in time


@dataclass(frozen=True)
class Rate:
    """Deadlines of one kind for one agency that were due in a period, and how many of them were met in time."""

    kind: str
    agency: str
    due: int
    in_time: int

    @property
    def share(self) -> int | None:
        """Hundredths; None where nothing was due: no figure is not a zero."""
        return round(100 * self.in_time / self.due) if self.due else None


def on_time(
    first: date, last: date, at: datetime, *, kinds: Iterable[str] = (), agency: Agency | None = None
) -> list[Rate]:
    """Rates by kind and agency of the deadlines that were due from the first to the last day, as they stand at `at`.

    What was called off, and what is still open in time, does not count; what nobody has met counts as late. The order in which
    things happened makes no difference. One query.
    """
    wanted = set(kinds) or {kind for kind, limit in LIMITS.items() if not limit.is_period}
    start = timezone.make_aware(datetime.combine(first, datetime.min.time()))
    end = timezone.make_aware(datetime.combine(last + timedelta(days=1), datetime.min.time()))
    rows = Clock.objects.filter(kind__in=wanted, due_at__gte=start, due_at__lt=end, started_at__lte=at)
    rows = rows.filter(agency=agency) if agency else rows
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    fields = ("agency__code", "kind", "started_at", "due_at", "state", "suspended_at", "ended_at")
    for code, *times in rows.order_by("kind", "agency__code").values_list(*fields):
        in_time = time_limits.outcome(_as_of(Span(*times), at), at)
        if in_time is not None:
            counts[times[0], code][0] += 1
            counts[times[0], code][1] += in_time
    return [Rate(kind, code, due, met) for (kind, code), (due, met) in sorted(counts.items())]


def _as_of(span: Span, at: datetime) -> Span:
    """The clock as it stood at the moment, where it has ended since."""
    if span.ended_at is None or span.ended_at <= at:
        return span
    return Span(span.kind, span.started_at, span.due_at)
