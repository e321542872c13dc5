"""The restore drill: a backup with keys made for it, restored into a place of its own, looked through, and thrown away."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyrage
from django.conf import settings

from besa.audit.actions import Actor
from besa.lib import clock
from besa.safekeeping import actions, backup, postgres
from besa.safekeeping.apart import Apart, address_of
from besa.safekeeping.archive import Failed
from besa.safekeeping.models import Run
from besa.safekeeping.sources import DATA, KEYSTORE, is_sqlite
from besa.vault import erasures

FOLDER = "drill"


@dataclass(frozen=True)
class Drilled:
    """What the drill showed. Seconds from the moment that the backup shows until it was good: what a machine lost just then would lose
    beside the pause between two backups; seconds of the restore with replay and verification; bytes; and what was looked at."""

    loss: float
    backup: float
    restore: float
    bytes: int
    chain: str
    opened: int
    erased: int
    files: int
    containers: int


def drill(*, sample: int, by: Actor, at: datetime) -> Drilled:
    """Back up, restore elsewhere, verify, look. Recorded whether it holds or not. Raises Failed."""
    with backup.recorded(Run.Kind.DRILL, backup.name_at(clock.seconds()), by, at) as run:
        with _scratch() as (folder, address):
            done = _drill(run.name, folder, Apart(folder / "restored", address), sample)
        actions.finish(run=run, size=done.bytes, by=by, at=at, real=clock.seconds())
    return done


@contextmanager
def _scratch() -> Iterator[tuple[Path, Path | None]]:
    """A folder for its owner alone, and on PostgreSQL a database of its own with a file that holds its address."""
    folder = Path(settings.VAR) / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        if is_sqlite("default"):
            yield folder, None
            return
        with postgres.scratch(f"besa_drill_{int(clock.seconds())}") as name:
            address = folder / "address"
            address.touch(mode=0o600)
            address.write_text(address_of(name))
            yield folder, address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _drill(name: str, folder: Path, apart: Apart, sample: int) -> Drilled:
    identity = pyrage.x25519.Identity.generate()
    private = folder / "identity"
    private.touch(mode=0o600)
    private.write_text(str(identity))
    public = [identity.to_public()]
    begun = clock.seconds()
    with backup.alone(), backup.workplace() as work:
        made = backup.write(name, folder, backup.Recipients(public, public), work)
    backed_up = clock.seconds()
    ledger = ["--ledger", str(erasures.path())] if erasures.path().exists() else ["--without-ledger"]
    words = [str(made.file(DATA)), str(made.file(KEYSTORE)), "--identity", str(private), *ledger]
    _held("restore_failed", apart.besa("restore", *words))
    chain = _held("chain_broken", apart.besa("audit_verify", "--data"))
    looked = json.loads(_held("look_failed", apart.besa("restore_drill", "--look", "--sample", str(sample))))
    return Drilled(
        loss=backed_up - made.real,
        backup=backed_up - begun,
        restore=clock.seconds() - backed_up,
        bytes=made.size,
        chain=chain.strip().replace("\n", "; "),
        **looked,
    )


def _held(code: str, done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode:
        raise Failed(
            code, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"ended with {done.returncode}"
        )
    return done.stdout
