from __future__ import annotations

from django.db import models
from django.test.utils import isolate_apps

from besa.lib.checks import every_field_is_classified
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
