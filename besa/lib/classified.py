"""Every field says how much harm its disclosure does (P0 public … P3 compartment) and how long it is kept.

A field of P2 or P3 is sealed, or the model says that it is kept in the clear, and why. A start-up check and a test fail on a field
that is not declared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Classification:
    """Of one model: field name -> class, the retention of its rows and why fields are in the clear, in words that the manual prints."""

    classes: dict[str, str]
    retention: str
    clear: tuple[str, ...] = ()
    clear_because: str = ""


_DECLARED: dict[type[Model], Classification] = {}


def classified(
    *,
    retention: str,
    P0: str = "",
    P1: str = "",
    P2: str = "",
    P3: str = "",
    clear: str = "",
    clear_because: str = "",
) -> Callable[[type[M]], type[M]]:
    """Declare the fields of a model by class, as names separated by blanks; `id` is P1 everywhere.

    `clear` names the fields of P2 and P3 that are not sealed, keys of other rows among them; `clear_because` says why all of them may be.
    """
    classes = {"id": "P1"}
    for name, fields in (("P0", P0), ("P1", P1), ("P2", P2), ("P3", P3)):
        classes.update(dict.fromkeys(fields.split(), name))

    def declare(model: type[M]) -> type[M]:
        _DECLARED[model] = Classification(classes, retention, tuple(clear.split()), clear_because)
        return model

    return declare


def classification_of(model: type[Model]) -> Classification | None:
    return _DECLARED.get(model)
