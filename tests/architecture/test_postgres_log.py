"""What deploy/roles.sql says of PostgreSQL's log: no statement, no value, no message that quotes one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

ROLES = Path(__file__).resolve().parent.parent.parent / "deploy" / "roles.sql"
SETTING = re.compile(r"^ALTER ROLE (\w+) SET (\w+) = (.+);$", re.MULTILINE)
CANARY = "Kanarina 7719"
FAILING = [
    f"SELECT '{CANARY}'::int",
    f"SELECT no_such_column, '{CANARY}'",
    f'SELECT "{CANARY}"',
    f"DO $$ BEGIN RAISE EXCEPTION '{CANARY}'; END $$",
    f"DO $$ BEGIN RAISE WARNING '{CANARY}'; END $$",
    f"INSERT INTO canary VALUES ('{CANARY}'), ('{CANARY}')",  # noqa: S608
    f"SELEKT '{CANARY}'",
]


def _settings(role: str) -> dict[str, str]:
    return {name: value for found, name, value in SETTING.findall(ROLES.read_text()) if found == role}


def test_all_roles_are_quiet() -> None:
    assert _settings("besa_owner") == _settings("besa_app") == _settings("besa_backup")
    assert {
        ("log_statement", "'none'"),
        ("log_min_messages", "'fatal'"),
        ("log_min_error_statement", "'panic'"),
        ("log_error_verbosity", "'terse'"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
        ("log_min_duration_statement", "-1"),
    } <= set(_settings("besa_app").items())


def _provoke(role: str, folder: str, database: str, user: str) -> None:
    """Make the role's statements fail in every way, with the canary in the statement, in a value and in the message."""
    with psycopg.connect(host=folder, dbname=database, user=user, autocommit=True) as owner:
        owner.execute(f"DROP ROLE IF EXISTS {role}")
        owner.execute(f"CREATE ROLE {role} LOGIN")
        if role == "quiet":
            for name, value in _settings("besa_app").items():
                owner.execute(f"ALTER ROLE {role} SET {name} = {value}")
    with psycopg.connect(host=folder, dbname=database, user=role, autocommit=True) as one:
        one.execute("CREATE TEMPORARY TABLE canary (name text UNIQUE)")
        for statement in FAILING:
            try:
                one.execute(statement)
            except psycopg.Error:
                continue
        for value in (CANARY, f"{CANARY} {role}"):
            with pytest.raises(psycopg.Error):
                one.execute("SELECT %s::int", [value], prepare=True)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="speaks of PostgreSQL")
def test_failing_statements_leave_nothing_in_the_log(db: None) -> None:
    connection.ensure_connection()
    info: Any = connection.connection.info
    where, log = (info.host, info.dbname, info.user), Path(info.host) / "log"
    before = log.read_text()
    _provoke("quiet", *where)
    assert CANARY not in log.read_text()[len(before) :]
    _provoke("loud", *where)
    assert CANARY in log.read_text()[len(before) :], "without the settings it does appear"
