"""What somebody who owns the database can do to the record of events, past the actions and the triggers.

Each way takes random numbers and a connection, changes something, and says what. Used by the tests and by
`benchmarks/reliability/tampering.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from django.db import connection

from besa.audit import chain
from besa.audit.models import Event, Head

WORDS = {
    "actor": ["membership:1", "user:2", "nobody"],
    "agency": ["MOI", "XYZ", ""],
    "verb": ["identity_revealed", "agency_edited", "nothing"],
    "object_type": ["cases.case", "directory.agency", "other.thing"],
    "object_id": ["1", "999", ""],
    "purpose": ["casework", "other", ""],
    "relation": ["team", "lead", ""],
    "request_id": ["x", ""],
    "fields": ['["state"]', "[]", '["other"]'],
    "flags": ['["canary"]', "[]", '["own_name"]'],
    "at": ["2001-01-01 00:00:00", "2009-07-06 23:59:59.000001"],
}
HEXES = ("witness", "previous_digest", "digest", "mac")
Way = Callable[[Random], str]


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311  (not for secrets)


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _numbers() -> list[int]:
    return list(Event.objects.order_by("id").values_list("id", flat=True))


def _hex(random: Random) -> str:
    return f"{random.getrandbits(256):064x}"


def edit(random: Random) -> str:
    """Another value in one column of one event."""
    number = random.choice(_numbers())
    column = random.choice([*WORDS, *HEXES, "sequence", "id"])
    old = Event.objects.filter(pk=number).values(column)[0][column]
    if column in WORDS:
        shown = json.dumps(old) if isinstance(old, list) else str(old)
        new: Any = random.choice([word for word in WORDS[column] if word != shown])
    elif column in HEXES:
        new = _hex(random)
    else:
        new = old + 100_000 + random.randrange(1000)
    cast = "::jsonb" if column in ("fields", "flags") and connection.vendor == "postgresql" else ""
    sql(f"UPDATE audit_event SET {column} = %s{cast} WHERE id = %s", new, number)  # noqa: S608
    return f"{column} of event {number} edited"


def delete(random: Random) -> str:
    """One event, or some in a row, gone from anywhere but the end."""
    numbers = _numbers()
    first = random.randrange(len(numbers) - 1)
    gone = numbers[first : min(first + random.randint(1, 5), len(numbers) - 1)]
    sql(f"DELETE FROM audit_event WHERE id IN ({', '.join(map(str, gone))})")  # noqa: S608
    return f"events {gone} deleted"


def truncate(random: Random) -> str:
    """The end cut off, and the head put back to what is left as well as the attacker can."""
    events = list(Event.objects.order_by("stream", "sequence"))
    stream = random.choice([event.stream for event in events])
    of_stream = [event for event in events if event.stream == stream]
    kept = random.randrange(len(of_stream))
    sql("DELETE FROM audit_event WHERE stream = %s AND sequence > %s", stream, kept)
    if random.random() < 0.7:
        digest = of_stream[kept - 1].digest if kept else chain.BEGIN
        sql("UPDATE audit_head SET sequence = %s, digest = %s WHERE stream = %s", kept, digest, stream)
    return f"stream {stream} cut after {kept}"


def swap(random: Random) -> str:
    """Two events exchange their content, or their places."""
    one, other = random.sample(_numbers(), 2)
    columns = random.choice([("verb", "object_id", "actor", "witness", "at"), ("sequence", "previous_digest")])
    first, second = Event.objects.get(pk=one), Event.objects.get(pk=other)
    if all(getattr(first, name) == getattr(second, name) for name in columns):
        return swap(random)
    if "sequence" in columns:
        sql("UPDATE audit_event SET sequence = -1 WHERE id = %s", one)
    names = ", ".join(f"{name} = %s" for name in columns)
    sql(f"UPDATE audit_event SET {names} WHERE id = %s", *(getattr(first, name) for name in columns), other)  # noqa: S608
    sql(f"UPDATE audit_event SET {names} WHERE id = %s", *(getattr(second, name) for name in columns), one)  # noqa: S608
    return f"events {one} and {other} swapped"


def _insert(event: Event) -> None:
    Event.objects.bulk_create([event])


def insert(random: Random) -> str:
    """An event more: at the end of a stream, linked as well as one can without the key; or a copy elsewhere."""
    last = Event.objects.order_by("-stream", "-sequence")[0]
    at_end = random.random() < 0.7
    event = last if at_end else Event.objects.get(pk=random.choice(_numbers()))
    event.pk = max(_numbers()) + 1
    event.sequence, event.previous_digest = last.sequence + 1, last.digest
    event.verb = random.choice(WORDS["verb"])
    event.digest = chain.digest_of(event.previous_digest, plain(event))
    event.mac = random.choice([event.mac, _hex(random), ""])
    _insert(event)
    if random.random() < 0.7:
        values = [event.sequence, event.digest, event.stream]
        sql("UPDATE audit_head SET sequence = %s, digest = %s WHERE stream = %s", *values)
    return f"event {event.pk} inserted"


def plain(event: Event) -> dict[str, Any]:
    """The event's fields as the chain takes them."""
    values = {name: getattr(event, name) for name in chain.CHAINED}
    return {**values, "at": chain.moment(event.at)}


def rewrite(random: Random, secret: bytes) -> str:
    """Change or leave out an event, and write everything after it anew with the installation's own key."""
    events = list(Event.objects.order_by("stream", "sequence"))
    chosen = random.choice(events)
    rest = [event for event in events if event.stream == chosen.stream and event.sequence >= chosen.sequence]
    first = rest[0]
    if random.random() < 0.5 and len(rest) > 1:
        rest = rest[1:]
    else:
        rest[0].actor = random.choice([word for word in WORDS["actor"] if word != rest[0].actor])
    sequence, link = first.sequence - 1, first.previous_digest
    sql("DELETE FROM audit_event WHERE stream = %s AND sequence >= %s", first.stream, first.sequence)
    for event in rest:
        sequence += 1
        event.sequence, event.previous_digest = sequence, link
        event.digest = link = chain.digest_of(link, plain(event))
        event.mac = chain.mac_of(secret, link)
    Event.objects.bulk_create(rest)
    mac = chain.mac_of(secret, chain.head_text(first.stream, sequence, link))
    Head.objects.filter(stream=first.stream).update(sequence=sequence, digest=link, mac=mac)
    return f"stream {first.stream} written anew from {first.sequence}"


def head(random: Random) -> str:
    """A head that says something else, or is gone."""
    stream = random.choice(list(Head.objects.exclude(sequence=0).values_list("stream", flat=True)))
    if random.random() < 0.3:
        sql("DELETE FROM audit_head WHERE stream = %s", stream)
    else:
        values = {"sequence": random.randrange(100_000, 200_000), "digest": _hex(random), "mac": _hex(random)}
        column = random.choice(list(values))
        sql(f"UPDATE audit_head SET {column} = %s WHERE stream = %s", values[column], stream)  # noqa: S608
    return f"head of stream {stream} changed"


CHAIN_WAYS: dict[str, Way] = {
    "edit": edit,
    "delete": delete,
    "truncate": truncate,
    "swap": swap,
    "insert": insert,
    "head": head,
}
