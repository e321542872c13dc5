"""Questionnaires on paper: the blank sheet for places without a line, and one that was filled in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import override

from besa.assessments.engine.conditions import Answers
from besa.assessments.engine.definition import Definition, Question, Section
from besa.assessments.engine.scoring import Outcome
from besa.assessments.explaining import explained, reached_by, rule_of, spoken, told
from besa.assessments.models import Instrument
from besa.lib.document.blocks import (
    Block,
    Bullets,
    Callout,
    Column,
    Document,
    Heading,
    Language,
    Paragraph,
    Row,
    Table,
    bold,
    italic,
)

LANGUAGES: dict[str, Language] = {"en": "en", "sq": "sq"}
BOX = "[  ]"
LINE = "…" * 20
LINES = 5  # for an answer in words


def blank_sheet(instrument: Instrument, language: Language, today: date) -> Document:
    """The questionnaire to be filled in by hand, with what each question means and how the score is found."""
    definition = instrument.definition
    with override(language):
        blocks = [*_opening(definition, language), *_sections(definition, language), *_scoring(definition, language)]
        return Document(
            title=definition.title.said(language),
            subtitle=_("Sheet to be filled in by hand"),
            language=language,
            dated_on=today,
            reference=reference(definition),
            blocks=tuple(blocks),
            has_cover=False,
        )


def reference(definition: Definition) -> str:
    """The questionnaire and its version, by which a filled sheet is entered in the form that it was printed from."""
    return _("%(code)s, version %(version)s") % {"code": definition.code, "version": definition.version}


def _opening(definition: Definition, language: Language) -> Iterator[Block]:
    yield Paragraph.of(definition.intro.said(language))
    yield Callout(
        "warning",
        _("Keep this sheet safe"),
        _(
            "Write no name on it; write the number of the case if there is one. "
            "When it has been entered, destroy it or lock it away with the file."
        ),
    )
    rows: tuple[Row, ...] = tuple(
        (title, LINE) for title in (_("Number of the case"), _("Date and hour"), _("Filled in by"))
    )
    yield Table(_("This sheet"), (Column(_("What"), weight=2), Column(_("To be filled in"), weight=5)), rows)


def _sections(definition: Definition, language: Language) -> Iterator[Block]:
    for section in definition.sections:
        yield Heading(1, section.title.said(language))
        if section.intro:
            yield Paragraph.of(section.intro.said(language))
        yield _questions(definition, section, language)


def _questions(definition: Definition, section: Section, language: Language) -> Table:
    columns = (Column(_("No."), weight=1), Column(_("Question"), weight=8), Column(_("Answer"), weight=6))
    rows = tuple(
        (str(definition.numbers[it.id]), _asked(definition, it, language), _to_fill(it, language))
        for it in section.questions
    )
    ends = {"first": rows[0][0], "last": rows[-1][0]}
    return Table(_("Questions %(first)s to %(last)s") % ends, columns, rows)


def _asked(definition: Definition, question: Question, language: Language) -> str:
    """The question, when it is asked, and what it means."""
    lines = [question.text.said(language)]
    if question.show_if is not None:
        lines.insert(0, _("Only if %(condition)s:") % {"condition": spoken(definition, question.show_if)})
    if question.explanation:
        lines.append(question.explanation.said(language))
    return "\n".join(lines)


def _to_fill(question: Question, language: Language) -> str:
    if question.kind == "scale":
        steps = "   ".join(f"{step} {BOX}" for step in range(question.least, question.most + 1))
        ends = (
            f"{question.least} = {question.low.said(language)}",
            f"{question.most} = {question.high.said(language)}",
        )
        return "\n".join((ends[0], steps, ends[1]))
    if question.kind == "yes_no":
        return "   ".join(f"{BOX} {option.text.said(language)}" for option in question.options)
    if question.options:
        return "\n".join(f"{BOX} {option.text.said(language)}" for option in question.options)
    return LINE if question.kind in ("number", "date") else "\n".join([LINE] * LINES)


def _scoring(definition: Definition, language: Language) -> Iterator[Block]:
    yield Heading(1, _("How it is scored"))
    yield Bullets.of(*rule_of(definition))
    levels = definition.scoring.levels
    if levels and definition.kind != "knowledge":
        columns = (
            Column(_("Reached by"), weight=4),
            Column(_("Result"), weight=3),
            Column(_("What it means"), weight=5),
        )
        rows = tuple((reached_by(definition, it), it.title.said(language), it.meaning.said(language)) for it in levels)
        yield Table(_("What the answers come to"), columns, rows)
    yield Paragraph.of(bold(_("Source") + ": "), definition.source.said(language))


def filled_blocks(definition: Definition, answers: Answers, outcome: Outcome) -> Iterator[Block]:
    """A questionnaire that was filled in, with its score explained, for a document of the app above, in the language in force."""
    said = explained(definition, answers, outcome)
    title = f"{said.title} ({said.figure})" if said.figure else said.title
    yield Callout(
        "info", title, "\n\n".join((said.meaning, *said.cautions, _("The score explains; a person decides.")))
    )
    for reason in said.reasons:
        yield Paragraph.of(bold(reason.title), f": {reason.text}" if reason.text else "")
        if reason.answers:
            yield Bullets.of(*reason.answers)
    columns = (Column(_("No."), weight=1), Column(_("Question"), weight=8), Column(_("Answer"), weight=6))
    for part in told(definition, answers):
        yield Table(part.title, columns, tuple((str(it.number), it.question, it.answer) for it in part.lines))
    yield Paragraph.of(italic(reference(definition)))
