"""Nobody seals with an old key once it is gone: who seals holds its scope, who changes the key waits for those who do.

On PostgreSQL that is an advisory lock for each scope, shared by those who seal, until the end of their transaction. On SQLite every
transaction holds the one lock of the file, and nothing more is needed.
"""

from __future__ import annotations

import uuid

from django.db import transaction

_SECONDS = 60  # that a rotation waits for a transaction; a request is cut off before


def _number(scope: uuid.UUID) -> int:
    """The scope as a 64-bit number with sign. Two scopes with one number wait for each other, and that is all."""
    return int.from_bytes(scope.bytes[:8], "big", signed=True)


def hold(scope: uuid.UUID) -> None:
    """Keep the keys of the scope from being dropped until the running transaction ends. Asked before the key is read."""
    connection = transaction.get_connection()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s::bigint)", [_number(scope)])


def wait_for_writers(scope: uuid.UUID) -> None:
    """Return when every transaction that may have read an older key of the scope has ended.

    Raises OperationalError when one does not end within a minute.
    """
    connection = transaction.get_connection()
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{_SECONDS}s'")
                cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [_number(scope)])
