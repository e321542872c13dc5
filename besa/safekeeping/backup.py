"""Making a backup: two archives, apart; good only after both were read back."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pyrage
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import transaction

from besa.audit.actions import Actor
from besa.lib import clock
from besa.safekeeping import actions, archive, sources, sqlite
from besa.safekeeping.archive import Extent, Failed, Recipient
from besa.safekeeping.models import Run
from besa.safekeeping.queries import OK, good_archives, kept_files, opened_files
from besa.safekeeping.readback import named_and_there, opened_and_there, read_back
from besa.safekeeping.sources import DATA, KEYSTORE
from besa.vault import erasures, keystore
from besa.vault.keystore import KeysUnavailable

PART = ".part"
LOCK = "backup.lock"
WORK = "backup-work"


@dataclass(frozen=True)
class Recipients:
    """Who can open the data, and who the keystore: best two people who are not one."""

    data: list[Recipient]
    keystore: list[Recipient]

    def of(self, kind: str) -> list[Recipient]:
        return self.data if kind == DATA else self.keystore


@dataclass(frozen=True)
class Made:
    """A backup that was read back: its name, the moment that it shows in real seconds, and the archives by kind."""

    name: str
    real: float
    folder: Path
    archives: dict[str, Extent]
    opened: int = 0  # sealed files that were opened, where it was made deep

    def file(self, kind: str) -> Path:
        return self.folder / file_name(self.name, kind)

    @property
    def size(self) -> int:
        return sum(extent.size for extent in self.archives.values())


def configured() -> Recipients:
    """The recipients of the settings. Raises Failed."""
    return Recipients(
        archive.recipients_of(settings.BACKUP_TO, "BESA_BACKUP_TO"),
        archive.recipients_of(settings.BACKUP_KEYSTORE_TO, "BESA_BACKUP_KEYSTORE_TO"),
    )


def file_name(name: str, kind: str) -> str:
    return f"{name}.{kind}.tar.age"


def name_at(real: float) -> str:
    """A name by the real moment in UTC, to the microsecond, so that no two are one."""
    return f"besa-{datetime.fromtimestamp(real, UTC):%Y%m%dT%H%M%S.%f}Z"


@contextmanager
def alone() -> Iterator[None]:
    """One backup, restore or drill at a time. Raises Failed when another is under way."""
    Path(settings.VAR).mkdir(parents=True, exist_ok=True, mode=0o700)
    with (Path(settings.VAR) / LOCK).open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed("another_runs", "another backup or restore is under way") from None
        yield


def is_running() -> bool:
    try:
        with alone():
            return False
    except Failed:
        return True


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder for plain copies, for its owner alone; what a killed run left there is wiped first, and what this one leaves at its end."""
    work = Path(settings.VAR) / WORK
    _clear(work)
    work.mkdir(mode=0o700)
    try:
        yield work
    finally:
        _clear(work)


def _clear(work: Path) -> None:
    for left in work.glob("*.sqlite3") if work.exists() else ():
        sqlite.wipe(left)
    shutil.rmtree(work, ignore_errors=True)


# --- writing and reading back


def write(name: str, folder: Path, to: Recipients, work: Path, *, is_deep: bool = False) -> Made:
    """Write both archives as `.part`, read them back, and only then give them their names. Raises Failed and what the disk raises.

    Deep, every sealed file is opened too, and is in the archive with the bytes that opened.
    """
    keystore.named(sources.SECRET)
    keystore.named(erasures.SECRET)  # so that a restored system can read the ledger of what is erased later
    real, reader = clock.seconds(), pyrage.x25519.Identity.generate()
    before = set(kept_files())
    written = {
        kind: _write_one(kind, name, folder, [*to.of(kind), reader.to_public()], work) for kind in (DATA, KEYSTORE)
    }
    wanted, opened = before & set(kept_files()), 0
    for kind, extent in written.items():
        part = folder / (file_name(name, kind) + PART)
        if archive.extent_of(part) != extent:
            raise Failed("disk_changed", f"{part.name} is not what was written")
        manifest, _ledger = read_back(part, kind, [reader], work)
        if kind == DATA:
            named_and_there(manifest, wanted)
            opened = opened_and_there(manifest, opened_files()) if is_deep else 0
    made = Made(name, real, folder, written, opened)
    for kind in written:
        os.replace(folder / (file_name(name, kind) + PART), made.file(kind))
    return made


