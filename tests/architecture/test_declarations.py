"""What must be declared is: classes of fields, permissions of pages, uses of permissions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from besa.directory.access import ROLES, Permission
from besa.lib import checks
from besa.lib.classified import classified
from tests.architecture.endpoints import PUBLIC, endpoints
from tools import reference

BESA = Path(__file__).resolve().parent.parent.parent / "besa"


def test_every_field_of_every_model_is_classified() -> None:
    assert [message.msg for message in checks.every_field_is_classified(None)] == []


@isolate_apps("besa.audit")
def test_a_field_without_a_class_is_found() -> None:
    @classified(retention="a day", P0="known gone")
    class Thing(models.Model):
        known = models.IntegerField()
        forgotten = models.IntegerField()

        class Meta:
            app_label = "audit"

        def __str__(self) -> str:
            return ""

    assert list(checks._model_problems(Thing)) == [
        "field “forgotten” has no class (P0 to P3)",
        "“gone” is classified and is not a field",
    ]


def test_rows_of_one_moment_have_an_order() -> None:
    """Of two rows with the same time a database gives now this one first, now that one: a list would show a row twice, or never."""
    undecided = [
        model._meta.label
        for model in apps.get_models()
        if model.__module__.startswith("besa.") and model._meta.ordering
        for last in [str(model._meta.ordering[-1]).lstrip("-")]
        if "__" not in last and isinstance(model._meta.get_field(last), models.DateField)
    ]
    assert undecided == [], "end the ordering with the key"


def test_every_page_says_who_may_open_it() -> None:
    undeclared = [end.route for end in endpoints() if not end.is_guarded and end.name not in PUBLIC]
    assert undeclared == [], "decorate the view with @needs(…), or say in PUBLIC why everybody may"


def test_every_public_page_is_there() -> None:
    assert PUBLIC.keys() - {end.name for end in endpoints() if not end.is_guarded} == set()


@pytest.mark.parametrize("permission", Permission)
def test_every_permission_is_asked_for_and_held(permission: Permission) -> None:
    asked = re.compile(rf"\b(?:Permission|Deed|D)\.{permission.name}\b")
    code = [
        path
        for path in BESA.rglob("*.py")
        if "tests" not in path.parts and path.name not in ("access.py", "case_policy.py")
    ]
    assert any(asked.search(path.read_text()) for path in code), "nothing asks for this permission"
    assert any(permission in role.permissions for role in ROLES.values()), "no role holds this permission"


@pytest.mark.parametrize("name", reference.pages())
def test_generated_page_is_current(name: str) -> None:
    assert name not in reference.outdated(), "run `make docs`"
