"""How an upper layer offers something to a lower one without being imported by it.

An app names callables by their dotted path in a list on its AppConfig (`country_loaders = ["besa.plan.load.load"]`); the lower
app calls whatever is named there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string


def hooked(name: str) -> Iterator[Any]:
    """Everything that the installed apps name under `name`, from the lowest layer up."""
    for config in apps.get_app_configs():
        for path in getattr(config, name, ()):
            yield import_string(path)
