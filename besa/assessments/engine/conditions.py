"""Small expressions, kept as data: when a question is asked, when a level is reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Answer = str | int | list[str]
Answers = Mapping[str, Answer]
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Is:
    """The answer is one of these; of several that were chosen, one is enough."""

    question: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class AtLeast:
    """The number or the place on the scale is that or more."""

    question: str
    number: int


@dataclass(frozen=True)
class Answered:
    """Something was answered."""

    question: str


@dataclass(frozen=True)
class Positive:
    """The dimension is positive."""

    dimension: str


@dataclass(frozen=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class NotSo:
    part: Condition


Condition = Is | AtLeast | Answered | Positive | AllOf | AnyOf | NotSo


def holds(condition: Condition, answers: Answers, positive: frozenset[str] = NOTHING) -> bool:
    """Whether it is so, given these answers and positive dimensions. What was not answered is nothing."""
    match condition:
        case Is(question, values):
            answer = answers.get(question)
            return any(it in values for it in (answer if isinstance(answer, list) else [answer]))
        case AtLeast(question, number):
            answer = answers.get(question)
            return isinstance(answer, int) and answer >= number
        case Answered(question):
            return question in answers
        case Positive(dimension):
            return dimension in positive
        case AllOf(parts):
            return all(holds(part, answers, positive) for part in parts)
        case AnyOf(parts):
            return any(holds(part, answers, positive) for part in parts)
        case NotSo(part):
            return not holds(part, answers, positive)


def asked(condition: Condition) -> Iterator[Is | AtLeast | Answered | Positive]:
    """The plain statements that it is made of, in their order."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from asked(part)
        case NotSo(part):
            yield from asked(part)
        case _:
            yield condition


def supporting(condition: Condition, answers: Answers) -> list[str]:
    """The questions whose answers make it true, for the explanation; empty where it does not hold."""
    if not holds(condition, answers):
        return []
    found = [part.question for part in asked(condition) if not isinstance(part, Positive) and holds(part, answers)]
    return list(dict.fromkeys(found))
