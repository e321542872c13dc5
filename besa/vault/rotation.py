"""Changing keys while people work: what wraps (all keys of the keystore), and what seals (the cells of a scope).

Every step may be broken off anywhere and done again: a key is wrapped anew or not, a cell is sealed anew or not, and an older key goes
only after nothing is sealed by it and nobody can still be sealing with it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Min, Q, QuerySet

from besa.vault import barrier, cells, envelope, keystore
from besa.vault.keystore import NAMED, SCOPE, KeyGone
from besa.vault.models import KeyEncryptionKey, Rotation, SealedModel, WrappedKey
from besa.vault.providers import provider
from besa.vault.router import KEYSTORE

BATCH = 200


# --- what there is


@dataclass(frozen=True)
class Wrapping:
    """A key-encryption key, and how many keys it wraps. One that wraps something and is not there makes that unreadable."""

    id: str
    wraps: int
    created_at: datetime | None
    retired_at: datetime | None
    is_current: bool
    is_there: bool


@dataclass(frozen=True)
class Status:
    """What the keystore holds. `versions`: newest version -> number of scopes; `older`: versions kept beside a newer one.

    `left_over` names files of a change of keys that was broken off; the next change removes them.
    """

    provider: str
    current: str
    keys: list[Wrapping]
    scopes: int
    named: int
    oldest: datetime | None
    versions: dict[int, int]
    older: int
    unfinished: list[Rotation]
    left_over: list[str]

    @property
    def is_whole(self) -> bool:
        return all(key.is_there for key in self.keys if key.wraps)


def status() -> Status:
    """The state of all keys. Raises KeysUnavailable."""
    there = provider().ids()
    current = provider().current() if there else ""
    wraps = dict(WrappedKey.objects.order_by().values_list("kek").annotate(Count("pk")))
    known = {row.id: row for row in KeyEncryptionKey.objects.all()}
    ids = list(dict.fromkeys([*known, *there, *sorted(wraps)]))
    newest = (
        WrappedKey.objects.filter(owner__startswith=SCOPE).order_by().values("owner").annotate(newest=Max("version"))
    )
    versions: dict[int, int] = {}
    for row in newest:
        versions[row["newest"]] = versions.get(row["newest"], 0) + 1
    scopes = sum(versions.values())
    return Status(
        provider=settings.KEY_PROVIDER,
        current=current,
        keys=[_wrapping(kek, known.get(kek), wraps.get(kek, 0), current, there) for kek in ids],
        scopes=scopes,
        named=WrappedKey.objects.filter(owner__startswith=NAMED).count(),
        oldest=WrappedKey.objects.aggregate(oldest=Min("created_at"))["oldest"],
        versions=dict(sorted(versions.items())),
        older=WrappedKey.objects.filter(owner__startswith=SCOPE).count() - scopes,
        unfinished=list(Rotation.objects.filter(finished_at=None)),
        left_over=provider().left_over(),
    )


def _wrapping(kek: str, row: KeyEncryptionKey | None, wraps: int, current: str, there: list[str]) -> Wrapping:
    since, until = (row.created_at, row.retired_at) if row else (None, None)
    return Wrapping(kek, wraps, since, until, is_current=kek == current, is_there=kek in there)


# --- keys that wrap


def not_wrapped_by(kek: str) -> QuerySet[WrappedKey]:
    return WrappedKey.objects.exclude(kek=kek).order_by("pk")


@dataclass(frozen=True)
class Step:
    """One batch: the last row that was looked at, how many were wrapped anew, which do not open."""

    last: int
    done: int
    unopened: list[str]


def rewrap(kek: str, *, after: int) -> Step | None:
    """Wrap the next batch of keys with `kek`; None when there is none. A key that is destroyed meanwhile stays destroyed."""
    rows = list(not_wrapped_by(kek).filter(pk__gt=after)[:BATCH])
    if not rows:
        return None
    anew, unopened = [], []
    for row in rows:  # the provider may be slow: no transaction waits for it
        context = keystore.context_of(row.owner, row.version)
        try:
            key = provider().unwrap(row.kek, bytes(row.wrapped), context)
        except envelope.Unopened:
            unopened.append(f"{row.owner} {row.version}")
        else:
            anew.append((row, provider().wrap(kek, key, context)))
    done = 0
    with transaction.atomic(using=KEYSTORE):
        for row, wrapped in anew:
            done += WrappedKey.objects.filter(pk=row.pk, kek=row.kek).update(kek=kek, wrapped=wrapped)
    return Step(rows[-1].pk, done, unopened)


# --- keys that seal


def sealed_models() -> list[type[SealedModel]]:
    """Every class of rows with sealed cells, in the order of the apps."""
    return [model for model in apps.get_models() if issubclass(model, SealedModel)]


def last_key() -> int:
    return WrappedKey.objects.aggregate(last=Max("pk"))["last"] or 0


def scopes_before(after: int) -> list[uuid.UUID]:
    """The scopes whose keys were there when the rotation began, in one order in every run."""
    owners = (
        WrappedKey.objects.filter(owner__startswith=SCOPE, pk__lte=after)
        .order_by("owner")
        .values_list("owner", flat=True)
    )
    return [uuid.UUID(owner.removeprefix(SCOPE)) for owner in owners.distinct()]


def keeps_files(model: type[SealedModel]) -> bool:
    """Whether the key that seals the model's cells seals a file too, which is not sealed anew."""
    return model.keeps_files


