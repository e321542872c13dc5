"""Who reads, said to PostgreSQL in a way that it believes: a token for one transaction of one connection, sealed with a secret.

Row-level security asks the functions of the schema `besa_guard` who reads. They believe a token only if its MAC is right, it
names this connection, and it names the moment at which this transaction began: a statement that was smuggled in cannot make
one for somebody else, and a token that is left over does nothing in the next transaction. A process that runs one command and
serves nobody has a token for its connection in place of the transaction.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from besa.lib import clock
from besa.vault import keystore

SECRET = "row_security"  # noqa: S105  (the name of one, not the secret)
SETTING = "besa.token"
SYSTEM = "system"
BOUND = {"transaction": "to_char(now(), 'J.SSSS.US')", "connection": "besa_guard.connection_began()"}


@dataclass(frozen=True)
class Reader:
    """A membership as numbers; 0 stands for none."""

    membership: int
    user: int
    agency: int
    place: int
    role: str


def is_guarded() -> bool:
    """Whether this database knows readers at all."""
    return connection.vendor == "postgresql"


def token(secret: bytes, reader: Reader, at: datetime, pid: int, bound: str) -> str:
    """The token that `besa_guard.reader()` takes apart: numbers, role, the moment that counts as now, connection, bond, MAC."""
    said = "|".join(
        str(part)
        for part in (
            *(reader.membership, reader.user, reader.agency, reader.place, reader.role),
            *(at.astimezone(UTC).isoformat(), pid, bound),
        )
    )
    return f"{said}|{hmac.new(secret, said.encode(), hashlib.sha256).hexdigest()}"


def enter(reader: Reader, at: datetime, *, kind: str = "transaction", on: Any = connection) -> None:
    """Tell PostgreSQL who reads, until the end of the running transaction (or, for a command, of the connection)."""
    on.ensure_connection()
    said = on.connection  # psycopg itself: what tells the database who reads is no query of a page
    pid, bound = said.execute(f"SELECT pg_backend_pid(), {BOUND[kind]}").fetchone()
    made = token(keystore.named(SECRET), reader, at, pid, f"{kind}:{bound}")
    said.execute("SELECT set_config(%s, %s, %s)", [SETTING, made, kind == "transaction"])


def enter_command(on: Any) -> None:
    """Let the connection of a command see every row, once row-level security is there."""
    with on.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('besa_guard.reader()') IS NOT NULL")
        (is_there,) = cursor.fetchone()
    if is_there:
        enter(Reader(0, 0, 0, 0, SYSTEM), clock.now(), kind="connection", on=on)


@contextmanager
def reading_as(reader: Reader, at: datetime) -> Iterator[None]:
    """A transaction in which rows are those of the reader; on a database without row-level security nothing at all."""
    if not is_guarded():
        yield
        return
    with transaction.atomic():
        enter(reader, at)
        yield


@contextmanager
def reading_as_system(at: datetime) -> Iterator[None]:
    """A transaction that sees every row, for the few acts that must not depend on the reader; the former reader returns after it."""
    with transaction.atomic():
        if not is_guarded():
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTING])
            (before,) = cursor.fetchone()
        enter(Reader(0, 0, 0, 0, SYSTEM), at)
        yield
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, before])
