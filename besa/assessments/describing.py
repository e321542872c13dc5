"""A questionnaire as people read it before it is filled in: what is asked, of whom, what counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from besa.assessments.engine.definition import Definition, Question
from besa.assessments.explaining import spoken
from besa.assessments.words import KINDS, STRENGTHS, URGENCIES


@dataclass(frozen=True)
class Described:
    """A question: its words, when it is asked, how it is answered, what its answers count for."""

    number: int
    text: str
    explanation: str
    when: str
    answered: str
    choices: tuple[str, ...]
    weight: str
    is_required: bool
    is_sensitive: bool


@dataclass(frozen=True)
class DescribedSection:
    """A section of a questionnaire with its questions."""

    id: str
    title: str
    intro: str
    questions: tuple[Described, ...]


def described(definition: Definition) -> list[DescribedSection]:
    """The questionnaire in the reader's language. Which answers of a test are right is not said."""
    language = get_language() or "en"
    return [
        DescribedSection(
            section.id,
            section.title.said(language),
            section.intro.said(language),
            tuple(_question(definition, question, language) for question in section.questions),
        )
        for section in definition.sections
    ]


def _question(definition: Definition, question: Question, language: str) -> Described:
    return Described(
        definition.numbers[question.id],
        question.text.said(language),
        question.explanation.said(language),
        spoken(definition, question.show_if) if question.show_if is not None else "",
        _answered(question, language),
        tuple(_choices(question, language)),
        str(STRENGTHS[question.strength]) if question.strength else "",
        question.is_required,
        question.is_sensitive,
    )


def _answered(question: Question, language: str) -> str:
    if question.kind == "scale":
        ends = {"least": question.least, "most": question.most}
        words = {"low": question.low.said(language), "high": question.high.said(language)}
        return _("%(least)s (%(low)s) to %(most)s (%(high)s)") % (ends | words)
    return str(KINDS[question.kind])


def _choices(question: Question, language: str) -> Iterator[str]:
    """The answers that can be chosen, with points or urgency where they have them."""
    for option in question.options:
        notes = [_("points: %(points)s") % {"points": option.points}] if option.points else []
        notes += [_("help: %(urgency)s") % {"urgency": URGENCIES[option.urgency]}] if option.urgency else []
        if question.kind != "yes_no" or notes:
            yield f"{option.text.said(language)} ({', '.join(notes)})" if notes else option.text.said(language)