def _has_rows(scope: uuid.UUID, *, with_files: bool) -> bool:
    models = [model for model in sealed_models() if keeps_files(model) == with_files]
    return any(model._base_manager.filter(scope=scope).exists() for model in models)


def may_change(scope: uuid.UUID) -> bool:
    """Whether the scope's key seals cells and nothing else: keys of files are wrapped anew, and seal on."""
    return _has_rows(scope, with_files=False) and not _has_rows(scope, with_files=True)


def newest_version(scope: uuid.UUID, *, after: int, at: datetime) -> int:
    """The version that seals from now on, made in this rotation or by a run of it that was broken off. Raises KeyGone."""
    newest = WrappedKey.objects.filter(owner=keystore.scope_owner(scope)).order_by("-version").first()
    if newest is None:
        raise KeyGone
    return newest.version if newest.pk > after else keystore.new_version(scope, at=at).version


def _stale(row: SealedModel, version: int) -> list[str]:
    return [name for name in cells.sealed_fields(type(row)) if 0 < cells.version_of(getattr(row, name)) < version]


def stale_rows(scope: uuid.UUID, version: int) -> Iterator[tuple[type[SealedModel], uuid.UUID]]:
    """The rows of the scope that have a cell sealed by an older version."""
    for model in sealed_models():
        for row in model._base_manager.filter(scope=scope).order_by("pk"):
            if _stale(row, version):
                yield model, row.pk


def reseal(row: SealedModel) -> list[str]:
    """Seal the row's older cells with the newest key and save them; gives their names. The row is held by the caller."""
    barrier.hold(row.scope)
    held = keystore.data_key(row.scope)
    stale = _stale(row, held.version)
    if stale:
        cells.seal_with(held, row, cells.open_cells(row, stale))
        row.save(update_fields=stale)
    return stale


class Blind(Exception):
    """Row-level security hides rows from this process: it cannot tell whether a key is still needed."""


def must_see_every_row() -> None:
    """Raises Blind where row-level security is in force and does not know this process as the system."""
    connection = transaction.get_connection()
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('besa_guard.is_system()') IS NOT NULL")
        (is_guarded,) = cursor.fetchone()
        if is_guarded:
            cursor.execute("SELECT besa_guard.is_system()")
            (is_system,) = cursor.fetchone()
            if not is_system:
                raise Blind("row-level security hides rows from this process")


def drop_older(scope: uuid.UUID, version: int) -> bool:
    """Forget the older versions if nothing is sealed by them; tells whether they are gone."""
    must_see_every_row()
    if any(stale_rows(scope, version)) or _has_rows(scope, with_files=True):
        return False
    keystore.drop_versions_before(scope, version)
    return True


# --- a rotation and its end


def unfinished(kind: str, target: str | None = None) -> Rotation | None:
    wanted = Q(kind=kind, finished_at=None)
    return Rotation.objects.filter(wanted if target is None else wanted & Q(target=target)).first()


def count(rotation: Rotation, **more: int) -> None:
    """Add to the figures of a rotation."""
    Rotation.objects.filter(pk=rotation.pk).update(**{name: F(name) + number for name, number in more.items()})


def finish(rotation: Rotation, *, at: datetime) -> None:
    Rotation.objects.filter(pk=rotation.pk).update(finished_at=at)
    keystore.scrub()
    rotation.refresh_from_db()
