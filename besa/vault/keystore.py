"""Data keys: made, fetched, destroyed. Each is one row of the keystore, wrapped by a key that the provider holds."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NoReturn

from django.db import IntegrityError, connections, transaction
from django.views.decorators.debug import sensitive_variables

from besa.lib import clock
from besa.vault import envelope
from besa.vault.models import KeyEncryptionKey, Rotation, WrappedKey
from besa.vault.providers import provider
from besa.vault.providers.errors import KeyGone, KeysUnavailable
from besa.vault.router import KEYSTORE

__all__ = ["DataKey", "KeyGone", "KeysUnavailable"]

SCOPE = "scope:"
NAMED = "named:"
MOST = 500  # owners in one query


@dataclass(frozen=True, repr=False)
class DataKey:
    """A key in the clear, for the moment of its use. Its `repr` does not show it, and it cannot be pickled."""

    version: int
    key: bytes

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key in the clear stays in its process")


def scope_owner(scope: uuid.UUID) -> str:
    return f"{SCOPE}{scope}"


def context_of(owner: str, version: int) -> bytes:
    """What a wrapped key is bound to: whose it is, and which of its versions."""
    return envelope.context("data key", owner, version)


@sensitive_variables()
def _make(owner: str, version: int, at: datetime) -> DataKey:
    key, asked, context = envelope.new_key(), provider().current(), context_of(owner, version)
    wrapped = provider().wrap(asked, key, context)
    with transaction.atomic(using=KEYSTORE):
        if (kek := _hold(asked, at)) != asked:
            wrapped = provider().wrap(kek, key, context)
        WrappedKey.objects.create(owner=owner, version=version, kek=kek, wrapped=wrapped, created_at=at)
    return DataKey(version, key)


def _hold(kek: str, at: datetime) -> str:
    """Hold the key that wraps until the row is there, so that nobody retires it meanwhile. Gives its id, or that of a newer one.

    Whoever replaces a key says so in a Rotation, makes the new one and then waits for all who hold the old one. So everything that the
    old one wraps is there before it is wrapped anew, and whoever comes later takes the new one.
    """
    while True:
        held, _made = KeyEncryptionKey.objects.select_for_update().get_or_create(pk=kek, defaults={"created_at": at})
        is_replaced = held.retired_at is not None or Rotation.objects.filter(target=kek).exists()
        newest = provider().current() if is_replaced else kek
        if newest != kek:
            kek = newest
        elif held.retired_at is None:
            return kek
        else:
            raise KeysUnavailable(f"the key {kek} has been retired")


def wait_for_wrappers(kek: str) -> None:
    """Return when nobody wraps with the key any more who took it before it was replaced."""
    with transaction.atomic(using=KEYSTORE):
        KeyEncryptionKey.objects.select_for_update().filter(pk=kek).first()


@sensitive_variables()
def opened(row: WrappedKey) -> DataKey:
    """The key of a row, in the clear. Raises KeysUnavailable, also when the row is not what was written.

    A row that was wrapped anew after it was read, and whose old key is gone by now, is read once more.
    """
    try:
        return _unwrapped(row)
    except KeysUnavailable:
        anew = WrappedKey.objects.filter(pk=row.pk).exclude(kek=row.kek).first()
        if anew is None:
            raise
    return _unwrapped(anew)


@sensitive_variables()
def _unwrapped(row: WrappedKey) -> DataKey:
    try:
        key = provider().unwrap(row.kek, bytes(row.wrapped), context_of(row.owner, row.version))
    except envelope.Unopened:
        raise KeysUnavailable(f"the key of {row.owner}, version {row.version}, does not open with {row.kek}") from None
    return DataKey(row.version, key)


def new_scope(*, at: datetime) -> uuid.UUID:
    """Make a data key for a new case or attachment. The keystore keeps it at once, before anything sealed by it is written."""
    scope = uuid.uuid4()
    _make(scope_owner(scope), 1, at)
    return scope


@sensitive_variables()
def new_scopes(count: int, *, at: datetime) -> dict[uuid.UUID, DataKey]:
    """Make data keys for so many new cases at once; kept by the keystore when this returns, like that of `new_scope`."""
    holder, asked = provider(), provider().current()
    made = {uuid.uuid4(): DataKey(1, envelope.new_key()) for _number in range(count)}
    owners = {scope_owner(scope): held.key for scope, held in made.items()}
    with transaction.atomic(using=KEYSTORE):
        kek = _hold(asked, at)
        WrappedKey.objects.bulk_create(
            WrappedKey(
                owner=owner, version=1, kek=kek, wrapped=holder.wrap(kek, key, context_of(owner, 1)), created_at=at
            )
            for owner, key in owners.items()
        )
    return made


def new_version(scope: uuid.UUID, *, at: datetime) -> DataKey:
    """Make the next data key of the scope; what older versions sealed is sealed anew by whoever asks for this. Raises KeyGone."""
    owner = scope_owner(scope)
    with transaction.atomic(using=KEYSTORE):
        newest = WrappedKey.objects.select_for_update().filter(owner=owner).order_by("-version").first()
        if newest is None:
            raise KeyGone
        return _make(owner, newest.version + 1, at)


def data_key(scope: uuid.UUID) -> DataKey:
    """The newest data key of the scope, which seals. Raises KeyGone, KeysUnavailable."""
    row = WrappedKey.objects.filter(owner=scope_owner(scope)).order_by("-version").first()
    if row is None:
        raise KeyGone
    return opened(row)


def key_of(scope: uuid.UUID, version: int) -> bytes:
    """The key that sealed a cell. Raises KeyGone, KeysUnavailable."""
    row = WrappedKey.objects.filter(owner=scope_owner(scope), version=version).first()
    if row is None:
        raise KeyGone
    return opened(row).key


@sensitive_variables()
def keys_of(places: Iterable[tuple[uuid.UUID, int]]) -> dict[tuple[uuid.UUID, int], bytes]:
    """The keys of many cells by scope and version, for one reading; those that are gone are not in it. Raises KeysUnavailable."""
    wanted = {(scope_owner(scope), version): (scope, version) for scope, version in places}
    owners, found = sorted({owner for owner, _version in wanted}), {}
    for start in range(0, len(owners), MOST):
        for row in WrappedKey.objects.filter(owner__in=owners[start : start + MOST]):
            place = wanted.get((row.owner, row.version))
            if place is not None:
                found[place] = opened(row).key
    return found


def drop_versions_before(scope: uuid.UUID, version: int) -> int:
    """Forget the versions that seal nothing any more; gives their number."""
    return WrappedKey.objects.filter(owner=scope_owner(scope), version__lt=version).delete()[0]


def destroy(scope: uuid.UUID) -> int:
    """Destroy all keys of the scope: what they sealed is erased. Gives their number, 0 when there were none."""
    rows = WrappedKey.objects.filter(owner=scope_owner(scope))
    with transaction.atomic(using=KEYSTORE):
        list(rows.select_for_update())  # a version that is being made is waited for, and destroyed too
        rows.update(wrapped=b"")
        return rows.delete()[0]


def scrub() -> None:
    """After keys were destroyed: leave no copy of them in SQLite's log. On PostgreSQL its own vacuum and log rotation do that."""
    connection = connections[KEYSTORE]
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def exists(scope: uuid.UUID) -> bool:
    return WrappedKey.objects.filter(owner=scope_owner(scope)).exists()


@cache
def named(name: str) -> bytes:
    """A secret of the installation, 32 bytes, made at its first use and kept in the process; names are such as `audit`, `index`."""
    owner = f"{NAMED}{name}"
    row = WrappedKey.objects.filter(owner=owner).order_by("-version").first()
    if row is None:
        try:
            with transaction.atomic(using=KEYSTORE):
                return _make(owner, 1, clock.now()).key
        except IntegrityError:  # another process was first
            row = WrappedKey.objects.filter(owner=owner).order_by("-version")[0]
    return opened(row).key
