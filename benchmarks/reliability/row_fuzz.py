"""Rows through row-level security: `python -m benchmarks.reliability.row_fuzz [--statements 10000] [--seed 1]`

Hostile statements, put together at random, run as the application's own role on PostgreSQL: without context, with a made-up one,
with one that has expired, with one taken from another connection, and with the true one of a member who has no case. None may read,
count, change or take away a row of a case or a person. Every statement runs in a transaction that is rolled back.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import django
import psycopg

ROLE = "besa_app"
OPEN_TO_ANYBODY_KNOWN = ("public.people_identitytoken", "public.cases_canary")  # only asked without a true context
NEW_CONNECTION = 0.05  # some tricks work only before a connection has compiled the functions

READS = (
    "SELECT * FROM {t}",
    "SELECT count(*) FROM {t}",
    "SELECT t::text FROM {t} t",
    "SELECT row_to_json(t) FROM {t} t",
    "SELECT string_agg(t::text, ',') FROM {t} t",
    "SELECT id FROM ONLY {t} FOR UPDATE",
    "TABLE {t}",
    "WITH x AS MATERIALIZED (SELECT * FROM {t}) SELECT count(*) FROM x",
    "WITH x AS (UPDATE {t} SET id = id RETURNING *) SELECT * FROM x",
    "WITH x AS (DELETE FROM {t} RETURNING id) SELECT count(*) FROM x",
    "SELECT * FROM {t} WHERE true OR id IS NOT NULL",
    "SELECT a.id FROM {t} a FULL JOIN {u} b ON true",
    "SELECT (SELECT count(*) FROM {t}) + (SELECT count(*) FROM {u})",
    "SELECT * FROM {t} TABLESAMPLE SYSTEM (100)",
    "SELECT id FROM {t} UNION ALL SELECT id FROM {u}",
    "SELECT * FROM {t} WHERE id::text LIKE '%'",
    "SELECT exists(SELECT 1 FROM {t})::int",
    "SELECT max(ctid::text) FROM {t}",
    "SELECT besa_guard.sees(id)::text FROM {t}",
    "SELECT * FROM besa_guard.{f}",
    "SELECT a.id, f FROM {t} a, besa_guard.{f} f",
    "SELECT query_to_xml('SELECT * FROM {t}', true, false, '')::text",
    "SELECT * FROM json_populate_recordset(NULL::{t}, (SELECT json_agg(t) FROM {t} t))",
    "COPY {t} TO STDOUT",
    "SELECT * FROM besa_guard.secret",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_read_file('pg_hba.conf')",
)
WRITES = (
    "UPDATE {t} SET id = id",
    "DELETE FROM {t}",
    "TRUNCATE {t} CASCADE",
    "ALTER TABLE {t} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {t} NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY besa_select ON {t}",
    "CREATE POLICY mine ON {t} USING (true)",
    "ALTER TABLE {t} OWNER TO {r}",
    "GRANT ALL ON {t} TO PUBLIC",
    "CREATE TRIGGER x BEFORE UPDATE ON {t} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "INSERT INTO {t} DEFAULT VALUES",
)
BEFORE = (
    "",
    "SET row_security = off",
    "SET ROLE besa_guard",
    "SET SESSION AUTHORIZATION besa",
    "RESET ROLE",
    "ALTER ROLE {r} BYPASSRLS",
    "SET search_path = pg_temp, public",
    "SELECT set_config('besa.token', 'system', false)",
    "SELECT set_config('besa.token', repeat('|', 8), true)",
    "SELECT set_config('besa.role', 'system', true)",
    "CREATE OR REPLACE FUNCTION besa_guard.is_system() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "CREATE FUNCTION pg_temp.sees(uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "CREATE TEMP TABLE secret (inner_pad bytea, outer_pad bytea)",
    "CREATE TEMP TABLE cases_teammember AS SELECT gen_random_uuid() AS id, '{c}'::uuid AS case_id, m AS membership_id, true AS is_lead,"
    " '2000-01-01'::timestamptz AS from_at, '2100-01-01'::timestamptz AS until_at, NULL::timestamptz AS ended_at"
    " FROM generate_series(1, 50) m; GRANT SELECT ON cases_teammember TO PUBLIC",
    "CREATE FUNCTION pg_temp.f(text) RETURNS boolean LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION '%', (SELECT string_agg(t::pg_catalog.text, ',') FROM {t} t); END $$;"
    " CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (pg_temp.f(VALUE))",
    "UPDATE besa_guard.secret SET inner_pad = '', outer_pad = ''",
    "CREATE TEMP VIEW v AS SELECT * FROM {t}",
    "PREPARE p AS SELECT * FROM {t}",
    "DECLARE c CURSOR FOR SELECT * FROM {t}",
)


Context = Callable[[psycopg.Connection[Any], random.Random], None]  # says to a connection who is reading


@dataclass(frozen=True)
class World:
    """The attacked database: how to connect, what must not be seen, contexts by name."""

    connect: Callable[[], psycopg.Connection[Any]]
    needles: frozenset[str]
    tables: tuple[str, ...]
    functions: tuple[str, ...]
    known: str  # the key of a case, which the attacker has from somewhere; not among the needles
    contexts: dict[str, Context]


def statements(world: World, chance: random.Random, table: str) -> list[str]:
    """A trick before, and what it is for."""
    words = {
        "t": table,
        "u": chance.choice(world.tables),
        "f": chance.choice(world.functions),
        "c": world.known,
        "r": ROLE,
    }
    before = chance.choice(BEFORE)
    aim = chance.choice(READS if chance.random() < 0.75 else WRITES)
    if before.startswith(("CREATE TEMP VIEW v", "PREPARE", "DECLARE")) and chance.random() < 0.8:
        aim = {"C": "SELECT * FROM v", "P": "EXECUTE p", "D": "FETCH ALL FROM c"}[before[0]]
    return [text.format(**words) for text in (before, aim) if text]


def leaked(world: World, cursor: psycopg.Cursor[Any], text: str) -> str:
    """What came through: something that must not be seen, a number of rows, or rows changed; empty when nothing did."""
    if text.startswith("COPY"):
        with cursor.copy(text.encode()) as copy:
            said = b"".join(bytes(part) for part in copy).decode(errors="replace")
        return said[:80]
    cursor.execute(text.encode())
    if cursor.description is None:
        is_change = text.startswith(("UPDATE", "DELETE"))
        return f"{cursor.rowcount} rows changed" if is_change and cursor.rowcount > 0 else ""
    said = str(cursor.fetchall())
    counted = "count(" in text or "exists(" in text
    if counted and any(sign in "123456789" for sign in said):
        return said[:80]
    return told(world, said)


def told(world: World, said: str) -> str:
    """The first thing in the words that must not be seen."""
    return next((needle for needle in world.needles if needle in said), "")


def attack(world: World, number: int, seed: int) -> list[str]:
    """Run `number` statements; gives those through which something came."""
    chance, through = random.Random(seed), []  # noqa: S311  made-up statements, not secrets
    connection = world.connect()
    for _turn in range(number):
        if connection.closed or chance.random() < NEW_CONNECTION:
            connection.close()
            connection = world.connect()
        name = chance.choice(sorted(world.contexts))
        open_ = () if name == "a stranger" else OPEN_TO_ANYBODY_KNOWN
        parts = statements(world, chance, chance.choice((*world.tables, *open_)))
        try:
            with connection.transaction(force_rollback=True), connection.cursor() as cursor:
                world.contexts[name](connection, chance)
                for text in parts[:-1]:
                    _try(connection, cursor, text)
                found = leaked(world, cursor, parts[-1])
        except psycopg.Error as error:
            found = told(world, str(error))
        if found:
            through.append(f"{name}: {'; '.join(parts)} → {found}")
    connection.close()
    return through


def _try(connection: psycopg.Connection[Any], cursor: psycopg.Cursor[Any], text: str) -> None:
    """A trick that fails must not end the transaction."""
    try:
        with connection.transaction():
            cursor.execute(text.encode())
    except psycopg.Error:
        pass


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="row_fuzz")
    parser.add_argument("--statements", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    if os.environ.get("BESA_DATABASE_URL", "").startswith("postgres"):
        django.setup()
        prepare: Any = import_module("benchmarks.reliability.row_world").prepare  # its models need the settings
        through = attack(prepare(), options.statements, options.seed)
        print("\n".join(through[:20]))
        print(f"{len(through)} of {options.statements} hostile statements came through row-level security")
        return 1 if through else 0
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "BESA_VAR": folder, "BESA_MODE": "test", "DJANGO_SETTINGS_MODULE": "besa.settings"}
        words = [sys.executable, "-m", "tools.postgres", sys.executable, "-m", "benchmarks.reliability.row_fuzz", *argv]
        return subprocess.run(words, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
