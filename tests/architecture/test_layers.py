"""String references of foreign keys hide from an import linter: the real ones point down the layers too."""

from __future__ import annotations

import configparser
from pathlib import Path

from django.apps import apps
from django.db.models import Model

ROOT = Path(__file__).resolve().parent.parent.parent


def ranks() -> dict[str, int]:
    """App -> how high its layer is, as `.importlinter` says."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = contracts["importlinter:contract:layers"]["layers"].split("\n")
    names = [[app.strip(" ()") for app in layer.split("|")] for layer in layers if layer.strip()]
    return {app: -position for position, apps_ in enumerate(names) for app in apps_}


def app_of(model: type[Model]) -> str:
    return model.__module__.split(".")[1]


def references() -> list[tuple[type[Model], str, type[Model]]]:
    """Every relation between our models: from, field, to."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
            target = field.related_model
            if (
                model.__module__.startswith("besa.")
                and isinstance(target, type)
                and target.__module__.startswith("besa.")
            ):
                found.append((model, field.name, target))
    return found


def test_every_app_has_a_layer() -> None:
    folders = {path.parent.name for path in (ROOT / "besa").glob("*/__init__.py")}
    assert folders <= ranks().keys()


def test_foreign_keys_point_down() -> None:
    rank = ranks()
    found = references()
    assert len(found) > 50, "the walk has lost its way"
    upward = [
        f"{model._meta.label}.{name} → {target._meta.label}"
        for model, name, target in found
        if app_of(model) != app_of(target) and rank[app_of(model)] <= rank[app_of(target)]
    ]
    assert upward == []
