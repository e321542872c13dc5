"""The ledger of erasures: which keys were destroyed. It outlives every backup, so that what was erased stays erased.

Erasing is two steps, in this order: the scope is written into the ledger, then its key is destroyed. A crash between them is
finished by `replay`, and a restored system serves only after it has replayed. The ledger is a file of one JSON line for each
scope; each line holds the hash of the line before it and is sealed with a secret of the installation, so that nobody adds,
changes or takes out a line unseen.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connections, transaction

from besa.vault import keystore
from besa.vault.keystore import KeysUnavailable
from besa.vault.models import WrappedKey
from besa.vault.router import KEYSTORE

FIRST = "0" * 64
SECRET = "erasures"  # noqa: S105  (the name of one, not the secret)
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
NAME = re.compile(r"[A-Za-z0-9_.:@-]{1,64}")
SLICE = 500  # scopes asked for at once


class LedgerBroken(Exception):
    """The ledger is not what was written: a line is missing, changed, added or sealed by another installation."""


@dataclass(frozen=True)
class Erasure:
    """One scope whose keys were destroyed: when, by whom (a name of the audit record), for which reason (a code, never text)."""

    number: int
    scope: uuid.UUID
    at: datetime
    by: str
    reason: str
    previous: str  # SHA-256 of the line before, in hexadecimal


@dataclass(frozen=True)
class Head:
    """How long a ledger is, and the hash of its last line. A backup keeps it, so that a shortened ledger is noticed."""

    number: int
    digest: str


@dataclass(frozen=True)
class Replayed:
    """What a replay found: entries of the ledger, and keys that were still there and now are not."""

    entries: int
    destroyed: int


# --- lines


def _text(entry: Erasure) -> bytes:
    values = asdict(entry) | {"scope": str(entry.scope), "at": entry.at.astimezone(UTC).isoformat()}
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode()


def _mac(entry: Erasure) -> str:
    return hmac.new(keystore.named(SECRET), _text(entry), hashlib.sha256).hexdigest()


def _line(entry: Erasure) -> bytes:
    values = json.loads(_text(entry)) | {"mac": _mac(entry)}
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode()


def _parsed(line: bytes, number: int, previous: str) -> Erasure:
    """The entry of a line that stands in its place. Raises LedgerBroken."""
    try:
        values = json.loads(line)
        mac = str(values.pop("mac"))
        values |= {"scope": uuid.UUID(values["scope"]), "at": datetime.fromisoformat(values["at"])}
        entry = Erasure(**values)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise LedgerBroken(f"line {number} of the ledger of erasures cannot be read") from None
    if entry.number != number or entry.previous != previous:
        raise LedgerBroken(f"line {number} of the ledger of erasures does not follow the line before it")
    if not hmac.compare_digest(mac, _mac(entry)) or line != _line(entry):
        raise LedgerBroken(f"line {number} of the ledger of erasures was not written by this installation")
    return entry


def _read(data: bytes) -> tuple[list[Erasure], Head, int]:
    """The entries, the head, and how many bytes of them are whole: a last line without its end was never acknowledged."""
    whole = data.rfind(b"\n") + 1
    entries, previous = [], FIRST
    for number, line in enumerate(data[:whole].splitlines(), 1):
        entries.append(_parsed(line, number, previous))
        previous = hashlib.sha256(line).hexdigest()
    return entries, Head(len(entries), previous), whole


# --- the file


def path() -> Path:
    return Path(settings.ERASURES)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked() -> Iterator[BinaryIO]:
    """The ledger, opened to be added to, by one process at a time."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        yield out
        out.flush()
        os.fsync(out.fileno())
    _sync_folder(file.parent)


def entries(file: Path | None = None) -> list[Erasure]:
    """All entries of this installation's ledger, or of a copy of it. Raises LedgerBroken, KeysUnavailable."""
    file = file or path()
    return _read(file.read_bytes())[0] if file.exists() else []


def head(file: Path | None = None) -> Head:
    """The head of the ledger; number 0 where nothing was ever erased. Raises LedgerBroken."""
    file = file or path()
    return _read(file.read_bytes())[1] if file.exists() else Head(0, FIRST)


