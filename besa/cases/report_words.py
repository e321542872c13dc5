"""The answers of a report in words, for the page on which they are checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from besa.cases.forms_report import FORMS
from besa.cases.report_steps import Page
from besa.directory.models import Agency, Place


@dataclass(frozen=True, repr=False)
class Said:
    """A page of the report: its question, and each answer in words."""

    slug: str
    question: Promise | str
    answers: list[tuple[str, str]]


def said(answers: Mapping[str, Any], way: Iterable[Page]) -> list[Said]:
    """The pages in their order, those of the screening left out; what was not answered says so."""
    places = dict(Place.objects.filter(code__in=_codes(answers, "crossing", "place")).values_list("code", "pk"))
    names = {place.code: place.name for place in Place.objects.filter(pk__in=places.values())}
    names |= {agency.code: agency.name for agency in Agency.objects.filter(code__in=_codes(answers, "unit"))}
    return [
        Said(page.slug, page.step.question, _rows(page, answers.get(page.slug, {}), names))
        for page in way
        if page.slug in FORMS
    ]


def _codes(answers: Mapping[str, Any], *fields: str) -> list[str]:
    return [
        str(part[name]) for part in answers.values() for name in fields if isinstance(part, dict) and part.get(name)
    ]


def _rows(page: Page, kept: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each answer with the label of its field; without it where the page has one field, or the label is the question again."""
    fields = FORMS[page.slug].base_fields
    is_one = len(fields) == 1
    return [
        ("" if is_one or str(field.label) == str(page.step.question) else str(field.label), _words(field, value, names))
        for name, value in kept.items()
        if (field := fields.get(name)) is not None
    ]


def _words(field: Any, value: Any, names: Mapping[str, str]) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    known = (
        {str(code): str(words) for code, words in getattr(field, "choices", ()) if code}
        if not hasattr(field, "queryset")
        else names
    )
    if isinstance(value, list):
        called = getattr(field, "words", lambda code: known.get(code, code))
        return ", ".join(called(str(one)) for one in value)
    try:
        return date_format(date.fromisoformat(value))
    except ValueError:
        return known.get(str(value), str(value))
