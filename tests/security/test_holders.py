"""What holds an opened value or a key for a moment shows neither when it is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module

from tests.security.sources import ROOT

OPENED = re.compile(r"\b(Identity|Revealed|Part|Reading|DataKey)\b")
APPS = ("people", "cases", "vault", "audit", "safekeeping", "directory")


def holders() -> Iterator[type]:
    """The dataclasses that have an opened value among their fields, or bytes that are a key, or such a holder."""
    for app in APPS:
        for path in sorted((ROOT / "besa" / app).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if {"tests", "migrations", "management"} & set(parts):
                continue
            module = import_module(".".join(parts).removesuffix(".__init__"))
            yield from (one for one in vars(module).values() if isinstance(one, type) and _holds(one, module.__name__))


def _holds(kind: type, module: str) -> bool:
    if not is_dataclass(kind) or kind.__module__ != module:
        return False
    kinds = [(field.name, str(field.type)) for field in fields(kind)]
    return any(OPENED.search(type_) or (name.endswith("key") and "bytes" in type_) for name, type_ in kinds)


def test_no_holder_shows_what_it_holds() -> None:
    found = list(holders())
    assert {"Reading", "Identity", "DataKey", "Place"} <= {kind.__name__ for kind in found}
    shown = [f"{kind.__module__}.{kind.__qualname__}" for kind in found if "__repr__" in vars(kind)]
    assert shown == [], "say @dataclass(repr=False)"
