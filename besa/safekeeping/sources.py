"""What goes into the two archives: the data with its files, and the keystore with the ledger of erasures."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import connections

from besa.safekeeping import postgres, sqlite
from besa.safekeeping.archive import FORMAT, READ, Failed, Member, parts
from besa.vault import erasures, keystore

DATA, KEYSTORE = "data", "keystore"
ALIAS = {DATA: "default", KEYSTORE: "keystore"}
LEDGER = "ledger/erasures.jsonl"
SECRET = "backup"  # noqa: S105  (the name of one)
PASSING = "incoming-"  # files that are still arriving


class Database(Protocol):
    """A database at one moment."""

    def chunks(self) -> Iterator[bytes]: ...

    def facts(self) -> dict[str, Any]: ...


class _Copy:
    """A copy of a SQLite database in the working folder."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def chunks(self) -> Iterator[bytes]:
        return sqlite.chunks(self._file)

    def facts(self) -> dict[str, Any]:
        return sqlite.facts(self._file)


@contextmanager
def _copied(alias: str, work: Path) -> Iterator[Database]:
    file = work / f"{alias}.sqlite3"
    try:
        sqlite.copy(Path(connections[alias].settings_dict["NAME"]), file)
        yield _Copy(file)
    finally:
        sqlite.wipe(file)


def is_sqlite(alias: str) -> bool:
    return str(connections[alias].vendor) == "sqlite"


def _opened(alias: str, work: Path) -> AbstractContextManager[Database]:
    return _copied(alias, work) if is_sqlite(alias) else postgres.snapshot(alias)


class Source:
    """The contents of one archive and what is known of them."""

    def __init__(self, kind: str, name: str, database: Database) -> None:
        self.kind, self.name = kind, name
        self._database = database
        self._facts = database.facts()

    def members(self) -> Iterator[Member]:
        yield from parts("database", self._database.chunks())
        if self.kind == KEYSTORE:
            yield from _ledger()
            return
        for label, folder in settings.KEPT_FOLDERS.items():
            yield from _files(label, Path(folder))

    def describe(self, seen: dict[str, list[Any]]) -> dict[str, Any]:
        said = {"format": FORMAT, "kind": self.kind, "name": self.name, "members": dict(seen), **self._facts}
        return said | {"mac": mac_of(said)}


def mac_of(manifest: dict[str, Any]) -> str:
    """What only this installation can write under a manifest: whoever knows the public keys can seal an archive, but not this."""
    text = json.dumps({name: value for name, value in manifest.items() if name != "mac"}, sort_keys=True)
    return hmac.new(keystore.named(SECRET), text.encode(), hashlib.sha256).hexdigest()


def _ledger() -> Iterator[Member]:
    """The ledger of erasures as it is now; its own copies elsewhere are newer."""
    file = erasures.path()
    data = file.read_bytes() if file.exists() else b""
    yield Member(LEDGER, len(data), [data])


def _files(label: str, root: Path) -> Iterator[Member]:
    """Every file of a folder but those still arriving; one that goes meanwhile is left out (whether rows name it is asked later)."""
    for folder, names, files in os.walk(root, onerror=_raise):
        names.sort()
        for name in sorted(files):
            if name.startswith(PASSING):
                continue
            path = Path(folder, name)
            try:
                handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            except FileNotFoundError:
                continue
            with os.fdopen(handle, "rb") as opened:
                known = os.fstat(handle)
                if not stat.S_ISREG(known.st_mode):
                    raise Failed("file_unreadable", f"{path} is no file")
                yield Member(
                    f"files/{label}/{path.relative_to(root)}", known.st_size, iter(lambda: opened.read(READ), b"")
                )


def _raise(problem: OSError) -> None:
    if not isinstance(problem, FileNotFoundError):
        raise problem


@contextmanager
def opened(kind: str, name: str, work: Path) -> Iterator[Source]:
    """The data or the keystore at this moment. The data is taken first: every key that it needs is in the keystore by then."""
    with ExitStack() as stack:
        yield Source(kind, name, stack.enter_context(_opened(ALIAS[kind], work)))
