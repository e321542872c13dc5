"""Can the search of `canaries` find anything? Canaries are left in each kind of place, in each coding, and must all be found there."""

from __future__ import annotations

import base64
import json
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import psycopg

from benchmarks.reliability.canary_search import Planter, Search, samples
from benchmarks.reliability.canary_world import Watcher, World

LONG = "The same sentence again and again, as a database compresses it. " * 200
NAMELESS = """
import sys, tempfile, time
with tempfile.TemporaryFile() as file:
    file.write(sys.argv[1].encode())
    file.flush()
    print("there", flush=True)
    time.sleep(600)
"""


@dataclass
class Left:
    """What was left where: canary, how, and the place under which the search must find it."""

    world: World
    plant: Planter = field(default_factory=Planter)
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def one(self, how: str, place: str, *, is_plain: bool = False) -> str:
        text = self.plant.word(how) if is_plain else self.plant.albanian(how)
        self.lines.append((text, how, place))
        return text

    def files(self) -> None:
        """Every coding in a log; an address; an attachment that is an archive; a backup; a restored place."""
        folder = self.world.folder
        with (folder / "logs" / "serve").open("ab") as out:
            for make in (self.plant.word, self.plant.albanian, self.plant.phone, self.plant.paper):
                for number, (how, _data) in enumerate(samples("x")):
                    text = make(how)
                    found = dict(samples(text))
                    if how in found:
                        self.lines.append((text, f"{how} in a log ({make.__name__}, {number})", "logs of Besa"))
                        out.write(b"\n" + found[how] + b"\n")
        with (folder / "addresses" / "all").open("a") as addresses:
            addresses.write(f"/cases/?q={urllib.parse.quote_plus(self.one('in an address', 'addresses'))}\n")
        (folder / "var" / "attachments").mkdir(exist_ok=True)
        with zipfile.ZipFile(folder / "var" / "attachments" / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.xml", LONG + self.one("packed in an attachment", "attachments"))
        (folder / "backups" / "x").write_text(self.one("in a backup", "backups"))
        (folder / "restored" / f"{self.one('in the name of a file', 'restored', is_plain=True)}.txt").touch()
        (folder / "var" / "cache").write_text(self.one("in Besa's folder", "the folder of Besa"))

    def mail(self) -> None:
        message = EmailMessage()
        message["From"], message["To"] = "besa@example.org", "nobody@example.org"
        message["Subject"] = self.one("in the subject of a mail", "mails")
        message.set_content(self.one("in the text of a mail", "mails") + "\n", cte="base64")
        with smtplib.SMTP("127.0.0.1", self.world.mail_port) as server:
            server.send_message(message)

    @contextmanager
    def passing(self, watcher: Watcher) -> Iterator[None]:
        """A temporary file that is gone after a moment, and one that never had a name."""
        with tempfile.NamedTemporaryFile(dir=self.world.folder / "tmp") as file:
            file.write(self.one("in a file of a moment", "temporary files, while they were there").encode())
            file.flush()
            time.sleep(0.1)
        words = [
            sys.executable,
            "-c",
            NAMELESS,
            self.one("in a file without a name", "temporary files, while they were there"),
        ]
        with subprocess.Popen(words, env=self.world.variables, stdout=subprocess.PIPE) as process:
            try:
                if process.stdout is None or not process.stdout.readline():
                    raise RuntimeError("the process with the file did not begin")
                self.world.processes.append(process)
                until, before = time.monotonic() + 20, watcher.turns
                while watcher.turns < before + 2 * watcher.EVERY and time.monotonic() < until:
                    time.sleep(0.05)
                yield
            finally:
                process.kill()

    def rows(self) -> list[tuple[str, str, list[str]]]:
        """Tables of a stranger: a row, a long row, a deleted one, a session as JSON in base64."""
        place = "files of PostgreSQL" if self.world.socket_folder else "files of SQLite"
        session = base64.b64encode(json.dumps({"q": self.one("in a session", place)}).encode()).decode()
        return [
            (
                "besa",
                "left_rows",
                [self.one("in a row", place), session, LONG + self.one("in a long row", "rows") + LONG],
            ),
            ("besa", "left_deleted", [self.one("in a deleted row", place)]),
            ("keystore", "left_keys", [self.one("in the keystore", place)]),
        ]

    @contextmanager
    def in_sqlite(self) -> Iterator[None]:
        """One of the databases stays open with what was written in its log alone."""
        with ExitStack() as stack:
            for database, table, texts in self.rows():
                opened = stack.enter_context(
                    closing(sqlite3.connect(self.world.folder / "var" / f"{database}.sqlite3"))
                )
                opened.execute("PRAGMA wal_autocheckpoint = 0")
                _filled(opened, table, texts, "?")
                opened.commit()
                if table == "left_deleted":
                    opened.execute(f"DELETE FROM {table}")  # noqa: S608
                    opened.commit()
            log = self.world.folder / "var" / "besa.sqlite3-wal"
            if not log.exists() or self.lines[-2][0].encode() not in log.read_bytes():
                raise RuntimeError("SQLite's log does not hold what was just written")
            yield

    @contextmanager
    def in_postgres(self) -> Iterator[None]:
        with self.world.superuser() as opened:
            for _database, table, texts in self.rows():
                name = f"keystore.{table}" if table == "left_keys" else table
                _filled(opened, name, texts, "%s")
                if table == "left_deleted":
                    opened.execute(f"DELETE FROM {name}".encode())  # noqa: S608
            try:
                opened.execute(
                    f"SELECT '{self.one('in a statement that failed', 'log of PostgreSQL', is_plain=True)}'::int".encode()
                )
            except psycopg.Error:
                self.world.settle()
        yield


def _filled(opened: Any, table: str, texts: list[str], sign: str) -> None:
    opened.execute(f"CREATE TABLE {table} (t text)")
    for text in texts:
        opened.execute(f"INSERT INTO {table} VALUES ({sign})", [text])  # noqa: S608


def missed_of(world: World, watcher: Watcher) -> Iterator[str]:
    """What was left and not found, in words; says how many were left."""
    left = Left(world)
    left.files()
    left.mail()
    database = left.in_postgres if world.socket_folder else left.in_sqlite
    with database(), left.passing(watcher):
        search = Search(left.plant.canaries)
        search.look_through(world.blobs())
    missed = [
        line for line in left.lines if not any(found.startswith(line[2]) for found in search.found.get(line[0], ()))
    ]
    print(
        f"     self-check: {len(left.lines) - len(missed)} of {len(left.lines)} canaries found that were left to be found"
    )
    yield from (f"what was left {how} ({place})" for _text, how, place in missed)
