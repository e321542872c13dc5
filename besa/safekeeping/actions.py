"""Recording backups, restores and drills: the run and its event, together."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from besa.audit import actions as audit
from besa.audit.actions import Actor
from besa.safekeeping.models import Run

MADE = {Run.Kind.BACKUP: "backup_made", Run.Kind.RESTORE: "restored", Run.Kind.DRILL: "restore_drilled"}
FAILED = {Run.Kind.BACKUP: "backup_failed", Run.Kind.RESTORE: "restore_failed", Run.Kind.DRILL: "restore_drill_failed"}
BROKEN_OFF = "broken_off"


@transaction.atomic
def begin(*, kind: str, name: str, by: Actor, at: datetime, real: float) -> Run:
    """Note that a run begins. Runs that stand as under way were broken off, since there is never more than one: they failed."""
    for left in Run.objects.select_for_update().filter(state=Run.State.RUNNING, kind=kind):
        fail(run=left, code=BROKEN_OFF, by=by, at=at, real=None)
    run = Run.objects.create(kind=kind, name=name, begun_at=at, real_seconds=real)
    audit.record(f"{kind}_begun", run, by=by, at=at)
    return run


@transaction.atomic
def finish(*, run: Run, size: int, by: Actor, at: datetime, real: float) -> None:
    """The run held."""
    run.state, run.bytes, run.seconds = Run.State.OK, size, real - run.real_seconds
    run.save(update_fields=["state", "bytes", "seconds"])
    audit.record(MADE[Run.Kind(run.kind)], run, by=by, at=at, fields=["state"])


@transaction.atomic
def fail(*, run: Run, code: str, by: Actor, at: datetime, real: float | None) -> None:
    """The run did not hold; `real` is None when nobody knows how long it took."""
    run.state, run.problem = Run.State.FAILED, code
    run.seconds = None if real is None else real - run.real_seconds
    run.save(update_fields=["state", "problem", "seconds"])
    audit.record(FAILED[Run.Kind(run.kind)], run, by=by, at=at, fields=["state"], flags=[code])


@transaction.atomic
def note_restored(*, name: str, size: int, by: Actor, at: datetime, begun: float, real: float) -> None:
    """This database came out of the backup `name`. Its own run, under way when it was copied, did hold: it was restored from."""
    Run.objects.filter(kind=Run.Kind.BACKUP, state=Run.State.RUNNING, name=name).update(state=Run.State.OK)
    run = Run.objects.create(kind=Run.Kind.RESTORE, name=name, begun_at=at, real_seconds=begun)
    finish(run=run, size=size, by=by, at=at, real=real)
