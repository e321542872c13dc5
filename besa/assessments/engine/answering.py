"""Which questions are shown, what may be answered, and what counts of what was answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from besa.assessments.engine.conditions import Answer, Answers, asked, holds
from besa.assessments.engine.definition import Definition, Question

LONGEST = 2000  # characters of a text where the question says nothing
GREATEST = 10**9


@dataclass(frozen=True)
class Wrong:
    """Why an answer is not taken: the question, a code (`missing`, `option`, `number`, `range`, `text`, `long`, `date`, `unknown`)
    and the figures that belong to the sentence.
    """

    question: str
    code: str
    least: int = 0
    most: int = 0


def shown(definition: Definition, answers: Mapping[str, Any]) -> list[Question]:
    """The questions that are asked, given the answers so far. Answers to questions that are not asked do not count."""
    found: list[Question] = []
    counting: dict[str, Answer] = {}
    for question in definition.questions:
        if question.show_if is not None and not holds(question.show_if, counting):
            continue
        found.append(question)
        if question.id in answers:
            counting[question.id] = answers[question.id]
    return found


def pruned(definition: Definition, answers: Answers) -> dict[str, Answer]:
    """The answers that count, in the order of the questions; those to hidden questions are gone."""
    return {it.id: answers[it.id] for it in shown(definition, answers) if it.id in answers}


def problems(definition: Definition, answers: Mapping[str, Any], *, only: frozenset[str] | None = None) -> list[Wrong]:
    """What is wrong with the answers to the questions that are shown, and answers to nothing that is asked here.

    `only` looks at these questions alone, for a questionnaire that is filled in piece by piece.
    """
    found = [
        wrong
        for question in shown(definition, {name: it for name, it in answers.items() if it is not None})
        if only is None or question.id in only
        if (wrong := problem(question, answers.get(question.id))) is not None
    ]
    found += [Wrong(str(name), "unknown") for name in answers if name not in definition.by_id]
    return found


def problem(question: Question, answer: object) -> Wrong | None:
    """What is wrong with one answer, nothing if it is right; None is no answer."""
    if answer is None:
        return Wrong(question.id, "missing") if question.is_required else None
    return _CHECKS[question.kind](question, answer)


def _option(question: Question, answer: object) -> Wrong | None:
    return None if question.option(answer) else Wrong(question.id, "option")


def _options(question: Question, answer: object) -> Wrong | None:
    if not isinstance(answer, list) or not answer or not all(isinstance(it, str) for it in answer):
        return Wrong(question.id, "option")
    in_order = [option.id for option in question.options if option.id in answer]
    return None if answer == in_order else Wrong(question.id, "option")


def _number(question: Question, answer: object) -> Wrong | None:
    if isinstance(answer, bool) or not isinstance(answer, int):
        return Wrong(question.id, "number")
    least, most = question.least, question.most or GREATEST
    return None if least <= answer <= most else Wrong(question.id, "range", least, most)


def _text(question: Question, answer: object) -> Wrong | None:
    if not isinstance(answer, str) or not answer.strip():
        return Wrong(question.id, "text")
    longest = question.longest or LONGEST
    return Wrong(question.id, "long", most=longest) if len(answer) > longest else None


def _date(question: Question, answer: object) -> Wrong | None:
    try:
        is_right = isinstance(answer, str) and date.fromisoformat(answer).isoformat() == answer
    except ValueError:
        is_right = False
    return None if is_right else Wrong(question.id, "date")


_CHECKS: dict[str, Callable[[Question, object], Wrong | None]] = {
    "yes_no": _option,
    "choice": _option,
    "choices": _options,
    "number": _number,
    "scale": _number,
    "text": _text,
    "date": _date,
}


def drives(definition: Definition) -> frozenset[str]:
    """The questions on whose answers others depend."""
    conditions = [question.show_if for question in definition.questions if question.show_if is not None]
    return frozenset(
        getattr(part, "question", "") for condition in conditions for part in asked(condition)
    )  # no dimension is positive before the score


# --- one question a page


def pages(definition: Definition, answers: Answers) -> list[Question]:
    """The questions in the order in which they are asked, one a page."""
    return shown(definition, answers)


def next_page(definition: Definition, answers: Answers, after: str | None = None) -> Question | None:
    """The question that follows the one named `after`, the first one where none is named, None after the last."""
    order = pages(definition, answers)
    if after is None:
        return order[0] if order else None
    place = definition.numbers[after]
    return next((question for question in order if definition.numbers[question.id] > place), None)


def page_before(definition: Definition, answers: Answers, before: str) -> Question | None:
    """The question shown before the one named, None where it is the first."""
    place = definition.numbers[before]
    earlier = [question for question in pages(definition, answers) if definition.numbers[question.id] < place]
    return earlier[-1] if earlier else None


def first_open(definition: Definition, answers: Answers) -> Question | None:
    """The first question that must be answered and is not."""
    return next((it for it in pages(definition, answers) if it.is_required and it.id not in answers), None)


def progress(definition: Definition, answers: Answers) -> tuple[int, int]:
    """How many of the questions shown are answered, and how many are shown."""
    order = pages(definition, answers)
    return sum(question.id in answers for question in order), len(order)
