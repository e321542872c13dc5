"""Putting a backup back: both archives checked to their end, then unpacked; what was erased since is erased again before Besa serves."""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from besa.audit.actions import Actor
from besa.lib import clock
from besa.lib.hooks import hooked
from besa.safekeeping import actions, archive, postgres, sqlite
from besa.safekeeping.archive import Failed, Identity
from besa.safekeeping.backup import alone, workplace
from besa.safekeeping.readback import read_back
from besa.safekeeping.sources import ALIAS, DATA, KEYSTORE, is_sqlite, mac_of
from besa.vault import erasures, keystore

UNTOLD = frozenset(
    [
        "django_migrations",
        "django_content_type",
        "auth_permission",
        "audit_head",
        "audit_chainstate",
        "cache",
        "axes_accessattempt",
    ]
)  # tables whose rows no person has made


@dataclass(frozen=True)
class Restored:
    """What was restored: the name of the backup, rows of its tables, files, erasures replayed, keys that these destroyed."""

    name: str
    rows: int
    files: int
    erasures: int
    destroyed: int


@dataclass
class _Place:
    """Where the members of an archive go when they are restored."""

    kind: str
    files: int = 0
    _loader: postgres.Loader | None = field(default=None)

    @property
    def unpacked(self) -> Path:
        return Path(f"{connections[ALIAS[self.kind]].settings_dict['NAME']}.unpacked")

    def take(self, name: str, pieces: Iterator[bytes]) -> None:
        top, _slash, rest = name.partition("/")
        if top == "files":
            self._file(rest, pieces)
        elif top == "database" and is_sqlite(ALIAS[self.kind]):
            sqlite.write(self.unpacked, pieces)
        elif top == "database":
            self._loader = self._loader or postgres.loader(ALIAS[self.kind])
            self._loader.write(pieces)

    def _file(self, rest: str, pieces: Iterator[bytes]) -> None:
        label, _slash, path = rest.partition("/")
        if label not in settings.KEPT_FOLDERS:
            raise Failed("wrong_archive", f"this installation has no folder “{label}”")
        target = Path(settings.KEPT_FOLDERS[label]) / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = target.with_name(f"incoming-{target.name}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            for piece in pieces:
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, target)
        self.files += 1

    def close(self) -> None:
        if self._loader:
            self._loader.close()
            return
        target = Path(connections[ALIAS[self.kind]].settings_dict["NAME"])
        sqlite.put_in_place(self.unpacked, target)


def check_may_replace(typed: str | None) -> None:
    """What holds data is replaced only by somebody who types the name of the database. Raises Failed."""
    for alias in ALIAS.values():
        name = str(connections[alias].settings_dict["NAME"])
        shown = Path(name).name if is_sqlite(alias) else name
        default = connections["default"].settings_dict["NAME"]
        wanted = Path(str(default)).name if is_sqlite("default") else str(default)
        holds = sqlite.holds_data(Path(name), UNTOLD) if is_sqlite(alias) else postgres.holds_data(alias, UNTOLD)
        if holds and typed != wanted:
            raise Failed("holds_data", f"{shown} holds data; to replace it and its keystore, add --replace {wanted}")


def check_ledger(ledger: Path | None, *, is_without: bool) -> None:
    """A restore needs a ledger that is newer than the backup, or somebody who says that there is none. Raises Failed."""
    if ledger and not ledger.exists():
        raise Failed("no_ledger", f"{ledger} is not there")
    if not ledger and not erasures.path().exists() and not is_without:
        raise Failed(
            "no_ledger",
            "no ledger of erasures is here: give its copy with --ledger FILE, or add --without-ledger when nothing was erased"
            " since the backup",
        )


def restore(
    *,
    archives: dict[str, Path],
    identities: Sequence[Identity],
    ledger: Path | None,
    is_without_ledger: bool,
    typed: str | None,
    by: Actor,
    at: datetime,
) -> Restored:
    """Restore into this installation's databases and folders. Raises Failed; then a marker forbids serving until one has succeeded."""
    begun = clock.seconds()
    with alone(), workplace() as work:
        check_may_replace(typed)
        check_ledger(ledger, is_without=is_without_ledger)
        read = {kind: read_back(archives[kind], kind, identities, work) for kind in (DATA, KEYSTORE)}
        manifests = {kind: manifest for kind, (manifest, _ledger) in read.items()}
        if manifests[DATA]["name"] != manifests[KEYSTORE]["name"]:
            raise Failed("not_a_pair", "the two archives are not of one backup")
        _mark(manifests[DATA]["name"])
        files = _put_back(archives, identities)
        _verify_codes(manifests)
        copies = [copy for copy in (ledger, _kept(read[KEYSTORE][1], work)) if copy]
        replayed = _replay(copies)
        _bring_up_to_date()
        for put_right in hooked("after_restore"):
            put_right()
        size = sum(file.stat().st_size for file in archives.values())
        name = manifests[DATA]["name"]
        actions.note_restored(name=name, size=size, by=by, at=at, begun=begun, real=clock.seconds())
        erasures.marker().unlink()
    rows = sum(sum(manifest["tables"].values()) for manifest in manifests.values())
    return Restored(name, rows, files, replayed.entries, replayed.destroyed)


def _mark(name: str) -> None:
    file = erasures.marker()
    with file.open("w") as out:
        out.write(json.dumps({"restoring": name}) + "\n")
        out.flush()
        os.fsync(out.fileno())


def _put_back(archives: dict[str, Path], identities: Sequence[Identity]) -> int:
    """Replace databases and add files; gives the number of files. The archives were read to their end before."""
    connections.close_all()
    files = 0
    for kind, file in archives.items():
        place = _Place(kind)
        with suppress(FileNotFoundError):
            place.unpacked.unlink()
        if not is_sqlite(ALIAS[kind]):
            postgres.make_empty(ALIAS[kind])
        archive.read(file, identities, place.take)
        place.close()
        files += place.files
    keystore.named.cache_clear()
    return files


def _verify_codes(manifests: dict[str, dict[str, Any]]) -> None:
    """Both manifests were written by the installation whose keys these are, and the databases hold what they say. Raises Failed."""
    for kind, manifest in manifests.items():
        if not hmac.compare_digest(str(manifest.get("mac")), mac_of(manifest)):
            raise Failed("forged", f"the {kind} archive was not made by the installation whose keys are here")
        alias = ALIAS[kind]
        found = (
            sqlite.facts(Path(connections[alias].settings_dict["NAME"])) if is_sqlite(alias) else postgres.facts(alias)
        )
        if any(manifest[name] != found[name] for name in found):
            raise Failed("manifest_differs", f"the restored {kind} is not what its manifest says")


def _kept(ledger: bytes, work: Path) -> Path | None:
    """The ledger that came with the backup, as a file."""
    if not ledger:
        return None
    file = work / "erasures.jsonl"
    file.write_bytes(ledger)
    return file


def _replay(copies: list[Path]) -> erasures.Replayed:
    """Unite the copies of the ledger and destroy again what was erased. Raises Failed."""
    try:
        for copy in copies:
            erasures.adopt(copy)
        return erasures.replay()
    except erasures.LedgerBroken as problem:
        raise Failed("ledger_broken", str(problem)) from problem


def _bring_up_to_date() -> None:
    """A backup of an older version gets the tables of this one."""
    for alias in ALIAS.values():
        executor = MigrationExecutor(connections[alias])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", database=alias, verbosity=0)
