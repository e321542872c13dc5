"""Rows whose content the record of events bears witness to, so that a change past the actions is found.

Rows of a `SealedModel` are witnessed by themselves; other classes by `@witnessed`. Each action on such a row records an event about it
after saving it; the event then holds a digest of all columns as they are stored (`cells.witness`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.apps import apps
from django.db.models import Model

from besa.vault import cells
from besa.vault.models import SealedModel

M = TypeVar("M", bound=Model)
DELETED = "deleted"  # the mark of an event about a row that is deleted, and its witness
_REGISTERED: set[type[Model]] = set()


def witnessed(model: type[M]) -> type[M]:
    """Declare that every row of the model comes from actions that record it."""
    _REGISTERED.add(model)
    return model


def is_witnessed(model: type[Model]) -> bool:
    return model in _REGISTERED or issubclass(model, SealedModel)


def witnessed_models() -> list[type[Model]]:
    """All such models, in the order of the apps."""
    return [model for model in apps.get_models() if is_witnessed(model)]


def witness_of(obj: Model, flags: Iterable[str]) -> str:
    """The digest of the row as it is stored now, "deleted" for one that goes, nothing for things that are not witnessed.

    The row is read again and held until the transaction ends: what counts is what the database has, and two events about one row
    stand in the order of its changes. One that goes is held too, before its event takes its place in the stream.
    """
    model = type(obj)
    if not is_witnessed(model):
        return ""
    is_going = DELETED in flags
    stored = model._base_manager.select_for_update(no_key=not is_going, of=("self",)).filter(pk=obj.pk).first()
    return DELETED if is_going else cells.witness(stored or obj)
