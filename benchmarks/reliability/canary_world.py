"""An installation as a country runs it, for `canaries`: production settings, `besa serve`, a mail server, and everything that it writes.

On PostgreSQL the roles of deploy/roles.sql stand in a cluster of its own: the service signs in as besa_app behind row-level security.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pyrage

from tools.postgres import server
from tools.system import postgres_programs

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "besa.example.org"
PROGRAM = "from besa.cli import main; main()"
PREPARE = """
import sys, django
from besa.lib.process import begin
begin(["besa", "prepare"])
from django.conf import settings
for database in settings.DATABASES.values():  # while it is made, nothing is lost that could not be made again
    if begun := database["OPTIONS"].get("init_command"):
        database["OPTIONS"]["init_command"] = begun.replace("=FULL", "=OFF")
settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("css", "js", "svg", "map", "txt", "woff", "woff2")
django.setup()
from datetime import timedelta
from django.core.management import call_command
from django.db import connection
from besa.audit.actions import SYSTEM
from besa.directory.actions.accounts import mail_password_link, open_account
from besa.directory.actions.memberships import install
from besa.directory.models import Agency
from besa.lib import clock
parts = sys.argv[1].split()
if "tables" in parts:
    call_command("migrate", verbosity=0)
if "owner" in parts:
    call_command("createcachetable")
    call_command("keys", "begin")
    if connection.vendor == "postgresql":
        call_command("row_security")
if "service" not in parts:
    sys.exit()
call_command("collectstatic", interactive=False, verbosity=0)
now = clock.now()
until = now.date() + timedelta(days=300)
for word in sys.argv[2:]:
    role, code, kind = word.split(":")
    names = {"name_en": code.title(), "name_sq": code.title()}
    agency, _made = Agency.objects.get_or_create(code=code, defaults={**names, "kind": kind})
    email, name = f"{role}.{code.lower()}@example.org", f"{role} {code}".title()
    user = open_account(email=email, name=name, language="en", by=SYSTEM, at=now)
    install(user=user, agency=agency, role=role, from_on=now.date(), until_on=until, at=now)
    mail_password_link(user)
"""
STAFF = (
    "municipality:OWNER:municipality", "shelter:HOUSE:shelter", "police:FORCE:police", "data_protection:RIGHTS:independent",
    "responsible_authority:OFFICE:ministry", "auditor:COURT:independent", "user_admin:MOI:ministry", "security_admin:MOI:ministry",
    "witness_protection:GUARD:police",
)  # fmt: skip


class _Mail(socketserver.StreamRequestHandler):
    """The other side of SMTP: takes every mail and keeps it as it came."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self._keep()
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 well\r\n")
            if word == b"QUIT":
                return

    def _keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        folder: Path = self.server.folder  # type: ignore[attr-defined]
        (folder / f"{time.monotonic_ns()}.eml").write_bytes(b"".join(lines))


