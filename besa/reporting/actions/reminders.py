"""Reminders: to the late agency itself, then up its line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from besa.audit import actions as audit
from besa.audit.actions import SYSTEM
from besa.directory.access import Permission
from besa.directory.models import Agency
from besa.notices.models import Notice
from besa.reporting.actions import telling
from besa.reporting.models import Reminder, Return, Round

BEFORE = (-21, -14, -7, 0)
EVERY = 7
TO_PARENT_AFTER = 7
TO_COORDINATOR_AFTER = 14
AGENCY, PARENT, COORDINATOR = 0, 1, 2


def step_on(day: date, due_on: date) -> int | None:
    """The reminder that is due on a day, as days after the due date: the latest step reached; None before the first."""
    days = (day - due_on).days
    if days >= EVERY:
        return days // EVERY * EVERY
    return max((step for step in BEFORE if step <= days), default=None)


def levels_of(step: int) -> tuple[int, ...]:
    """Who is reminded at a step: the agency; from 7 days late the one above it; from 14 the coordinator as well."""
    levels = [AGENCY]
    if step >= TO_PARENT_AFTER:
        levels.append(PARENT)
    if step >= TO_COORDINATOR_AFTER:
        levels.append(COORDINATOR)
    return tuple(levels)


def remind(*, today: date, at: datetime) -> list[Reminder]:
    """Send what is due on a day for all open rounds. Each step once; where days were missed, only the latest step is sent."""
    sent: list[Reminder] = []
    waiting = Return.objects.filter(state__in=["draft", "sent_back"], round__state=Round.State.OPEN)
    for item in waiting.select_related("round__plan", "agency__parent").order_by("pk"):
        step = step_on(today, item.round.due_on)
        if step is not None:
            sent += _remind_one(item, step, today=today, at=at)
    return sent


@transaction.atomic
def _remind_one(item: Return, step: int, *, today: date, at: datetime) -> list[Reminder]:
    if Return.objects.select_for_update().get(pk=item.pk).state != item.state:
        return []
    there = set(item.reminders.values_list("day_offset", "level"))
    sent = []
    for level, agency in _line(item, step):
        if (step, level) in there:
            continue
        sent.append(Reminder.objects.create(to=item, day_offset=step, level=level, to_agency=agency, sent_at=at))
        _tell(item, level, step, agency, today=today, at=at)
    if sent:
        audit.record("return_reminded", item, by=SYSTEM, at=at)
    return sent


def _line(item: Return, step: int) -> Iterator[tuple[int, Agency]]:
    """Who is reminded: a return that was sent back has been made, so its institution alone is told, not those above it."""
    for level in levels_of(step) if item.state == Return.State.DRAFT else (AGENCY,):
        agency = {AGENCY: item.agency, PARENT: item.agency.parent}[level] if level != COORDINATOR else telling.office()
        if agency is not None:
            yield level, agency


def _tell(item: Return, level: int, step: int, agency: Agency, *, today: date, at: datetime) -> None:
    if item.state == Return.State.SENT_BACK:
        telling.tell_agency(item, Notice.Kind.RETURN_SENT_BACK, at=at, today=today)
    elif level == AGENCY:
        kind = Notice.Kind.RETURN_LATE if step > 0 else Notice.Kind.RETURN_DUE
        telling.tell_agency(item, kind, at=at, today=today, days_late=max(step, 0))
    elif level == PARENT:
        telling.tell_agency(item, Notice.Kind.RETURN_LATE_BELOW, at=at, today=today, to=agency, days_late=step)
    else:
        telling.tell_role(
            Permission.RETURN_REVIEW,
            Notice.Kind.RETURN_LATE,
            "reporting:return",
            [item.pk],
            at=at,
            today=today,
            agency=item.agency,
            period=item.round.period,
            days_late=step,
        )