def _write_one(kind: str, name: str, folder: Path, recipients: list[Recipient], work: Path) -> Extent:
    with sources.opened(kind, name, work) as source:
        contents = archive.Contents(source.members(), source.describe)
        return archive.write(folder / (file_name(name, kind) + PART), contents, recipients)


def make(*, to: Path, by: Actor, at: datetime, is_deep: bool = False) -> Made:
    """A backup in the folder `to`, for the recipients of the settings, recorded whether it holds or not. Raises Failed."""
    with alone():
        name = name_at(clock.seconds())
        with recorded(Run.Kind.BACKUP, name, by, at) as run:
            try:
                made = _make(run, to, by, at, is_deep=is_deep)
            except BaseException:
                _clean(to, name)
                raise
        prune(to)
        return made


@contextmanager
def recorded(kind: str, name: str, by: Actor, at: datetime) -> Iterator[Run]:
    """A run that is recorded as failed when it ends by an error, which becomes Failed. One that ends well, the caller records."""
    try:
        run = actions.begin(kind=kind, name=name, by=by, at=at, real=clock.seconds())
    except Exception as problem:
        raise as_failed(problem) from problem
    try:
        yield run
    except BaseException as problem:
        failed = as_failed(problem)
        try:
            actions.fail(run=run, code=failed.code, by=by, at=at, real=clock.seconds())
        except Exception as other:  # the run stays under way; the next one records it as broken off
            raise failed from other
        if not isinstance(problem, Exception):
            raise
        raise failed from problem


def _make(run: Run, to: Path, by: Actor, at: datetime, *, is_deep: bool) -> Made:
    recipients = configured()
    if not to.is_dir():
        raise Failed("no_folder", f"{to} is no folder")
    for left in to.glob(f"besa-*{PART}"):
        left.unlink()
    with workplace() as work:
        made = write(run.name, to, recipients, work, is_deep=is_deep)
    with transaction.atomic():
        actions.finish(run=run, size=made.size, by=by, at=at, real=clock.seconds())
        _write_ok(made)
    return made


def _write_ok(made: Made) -> None:
    """The mark that the backup holds, written last: size and hash of both archives."""
    said = {
        "name": made.name,
        "real": made.real,
        "archives": {kind: asdict(one) for kind, one in made.archives.items()},
    }
    part = made.folder / f"{made.name}{OK}{PART}"
    with part.open("w") as out:
        out.write(json.dumps(said, sort_keys=True) + "\n")
        out.flush()
        os.fsync(out.fileno())
    os.replace(part, made.folder / f"{made.name}{OK}")
    handle = os.open(made.folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _clean(folder: Path, name: str) -> None:
    """Remove what a failed backup has written, the mark first."""
    try:
        for left in sorted(folder.glob(f"{name}.*"), key=lambda file: not file.name.endswith(OK)):
            left.unlink(missing_ok=True)
    except OSError:  # the disk is gone; without a mark nothing there counts as a backup
        return


def as_failed(problem: BaseException) -> Failed:
    """What went wrong, with a code for the record of events."""
    if isinstance(problem, Failed):
        return problem
    if isinstance(problem, OSError):
        return Failed("disk", f"{problem.strerror or problem}: {problem.filename or 'the disk'}")
    if isinstance(problem, DatabaseError | sqlite3.Error | psycopg.Error):
        return Failed("database", f"the database does not answer as it must ({type(problem).__name__})")
    if isinstance(problem, KeysUnavailable | erasures.LedgerBroken):
        return Failed("keys", str(problem))
    return Failed("broken_off", f"broken off by {type(problem).__name__}")


def prune(folder: Path) -> int:
    """Remove good backups that are neither among the newest BESA_BACKUP_KEEP nor the newest of one of as many days; gives their number."""
    good = good_archives(folder)
    keep = max(1, settings.BACKUP_KEEP)
    days: dict[str, Path] = {}
    for file, _said in good:
        days.setdefault(file.name[:13], file)  # besa-20090706
    kept = {file for file, _said in good[:keep]} | set(list(days.values())[:keep])
    old = [file for file, _said in good if file not in kept]
    for file in old:
        _clean(folder, file.name.removesuffix(OK))
    return len(old)
