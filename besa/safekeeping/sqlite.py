"""A SQLite database in a backup: copied as it is at one moment while others write, checked as a file of its own."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from besa.safekeeping.archive import READ, Failed

FREE = ("", "-wal", "-shm", "-journal")


def _read_only(file: Path, *, is_still: bool = False) -> sqlite3.Connection:
    """`is_still`: nobody writes to it, so that no file is made beside it."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro{'&immutable=1' if is_still else ''}", uri=True)


def copy(source: Path, target: Path) -> None:
    """Copy the database as it is now, online. Raises Failed."""
    target.touch(mode=0o600, exist_ok=False)
    try:
        with closing(_read_only(source)) as opened, closing(sqlite3.connect(target)) as out:
            opened.execute("PRAGMA busy_timeout = 20000")
            opened.backup(out)
    except sqlite3.Error as problem:
        raise Failed("source_unreadable", f"{source.name} cannot be copied: {problem}") from problem


def chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(READ):
            yield chunk


def write(file: Path, pieces: Iterable[bytes]) -> None:
    """Add pieces to a database file that is being unpacked."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as out:
        for piece in pieces:
            out.write(piece)


def facts(file: Path) -> dict[str, Any]:
    """Rows of each table, and the heads of the audit chain where there is one. Raises Failed when the database is damaged."""
    try:
        with closing(_read_only(file, is_still=True)) as opened:
            _whole(opened, file.name)
            names = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            tables = {name: _count(opened, name) for name in sorted(names) if not name.startswith("sqlite_")}
            return {"vendor": "sqlite", "tables": tables, "heads": _heads(opened) if "audit_head" in names else []}
    except sqlite3.Error as problem:
        raise Failed("source_damaged", f"{file.name} is damaged: {problem}") from problem


def _count(opened: sqlite3.Connection, table: str) -> int:
    name = table.replace('"', '""')
    return int(opened.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608  (a name of the schema, quoted)


def _whole(opened: sqlite3.Connection, name: str) -> None:
    found = [line for (line,) in opened.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise Failed("source_damaged", f"{name} is damaged: {len(found)} faults found by integrity_check")
    if opened.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise Failed("source_damaged", f"{name} is damaged: a row points to one that is not there")


def _heads(opened: sqlite3.Connection) -> list[list[Any]]:
    """Each stream's end. Raises Failed when the event that it names is not there."""
    heads = [list(row) for row in opened.execute("SELECT stream, sequence, digest FROM audit_head ORDER BY stream")]
    for stream, sequence, digest in heads:
        sql = "SELECT digest FROM audit_event WHERE stream = ? AND sequence = ?"
        row = opened.execute(sql, [stream, sequence]).fetchone()
        if sequence and (row is None or row[0] != digest):
            raise Failed("chain_broken", f"stream {stream} of the record of events does not end where its head says")
    return heads


def holds_data(file: Path, ignored: frozenset[str]) -> bool:
    """Whether a database stands there with rows in any table that is not ignored."""
    if not file.exists() or not file.stat().st_size:
        return False
    with closing(_read_only(file)) as opened:
        names = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return any(_count(opened, name) for name in names if name not in ignored and not name.startswith("sqlite_"))


def put_in_place(unpacked: Path, target: Path) -> None:
    """Make the unpacked file the database; what stood there goes with its logs."""
    for end in FREE[1:]:
        Path(f"{target}{end}").unlink(missing_ok=True)
    os.replace(unpacked, target)
    for end in FREE[1:]:
        Path(f"{unpacked}{end}").unlink(missing_ok=True)


def wipe(file: Path) -> None:
    """Overwrite a plain copy and remove it, with what SQLite left beside it."""
    for path in (Path(f"{file}{end}") for end in FREE):
        if path.exists():
            with path.open("r+b") as out:
                for start in range(0, path.stat().st_size, READ):
                    out.write(bytes(min(READ, path.stat().st_size - start)))
                out.flush()
                os.fsync(out.fileno())
            path.unlink()
