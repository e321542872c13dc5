"""Starting time limits, meeting them, and moving them by hand with a reason. What is allowed, `besa/cases/time_limits.py` says.

`start`, `meet` and `stop` are called by the deeds that a time limit belongs to, which have asked for the right already; the
others are deeds of their own.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.audit.actions import Actor
from besa.cases import time_limits
from besa.cases.actions.common import locked
from besa.cases.models import Case, Clock, ClockChange
from besa.cases.policy import Standing, check_may
from besa.cases.time_limits import Limit, Span, limit_of, span_of
from besa.directory.case_policy import Deed
from besa.directory.models import Agency, Membership
from besa.lib.refusal import Conflict, Refused
from besa.vault import cells

Verb = ClockChange.Verb
OPEN = (Clock.State.RUNNING.value, Clock.State.SUSPENDED.value)


def start(
    *, case: Case, kind: str, agency: Agency, by: Actor, at: datetime, about: uuid.UUID | None = None,
    due_at: datetime | None = None, urgency: str = "",
) -> Clock:  # fmt: skip
    """Start a time limit in which `agency` must act; where one of the kind runs already (about the same row), that one."""
    with transaction.atomic():
        found = _case(case)
        held = _open_clocks(found, kind, about).first()
        if held is not None:
            return held
        span = time_limits.begun(kind, at, due_at, urgency)
        clock = Clock.objects.create(
            case=found, kind=span.kind, about=about, agency=agency, started_at=at, due_at=span.due_at
        )
        record(clock, Verb.STARTED, by=by, at=at, due_after=span.due_at)
        return clock


def meet(*, case: Case, kind: str, by: Actor, at: datetime, about: uuid.UUID | None = None) -> int:
    """What the clocks of the kind (about the row) ran for has been done. Gives how many ended; none running is no fault."""
    return _end(case, kind, about, Verb.MET, by=by, at=at)


def stop(*, case: Case, kind: str, by: Actor, at: datetime, about: uuid.UUID | None = None) -> int:
    """The clocks of the kind (about the row) end since nothing is to be done any more. Gives how many ended."""
    return _end(case, kind, about, Verb.STOPPED, by=by, at=at)


def _end(case: Case, kind: str, about: uuid.UUID | None, verb: ClockChange.Verb, *, by: Actor, at: datetime) -> int:
    with transaction.atomic():
        clocks = list(_open_clocks(_case(case), kind, about))
        for clock in clocks:
            end(clock, verb, by=by, at=at)
        return len(clocks)


def stop_with_case(*, case: Case, by: Actor, at: datetime) -> None:
    """A case is closed: nobody waits any more for what belonged to working on it. What protects the person goes on."""
    with transaction.atomic():
        for clock in _case(case).clocks.select_for_update().filter(state__in=OPEN).order_by("pk"):
            if not limit_of(clock.kind).outlives_case:
                end(clock, Verb.STOPPED, by=by, at=at)


def _case(case: Case) -> Case:
    return Case.objects.held().get(pk=case.pk)


def _open_clocks(case: Case, kind: str, about: uuid.UUID | None) -> QuerySet[Clock]:
    return case.clocks.select_for_update().filter(kind=kind, about=about, state__in=OPEN).order_by("pk")


# --- moved by hand


def suspend(*, clock: Clock, version: int, reason: str, by: Membership, at: datetime) -> Clock:
    """Let a time limit stand still: what is left is kept."""
    return _by_hand(
        clock, version, Verb.SUSPENDED, lambda span, _s: time_limits.suspend(span, at), lambda limit: limit.suspended_by,
        reason=reason, by=by, at=at,
    )  # fmt: skip


def resume(*, clock: Clock, version: int, reason: str, by: Membership, at: datetime) -> Clock:
    """Let it go on, with what was left."""
    return _by_hand(
        clock, version, Verb.RESUMED, lambda span, _s: time_limits.resume(span, at), lambda limit: limit.suspended_by,
        reason=reason, by=by, at=at,
    )  # fmt: skip


def extend(*, clock: Clock, version: int, due_at: datetime, reason: str, by: Membership, at: datetime) -> Clock:
    """Set a later end."""
    return _by_hand(
        clock, version, Verb.EXTENDED, lambda span, _s: time_limits.extend(span, due_at, at),
        lambda limit: limit.extended_by, reason=reason, by=by, at=at,
    )  # fmt: skip


def call_off(*, clock: Clock, version: int, reason: str, by: Membership, at: datetime) -> Clock:
    """End it because nothing is to be done any more. A reflection period is cut short only by who decides who is a victim."""

    def stopped(span: Span, standing: Standing) -> Span:
        cut_short_by = limit_of(span.kind).cut_short_by
        may = cut_short_by is not None and standing.may(cut_short_by)
        time_limits.check_may_stop(span, at, may_cut_short=may)
        return time_limits.stop(span, at)

    return _by_hand(
        clock, version, Verb.STOPPED, stopped, lambda limit: limit.stopped_by, reason=reason, by=by, at=at
    )  # fmt: skip


def _by_hand(
    clock: Clock, version: int, verb: ClockChange.Verb, move: Callable[[Span, Standing], Span],
    deed_of: Callable[[Limit], Deed | None], *, reason: str, by: Membership, at: datetime,
) -> Clock:  # fmt: skip
    with transaction.atomic():
        case, standing = locked(clock.case, by, Deed.CLOCK_EDIT, at)
        row = case.clocks.select_for_update().get(pk=clock.pk)
        deed = deed_of(limit_of(row.kind))
        if deed is None:
            raise Refused(_("A time limit of this kind is not moved by hand."))
        check_may(by, deed, case, at)
        if not reason.strip():
            raise Refused(_("Say why."))
        if row.version != version:
            raise Conflict(_("Somebody else has moved this time limit since you opened it. Nothing was overwritten."))
        before = row.due_at
        put(row, move(span_of(row), standing))
        row.save()
        record(row, verb, by=by, at=at, due_before=before, due_after=row.due_at, reason=reason.strip())
        return row


# --- what every move does


def put(clock: Clock, span: Span) -> None:
    """Take over the times and the state; a clock with a new end can be warned of again."""
    if clock.due_at != span.due_at:
        clock.warned_at = None
    clock.state, clock.due_at = span.state, span.due_at
    clock.suspended_at, clock.ended_at = span.suspended_at, span.ended_at
    clock.version += 1


def end(clock: Clock, verb: ClockChange.Verb, *, by: Actor, at: datetime) -> None:
    """End a clock that is held."""
    move = time_limits.meet if verb == Verb.MET else time_limits.stop
    before = clock.due_at
    put(clock, move(span_of(clock), at))
    clock.save()
    record(clock, verb, by=by, at=at, due_before=before, due_after=clock.due_at)


def record(
    clock: Clock, verb: ClockChange.Verb, *, by: Actor, at: datetime, due_before: datetime | None = None,
    due_after: datetime | None = None, reason: str = "",
) -> None:  # fmt: skip
    """Write the move into the clock's history, and both into the record of events."""
    change = ClockChange(
        scope=clock.case.scope, clock=clock, verb=verb, at=at, by=by if isinstance(by, Membership) else None,
        due_before=due_before, due_after=due_after,
    )  # fmt: skip
    if reason:
        cells.seal(change, reason=reason)
    change.save(force_insert=True)
    audit.record(f"clock_{verb}", clock, by=by, at=at, fields=["state", "due_at"])
    audit.record(
        "clock_change_recorded", change, by=by, at=at, fields=["verb", "due_after", *(["reason"] * bool(reason))]
    )
