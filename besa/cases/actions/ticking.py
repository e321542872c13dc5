"""What the machine does with time limits by itself, every few minutes: warn, tell silence upwards, end what is over.

A notice says that there is something to look at, and not what. Each clock is a transaction of its own: the case is held before the
clock, as in every other action, and what somebody else is working on is left to the next run.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from besa.audit.actions import SYSTEM
from besa.cases.actions import clocks, consents
from besa.cases.models import Case, Clock, ClockChange, TeamMember
from besa.cases.policy import can
from besa.cases.time_limits import (
    LAST_LEVEL,
    LONGEST_WARNING,
    Kind,
    Level,
    Turn,
    level_at,
    limit_of,
    span_of,
    turn,
)
from besa.directory.case_policy import RUNNING, WORKERS, Deed
from besa.directory.models import Agency, Membership
from besa.lib.hooks import hooked
from besa.notices import actions as notices
from besa.notices.models import Notice

Verb = ClockChange.Verb


def tick(at: datetime) -> Counter[Turn]:
    """Do with every time limit what is due now; gives how often each thing was done. Doing it twice changes nothing."""
    done: Counter[Turn] = Counter()
    for clock, case in _waiting(at):
        done[_tick_one(clock, case, at)] += 1
    done.pop(Turn.NOTHING, None)
    return done


def _waiting(at: datetime) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Clocks with which something is to be done, each with its case."""
    soon = Q(due_at__gt=at, due_at__lte=at + LONGEST_WARNING, warned_at__isnull=True)
    over = Q(due_at__lte=at, level__lt=LAST_LEVEL)
    rows = Clock.objects.filter(soon | over, state=Clock.State.RUNNING).exclude(case__state=Case.State.ERASED)
    return [(row.pk, row.case_id) for row in rows.order_by("due_at", "id") if _turn(row, at) != Turn.NOTHING]


def _turn(clock: Clock, at: datetime) -> Turn:
    return turn(span_of(clock), is_warned=clock.warned_at is not None, level=clock.level, at=at)


def _tick_one(key: uuid.UUID, case_key: uuid.UUID, at: datetime) -> Turn:
    with transaction.atomic():
        held = Case.objects.held(skip_locked=True).select_related("owner", "subject")
        case = held.filter(pk=case_key).first()
        if case is None:
            return Turn.NOTHING
        clock = Clock.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=key).first()
        if clock is None or (due := _turn(clock, at)) == Turn.NOTHING:
            return Turn.NOTHING
        clock.case = case
        {Turn.WARN: _warn, Turn.ESCALATE: _escalate, Turn.END: _end}[due](clock, at)
        for provide in hooked("clock_turned"):
            provide(clock=clock, turn=due.value, at=at)
        return due


def _warn(clock: Clock, at: datetime) -> None:
    clock.warned_at = at
    clock.version += 1
    clock.save(update_fields=["warned_at", "version"])
    clocks.record(clock, Verb.WARNED, by=SYSTEM, at=at)
    _tell(clock, audience(clock, Level.WORKERS, at), Level.WORKERS, Notice.Kind.CLOCK_WARNED, at)


def _escalate(clock: Clock, at: datetime) -> None:
    """Tell each level that the silence has reached since; the first time also those who should have acted."""
    before, clock.level = clock.level, level_at(span_of(clock), at)
    clock.version += 1
    clock.save(update_fields=["level", "version"])
    clocks.record(clock, Verb.ESCALATED, by=SYSTEM, at=at)
    told: set[int] = set()
    if before == Level.WORKERS:
        people = audience(clock, Level.WORKERS, at)
        _tell(clock, people, Level.WORKERS, Notice.Kind.CLOCK_LATE, at)
        told |= {member.pk for member in people}
    for step in sorted(limit_of(clock.kind).steps, key=lambda step: step.level):
        if before < step.level <= clock.level:
            people = [member for member in audience(clock, step.level, at) if member.pk not in told]
            _tell(clock, people, step.level, Notice.Kind.CLOCK_ESCALATED, at)
            told |= {member.pk for member in people}


def _end(clock: Clock, at: datetime) -> None:
    """A period is over: after reflection comes the formal identification; after a consent nothing is shared any more."""
    if clock.kind == Kind.REFLECTION:
        clocks.end(clock, Verb.MET, by=SYSTEM, at=at)
        if clock.case.state in RUNNING and clock.case.status in ("potential", "presumed"):
            clocks.start(
                case=clock.case, kind=Kind.IDENTIFICATION, agency=authority(at) or clock.case.owner, by=SYSTEM, at=at
            )
    else:
        clocks.end(clock, Verb.STOPPED, by=SYSTEM, at=at)
        consents.settle(case=clock.case, by=SYSTEM, at=at)


def authority(at: datetime) -> Agency | None:
    """The Responsible Authority: who decides whether somebody is a victim."""
    members = Membership.objects.active_on(timezone.localdate(at)).filter(role="responsible_authority")
    first = members.select_related("agency").order_by("agency__code", "pk").first()
    return first.agency if first else None


# --- who is told


def audience(clock: Clock, level: int, at: datetime) -> list[Membership]:
    """Who is told when silence has reached the level: only members who may know of it; where there are none, those one level up."""
    for rung in range(level, LAST_LEVEL + 1):
        people = [member for member in _rung(clock, Level(rung), at) if _may_know(member, clock, Level(rung), at)]
        if people:
            return people
    return []


def _rung(clock: Clock, level: Level, at: datetime) -> Iterable[Membership]:
    there = Membership.objects.active_on(timezone.localdate(at)).order_by("pk")
    if level == Level.WORKERS:
        return _workers(clock, there, at)
    if level == Level.LEADS:
        return there.filter(pk__in=_team(clock, at).filter(is_lead=True).values("membership"))
    if level == Level.REGION:
        return there.filter(role="rcat", place=clock.case.qark_id) if clock.case.qark_id else there.none()
    return there.filter(role="responsible_authority")


def _workers(clock: Clock, there: QuerySet[Membership], at: datetime) -> QuerySet[Membership]:
    """Who must act: on a referral everybody who works for its receiver; else those on the team, or, with none, their institution."""
    if clock.kind == Kind.OVERRIDE_REVIEW:
        return there.filter(role="data_protection")
    own = there.filter(agency=clock.agency_id, role__in=WORKERS)
    if clock.kind == Kind.REFERRAL_REPLY:
        return own
    team = own.filter(pk__in=_team(clock, at).values("membership"))
    return team if team.exists() else own


def _team(clock: Clock, at: datetime) -> QuerySet[TeamMember]:
    return clock.case.team.filter(ended_at__isnull=True, from_at__lte=at, until_at__gt=at)


def _is_before_the_case(clock: Clock, level: Level) -> bool:
    """Who has not answered a referral does not know of the case yet: she is led to the referral."""
    return level == Level.WORKERS and clock.kind == Kind.REFERRAL_REPLY


def _may_know(member: Membership, clock: Clock, level: Level, at: datetime) -> bool:
    if _is_before_the_case(clock, level):
        return not clock.case.conflicts.filter(user=member.user_id, ended_at__isnull=True).exists()
    return can(member, Deed.CASE_VIEW, clock.case, at)


def _tell(clock: Clock, people: Iterable[Membership], level: int, kind: str, at: datetime) -> None:
    if _is_before_the_case(clock, Level(level)):
        page, args = limit_of(clock.kind).page, [str(clock.about)]
    else:
        page, args = "cases:file", [clock.case.number]
    notices.send(to=people, kind=kind, url_name=page, url_args=args, at=at)
