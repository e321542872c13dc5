from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from besa.lib.checks import _model_problems, every_field_is_classified
from besa.lib.classified import classification_of, classified


@isolate_apps("besa.lib")
def test_a_model_carries_the_class_of_each_field() -> None:
    @classified(retention="a year", P0="title", P2="name address")
    class Paper(models.Model):
        class Meta:
            app_label = "lib"

        def __str__(self) -> str:
            return ""

    found = classification_of(Paper)
    assert found is not None
    assert found.retention == "a year"
    assert found.classes == {"id": "P1", "title": "P0", "name": "P2", "address": "P2"}


@isolate_apps("besa.lib")
def test_a_model_without_declaration_has_none() -> None:
    class Bare(models.Model):
        class Meta:
            app_label = "lib"

        def __str__(self) -> str:
            return ""

    assert classification_of(Bare) is None


def test_the_check_speaks_of_our_models_only() -> None:
    assert every_field_is_classified(None) == []


class Box(models.BinaryField):  # type: ignore[type-arg]
    """Stands for the sealed field of the vault, which is above this layer."""

    is_sealed = True


@pytest.mark.parametrize(
    ("declared", "problems"),
    [
        ({"clear": "owner kin", "clear_because": "counted"}, []),
        (
            {},
            [
                "field “kin” is P3 and in the clear: seal it, or say clear=… and why",
                "field “owner” is P2 and in the clear: seal it, or say clear=… and why",
            ],
        ),
        (
            {"clear": "owner", "clear_because": "counted"},
            ["field “kin” is P3 and in the clear: seal it, or say clear=… and why"],
        ),
        ({"clear": "owner kin name", "clear_because": "counted"}, ["“name” is declared clear and is sealed"]),
        (
            {"clear": "owner kin title", "clear_because": "counted"},
            ["“title” is declared clear and is neither P2 nor P3"],
        ),
        (
            {"clear": "owner kin gone", "clear_because": "counted"},
            ["“gone” is declared clear and is neither P2 nor P3"],
        ),
        ({"clear": "owner kin"}, ["clear=… and clear_because=… go together"]),
        ({"clear": "owner kin", "clear_because": " "}, ["clear=… and clear_because=… go together"]),
    ],
)
@isolate_apps("besa.lib")
def test_what_harms_is_sealed_or_says_why_it_is_clear(declared: dict[str, str], problems: list[str]) -> None:
    @classified(retention="a year", P1="title", P2="name owner", P3="kin", **declared)
    class Thing(models.Model):
        title = models.CharField(max_length=10)
        name = Box()
        owner = models.ForeignKey("self", models.CASCADE, related_name="+")
        kin = models.ManyToManyField("self", related_name="+")

        class Meta:
            app_label = "lib"

        def __str__(self) -> str:
            return ""

    assert list(_model_problems(Thing)) == problems


def test_each_field_in_the_clear_has_a_reason_of_its_own_words() -> None:
    reasons = {
        model: found.clear_because
        for model in apps.get_models()
        if (found := classification_of(model)) is not None and found.clear
    }
    assert reasons, "no model keeps anything in the clear: this test looks at nothing"
    assert [model._meta.label for model, words in reasons.items() if len(words.split()) < 6] == []
