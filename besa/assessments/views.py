"""The questionnaires that are in use, as people see them, and how they are scored. Answers are shown by the apps above."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language

from besa.assessments import print as printing
from besa.assessments import queries
from besa.assessments.describing import described
from besa.assessments.engine.definition import Level
from besa.assessments.engine.scoring import score
from besa.assessments.explaining import explained, reached_by, rule_of
from besa.assessments.forms import questionnaire_form
from besa.assessments.models import Instrument
from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.document import docx, pdf
from besa.lib.document.blocks import Document

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORMATS: dict[str, tuple[Callable[[Document], bytes], str]] = {
    "pdf": (pdf.render, "application/pdf"),
    "docx": (docx.render, WORD),
}


@dataclass(frozen=True)
class Listed:
    """A questionnaire: its newest version, and the older ones."""

    newest: Instrument
    older: list[Instrument]


@dataclass(frozen=True)
class Grade:
    """A level of the scoring in words."""

    title: str
    meaning: str
    reached_by: str


@needs(Permission.ASSESSMENT_VIEW)
def instruments(request: MemberRequest) -> HttpResponse:
    """All questionnaires, by kind."""
    listed = [Listed(newest, older) for _code, (newest, *older) in _by_code()]
    kinds = [(kind.label, [it for it in listed if it.newest.kind == kind]) for kind in Instrument.Kind]
    return render(request, "assessments/list.html", {"kinds": [(label, rows) for label, rows in kinds if rows]})


def _by_code() -> Iterator[tuple[str, list[Instrument]]]:
    rows = queries.versions().order_by("code", "-version")
    return ((code, list(group)) for code, group in groupby(rows, key=lambda row: row.code))


def _found(code: str, number: int) -> Instrument:
    return get_object_or_404(Instrument, code=code, version=number)


@needs(Permission.ASSESSMENT_VIEW)
def instrument(request: MemberRequest, code: str, number: int) -> HttpResponse:
    """One version: what is asked, what each question means, and how the answers are scored."""
    found = _found(code, number)
    definition, language = found.definition, get_language() or "en"
    context = {
        "instrument": found,
        "intro": definition.intro.said(language),
        "source": definition.source.said(language),
        "asked": described(definition),
        "rules": rule_of(definition),
        "grades": [_grade(found, level, language) for level in definition.scoring.levels],
        "versions": queries.versions().filter(code=code),
    }
    return render(request, "assessments/instrument.html", context)


def _grade(found: Instrument, level: Level, language: str) -> Grade:
    return Grade(level.title.said(language), level.meaning.said(language), reached_by(found.definition, level))


@needs(Permission.ASSESSMENT_VIEW)
def try_out(request: MemberRequest, code: str, number: int) -> HttpResponse:
    """The form as people fill it in, to practise; nothing is kept. Not for tests of knowledge, which then tell the right answers."""
    found = _found(code, number)
    if found.kind == Instrument.Kind.KNOWLEDGE:
        raise Http404
    form = questionnaire_form(found, request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"instrument": found, "form": form, "explained": None}
    context["intro"] = found.definition.intro.said(get_language() or "en")
    if form.is_valid():
        outcome = score(found.definition, form.answers)
        context["explained"] = explained(found.definition, form.answers, outcome)
    return render(request, "assessments/try_out.html", context)


@needs(Permission.ASSESSMENT_VIEW)
def sheet(request: MemberRequest, code: str, number: int, language: str, format: str) -> HttpResponse:
    """The sheet to be filled in by hand, as PDF or Word, in one language."""
    if language not in printing.LANGUAGES or format not in FORMATS:
        raise Http404
    document = printing.blank_sheet(_found(code, number), printing.LANGUAGES[language], clock.today())
    renderer, media_type = FORMATS[format]
    name = f'attachment; filename="{code}-{number}-{language}.{format}"'
    return HttpResponse(renderer(document), content_type=media_type, headers={"Content-Disposition": name})
