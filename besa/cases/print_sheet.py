"""The paper sheet for a report from a place without a line: the general questions, the screening, and the code by which it is entered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import override

from besa.assessments import print as assessments
from besa.assessments.models import Instrument
from besa.assessments.print import BOX, LINE, LINES
from besa.cases.forms_report import FORMS
from besa.cases.models import Sheet
from besa.cases.report_steps import SEEN, STEPS
from besa.lib.document.blocks import Block, Callout, Column, Document, Language, Table

MOST = 14  # longer lists are written down by hand
NAMES = frozenset({"name", "about"})  # a sheet that is lost must name nobody
NAMING = frozenset({"name", "contact"})  # nor a child's guardian
NO_BREAK = "\u00a0"


def report_sheet(sheet: Sheet, instrument: Instrument | None, today: date) -> Document:
    """The sheet with its code; it asks for no name."""
    language: Language = "sq" if sheet.language == "sq" else "en"
    screening = assessments.blank_sheet(instrument, language, today) if instrument else None
    with override(language):
        blocks: list[Block] = [
            Callout(
                "info",
                _("Code of this sheet: %(code)s") % {"code": sheet.code},
                _(
                    "When there is a line again: Reports, Enter a sheet, and this code. The form in the version of this sheet opens."
                ),
            ),
            *_general(sheet.is_child, today),
        ]
        seen = tuple(screening.blocks) if screening else ()
        return Document(
            title=_("Report a person"), subtitle=_("Sheet to be filled in by hand"), language=language, dated_on=today,
            reference=sheet.code, blocks=(*blocks, *seen), has_cover=False,
        )  # fmt: skip


def _general(is_child: bool, today: date) -> Iterator[Block]:
    """What every report asks, in one table, so that the sheet stays short."""
    answers = {"age": {"is_child": "doubt" if is_child else "no"}}
    columns = (Column(_("Question"), weight=5), Column(_("Answer"), weight=9))
    rows = []
    for step in STEPS:
        if step.name == SEEN or step.name in NAMES or not step.applies(answers):
            continue
        fields = FORMS[step.name](today=today, answers=answers).fields
        for number, (name, field) in enumerate(fields.items()):
            if name not in NAMING:
                rows.append((_asked(str(step.question), str(field.label), is_first=not number), _to_fill(field)))
    yield Table(_("What every report asks"), columns, tuple(rows))


def _asked(question: str, label: str, *, is_first: bool) -> str:
    """The question of the page once, and what its fields ask beyond it."""
    if not is_first:
        return label
    return question if label == question else f"{question}\n{label}"


def _to_fill(field: object) -> str:
    choices = [str(words) for code, words in getattr(field, "choices", ()) if code]
    if hasattr(field, "queryset") or len(choices) > MOST:
        return LINE
    if choices:
        return "    ".join(f"{BOX} {words}".replace(" ", NO_BREAK) for words in choices)
    return (
        f"{BOX} " + _("yes")
        if type(field).__name__ == "BooleanField"
        else "\n".join([LINE] * (LINES if _is_long(field) else 1))
    )


def _is_long(field: object) -> bool:
    return type(getattr(field, "widget", None)).__name__ == "Textarea"
