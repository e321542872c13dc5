"""Whether a questionnaire holds together: names that exist, conditions that look back, levels that can be reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from besa.assessments.engine.conditions import AtLeast, Condition, Is, Positive, asked
from besa.assessments.engine.definition import Definition, Level, Question
from besa.assessments.engine.reading import Faulty, read

CHOSEN = ("choice", "choices")
COUNTED = ("number", "scale")
NEEDS_LEVELS = ("delphi", "signs", "sum", "share_right")


def checked(data: Mapping[str, Any], name: str) -> Definition:
    """The questionnaire that the data describe, whole in itself. Raises Faulty with everything that is wrong."""
    found = read(data, name)
    if wrong := [f"{name}, {problem}" for problem in faults(found)]:
        raise Faulty(wrong)
    return found


def faults(definition: Definition) -> Iterator[str]:
    """What does not hold together, with the place of each."""
    yield from _repeated("section", (section.id for section in definition.sections))
    yield from _repeated("question", (question.id for question in definition.questions))
    yield from _repeated("dimension", (dimension.id for dimension in definition.dimensions))
    yield from _repeated("level", (level.code for level in definition.scoring.levels))
    dimensions = {dimension.id for dimension in definition.dimensions}
    earlier: dict[str, Question] = {}
    for question in definition.questions:
        where = f"question {definition.numbers[question.id]} ({question.id})"
        yield from (f"{where}: {problem}" for problem in _question_faults(question, dimensions))
        if question.show_if is not None:
            yield from (f"{where}, show_if: {it}" for it in _condition_faults(question.show_if, earlier, set()))
        earlier[question.id] = question
    yield from _scoring_faults(definition, dimensions)


def _repeated(kind: str, names: Iterable[str]) -> Iterator[str]:
    yield from (f"{kind} {name}: there are two of that name" for name, times in Counter(names).items() if times > 1)


def _question_faults(question: Question, dimensions: set[str]) -> Iterator[str]:
    options = [option.id for option in question.options]
    if question.kind in CHOSEN and len(options) < 2:
        yield "there is nothing to choose from"
    if question.kind not in (*CHOSEN, "yes_no") and options:
        yield f"a {question.kind} has no options"
    yield from (f"option {name}: there are two of that name" for name, times in Counter(options).items() if times > 1)
    if question.kind == "scale" and question.least >= question.most:
        yield "the scale has no length"
    if question.kind == "number" and question.most and question.least > question.most:
        yield "“least” is more than “most”"
    if question.dimension and question.dimension not in dimensions:
        yield f"there is no dimension {question.dimension}"
    if bool(question.counts) != bool(question.strength):
        yield "a sign has a strength, and answers that count as the sign"
    yield from (f"“counts” names {name}, which cannot be chosen" for name in question.counts if name not in options)
    if question.kind == "choice" and sum(option.is_right for option in question.options) > 1:
        yield "only one answer can be chosen, and more than one is right"


def _condition_faults(condition: Condition, known: Mapping[str, Question], dimensions: set[str]) -> Iterator[str]:
    for part in asked(condition):
        if isinstance(part, Positive):
            if part.dimension not in dimensions:
                yield f"there is no dimension {part.dimension} to look at here"
            continue
        question = known.get(part.question)
        if question is None:
            yield f"there is no question {part.question} before this one"
        elif isinstance(part, Is):
            options = [option.id for option in question.options]
            yield from (f"{part.question} has no answer {value}" for value in part.values if value not in options)
        elif isinstance(part, AtLeast) and question.kind not in COUNTED:
            yield f"{part.question} is no number"


def _scoring_faults(definition: Definition, dimensions: set[str]) -> Iterator[str]:
    method, levels = definition.scoring.method, definition.scoring.levels
    if method in NEEDS_LEVELS and not levels:
        yield f"scoring: {method} needs levels"
    if method == "delphi" and not dimensions:
        yield "scoring: delphi needs dimensions"
    for level in levels[:-1]:
        if not _can_be_reached(method, level):
            yield f"level {level.code}: nothing reaches it; only the last level stands without a reason"
    if levels and (levels[-1].when is not None or levels[-1].needed or levels[-1].least):
        yield f"level {levels[-1].code}: the last level is what is left; it takes no reason"
    known = {question.id: question for question in definition.questions}
    for level in levels:
        if level.when is not None:
            yield from (f"level {level.code}: {it}" for it in _condition_faults(level.when, known, dimensions))
    marks = [level.least for level in levels if level.least is not None]
    if marks != sorted(marks, reverse=True):
        yield "scoring: levels go from the highest “least” to the lowest"


def _can_be_reached(method: str, level: Level) -> bool:
    by_method = {"delphi": False, "signs": bool(level.needed), "sum": level.least is not None}
    return level.when is not None or by_method.get(method, level.least is not None)
