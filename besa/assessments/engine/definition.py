"""What a questionnaire is made of. Everything is frozen; words are there in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from besa.assessments.engine.conditions import Condition

KINDS = ("screening", "risk", "needs", "satisfaction", "knowledge")
AUDIENCES = ("adult", "child", "any")
QUESTION_KINDS = ("yes_no", "choice", "choices", "number", "text", "date", "scale")
YES, NO, UNKNOWN = "yes", "no", "unknown"
STRENGTHS = ("strong", "medium", "weak")
URGENCIES = ("now", "soon", "later")
METHODS = ("delphi", "signs", "sum", "share_right", "needs", "none")


@dataclass(frozen=True)
class Words:
    """The same said in English and in Albanian."""

    en: str
    sq: str

    def said(self, language: str) -> str:
        return self.sq if language.startswith("sq") else self.en

    def __bool__(self) -> bool:
        return bool(self.en or self.sq)


SILENCE = Words("", "")


@dataclass(frozen=True)
class Option:
    """One of the answers that may be chosen: what it is worth, whether it is right, how urgent the need is that it tells of."""

    id: str
    text: Words
    points: int = 0
    is_right: bool = False
    urgency: str = ""


@dataclass(frozen=True)
class Question:
    """One thing that is asked. `explanation` says in plain words what is meant.

    `options` are those of a choice, and yes, no and not known for `yes_no`. `counts` are the options that make a sign of it, of the
    given `strength`, for its `dimension`. A number or a scale lies between `least` and `most`; a `reversed` scale is worth most
    at its low end. `service` is the help that the need calls for.
    """

    id: str
    kind: str
    text: Words
    explanation: Words = SILENCE
    options: tuple[Option, ...] = ()
    show_if: Condition | None = None
    is_required: bool = False
    is_sensitive: bool = False
    dimension: str = ""
    strength: str = ""
    counts: tuple[str, ...] = ()
    service: str = ""
    least: int = 0
    most: int = 0
    longest: int = 0
    low: Words = SILENCE
    high: Words = SILENCE
    is_reversed: bool = False

    def option(self, wanted: object) -> Option | None:
        return next((option for option in self.options if option.id == wanted), None)

    @property
    def is_scored(self) -> bool:
        """Whether an answer can be worth points."""
        return self.kind == "scale" or any(option.points for option in self.options)

    @property
    def most_points(self) -> int:
        """The most that an answer can be worth."""
        if self.kind == "scale":
            return self.most - self.least
        worth = [option.points for option in self.options]
        return sum(worth) if self.kind == "choices" else max(worth, default=0)


@dataclass(frozen=True)
class Section:
    """Questions that belong together, under a title."""

    id: str
    title: Words
    intro: Words
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Dimension:
    """One side of the definition of trafficking that a screening looks at: act, means or purpose."""

    id: str
    title: Words
    element: str = ""


@dataclass(frozen=True)
class Needed:
    """So many signs of each strength; a stronger one may stand in for a weaker one."""

    strong: int = 0
    medium: int = 0
    weak: int = 0

    def is_met(self, strong: int, medium: int, weak: int) -> bool:
        return (
            strong >= self.strong
            and strong + medium >= self.strong + self.medium
            and strong + medium + weak >= self.strong + self.medium + self.weak
        )


@dataclass(frozen=True)
class Level:
    """What a score may come to, with what it means and what to do. Reached from `least` on, by one of the `needed` sets of signs, or
    where the condition holds; the last level of a scoring is the one that is left.
    """

    code: str
    title: Words
    meaning: Words
    least: int | None = None
    needed: tuple[Needed, ...] = ()
    when: Condition | None = None


@dataclass(frozen=True)
class Scoring:
    """How answers become a score: the method by its name, and its levels from the gravest to the mildest."""

    method: str = "none"
    measure: str = "points"  # what `least` of a level counts in: points, or share (per cent of what could be reached)
    levels: tuple[Level, ...] = ()

    def level(self, code: str) -> Level | None:
        return next((level for level in self.levels if level.code == code), None)


@dataclass(frozen=True)
class Definition:
    """A questionnaire in one version."""

    code: str
    version: int
    kind: str
    audience: str
    title: Words
    intro: Words
    source: Words
    sections: tuple[Section, ...]
    dimensions: tuple[Dimension, ...] = ()
    scoring: Scoring = Scoring()

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions in their order."""
        return tuple(question for section in self.sections for question in section.questions)

    @cached_property
    def by_id(self) -> dict[str, Question]:
        return {question.id: question for question in self.questions}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number under which each question is printed, from 1."""
        return {question.id: number for number, question in enumerate(self.questions, 1)}

    def section_of(self, question: str) -> Section:
        return next(section for section in self.sections if question in {it.id for it in section.questions})

    def of_dimension(self, dimension: str) -> Iterator[Question]:
        return (question for question in self.questions if question.dimension == dimension)