def holds(known: Head, file: Path | None = None) -> bool:
    """Whether the ledger is at least as long as it was when `known` was its head, and unchanged up to there."""
    file = file or path()
    lines = file.read_bytes().splitlines() if file.exists() else []
    if known.number == 0:
        return True
    return len(lines) >= known.number and hashlib.sha256(lines[known.number - 1]).hexdigest() == known.digest


# --- what happens


def record(scopes: Iterable[uuid.UUID], *, by: str, at: datetime, reason: str) -> list[Erasure]:
    """Write scopes into the ledger, on the disk before this returns; a scope that stands there already is not written again.

    `by` is a name of the audit record such as `membership:7`, `reason` a code; neither is free text. Raises LedgerBroken.
    """
    if not NAME.fullmatch(by) or not CODE.fullmatch(reason):
        raise ValueError("the ledger takes a name of the audit record and the code of a reason, no free text")
    return _append((scope, at, by, reason) for scope in scopes)


def _append(wanted: Iterable[tuple[uuid.UUID, datetime, str, str]]) -> list[Erasure]:
    with _locked() as out:
        held, last, whole = _read(out.read())
        out.truncate(whole)
        out.seek(whole)
        known, added = {entry.scope for entry in held}, []
        number, previous = last.number, last.digest
        for scope, at, by, reason in wanted:
            if scope in known:
                continue
            number += 1
            entry = Erasure(number, scope, at, by, reason, previous)
            line = _line(entry)
            out.write(line + b"\n")
            previous = hashlib.sha256(line).hexdigest()
            known.add(scope)
            added.append(entry)
    return added


def erase(scopes: Iterable[uuid.UUID], *, by: str, at: datetime, reason: str) -> int:
    """Erase what the scopes' keys sealed: ledger first, then the keys. Gives the number of keys destroyed."""
    wanted = list(scopes)
    record(wanted, by=by, at=at, reason=reason)
    return destroy(wanted)


def destroy(scopes: Iterable[uuid.UUID]) -> int:
    """Destroy the keys of scopes that stand in the ledger, and clean where they lay. Gives their number."""
    destroyed = sum(keystore.destroy(scope) for scope in scopes)
    scrub()
    return destroyed


def adopt(file: Path) -> int:
    """Take over the entries of another copy of the ledger that this one lacks; gives their number. Raises LedgerBroken."""
    return len(_append((entry.scope, entry.at, entry.by, entry.reason) for entry in entries(file)))


def unreplayed() -> list[uuid.UUID]:
    """Scopes of the ledger whose keys are still there: erased once, and back again. Raises LedgerBroken, KeysUnavailable."""
    scopes = [entry.scope for entry in entries()]
    found: list[uuid.UUID] = []
    for start in range(0, len(scopes), SLICE):
        owners = {keystore.scope_owner(scope): scope for scope in scopes[start : start + SLICE]}
        there = set(WrappedKey.objects.filter(owner__in=owners).values_list("owner", flat=True))
        found += [scope for owner, scope in owners.items() if owner in there]
    return found


def replay() -> Replayed:
    """Destroy the keys of every scope in the ledger that are still there; doing it twice changes nothing."""
    known, back = entries(), unreplayed()
    destroyed = sum(keystore.destroy(scope) for scope in back)
    scrub()
    return Replayed(len(known), destroyed)


def scrub() -> None:
    """Clean where destroyed keys lay: pages of the write-ahead log on SQLite, dead rows on PostgreSQL. In a transaction, after it."""
    transaction.on_commit(_scrub, using=KEYSTORE)


def _scrub() -> None:
    database = connections[KEYSTORE]
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute(f"VACUUM {database.ops.quote_name(WrappedKey._meta.db_table)}")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # rows themselves are overwritten: secure_delete is on


# --- not serving before it is done


def marker() -> Path:
    """The file that stands while a restore is under way, or was broken off."""
    return Path(settings.VAR) / "restoring"


def refusals() -> Iterator[str]:
    """Why this installation must not serve yet."""
    if marker().exists():
        yield f"a restore is not finished ({marker()} stands); run besa restore again"
    try:
        back = unreplayed()
    except LedgerBroken as problem:
        yield f"{problem}; put the ledger {path()} back from its own copy"
        return
    except KeysUnavailable as problem:
        yield f"the ledger of erasures cannot be checked: {problem}"
        return
    if back:
        yield f"{len(back)} erased keys are back; run besa replay_erasures"
