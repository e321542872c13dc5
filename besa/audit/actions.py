"""Recording what happened. Called by every action, inside its transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from django.db import DatabaseError, connection, models

from besa.audit import chain, streams
from besa.audit.models import Event
from besa.audit.witness import witness_of
from besa.lib.refusal import Unavailable
from besa.vault import cells, keystore


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


@contextmanager
def _or_unavailable() -> Iterator[None]:
    """What the database says against it, for whatever reason, means: the record is away, and nothing is done without it."""
    try:
        yield
    except DatabaseError as error:
        raise Unavailable("the event could not be written") from error


@_or_unavailable()
def record(
    verb: str,
    obj: models.Model,
    *,
    by: Actor,
    at: datetime,
    fields: Iterable[str] = (),
    purpose: str = "",
    relation: str = "",
    flags: Iterable[str] = (),
    is_reading: bool = False,
) -> Event:
    """Chain one event about `obj` in the running transaction; raises if there is none, so that no change goes unrecorded.

    Where the event cannot be written it raises Unavailable: the transaction is given up, so nothing was done and nothing is shown. Called
    after saving, or before deleting with the flag `deleted`. A reading (`is_reading`) bears no witness to the row, so that it does
    not vouch for a change that was made past the actions.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{verb}: an audit event needs the transaction of its change")
    marks = sorted(flags)
    witness = "" if is_reading else witness_of(obj, marks)  # it holds the row; the stream is held last, and shortest
    place = streams.end_of_stream()
    said = {"fields": sorted(fields), "purpose": purpose, "relation": relation, "flags": marks, "witness": witness}
    event = _chained(place, verb, obj, by, at, said)
    event.save(force_insert=True)
    streams.move_end(place.stream, event.sequence, event.digest)
    return event


@_or_unavailable()
def record_added(verb: str, rows: Sequence[tuple[models.Model, Actor, datetime]]) -> None:
    """Chain an event about each of many rows that this transaction has just inserted from these very objects: who, when."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{verb}: an audit event needs the transaction of its change")
    place, events = streams.end_of_stream(), []
    numbers = streams.numbers_after(place, len(rows))
    for number, (obj, by, at) in zip(numbers, rows, strict=True):
        said = {"fields": [], "purpose": "", "relation": "", "flags": [], "witness": cells.witness(obj)}
        event = _chained(place._replace(next_id=number), verb, obj, by, at, said)
        place = place._replace(sequence=event.sequence, digest=event.digest)
        events.append(event)
    Event.objects.bulk_create(events)
    streams.move_end(place.stream, place.sequence, place.digest)


def _chained(
    place: streams.Place, verb: str, obj: models.Model, by: Actor, at: datetime, said: dict[str, Any]
) -> Event:
    """The event that comes next at this end of a stream, not saved yet."""
    values: dict[str, Any] = {
        "id": place.next_id,
        "stream": place.stream,
        "sequence": place.sequence + 1,
        "actor": by.audit_name,
        "agency": by.audit_agency,
        "verb": verb,
        "object_type": obj._meta.label_lower,
        "object_id": "" if obj.pk is None else str(obj.pk),
        "request_id": "",
        **said,
    }
    digest = chain.digest_of(place.digest, {**values, "at": chain.moment(at)})
    mac = chain.mac_of(keystore.named("audit"), digest)
    return Event(at=at, previous_digest=place.digest, digest=digest, mac=mac, **values)
