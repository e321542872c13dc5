"""How safe the data is: the last good backup, what failed since, and which archives lie there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from besa.lib import clock
from besa.lib.hooks import hooked
from besa.safekeeping.models import Run
from besa.vault.row_context import reading_as_system

OK = ".ok"


@dataclass(frozen=True)
class Status:
    """Of backups: the last that held and its age in seconds, those that failed since, whether one was broken off, the last drill."""

    last_good: Run | None
    age: float | None
    failed_since: int
    is_broken_off: bool
    last_drill: Run | None


def status(*, real: float, is_running: bool) -> Status:
    """As it is at the real time `real`; `is_running`: a backup is under way at this moment."""
    backups = Run.objects.filter(kind=Run.Kind.BACKUP)
    good = backups.filter(state=Run.State.OK).first()
    since = backups.filter(pk__gt=good.pk) if good else backups
    return Status(
        last_good=good,
        age=real - good.real_seconds if good else None,
        failed_since=since.filter(state=Run.State.FAILED).count(),
        is_broken_off=not is_running and since.filter(state=Run.State.RUNNING).exists(),
        last_drill=Run.objects.filter(kind=Run.Kind.DRILL, state=Run.State.OK).first(),
    )


def good_archives(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The `.ok` files of a folder with what they say, the newest first."""
    files = sorted(folder.glob(f"besa-*{OK}"), reverse=True)
    return [(file, json.loads(file.read_text())) for file in files]


@dataclass(frozen=True)
class Kept:
    """A file that a row names: its place in an archive, and the SHA-256 of its bytes where the row knows it."""

    place: str  # folder of settings.KEPT_FOLDERS, then the path in it
    sha256: str = ""


def kept_files() -> Iterator[Kept]:
    """Every file that a row names, as the apps say by the hook `kept_files`: callables that give (folder, path in it, SHA-256)."""
    with reading_as_system(clock.now()):
        for named in hooked("kept_files"):
            for folder, path, sha256 in named():
                yield Kept(f"files/{folder}/{path}", sha256)


@dataclass(frozen=True)
class Opened:
    """A sealed file that was opened: its place in an archive, the SHA-256 of its sealed bytes, and what is wrong, if anything."""

    place: str
    sha256: str
    problem: str


def opened_files(sample: int | None = None) -> Iterator[Opened]:
    """Every sealed file, or those of a sample of rows, opened to its end by the hook `opened_files` of the apps that have such."""
    with reading_as_system(clock.now()):
        for opening in hooked("opened_files"):
            for folder, path, sha256, problem in opening(sample):
                yield Opened(f"files/{folder}/{path}", sha256, problem)
