"""Reading an archive back: opened, unpacked, compared with its manifest and with what the database names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from besa.safekeeping import archive, postgres, sqlite
from besa.safekeeping.archive import Failed, Identity
from besa.safekeeping.queries import Kept, Opened
from besa.safekeeping.sources import ALIAS, LEDGER, is_sqlite


@dataclass
class Place:
    """Where the database part of an archive goes while it is looked at: a plain file on SQLite, a program's pipe on PostgreSQL."""

    kind: str
    work: Path
    files: dict[str, str] = field(default_factory=dict)
    ledger: bytes = b""
    _loader: postgres.Loader | None = None

    @property
    def file(self) -> Path:
        return self.work / f"readback-{self.kind}.sqlite3"

    def take(self, name: str, pieces: Iterator[bytes]) -> None:
        if name == LEDGER:
            self.ledger = b"".join(pieces)
        if not name.startswith("database/"):
            return
        if is_sqlite(ALIAS[self.kind]):
            sqlite.write(self.file, pieces)
            return
        self._loader = self._loader or postgres.reader(ALIAS[self.kind])
        self._loader.write(pieces)

    def facts(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """What the read database holds; on PostgreSQL, where only the whole of the dump was read, what the manifest says."""
        if self._loader:
            self._loader.close()
            return {name: manifest[name] for name in ("vendor", "tables", "heads")}
        return sqlite.facts(self.file)

    def leave(self) -> None:
        if self._loader:
            self._loader.kill()
        sqlite.wipe(self.file)


def read_back(file: Path, kind: str, identities: Sequence[Identity], work: Path) -> tuple[dict[str, Any], bytes]:
    """Open an archive to its end and compare; gives its manifest and the ledger in it. Raises Failed."""
    place = Place(kind, work)
    try:
        manifest = archive.read(file, identities, place.take)
        if manifest["kind"] != kind:
            raise Failed("wrong_archive", f"{file.name} holds the {manifest['kind']}, not the {kind}")
        if manifest["vendor"] != ("sqlite" if is_sqlite(ALIAS[kind]) else "postgresql"):
            raise Failed(
                "wrong_vendor", f"{file.name} comes from {manifest['vendor']}; this is another kind of database"
            )
        found = place.facts(manifest)
    finally:
        place.leave()
    if any(manifest[name] != found[name] for name in found):
        raise Failed("manifest_differs", f"{file.name}: the database in it is not what the manifest says")
    return manifest, place.ledger


def named_and_there(manifest: dict[str, Any], wanted: set[Kept]) -> None:
    """Every file that rows name is in the archive, byte for byte. Raises Failed."""
    members = manifest["members"]
    missing = [kept for kept in wanted if kept.place not in members]
    changed = [kept for kept in wanted if kept.place in members and kept.sha256 not in ("", members[kept.place][1])]
    if missing:
        raise Failed("file_missing", f"{len(missing)} files that rows name are missing, such as {missing[0].place}")
    if changed:
        raise Failed("file_changed", f"{len(changed)} files are not what rows say, such as {changed[0].place}")


def opened_and_there(manifest: dict[str, Any], opened: Iterable[Opened]) -> int:
    """Every sealed file opens, and the archive holds the very bytes that were opened; gives their number. Raises Failed.

    A file that came after the archive was begun is not in it, and opens in the next backup.
    """
    members, count = manifest["members"], 0
    for file in opened:
        if file.problem:
            raise Failed("file_does_not_open", f"{file.place} {file.problem}")
        if file.place in members and members[file.place][1] != file.sha256:
            raise Failed("file_changed", f"{file.place} in the archive is not the one that opens")
        count += file.place in members
    return count
