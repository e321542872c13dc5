"""Sealing and opening the cells of a row. A cell opens only in its place: table, column, row, scope and version of the key."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.views.decorators.debug import sensitive_variables

from besa.vault import barrier, envelope, keystore
from besa.vault.fields import Sealed, SealedField
from besa.vault.keystore import DataKey
from besa.vault.models import SealedModel

_VERSION = 2  # bytes in front of a box


def sealed_fields(model: type[Model]) -> list[str]:
    """The names of the model's sealed fields, in their order."""
    return [field.name for field in model._meta.concrete_fields if isinstance(field, SealedField)]


def _known(row: SealedModel, names: Iterable[str]) -> list[str]:
    wanted = list(names)
    if unknown := set(wanted) - set(sealed_fields(type(row))):
        raise TypeError(f"{row._meta.label} has no sealed field {', '.join(sorted(unknown))}")
    return wanted


def _context(row: SealedModel, field: str, version: int) -> bytes:
    place = (uuid.UUID(str(row.pk)), uuid.UUID(str(row.scope)))  # in one spelling, however they were given
    return envelope.context(row._meta.db_table, field, *place, version)


@sensitive_variables()
def seal(row: SealedModel, **values: str) -> None:
    """Put values into the row's sealed fields; an empty text empties the cell. Saving is the caller's, in the same transaction:
    a change of keys waits for the transactions that have sealed with the older one (`besa/vault/barrier.py`). Raises KeyGone,
    KeysUnavailable.
    """
    _known(row, values)
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a cell is sealed in the transaction that saves it")
    if any(values.values()):
        barrier.hold(uuid.UUID(str(row.scope)))
        seal_with(keystore.data_key(row.scope), row, values)
    for name, value in values.items():
        if not value:
            setattr(row, name, "")


@sensitive_variables()
def seal_with(held: DataKey, row: SealedModel, values: dict[str, str]) -> None:
    """Put values that are not empty into the row's sealed fields, sealed with this key."""
    for name, value in values.items():
        if value:
            box = envelope.seal(held.key, _bytes(value), context=_context(row, name, held.version))
            setattr(row, name, Sealed(held.version.to_bytes(_VERSION, "big") + box, is_new=True))


@sensitive_variables()
def _bytes(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError:  # it carries the text in it
        raise ValueError("half a character cannot be sealed") from None


def version_of(value: object) -> int:
    """The version of the key that sealed a cell; 0 when the cell is empty."""
    if not isinstance(value, Sealed):
        return 0
    if value.box is None:
        raise TypeError("this copy of a cell has no ciphertext; read the row again")
    return int.from_bytes(value.box[:_VERSION], "big")


@sensitive_variables()
def open_cells(row: SealedModel, fields: Iterable[str]) -> dict[str, str]:
    """The values of the fields, by name, an empty text for an empty cell. Who may see them, the caller has asked and recorded.

    Raises KeyGone when the key was destroyed, Unopened when a cell was moved or changed, KeysUnavailable.
    """
    names = _known(row, fields)
    try:
        return _opened(row, names)
    except keystore.KeyGone:
        if not keystore.exists(row.scope):
            raise
    row.refresh_from_db(fields=names)  # the cells were sealed with a new key since this row was read
    return _opened(row, names)


@sensitive_variables()
def open_many(asked: Iterable[tuple[SealedModel, Iterable[str]]]) -> list[dict[str, str]]:
    """The values of many rows, each with the fields that are wanted of it, in their order; like `open_cells` of each.

    Each key is fetched once, all of them in one query, and forgotten with the answer: no key outlives the reading that it was for.
    """
    wanted = [(row, _known(row, fields)) for row, fields in asked]
    versions = {(row.scope, version_of(getattr(row, name))) for row, names in wanted for name in names}
    keys = keystore.keys_of(place for place in versions if place[1])
    found = []
    for row, names in wanted:
        try:
            found.append(_opened(row, names, keys))
        except keystore.KeyGone:
            found.append(open_cells(row, names))
    return found


@sensitive_variables()
def _opened(
    row: SealedModel, names: list[str], fetched: Mapping[tuple[uuid.UUID, int], bytes] | None = None
) -> dict[str, str]:
    keys: dict[int, bytes] = {}
    found = {}
    for name in names:
        value = getattr(row, name)
        version = version_of(value)
        if not version:
            found[name] = ""
            continue
        if version not in keys:
            keys[version] = _key(row.scope, version, fetched)
        box = value.box[_VERSION:]
        found[name] = envelope.open_(keys[version], box, context=_context(row, name, version)).decode()
    return found


def _key(scope: uuid.UUID, version: int, fetched: Mapping[tuple[uuid.UUID, int], bytes] | None) -> bytes:
    if fetched is None:
        return keystore.key_of(scope, version)
    if (scope, version) not in fetched:
        raise keystore.KeyGone
    return fetched[scope, version]


def _plain(value: Any) -> str:
    """A value in one spelling, whether it comes from a form or from the database."""
    if isinstance(value, Sealed):
        if value.box is None:
            raise TypeError("this copy of a cell has no ciphertext; read the row again")
        return value.box.hex()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if hasattr(value, "resolve_expression"):
        raise TypeError("a value that only the database knows; read the row again")
    return json.dumps(value, sort_keys=True, default=str)


def _stored(row: Model) -> Iterator[str]:
    """Each column's name and value, in the order of the names."""
    for field in sorted(row._meta.concrete_fields, key=lambda field: str(field.column)):
        value = field.value_from_object(row)
        yield str(field.column)
        if isinstance(field, SealedField) and not value:
            yield ""
        else:
            yield _plain(value if hasattr(value, "resolve_expression") else field.to_python(value))


def witness(row: Model) -> str:
    """A digest over all columns of the row as they are stored, in hexadecimal; differs as soon as one cell does."""
    digest = hashlib.sha256(row._meta.db_table.encode())
    digest.update(envelope.context(*_stored(row)))
    return digest.hexdigest()
