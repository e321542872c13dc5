"""From plain data (a TOML file, the JSON of a loaded questionnaire) to a definition, or to the list of everything that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from besa.assessments.engine import definition as shape
from besa.assessments.engine.conditions import (
    AllOf,
    Answered,
    AnyOf,
    AtLeast,
    Condition,
    Is,
    NotSo,
    Positive,
)
from besa.assessments.engine.definition import NO, SILENCE, UNKNOWN, YES, Words

CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
YES_NO = (
    (YES, Words("Yes", "Po")),
    (NO, Words("No", "Jo")),
    (UNKNOWN, Words("Not known", "Nuk dihet")),
)
KEYS = {
    "file": "code version kind for title intro source sections dimensions scoring",
    "section": "id title intro questions",
    "question": (
        "id kind text explanation options show_if required sensitive dimension strength counts service least most longest "
        "low high reversed points urgency right"
    ),
    "option": "id en sq points right urgency",
    "dimension": "id title element",
    "scoring": "method measure levels",
    "level": "code title meaning least needed when",
    "needed": "strong medium weak",
}
T = TypeVar("T")


class Faulty(Exception):
    """Data that is no questionnaire; `problems` are lines that say where and what."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass
class Place:
    """A table of the data with the place where it stands, so that every problem says where it is."""

    data: Mapping[str, Any]
    where: str
    problems: list[str] = field(default_factory=list)

    def wrong(self, what: str) -> None:
        self.problems.append(f"{self.where}: {what}")

    def check_keys(self, kind: str) -> None:
        for name in sorted(set(self.data) - set(KEYS[kind].split())):
            self.wrong(f"“{name}” is not known here")

    def at(self, value: object, where: str) -> Place:
        """A table inside this one."""
        inner = Place(value if isinstance(value, Mapping) else {}, f"{self.where}, {where}", self.problems)
        if not isinstance(value, Mapping):
            inner.wrong("a table is expected")
        return inner

    def tables(self, name: str, kind: str) -> Iterator[Place]:
        """The tables of a list, each with its number and its name."""
        value = self.data.get(name, [])
        if not isinstance(value, list):
            self.wrong(f"“{name}” is not a list")
            return
        for number, it in enumerate(value, 1):
            known = it.get("id") or it.get("code") if isinstance(it, Mapping) else ""
            place = self.at(it, f"{kind} {number}" + (f" ({known})" if known else ""))
            place.check_keys(kind)
            yield place

    def code(self, name: str = "id") -> str:
        value = self.data.get(name)
        if not isinstance(value, str) or not CODE.fullmatch(value):
            self.wrong(f"“{name}” must be of small letters, digits and _, beginning with a letter")
            return ""
        return value

    def one_of(self, name: str, allowed: tuple[str, ...], usual: str | None = None) -> str:
        value = self.data.get(name, usual)
        if value not in allowed:
            self.wrong(f"“{name}” is {value!r}; it may be {', '.join(it for it in allowed if it)}")
            return allowed[0]
        return str(value)

    def number(self, name: str, usual: int = 0) -> int:
        value = self.data.get(name, usual)
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(f"“{name}” is not a whole number")
            return usual
        return value

    def truth(self, name: str) -> bool:
        value = self.data.get(name, False)
        if not isinstance(value, bool):
            self.wrong(f"“{name}” must be true or false")
        return value is True

    def codes(self, name: str) -> tuple[str, ...]:
        value = self.data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(it, str) for it in value):
            self.wrong(f"“{name}” must be a list of codes")
            return ()
        return tuple(value)

    def words(self, name: str, *, needed: bool = True) -> Words:
        if name not in self.data and not needed:
            return SILENCE
        return self.at(self.data.get(name), f"“{name}”").both() if name in self.data else self.missing(name)

    def missing(self, name: str) -> Words:
        self.wrong(f"“{name}” is missing")
        return SILENCE

    def both(self) -> Words:
        """The table's own words in English and Albanian."""
        said = {language: self.data.get(language) for language in ("en", "sq")}
        for language, text in said.items():
            if not isinstance(text, str) or not text.strip():
                self.wrong(f"there are no words in “{language}”")
        return Words(*(text.strip() if isinstance(text, str) else "" for text in said.values()))


def read(data: Mapping[str, Any], name: str) -> shape.Definition:
    """The questionnaire that the data describe; `name` is what problems begin with. Raises Faulty with all of them."""
    top = Place(data, name)
    top.check_keys("file")
    found = shape.Definition(
        code=top.code("code"),
        version=top.number("version"),
        kind=top.one_of("kind", shape.KINDS),
        audience=top.one_of("for", shape.AUDIENCES),
        title=top.words("title"),
        intro=top.words("intro"),
        source=top.words("source"),
        dimensions=tuple(_dimension(it) for it in top.tables("dimensions", "dimension")),
        sections=tuple(_section(it) for it in top.tables("sections", "section")),
        scoring=_scoring(top.at(data.get("scoring", {}), "scoring")),
    )
    if found.version < 1:
        top.wrong("“version” must be 1 or more")
    if not found.questions:
        top.wrong("nothing is asked")
    if top.problems:
        raise Faulty(top.problems)
    return found


