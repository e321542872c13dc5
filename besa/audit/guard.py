"""Triggers that keep the record of events append-only: the database itself refuses to change or delete an event.

Whoever owns the database can take them off; what is done then, `besa audit_verify` finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "audit_event"
_SQLITE = {
    "audit_event_no_update": "BEFORE UPDATE ON audit_event",
    "audit_event_no_delete": "BEFORE DELETE ON audit_event",
    # INSERT OR REPLACE would delete without asking the trigger above
    "audit_event_no_replace": (
        "BEFORE INSERT ON audit_event WHEN EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)"
        " OR EXISTS (SELECT 1 FROM audit_event WHERE stream = NEW.stream AND sequence = NEW.sequence)"
    ),
}
_POSTGRESQL = {
    "audit_event_no_change": "BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW",
    "audit_event_no_truncate": "BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT",
}
_REFUSES = """
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the record of events is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$"""


def triggers(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Name and occasion of each trigger on this kind of database."""
    return _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers in place, also where some are there already."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_REFUSES)
        for name, occasion in triggers(connection).items():
            if connection.vendor == "postgresql":
                cursor.execute(f"CREATE OR REPLACE TRIGGER {name} {occasion} EXECUTE FUNCTION audit_append_only()")
            else:
                body = "SELECT RAISE(ABORT, 'the record of events is append-only')"
                cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {occasion} BEGIN {body}; END")


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers off."""
    on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in triggers(connection):
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that are not in place, or switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_event'::regclass AND tgenabled IN ('O', 'A')"
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'")
        found = {name for (name,) in cursor.fetchall()}
    return sorted(triggers(connection).keys() - found)


@contextmanager
def taken_off(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Without the triggers for a while; only for emptying a database that is no production."""
    if TABLE not in connection.introspection.table_names():
        yield
        return
    remove(connection)
    try:
        yield
    finally:
        install(connection)