@contextmanager
def mail_server(folder: Path) -> Iterator[int]:
    """A mail server on a port of this machine; mails lie in the folder."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as opened:
        opened.folder, opened.daemon_threads = folder, True  # type: ignore[attr-defined]
        threading.Thread(target=opened.serve_forever, daemon=True).start()
        try:
            yield opened.server_address[1]
        finally:
            opened.shutdown()


@dataclass
class World:
    """The installation and where it leaves something behind."""

    folder: Path
    mail_port: int
    socket_folder: Path | None = None  # PostgreSQL's; None on SQLite
    port: int = 0
    commands: int = 0
    staff: tuple[str, ...] = STAFF
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("var", "keys", "tmp", "mails", "backups", "logs", "kept", "addresses", "restored", "age"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        identity = pyrage.x25519.Identity.generate()
        (self.folder / "age" / "identity").write_text(str(identity))
        public, secret = str(identity.to_public()), secrets.token_urlsafe(64)
        self.recipient = public
        self.variables = {
            name: value for name, value in os.environ.items() if not name.startswith(("BESA_", "DJANGO_", "PYTEST"))
        } | {
            "BESA_MODE": "production", "BESA_SECRET_KEY": secret, "BESA_KEYS": str(self.folder / "keys"),
            "BESA_ALLOWED_HOSTS": HOST, "BESA_BASE_URL": f"https://{HOST}", "BESA_BEHIND_PROXY": "true",
            "BESA_MAIL_URL": f"smtp://127.0.0.1:{self.mail_port}", "BESA_VAR": str(self.folder / "var"),
            "BESA_BACKUPS": str(self.folder / "backups"), "BESA_BACKUP_TO": public, "BESA_BACKUP_KEYSTORE_TO": public,
            "DJANGO_SETTINGS_MODULE": "besa.settings", "TMPDIR": str(self.folder / "tmp"),
        }  # fmt: skip
        if self.socket_folder:
            self.variables["BESA_BACKUP_DATABASE_URL"] = self.address("besa_backup")

    # --- the database

    def address(self, role: str, database: str = "besa") -> str:
        return f"postgres://{role}@/{database}?host={self.socket_folder}"

    def _environment(self, role: str) -> dict[str, str]:
        return {**self.variables, "BESA_DATABASE_URL": self.address(role)} if self.socket_folder else self.variables

    def superuser(self, database: str = "besa") -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.socket_folder), dbname=database, user="besa", autocommit=True)

    def run_sql(self, sqlite: str, postgres: str) -> None:
        """Something that whoever owns the database does to it."""
        if self.socket_folder:
            with self.superuser() as opened:
                opened.execute(postgres.encode())
            return
        with closing(sqlite3.connect(self.folder / "var" / "besa.sqlite3", timeout=20)) as file, file:
            file.executescript(sqlite)

    @contextmanager
    def broken(self, table: str) -> Iterator[None]:
        """As long as this lasts no row can be added to the table: the server breaks in the middle of its work."""
        made = "CREATE TRIGGER broken BEFORE INSERT ON"
        body = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken by %', NEW; END $$"
        raises = f"CREATE OR REPLACE FUNCTION public.broken() {body}"
        self.run_sql(
            f"{made} {table} BEGIN SELECT RAISE(ABORT, 'broken'); END",
            f"{raises}; {made} {table} FOR EACH ROW EXECUTE FUNCTION public.broken()",
        )
        try:
            yield
        finally:
            self.run_sql("DROP TRIGGER broken", f"DROP TRIGGER broken ON {table}")

    # --- commands and the server

    def besa(self, *words: str, role: str = "besa_app", expected: int = 0) -> str:
        """Run one of Besa's commands; what it says is kept and searched like everything else."""
        return self.python(PROGRAM, *words, role=role, expected=expected)

    def python(self, program: str, *words: str, role: str = "besa_app", expected: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=ROOT,
            env=self._environment(role),
            capture_output=True,
            text=True,
        )
        self.commands += 1
        (self.folder / "logs" / f"command-{self.commands}").write_text(done.stdout + done.stderr)
        if done.returncode != expected:
            raise RuntimeError(f"besa {' '.join(words)}: {done.returncode} {done.stderr[-2000:]}")
        return done.stdout

    def prepare(self, migrated: Path | None = None) -> None:
        """Migrate, put up the second wall, make the people of the staff; on PostgreSQL as the two roles that do this.

        `migrated` is a folder with SQLite's files that are migrated already.
        """
        if self.socket_folder:
            self.python(PREPARE, "tables owner", role="besa_owner")
            self.python(PREPARE, "service", *self.staff)
            return
        for file in migrated.iterdir() if migrated else ():
            shutil.copy(file, self.folder / "var")
        self.python(PREPARE, "owner service" if migrated else "tables owner service", *self.staff)

    @contextmanager
    def served(self) -> Iterator[None]:
        """`besa serve`; its log is searched too."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        words = [sys.executable, "-c", PROGRAM, "serve", "--bind", f"127.0.0.1:{self.port}", "--workers", "1"]
        with (self.folder / "logs" / "serve").open("ab") as out:
            process = subprocess.Popen(words, cwd=ROOT, env=self._environment("besa_app"), stdout=out, stderr=out)
            self.processes.append(process)
            try:
                self._wait(process)
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=60)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        for _attempt in range(600):
            if process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            time.sleep(0.1)
        raise RuntimeError("besa serve did not answer: " + (self.folder / "logs" / "serve").read_text()[-2000:])

    # --- what is left behind

    def settle(self) -> None:
        """Bring to the disk what the database still holds in memory."""
        if self.socket_folder:
            with self.superuser() as opened:
                opened.execute("CHECKPOINT")

    def blobs(self) -> Iterator[tuple[str, bytes]]:
        """Every byte by the kind of place where it lies."""
        for place, folder in self._folders():
            for path in sorted(folder.rglob("*")):
                with contextlib.suppress(FileNotFoundError):
                    if path.is_file() and not path.is_symlink():
                        kind = place if place != "var" else _kind(path)
                        yield kind, path.name.encode()
                        yield kind, path.read_bytes()
        yield from self._rows()

    def _folders(self) -> Iterator[tuple[str, Path]]:
        names = {
            "mails": "mails",
            "backups": "backups",
            "logs": "logs of Besa",
            "kept": "temporary files, while they were there",
        }
        names |= {"tmp": "temporary files", "addresses": "addresses", "restored": "restored", "var": "var"}
        for name, place in names.items():
            yield place, self.folder / name
        if self.socket_folder:
            yield "files of PostgreSQL", self.socket_folder / "data"

    def _rows(self) -> Iterator[tuple[str, bytes]]:
        """All rows as text: PostgreSQL compresses long ones, SQLite spreads them over pages."""
        if not self.socket_folder:
            for path in (self.folder / "var").glob("*.sqlite3"):
                with closing(sqlite3.connect(path)) as opened:
                    yield "rows", "\n".join(opened.iterdump()).encode()
            return
        yield "log of PostgreSQL", (self.socket_folder / "log").read_bytes()
        programs = postgres_programs()
        assert programs is not None  # noqa: S101  (the cluster runs)
        with self.superuser() as opened:
            names = [name for (name,) in opened.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")]
        for name in names:
            words = [str(programs / "pg_dump"), "-h", str(self.socket_folder), "-U", "besa", name]
            yield "rows", subprocess.run(words, capture_output=True, check=True).stdout


def _kind(path: Path) -> str:
    if path.name.startswith(("besa.sqlite3", "keystore.sqlite3")):
        return "files of SQLite"
    return "attachments" if "attachments" in path.parts else "the folder of Besa"


class Watcher(threading.Thread):
    """Keeps what passes through temporary folders, also what is gone a moment later, and files that are open without a name."""

    EVERY = 20  # turns between two looks at files without a name

    def __init__(self, world: World) -> None:
        super().__init__(daemon=True)
        self.turns = 0
        var = world.folder / "var"
        self.world, self.over = world, threading.Event()
        self.folders = [world.folder / "tmp", var / "attachments", var / "backup-work", world.folder / "backups"]
        self.seen: set[tuple[int, int, int]] = set()

    def run(self) -> None:
        while not self.over.wait(0.003):
            for folder in self.folders:
                self._folder(folder)
            if self.turns % self.EVERY == 0:
                self._nameless()
            self.turns += 1

    def _folder(self, folder: Path) -> None:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    self._folder(Path(entry.path))
                else:
                    self._keep(entry.path)

    def _keep(self, path: str) -> None:
        with contextlib.suppress(OSError), open(path, "rb") as file:
            found = os.fstat(file.fileno())
            if (key := (found.st_ino, found.st_size, found.st_mtime_ns)) not in self.seen:
                self.seen.add(key)
                kept = self.world.folder / "kept"
                (kept / f"{len(self.seen)}").write_bytes(file.read())
                (kept / f"{len(self.seen)}.name").write_text(Path(path).name)

    def _nameless(self) -> None:
        """Files that the server has removed and still holds open."""
        for process in self.world.processes:
            for task in _family(process.pid):
                with contextlib.suppress(OSError):
                    for name in os.listdir(f"/proc/{task}/fd"):
                        link = f"/proc/{task}/fd/{name}"
                        if os.readlink(link).endswith(" (deleted)"):
                            self._keep(link)


@contextmanager
def watched(world: World) -> Iterator[Watcher]:
    """The watcher, at work."""
    watcher = Watcher(world)
    watcher.start()
    try:
        yield watcher
    finally:
        watcher.over.set()
        watcher.join()


def _family(pid: int) -> Iterator[int]:
    """A process and those that it has started."""
    yield pid
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _family(int(child))


@contextmanager
def world(database: str, folder: Path, migrated: Path | None = None) -> Iterator[World]:
    """The installation, prepared."""
    (folder / "mails").mkdir()
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(mail_server(folder / "mails"))
        place = None
        if database == "postgres":
            place = Path(stack.enter_context(server()).rpartition("host=")[2])
            _roles(place)
        made = World(folder, port, place)
        made.prepare(migrated)
        yield made


def _roles(place: Path) -> None:
    """What deploy/roles.sql makes."""
    programs = postgres_programs()
    assert programs is not None  # noqa: S101  (the cluster runs)
    psql = [str(programs / "psql"), "-h", str(place), "-U", "besa", "-v", "ON_ERROR_STOP=1", "-q"]
    subprocess.run([*psql, "-d", "postgres", "-c", "DROP DATABASE besa"], check=True)
    subprocess.run([*psql, "-d", "postgres", "-f", str(ROOT / "deploy" / "roles.sql")], check=True)
