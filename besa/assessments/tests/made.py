"""Questionnaires made up by hypothesis, and the real ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from hypothesis import strategies as st

from besa.assessments.engine.checking import checked
from besa.assessments.engine.definition import Definition
from besa.assessments.loading import OF_THE_FIELD, Loaded, read_all

FOLDERS = [OF_THE_FIELD, Path(settings.COUNTRY) / "forms"]


@cache
def real() -> dict[str, Loaded]:
    """The questionnaires that Besa comes with, by code."""
    return {loaded.definition.code: loaded for loaded in read_all(FOLDERS)}


def words(text: str) -> dict[str, str]:
    return {"en": text, "sq": f"{text} (sq)"}


def content(*questions: dict[str, Any], scoring: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Data of a questionnaire with one section of these questions."""
    sections = [{"id": "one", "title": words("One"), "questions": list(questions)}]
    return {
        "code": "made", "version": 1, "kind": "risk", "for": "any", "title": words("Made"), "intro": words("Intro"),
        "source": words("Source"), "sections": sections, "scoring": scoring or {"method": "none"},
    } | more  # fmt: skip


def level(code: str, **reached: Any) -> dict[str, Any]:
    return {"code": code, "title": words(code), "meaning": words(f"{code} means")} | reached


ANSWERS = ("yes", "no", "unknown")
DIMENSIONS = ("d0", "d1")
SCORINGS: dict[str, dict[str, Any]] = {
    "delphi": {
        "method": "delphi",
        "levels": [
            level("both", when={"all": [{"dimension": it} for it in DIMENSIONS]}),
            level("one", when={"any": [{"dimension": it} for it in DIMENSIONS]}),
            level("none"),
        ],
    },
    "signs": {
        "method": "signs",
        "levels": [level("many", needed=[{"strong": 1, "weak": 1}, {"medium": 2}]), level("few")],
    },
    "sum": {"method": "sum", "levels": [level("high", least=5), level("medium", least=2), level("low")]},
}


@st.composite
def conditions(draw: st.DrawFn, earlier: list[str]) -> dict[str, Any]:
    """A condition over earlier questions."""
    leaf = st.builds(
        lambda name, values: {"question": name, "is": values},
        st.sampled_from(earlier),
        st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=2, unique=True),
    )
    tree = st.recursive(
        leaf | st.builds(lambda name: {"answered": name}, st.sampled_from(earlier)),
        lambda inner: (
            st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=2))
            | st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=2))
            | st.builds(lambda part: {"not": part}, inner)
        ),
        max_leaves=3,
    )
    return draw(tree)


@st.composite
def definitions(draw: st.DrawFn, *, skips: bool = True, method: str = "") -> Definition:
    """A questionnaire of up to six questions that look for signs, worth points, shown or hidden by earlier ones."""
    questions: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 6))):
        question: dict[str, Any] = {
            "id": f"q{number}",
            "text": words(f"Question {number}?"),
            "strength": draw(st.sampled_from(("strong", "medium", "weak"))),
            "dimension": draw(st.sampled_from(DIMENSIONS)),
            "points": {"yes": draw(st.integers(0, 4))},
            "required": draw(st.booleans()),
        }
        if skips and questions and draw(st.sampled_from((True, False))):
            question["show_if"] = draw(conditions([it["id"] for it in questions]))
        questions.append(question)
    scoring = SCORINGS[method or draw(st.sampled_from(sorted(SCORINGS)))]
    dimensions = [{"id": it, "title": words(it), "element": "means"} for it in DIMENSIONS]
    return checked(content(*questions, scoring=scoring, dimensions=dimensions), "made")


def answers_to(definition: Definition) -> st.SearchStrategy[dict[str, str]]:
    """Answers to some of its questions, also to such as are hidden."""
    names = [question.id for question in definition.questions]
    return st.dictionaries(st.sampled_from(names), st.sampled_from(ANSWERS), max_size=len(names))
