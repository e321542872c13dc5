"""The installation whose keys change while people work, the process that changes them until it is killed, and what must open after it."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from io import StringIO
from random import Random
from typing import Any

from benchmarks.reliability import crashes_world
from benchmarks.reliability.crashes_world import (
    Cast,
    Facts,
    Writer,
    add_note,
    edit_case,
    edit_identity,
    erase,
    fact,
    hand_in,
    open_case,
    report,
    reveal,
)

# isort: split
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from besa.cases.actions import attachments
from besa.cases.models import Attachment, Case
from besa.lib import clock, process
from besa.vault import cells, chunks, erasures, keystore, rotation
from besa.vault.attach import copy_context, original_context
from besa.vault.envelope import Unopened
from besa.vault.keystore import KeyGone, KeysUnavailable
from besa.vault.models import Rotation
from besa.vault.providers import provider

FILES = 12  # attachments at the beginning
NOTES = 2  # of each case at the beginning
FILE_CALLS = ("open", "fsync", "replace", "unlink")  # of `os`, by which a file of keys comes and goes
Unread = (Unopened, KeyGone, KeysUnavailable, OSError)
PAUSE = 0.5  # seconds between two acts of one who works meanwhile
lines = crashes_world.lines


def prepare() -> Cast:
    """Members, cases with persons, parts and notes, attachments in both parts."""
    cast = crashes_world.prepare()
    out = os.open(os.devnull, os.O_WRONLY)
    for number in range(len(cast.members)):
        writer = Writer(cast, number, Random(number), out, ACTS)  # noqa: S311  (names, not secrets)
        for _note in range(NOTES * crashes_world.POOL):
            add_note(writer, clock.now())
        for _file in range(FILES // len(cast.members)):
            hand_in(writer, clock.now())
    os.close(out)
    return cast


def size() -> str:
    """What is sealed, in words."""
    rows = [row for model in rotation.sealed_models() for row in model._base_manager.all()]
    sealed = sum(bool(getattr(row, name)) for row in rows for name in cells.sealed_fields(type(row)))
    return f"{Case.objects.count()} cases, {Attachment._base_manager.count()} attachments, {sealed} cells"


# --- the second process


def begin(cast: Cast, seed: int, out: int, *, with_files: bool) -> int:
    """Fork the process that reads and writes until it is killed; it too knows keys from the disk alone."""
    forget()
    return crashes_world.begin(cast, 0, seed, out, WITH_FILES if with_files else ACTS, PAUSE)


def view(writer: Writer, at: datetime) -> Facts:
    """A file of a case is opened to its last byte."""
    kept = Attachment.objects.filter(added_by=writer.member).exclude(case__state="erased").order_by("-added_at").first()
    if kept is None:
        return reveal(writer, at)
    pieces = attachments.read(attachment=kept, part=writer.chance.choice(attachments.PARTS), by=writer.member, at=at)[1]
    sum(len(piece) for piece in pieces)
    return [fact("attachment_viewed", kept.case, writer.member, at)]


ACTS: dict[crashes_world.Act, int] = {
    add_note: 4, edit_case: 8, edit_identity: 8, reveal: 12, view: 8, report: 4, open_case: 1, erase: 1,
}  # fmt: skip
WITH_FILES = ACTS | {hand_in: 4}


# --- the process that changes keys


class Points:
    """Counts the points that a change of keys passes, by kind, and ends this process at one of them."""

    def __init__(self, kind: str, number: int) -> None:
        self.kind, self.number = kind, number
        self.reached: Counter[str] = Counter()

    def reach(self, kind: str) -> None:
        self.reached[kind] += 1
        if kind == self.kind and self.reached[kind] == self.number:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, kind: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, with a point before it and one after it."""

        def called(*args: Any, **options: Any) -> Any:
            self.reach(kind)
            done = call(*args, **options)
            self.reach(kind)
            return done

        return called

    def statement(self, execute: Callable[..., Any], *words: Any) -> Any:
        return self.around("statement", execute)(*words)

    def set(self) -> None:
        """From here on, in this process."""
        for name in FILE_CALLS:
            setattr(os, name, self.around("file", getattr(os, name)))
        wrapper: Any = BaseDatabaseWrapper
        wrapper._commit = self.around("commit", wrapper._commit)
        for alias in connections:
            connections[alias].execute_wrappers.append(self.statement)


def change(kind: str = "", number: int = 0, out: int | None = None) -> int:
    """Fork a process that changes all keys and ends itself at that point; gives its id. It knows keys from the disk alone."""
    forget()
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    try:
        process.begin(["besa", "keys"])
        points = Points(kind, number)
        points.set()
        change_keys()
        if out is not None:
            os.write(out, json.dumps(points.reached).encode())
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def change_keys() -> None:
    """What an operator does who replaces all keys, and does again when it was broken off."""
    call_command("keys", "rotate", stdout=StringIO())
    for kek in [kek for kek in provider().ids() if kek != provider().current()]:
        call_command("keys", "retire", kek, stdout=StringIO())
    call_command("keys", "rotate", data=True, stdout=StringIO())


def whole_run() -> dict[str, int]:
    """A change of keys to its end; gives how many points of each kind it has passed. It must end well."""
    with tempfile.TemporaryFile() as told:
        _pid, status = os.waitpid(change(out=told.fileno()), 0)
        if status:
            raise RuntimeError(f"the change of keys ended with {status}")
        return dict(json.loads(os.pread(told.fileno(), 10_000, 0)))


def is_unfinished() -> bool:
    return Rotation.objects.filter(finished_at=None).exists()


def forget() -> None:
    """Keys that this process has read would open what nobody else could."""
    provider.cache_clear()
    keystore.named.cache_clear()


# --- after it


def unreadable() -> list[str]:
    """What does not open from the keys on the disk, and what the state of the keys is not."""
    forget()
    erased = frozenset(entry.scope for entry in erasures.entries())
    return [*_cells(erased), *_files(erased), *_status()]


def _cells(erased: frozenset[uuid.UUID]) -> Iterator[str]:
    for model in rotation.sealed_models():
        for row in model._base_manager.all():
            try:
                cells.open_cells(row, cells.sealed_fields(model))
            except Unread as error:
                if not (isinstance(error, KeyGone) and row.scope in erased):
                    yield f"{model._meta.label_lower} {row.pk}: {type(error).__name__}"


def _files(erased: frozenset[uuid.UUID]) -> Iterator[str]:
    contexts = {"original": original_context, "copy": copy_context}
    for row in Attachment._base_manager.all():
        for part, context in contexts.items():
            try:
                key = keystore.data_key(row.scope).key
                with attachments.path_of(row.pk, part).open("rb") as file:
                    bound = context(attachments.context_of(row.pk))
                    sum(len(piece) for piece in chunks.open_stream(file, key=key, context=bound))
            except Unread as error:
                if not (isinstance(error, KeyGone) and row.scope in erased):
                    yield f"{part} of attachment {row.pk}: {type(error).__name__}"


def _status() -> Iterator[str]:
    """One key that wraps, which wraps everything; one data key for each scope; nothing unfinished, nothing left over."""
    try:
        call_command("keys", "status", stdout=StringIO())
    except CommandError as error:
        yield f"keys status: {error}"
    found = rotation.status()
    if [key.id for key in found.keys if key.is_there or key.wraps] != [found.current]:
        yield f"keys that wrap: {[(key.id, key.wraps) for key in found.keys if key.is_there or key.wraps]}"
    if found.older or found.unfinished or found.left_over:
        yield f"{found.older} older versions, unfinished {found.unfinished}, left over {found.left_over}"
