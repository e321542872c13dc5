"""Verifying the record of events: the chain, its heads, its guard, the anchors, and the rows that it bears witness to.

Everything is read from one snapshot of the database, event after event, so that it takes the same memory for a thousand and a million.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import Error, connection, transaction
from django.db.models import Max, Model, QuerySet

from besa.audit import anchor, chain, guard
from besa.audit.chain import Broken
from besa.audit.models import ChainState, Event, Head
from besa.audit.streams import STREAMS
from besa.audit.verifier import Walk
from besa.audit.witness import DELETED, witnessed_models
from besa.vault import cells, erasures, keystore

COLUMNS = (*chain.CHAINED, "previous_digest", "digest", "mac")
SLICE = 500
STEP = 2000
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Whole:
    """What was found whole: events, streams, anchors, rows with a witness; how long it took, in seconds."""

    events: int
    streams: int
    anchors: int
    rows: int
    declared_lost: int
    seconds: float


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything as it was at one moment, without holding up who writes."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        # not transaction.atomic(): on SQLite it would begin as a writer
        connection.cursor().execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            connection.cursor().execute("ROLLBACK")


def verify(
    *,
    anchors: Path | None = None,
    key: Ed25519PublicKey | None = None,
    is_with_data: bool = False,
    progress: Progress = lambda events: None,
) -> Whole:
    """Check everything; raises Broken at the first thing that is not as it must be, in words."""
    begin = time.perf_counter()
    secret = keystore.named("audit")
    given = ChainState.objects.values_list("anchor_number", flat=True).first() or 0
    paths = (
        anchor.files(anchors) if anchors else []
    )  # before the snapshot: an anchor made meanwhile is none of its business
    if anchors and len(paths) < given:
        raise Broken(f"{anchors}: {given} anchors were given, {len(paths)} are there")
    with snapshot():
        if off := guard.missing(connection):
            raise Broken(f"the trigger {off[0]} is not in place; events could be changed")
        walk = check_chain(secret, progress)
        check_heads(walk, secret)
        summary = check_anchors(paths, key) if key else anchor.Summary(0, None, 0)
        rows = sum(check_rows(model) for model in witnessed_models()) if is_with_data else 0
    seconds = time.perf_counter() - begin
    return Whole(walk.count, len(walk.ends), summary.count, rows, summary.declared_lost, seconds)


# --- the chain


def check_chain(secret: bytes, progress: Progress = lambda events: None) -> Walk:
    """Every event in its place, linked to the one before, with the digest of its content and the code of the key."""
    walk = Walk()
    for event in events():
        try:
            walk.step(event)
        except (ValueError, TypeError):
            raise Broken(f"event {event['id']} holds what no event holds") from None
        if chain.mac_of(secret, event["digest"]) != event["mac"]:
            raise Broken(f"event {event['id']}: was not written by this installation")
        if walk.count % STEP == 0:
            progress(walk.count)
    progress(walk.count)
    return walk


def events() -> Iterator[dict[str, Any]]:
    """All events in the order of the chain, each as its fields in plain JSON values. Raises Broken at what is none."""
    rows = Event.objects.order_by("stream", "sequence").values_list(*COLUMNS).iterator(chunk_size=STEP)
    last: Any = "the beginning"
    while True:
        try:
            values = next(rows)
            event = dict(zip(COLUMNS, values, strict=True))
            event["at"] = chain.moment(event["at"])
        except StopIteration:
            return
        except (Error, ValueError, TypeError, AttributeError):
            raise Broken(f"within {STEP} events after {last} one cannot be read") from None
        last = f"event {event['id']}"
        yield event


def check_heads(walk: Walk, secret: bytes) -> None:
    """Each stream ends where its head says, and each head was written by this installation."""
    heads = {head.stream: head for head in Head.objects.all()}
    streams = range(STREAMS if connection.vendor == "postgresql" else 1)
    if heads or walk.ends:
        for stream in sorted({*streams, *walk.ends} - heads.keys()):
            raise Broken(f"stream {stream}: its head is missing")
    for stream, head in heads.items():
        sequence, digest, _number = walk.ends.get(stream, (0, chain.BEGIN, 0))
        if chain.mac_of(secret, chain.head_text(stream, head.sequence, head.digest)) != head.mac:
            raise Broken(f"stream {stream}: its head was not written by this installation")
        if head.sequence != sequence:
            raise Broken(f"stream {stream}: ends at place {sequence}, its head says {head.sequence}")
        if head.digest != digest:
            raise Broken(f"stream {stream}: ends with another event than its head says")


# --- the anchors


def check_anchors(paths: list[Path], key: Ed25519PublicKey) -> anchor.Summary:
    """The anchors follow each other, the chain holds each anchored end, the ledger of erasures holds what was anchored of it."""
    seen: set[tuple[int, str]] = set()

    def look(said: anchor.Statement) -> None:
        erased = (said["erasures"]["count"], said["erasures"]["digest"])
        if erased not in seen and not erasures.holds(erasures.Head(*erased)):
            raise Broken(f"{anchor.file_name(said['number'])}: the ledger of erasures does not hold what was anchored")
        seen.clear()
        seen.add(erased)

    return anchor.check(paths, key, _digest_at, look)


def _digest_at(stream: int, sequence: int) -> str | None:
    return Event.objects.filter(stream=stream, sequence=sequence).values_list("digest", flat=True).first()


# --- the rows


def check_rows(model: type[Model]) -> int:
    """Every row of the class is as the last event about it bears witness; gives the number of rows. Raises Broken."""
    label = model._meta.label_lower
    said = Event.objects.filter(object_type=label).exclude(witness="")
    latest = said.order_by("object_id").values("object_id").annotate(last=Max("id")).values_list("last", flat=True)
    count = 0
    for numbers in _slices(latest):
        witnesses = dict(Event.objects.filter(id__in=numbers).values_list("object_id", "witness"))
        count += _compare(model, witnesses)
    if count != model._base_manager.count():
        _name_unwitnessed(model, said)
    return count


def _compare(model: type[Model], witnesses: dict[str, str]) -> int:
    """Compare rows with their witnesses; gives the number of rows that are there."""
    label = model._meta.label_lower
    try:
        rows = {str(row.pk): cells.witness(row) for row in model._base_manager.filter(pk__in=list(witnesses))}
    except (Error, ValueError, TypeError, AttributeError):
        raise Broken(f"{label}: a row cannot be read") from None
    for key, witness in sorted(witnesses.items()):
        if witness == DELETED:
            if key in rows:
                raise Broken(f"{label} {key}: was deleted and is back")
        elif key not in rows:
            raise Broken(f"{label} {key}: was deleted past the actions")
        elif rows[key] != witness:
            raise Broken(f"{label} {key}: is not as it was last recorded")
    return len(rows)


def _name_unwitnessed(model: type[Model], said: QuerySet[Event]) -> None:
    for keys in _slices(model._base_manager.order_by("pk").values_list("pk", flat=True)):
        names = [str(key) for key in keys]
        known = set(said.filter(object_id__in=names).values_list("object_id", flat=True))
        for name in names:
            if name not in known:
                raise Broken(f"{model._meta.label_lower} {name}: is in no event; it was added past the actions")


def _slices(values: QuerySet[Any, Any]) -> Iterator[list[Any]]:
    found: list[Any] = []
    for value in values.iterator(chunk_size=STEP):
        found.append(value)
        if len(found) == SLICE:
            yield found
            found = []
    if found:
        yield found
