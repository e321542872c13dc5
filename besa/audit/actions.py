"""Recording what happened. Called by every action, inside its transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from django.db import connection, models

from besa.audit.models import Event


class Actor(Protocol):
    """Whoever acts: a membership, or the system itself."""

    @property
    def audit_name(self) -> str: ...

    @property
    def audit_agency(self) -> str: ...


class System:
    """The machine acting on its own timetable."""

    audit_name = "system"
    audit_agency = ""


SYSTEM = System()


def record(
    verb: str, obj: models.Model, *, by: Actor, at: datetime, fields: Iterable[str] = (), purpose: str = ""
) -> Event:
    """Write one event about `obj` in the running transaction; raises if there is none, so that no change goes unrecorded."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{verb}: an audit event needs the transaction of its change")
    return Event.objects.create(
        at=at,
        actor=by.audit_name,
        agency=by.audit_agency,
        verb=verb,
        object_type=obj._meta.label_lower,
        object_id="" if obj.pk is None else str(obj.pk),
        fields=sorted(fields),
        purpose=purpose,
    )
