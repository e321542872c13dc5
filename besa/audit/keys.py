"""Changing keys, as audited acts: begin, change what wraps, change what seals, retire. The work itself is in `besa/vault/rotation.py`."""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, transaction

from besa.audit.actions import Actor, record
from besa.lib.refusal import Refused
from besa.vault import barrier, envelope, keystore, rotation
from besa.vault.keystore import KeyGone
from besa.vault.models import KeyEncryptionKey, Rotation, SealedModel, WrappedKey
from besa.vault.providers import provider
from besa.vault.router import KEYSTORE
from besa.vault.row_context import reading_as_system

Tell = Callable[[int, int], None]  # how much is done, of how much


def silent(done: int, of: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Outcome:
    """What a rotation has done. `unopened` names what did not open, and `waiting` the scopes that still have their older key."""

    done: int
    unopened: list[str]
    waiting: list[str]


@contextmanager
def _alone() -> Iterator[None]:
    """One change of keys at a time on this machine; the lock goes with the process, however it ends."""
    with (Path(settings.VAR) / "keys.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused("another change of keys is running") from None
        yield


def _told(verb: str, obj: KeyEncryptionKey | Rotation, *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        record(verb, obj, by=by, at=at)


def _known(kek: str, at: datetime) -> KeyEncryptionKey:
    return KeyEncryptionKey.objects.get_or_create(pk=kek, defaults={"created_at": at})[0]


# --- keys that wrap


def begin(*, by: Actor, at: datetime) -> str:
    """Make the first key-encryption key of an installation; gives its id. Never where keys are wrapped already."""
    with _alone():
        if WrappedKey.objects.exists():
            raise Refused("the keystore holds keys that an earlier key wraps; bring that one back")
        if provider().ids():
            raise Refused("there is a key already")
        kek = provider().add()
        _told("key_begun", _known(kek, at), by=by, at=at)
        return kek


def rotate(*, by: Actor, at: datetime, tell: Tell = silent) -> tuple[str, Outcome]:
    """Wrap every key of the keystore with a new key-encryption key; one that was broken off is continued. Gives the new key's id."""
    with _alone():
        current = provider().current()
        run = rotation.unfinished(Rotation.Kind.KEYS)
        if run is None:
            run = Rotation.objects.create(kind=Rotation.Kind.KEYS, target=current, began_at=at)
        if run.target == current:
            _known(current, at)
            provider().tidy()
            current = provider().add()
        keystore.wait_for_wrappers(run.target)
        new = _known(current, at)
        _told("key_rotation_begun", new, by=by, at=at)
        outcome = _rewrap_all(new.id, run, tell)
        if outcome.unopened:
            return new.id, outcome
        _told("key_rotated", new, by=by, at=at)
        rotation.finish(run, at=at)
        return new.id, outcome


def _rewrap_all(kek: str, run: Rotation, tell: Tell) -> Outcome:
    total = rotation.not_wrapped_by(kek).count()
    done, last, unopened = 0, 0, []
    while step := rotation.rewrap(kek, after=last):
        last, done = step.last, done + step.done
        unopened += step.unopened
        rotation.count(run, wrapped=step.done, unopened=len(step.unopened))
        tell(done, total)
    return Outcome(done, unopened, [])


def retire(*, kek: str, by: Actor, at: datetime) -> None:
    """Destroy a key-encryption key for good. Refused while it wraps something."""
    with _alone():
        if kek not in provider().ids():
            raise Refused(f"there is no key {kek}")
        if kek == provider().current():
            raise Refused(f"{kek} is the key that wraps now; run besa keys rotate first")
        with transaction.atomic(using=KEYSTORE):
            _known(kek, at)
            held = KeyEncryptionKey.objects.select_for_update().get(pk=kek)  # nobody wraps with it meanwhile
            wraps = WrappedKey.objects.filter(kek=kek).count()
            if wraps:
                raise Refused(f"{kek} still wraps {wraps} keys; run besa keys rotate first")
            held.retired_at = held.retired_at or at
            held.save()
        _told("key_retired", held, by=by, at=at)
        provider().retire(kek)
        provider().tidy()


# --- keys that seal


def rotate_data(*, by: Actor, at: datetime, scopes: Iterable[uuid.UUID] | None = None, tell: Tell = silent) -> Outcome:
    """Give each scope, or only these, a new data key, seal its cells anew, forget the older keys. What was broken off is continued."""
    with _alone():
        wanted = None if scopes is None else sorted(set(scopes))
        target = "" if wanted is None else " ".join(map(str, wanted))[:80]
        run = rotation.unfinished(Rotation.Kind.DATA, target)
        if run is None:
            run = Rotation.objects.create(
                kind=Rotation.Kind.DATA, target=target, after=rotation.last_key(), began_at=at
            )
        _told("data_rotation_begun", run, by=by, at=at)
        chosen = rotation.scopes_before(run.after) if wanted is None else wanted
        done, unopened, waiting = 0, list[str](), list[str]()
        for number, scope in enumerate(chosen, 1):
            outcome = _rotate_scope(scope, run, by=by, at=at)
            done, unopened, waiting = done + outcome.done, unopened + outcome.unopened, waiting + outcome.waiting
            rotation.count(run, resealed=outcome.done, unopened=len(outcome.unopened))
            tell(number, len(chosen))
        if not unopened and not waiting:
            _told("data_rotated", run, by=by, at=at)
            rotation.finish(run, at=at)
        return Outcome(done, unopened, waiting)


def _rotate_scope(scope: uuid.UUID, run: Rotation, *, by: Actor, at: datetime) -> Outcome:
    """A new key first; then wait for those who seal with the older one; then reseal; and only then forget the older one."""
    with reading_as_system(at):
        rotation.must_see_every_row()
        if not rotation.may_change(scope):
            return Outcome(0, [], [])
    try:
        version = rotation.newest_version(scope, after=run.after, at=at)
        barrier.wait_for_writers(scope)
        done, unopened = _reseal_rows(scope, version, by=by, at=at)
    except KeyGone:  # erased meanwhile
        return Outcome(0, [], [])
    except OperationalError:
        return Outcome(0, [], [str(scope)])
    if unopened:
        return Outcome(done, unopened, [])
    with reading_as_system(at):
        is_gone = rotation.drop_older(scope, version)
    return Outcome(done, [], [] if is_gone else [str(scope)])


def _reseal_rows(scope: uuid.UUID, version: int, *, by: Actor, at: datetime) -> tuple[int, list[str]]:
    """Each row in a transaction of its own, with its event, so that nobody waits long and the witness stays right."""
    with reading_as_system(at):
        stale = list(rotation.stale_rows(scope, version))
    done, unopened = 0, []
    for model, pk in stale:
        try:
            done += _reseal_row(model, pk, by=by, at=at)
        except envelope.Unopened:
            unopened.append(f"{model._meta.label_lower} {pk}")
    return done, unopened


def _reseal_row(model: type[SealedModel], pk: uuid.UUID, *, by: Actor, at: datetime) -> bool:
    with reading_as_system(at):
        row = model._base_manager.select_for_update(of=("self",)).filter(pk=pk).first()
        fields = rotation.reseal(row) if row is not None else []
        if row is not None and fields:
            record("cells_resealed", row, by=by, at=at, fields=fields)
        return bool(fields)
