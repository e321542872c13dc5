"""A PostgreSQL database in a backup: one snapshot for the dump, the counts and the heads of the audit chain; all through pipes."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from besa.safekeeping.archive import READ, Failed

SCHEMA = "keystore"
LOCAL = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
_LIBPQ = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


def reached(alias: str, *, is_reading: bool = True) -> dict[str, str]:
    """How libpq reaches the database: as the role that reads every row when it is read, else as Besa itself."""
    held = connections[alias].settings_dict
    options = held.get("OPTIONS", {})
    found = {
        "host": held.get("HOST") or options.get("host", ""),
        "port": str(held.get("PORT") or options.get("port", "")),
        "user": held.get("USER", ""),
        "password": held.get("PASSWORD", ""),
        "dbname": held["NAME"],
    } | {name: str(options[name]) for name in _LIBPQ if name in options}
    if is_reading and settings.BACKUP_DATABASE:
        found |= {"user": settings.BACKUP_DATABASE["USER"], "password": settings.BACKUP_DATABASE["PASSWORD"]}
    return {name: value for name, value in found.items() if value}


def is_one_database() -> bool:
    """Whether data and keystore lie in one database, apart by schema."""
    return reached("default") == reached("keystore")


def _environment(alias: str, *, is_reading: bool = True) -> dict[str, str]:
    """Everything that PostgreSQL's programs need; nothing of it stands on a command line."""
    names = {name: f"PG{name.upper()}" for name in ("host", "port", "user", "password")} | _LIBPQ
    names["dbname"] = "PGDATABASE"
    return LOCAL | {names[name]: value for name, value in reached(alias, is_reading=is_reading).items()}


def _connect(alias: str, *, is_reading: bool = True, name: str = "") -> psycopg.Connection[Any]:
    words = reached(alias, is_reading=is_reading) | ({"dbname": name} if name else {})
    return psycopg.connect(**words, autocommit=True)  # type: ignore[arg-type]


def program(name: str, major: int) -> str:
    """PostgreSQL's program of the server's version, or the next newer one. Raises Failed."""
    found = {
        int(path.parent.parent.name.split(".")[0]): path for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    }
    usable = sorted(version for version in found if version >= major)
    if usable:
        return str(found[usable[0]])
    if other := shutil.which(name):
        return other
    raise Failed("no_program", f"{name} of PostgreSQL {major} or newer is not installed (postgresql-client-{major})")


@contextmanager
def snapshot(alias: str) -> Iterator[Snapshot]:
    """The database as it is at this moment, for as long as it takes to read it. Raises Failed."""
    try:
        with _connect(alias) as opened, opened.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL row_security = off")  # an error rather than silently fewer rows
            cursor.execute("SELECT pg_export_snapshot()")
            (name,) = _row(cursor)
            yield Snapshot(alias, opened, str(name))
            cursor.execute("ROLLBACK")
    except psycopg.Error as problem:
        raise Failed("source_unreadable", f"{alias} cannot be read: {_first_line(problem)}") from problem