def _dimension(place: Place) -> shape.Dimension:
    element = place.one_of("element", ("act", "means", "purpose"))
    return shape.Dimension(place.code(), place.words("title"), element)


def _section(place: Place) -> shape.Section:
    questions = tuple(_question(it) for it in place.tables("questions", "question"))
    return shape.Section(place.code(), place.words("title"), place.words("intro", needed=False), questions)


def _question(place: Place) -> shape.Question:
    kind = place.one_of("kind", shape.QUESTION_KINDS, "yes_no")
    strength = place.one_of("strength", ("", *shape.STRENGTHS), "")
    counts = place.codes("counts")
    return shape.Question(
        id=place.code(),
        kind=kind,
        text=place.words("text"),
        explanation=place.words("explanation", needed=False),
        options=_options(place, kind),
        show_if=_condition(place.at(place.data["show_if"], "show_if")) if "show_if" in place.data else None,
        is_required=place.truth("required"),
        is_sensitive=place.truth("sensitive"),
        dimension=place.code("dimension") if "dimension" in place.data else "",
        strength=strength,
        counts=counts or ((YES,) if strength and kind == "yes_no" else ()),
        service=place.code("service") if "service" in place.data else "",
        least=place.number("least", 1 if kind == "scale" else 0),
        most=place.number("most", 5 if kind == "scale" else 0),
        longest=place.number("longest"),
        low=place.words("low", needed=kind == "scale"),
        high=place.words("high", needed=kind == "scale"),
        is_reversed=place.truth("reversed"),
    )


def _options(place: Place, kind: str) -> tuple[shape.Option, ...]:
    if kind == "yes_no":
        worth = place.at(place.data.get("points", {}), "points")
        urgent = place.at(place.data.get("urgency", {}), "urgency")
        right = place.data.get("right")
        return tuple(
            shape.Option(
                code, words, worth.number(code), right == code, urgent.one_of(code, ("", *shape.URGENCIES), "")
            )
            for code, words in YES_NO
        )
    return tuple(
        shape.Option(
            it.code(),
            it.both(),
            it.number("points"),
            it.truth("right"),
            it.one_of("urgency", ("", *shape.URGENCIES), ""),
        )
        for it in place.tables("options", "option")
    )


def _scoring(place: Place) -> shape.Scoring:
    place.check_keys("scoring")
    return shape.Scoring(
        place.one_of("method", shape.METHODS, "none"),
        place.one_of("measure", ("points", "share"), "points"),
        tuple(_level(it) for it in place.tables("levels", "level")),
    )


def _level(place: Place) -> shape.Level:
    return shape.Level(
        place.code("code"),
        place.words("title"),
        place.words("meaning"),
        place.number("least") if "least" in place.data else None,
        tuple(
            shape.Needed(*(it.number(strength) for strength in shape.STRENGTHS))
            for it in place.tables("needed", "needed")
        ),
        _condition(place.at(place.data["when"], "when")) if "when" in place.data else None,
    )


# --- conditions


def _is(place: Place) -> Condition:
    values = place.codes("is")
    if not values:
        place.wrong("“is” names no answer")
    return Is(place.code("question"), values)


def _parts(name: str) -> Callable[[Place], tuple[Condition, ...]]:
    def read_parts(place: Place) -> tuple[Condition, ...]:
        value = place.data[name]
        if not isinstance(value, list) or not value:
            place.wrong(f"“{name}” must be a list of conditions")
            return ()
        return tuple(_condition(place.at(it, f"part {number}")) for number, it in enumerate(value, 1))

    return read_parts


FORMS: dict[frozenset[str], Callable[[Place], Condition]] = {
    frozenset({"question", "is"}): _is,
    frozenset({"question", "at_least"}): lambda place: AtLeast(place.code("question"), place.number("at_least")),
    frozenset({"answered"}): lambda place: Answered(place.code("answered")),
    frozenset({"dimension"}): lambda place: Positive(place.code("dimension")),
    frozenset({"all"}): lambda place: AllOf(_parts("all")(place)),
    frozenset({"any"}): lambda place: AnyOf(_parts("any")(place)),
    frozenset({"not"}): lambda place: NotSo(_condition(place.at(place.data["not"], "not"))),
}


def _condition(place: Place) -> Condition:
    form = FORMS.get(frozenset(place.data))
    if form is None:
        place.wrong("a condition is question with is or at_least, answered, dimension, all, any or not")
        return Answered("")
    return form(place)
