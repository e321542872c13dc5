"""Where the next event goes: one stream on SQLite, several on PostgreSQL, so that writers do not wait for each other.

Whoever writes holds the row of a stream's head until the transaction ends, so a stream never forks. On PostgreSQL a writer takes the first
head that nobody holds, and stays with it: a row that a transaction holds itself is not skipped.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

from besa.audit import chain
from besa.vault import keystore

STREAMS = 16  # on PostgreSQL; more writers at one moment than that wait for each other
_FREE = """
SELECT stream, sequence, digest, nextval('audit_event_id_seq') FROM (
    SELECT stream, sequence, digest FROM audit_head ORDER BY stream <> %s, stream LIMIT 1 FOR UPDATE SKIP LOCKED
) AS free"""
_WAIT = """
SELECT stream, sequence, digest, nextval('audit_event_id_seq') FROM (
    SELECT stream, sequence, digest FROM audit_head WHERE stream = %s FOR UPDATE
) AS held"""


class Place(NamedTuple):
    """The end of a stream, held; and the number of the next event."""

    stream: int
    sequence: int
    digest: str
    next_id: int


def end_of_stream() -> Place:
    """Hold a stream until the running transaction ends, and give its end."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute("SELECT sequence, digest FROM audit_head WHERE stream = 0")
            row = cursor.fetchone()
            if row is None:
                cursor.execute("INSERT INTO audit_head VALUES (0, 0, %s, %s)", [chain.BEGIN, _mac(0, 0, chain.BEGIN)])
                row = (0, chain.BEGIN)
            return Place(0, row[0], row[1], row[0] + 1)
        usual = getattr(connection, "audit_stream", 0)
        cursor.execute(_FREE, [usual])
        row = cursor.fetchone()
        if row is None:
            _begin(cursor)
            cursor.execute(_WAIT, [usual])
            row = cursor.fetchone()
        place = Place(*row)
        connection.audit_stream = place.stream  # type: ignore[attr-defined]
        return place


def numbers_after(place: Place, count: int) -> list[int]:
    """The numbers of so many events that go to this end of a stream, one after the other."""
    if connection.vendor != "postgresql":
        return list(range(place.next_id, place.next_id + count))
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('audit_event_id_seq') FROM generate_series(2, %s)", [count])
        return [place.next_id, *(row[0] for row in cursor.fetchall())][:count]


def _begin(cursor: object) -> None:
    """Make the heads where there are none: a new database, or one that was flushed."""
    rows = [(stream, 0, chain.BEGIN, _mac(stream, 0, chain.BEGIN)) for stream in range(STREAMS)]
    cursor.executemany("INSERT INTO audit_head VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", rows)  # type: ignore[attr-defined]


def move_end(stream: int, sequence: int, digest: str) -> None:
    """The stream now ends at this event."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_head SET sequence = %s, digest = %s, mac = %s WHERE stream = %s",
            [sequence, digest, _mac(stream, sequence, digest), stream],
        )


def _mac(stream: int, sequence: int, digest: str) -> str:
    return chain.mac_of(keystore.named("audit"), chain.head_text(stream, sequence, digest))