def _row(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    if row is None:
        raise Failed("source_unreadable", "the database gave no answer")
    return row


def _first_line(problem: object) -> str:
    return str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__


class Snapshot:
    """A moment of a database that pg_dump can be given too."""

    def __init__(self, alias: str, opened: psycopg.Connection[Any], name: str) -> None:
        self.alias, self._opened, self._name = alias, opened, name

    def chunks(self) -> Iterator[bytes]:
        """What pg_dump writes, in its custom format. Raises Failed when it does not end well."""
        apart = is_one_database()
        which = ["--schema=keystore"] if self.alias == SCHEMA and apart else []
        which = ["--exclude-schema=keystore"] if self.alias != SCHEMA and apart else which
        words = [program("pg_dump", self._opened.info.server_version // 10000), "--format=custom", "--compress=3"]
        words += [f"--snapshot={self._name}", "--no-password", *which]
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, env=_environment(self.alias))  # noqa: S603
            try:
                output: IO[bytes] = process.stdout  # type: ignore[assignment]
                while chunk := output.read(READ):
                    yield chunk
                output.close()
                if process.wait():
                    raise Failed("dump_failed", f"pg_dump ended with {process.returncode}: {_said(errors)}")
            finally:
                process.kill()
                process.wait()

    def facts(self) -> dict[str, Any]:
        return _facts(self._opened, self.alias)


def _said(errors: IO[bytes]) -> str:
    errors.seek(0)
    return _first_line(errors.read(2000).decode(errors="replace"))


def _tables(opened: psycopg.Connection[Any], alias: str) -> list[tuple[str, str]]:
    """Schema and name of each table that belongs to the alias."""
    rows = opened.execute(
        "SELECT nspname, relname FROM pg_class JOIN pg_namespace ON relnamespace = pg_namespace.oid"
        " WHERE relkind IN ('r', 'p') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' ORDER BY 1, 2"
    ).fetchall()
    if not is_one_database():
        return [(schema, name) for schema, name in rows]
    return [(schema, name) for schema, name in rows if (schema == SCHEMA) == (alias == SCHEMA)]


def _count(opened: psycopg.Connection[Any], schema: str, table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
    return int(opened.execute(query).fetchone()[0])  # type: ignore[index]


def _facts(opened: psycopg.Connection[Any], alias: str) -> dict[str, Any]:
    tables = _tables(opened, alias)
    counts = {f"{schema}.{name}": _count(opened, schema, name) for schema, name in tables}
    has_chain = ("public", "audit_head") in tables
    return {"vendor": "postgresql", "tables": counts, "heads": _heads(opened) if has_chain else []}


def _heads(opened: psycopg.Connection[Any]) -> list[list[Any]]:
    """Each stream's end. Raises Failed when the event that it names is not there."""
    rows = opened.execute(
        "SELECT h.stream, h.sequence, h.digest, e.digest FROM public.audit_head h LEFT JOIN public.audit_event e"
        " ON e.stream = h.stream AND e.sequence = h.sequence ORDER BY h.stream"
    ).fetchall()
    for stream, sequence, digest, found in rows:
        if sequence and found != digest:
            raise Failed("chain_broken", f"stream {stream} of the record of events does not end where its head says")
    return [[stream, sequence, digest] for stream, sequence, digest, _found in rows]


def facts(alias: str) -> dict[str, Any]:
    """Rows of each table and the heads of the audit chain, as they are now. Raises Failed."""
    try:
        with _connect(alias) as opened:
            opened.execute("SET row_security = off")
            return _facts(opened, alias)
    except psycopg.Error as problem:
        raise Failed("source_unreadable", f"{alias} cannot be read: {_first_line(problem)}") from problem


def holds_data(alias: str, ignored: frozenset[str]) -> bool:
    """Whether any table that is not ignored has rows."""
    with _connect(alias) as opened:
        opened.execute("SET row_security = off")
        wanted = [(schema, name) for schema, name in _tables(opened, alias) if name not in ignored]
        return any(_count(opened, schema, name) for schema, name in wanted)


# --- reading dumps


class Loader:
    """pg_restore, fed piece by piece: into a database, or through the whole dump into nothing, which shows that it can be read."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed in `close`)
        self._process = subprocess.Popen(  # noqa: S603
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._errors, env=environment
        )

    def write(self, pieces: Iterable[bytes]) -> None:
        pipe: IO[bytes] = self._process.stdin  # type: ignore[assignment]
        try:
            for piece in pieces:
                pipe.write(piece)
        except BrokenPipeError:
            self.close()

    def close(self) -> None:
        """Wait for its end. Raises Failed when it does not end well."""
        with suppress(BrokenPipeError):
            self._process.stdin.close()  # type: ignore[union-attr]
        code = self._process.wait()
        said = _said(self._errors)
        self._errors.close()
        if code:
            raise Failed("dump_unreadable", f"pg_restore ended with {code}: {said}")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def reader(alias: str) -> Loader:
    """A loader that reads a dump to its end and keeps nothing."""
    return Loader([program("pg_restore", _major(alias)), "--file=/dev/null"], LOCAL)


def loader(alias: str) -> Loader:
    """A loader into the database, all or nothing."""
    words = [
        program("pg_restore", _major(alias)),
        "--no-owner",
        "--exit-on-error",
        "--single-transaction",
        "--no-password",
    ]
    words += [f"--dbname={reached(alias)['dbname']}"]
    return Loader(words, _environment(alias, is_reading=False))


def _major(alias: str) -> int:
    with _connect(alias) as opened:
        return opened.info.server_version // 10000


def make_empty(alias: str) -> None:
    """Drop what the alias holds: its schema, or every schema of its own database; the schema `public` is made anew."""
    with _connect(alias, is_reading=False) as opened:
        rows = opened.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
        ).fetchall()
        names = [name for (name,) in rows if not is_one_database() or (name == SCHEMA) == (alias == SCHEMA)]
        for name in names:
            opened.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
        if "public" in names:
            opened.execute("CREATE SCHEMA public")


@contextmanager
def scratch(name: str) -> Iterator[str]:
    """An empty database beside Besa's own; gives its address and drops it afterwards. Raises Failed where that is not allowed."""
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise ValueError(name)
    try:
        with _connect("default", is_reading=False) as opened:
            opened.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    except psycopg.Error as problem:
        raise Failed("no_scratch", f"no scratch database can be made: {_first_line(problem)}") from problem
    try:
        yield name
    finally:
        with _connect("default", is_reading=False) as opened:
            opened.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
