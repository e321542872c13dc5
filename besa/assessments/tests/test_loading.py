"""Questionnaires as files: every problem has a place, what is there is complete, and a version never changes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from besa.assessments.engine.bank import written_out
from besa.assessments.engine.checking import checked, faults
from besa.assessments.engine.reading import Faulty
from besa.assessments.loading import OF_THE_FIELD, load_country_forms, read_all
from besa.assessments.models import Instrument
from besa.assessments.tests.made import FOLDERS, content, level, real, words
from besa.audit.models import Event
from besa.lib import clock
from besa.lib.document.freeze import canonical
from besa.lib.loading import Unloadable

Change = Callable[[dict[str, Any]], Any]
FORMS = Path(settings.COUNTRY) / "forms"
ALBANIAN = re.compile(r"[ëç]", re.IGNORECASE)


def usual() -> dict[str, Any]:
    """A questionnaire that holds together, with one of most things."""
    options = [{"id": "a", "points": 1} | words("A"), {"id": "b"} | words("B")]
    return content(
        {"id": "first", "text": words("First?"), "strength": "weak", "dimension": "d"},
        {"id": "second", "kind": "choice", "text": words("?"), "options": options, "show_if": {"question": "first", "is": ["yes"]}},
        {"id": "scale", "kind": "scale", "text": words("?"), "low": words("l"), "high": words("h")},
        dimensions=[{"id": "d", "title": words("D"), "element": "act"}],
        scoring={"method": "sum", "levels": [level("high", least=3), level("low")]},
    )  # fmt: skip


def question(data: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = data["sections"][0]["questions"][number]
    return found


def put(number: int, **values: Any) -> Change:
    return lambda data: question(data, number).update(values)


def levels(*found: dict[str, Any], method: str = "sum") -> Change:
    return lambda data: data["scoring"].update(levels=list(found), method=method)


WRONG: list[tuple[Change, str]] = [
    (lambda data: data.pop("title"), "f.toml: “title” is missing"),
    (lambda data: data["title"].pop("sq"), "f.toml, “title”: there are no words in “sq”"),
    (lambda data: data.update(kind="quiz"), "f.toml: “kind” is 'quiz'; it may be screening, risk, needs, satisfaction, knowledge"),
    (lambda data: data.update(version=0), "f.toml: “version” must be 1 or more"),
    (lambda data: data.update(version="1"), "f.toml: “version” is not a whole number"),
    (lambda data: data.update(code="Ë"), "f.toml: “code” must be of small letters, digits and _, beginning with a letter"),
    (lambda data: data.update(colour="red"), "f.toml: “colour” is not known here"),
    (lambda data: data.update(sections="all"), "f.toml: “sections” is not a list"),
    (lambda data: data.update(sections=[]), "f.toml: nothing is asked"),
    (put(0, text="First?"), "f.toml, section 1 (one), question 1 (first), “text”: a table is expected"),
    (put(0, kind="essay"), "f.toml, section 1 (one), question 1 (first): “kind” is 'essay'; it may be yes_no"),
    (put(0, strenght="weak"), "f.toml, section 1 (one), question 1 (first): “strenght” is not known here"),
    (put(0, required="yes"), "f.toml, section 1 (one), question 1 (first): “required” must be true or false"),
    (put(0, counts="yes"), "f.toml, section 1 (one), question 1 (first): “counts” must be a list of codes"),
    (put(0, points={"yes": "2"}), "f.toml, section 1 (one), question 1 (first), points: “yes” is not a whole number"),
    (put(1, show_if={"question": "first"}), "f.toml, section 1 (one), question 2 (second), show_if: a condition is"),
    (put(1, show_if={"all": []}), "f.toml, section 1 (one), question 2 (second), show_if: “all” must be a list of conditions"),
    (put(1, show_if={"any": [{"question": "first", "is": []}]}), "f.toml, section 1 (one), question 2 (second), show_if, part 1: “is”"),
    (put(2, low=None), "f.toml, section 1 (one), question 3 (scale), “low”: a table is expected"),
    (put(1, id="first"), "f.toml, question first: there are two of that name"),
    (put(0, dimension="x"), "f.toml, question 1 (first): there is no dimension x"),
    (put(0, counts=["perhaps"]), "f.toml, question 1 (first): “counts” names perhaps, which cannot be chosen"),
    (put(1, counts=["a"]), "f.toml, question 2 (second): a sign has a strength, and answers that count as the sign"),
    (put(1, options=[]), "f.toml, question 2 (second): there is nothing to choose from"),
    (put(1, options=[{"id": "a"} | words("A")] * 2), "f.toml, question 2 (second): option a: there are two of that name"),
    (
        put(1, options=[{"id": it, "right": True} | words(it) for it in "ab"]),
        "f.toml, question 2 (second): only one answer can be chosen, and more than one is right",
    ),
    (put(2, options=[{"id": "a"} | words("A")]), "f.toml, question 3 (scale): a scale has no options"),
    (put(2, least=5), "f.toml, question 3 (scale): the scale has no length"),
    (put(1, show_if={"question": "scale", "at_least": 3}), "f.toml, question 2 (second), show_if: there is no question scale before"),
    (put(1, show_if={"question": "first", "is": ["perhaps"]}), "f.toml, question 2 (second), show_if: first has no answer perhaps"),
    (put(1, show_if={"question": "first", "at_least": 1}), "f.toml, question 2 (second), show_if: first is no number"),
    (put(1, show_if={"dimension": "d"}), "f.toml, question 2 (second), show_if: there is no dimension d to look at here"),
    (levels(), "f.toml, scoring: sum needs levels"),
    (levels(level("a"), level("b")), "f.toml, level a: nothing reaches it; only the last level stands without a reason"),
    (levels(level("a", least=1)), "f.toml, level a: the last level is what is left; it takes no reason"),
    (levels(level("a", least=1), level("b", least=2), level("c")), "f.toml, scoring: levels go from the highest “least” to the lowest"),
    (levels(level("a", when={"question": "x", "is": ["yes"]}), level("b")), "f.toml, level a: there is no question x before this one"),
    (levels(level("a", least=9), level("a")), "f.toml, level a: there are two of that name"),
    (levels(level("a", least=9), level("b"), method="delphi"), "f.toml, level a: nothing reaches it"),
]  # fmt: skip


def test_what_holds_together_is_taken() -> None:
    assert list(faults(checked(usual(), "f.toml"))) == []


@pytest.mark.parametrize(
    ("change", "problem"), WRONG, ids=[problem.partition(",")[2] or problem for _, problem in WRONG]
)
def test_what_is_wrong_is_named_with_its_place(change: Change, problem: str) -> None:
    data = usual()
    change(data)
    with pytest.raises(Faulty) as faulty:
        checked(data, "f.toml")
    assert [line for line in faulty.value.problems if line.startswith(problem)], faulty.value.problems


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("code = ")
    (tmp_path / "b.toml").write_text('code = "b"\nkind = "quiz"\n')
    (tmp_path / "c.toml").write_text('code = "c"\nbank = "gone"\n')
    (tmp_path / "d.toml").write_text("")
    (tmp_path / "e.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Unloadable) as unloadable:
        read_all([tmp_path])
    told = unloadable.value.problems
    assert {line[:6] for line in told} == {f"{letter}.toml" for letter in "abcde"}
    assert len([line for line in told if line.startswith("b.toml")]) > 4
    assert "c.toml: there is no bank gone" in told


def test_a_bank_is_written_out_in_full() -> None:
    bank = {
        "dimensions": [{"id": "d", "title": words("D"), "intro": words("I"), "element": "act"}],
        "indicators": [
            {"id": "x", "dimension": "d", "text": words("X?"), "strength": {"adult": "weak", "child": "strong"}},
            {"id": "y", "dimension": "d", "text": words("Y?"), "strength": {"adult": "medium"}},
        ],
    }
    taken = written_out({"code": "c", "bank": "b", "profile": "child", "sections": [{"id": "own"}]}, {"b": bank}, "f")
    assert "bank" not in taken
    assert [section["id"] for section in taken["sections"]] == ["d", "own"]
    assert [(it["id"], it["strength"]) for it in taken["sections"][0]["questions"]] == [("x", "strong")]
    for wrong, told in [
        ({"bank": "b", "profile": "nobody"}, "nothing for the profile nobody"),
        ({"bank": "b"}, "the profile that is not named"),
        ({"bank": "none"}, "there is no bank none"),
    ]:
        with pytest.raises(Faulty) as faulty:
            written_out(wrong, {"b": bank}, "f")
        assert told in faulty.value.problems[0]


@pytest.mark.parametrize("word", ["seen", "errors", "parts", "questions", "fields"])
def test_a_question_takes_no_word_of_the_forms(tmp_path: Path, word: str) -> None:
    text = (FORMS / "border.toml").read_text().replace('id = "observed"', f'id = "{word}"')
    assert word in text
    (tmp_path / "one.toml").write_text(text)
    with pytest.raises(Unloadable) as unloadable:
        read_all([tmp_path])
    assert len(unloadable.value.problems) == 1
    assert f"one.toml, question {word}: forms use this word" in unloadable.value.problems[0]


def test_a_questionnaire_stands_once(tmp_path: Path) -> None:
    text = (FORMS / "border.toml").read_text()
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(text)
    with pytest.raises(Unloadable) as unloadable:
        read_all([tmp_path])
    assert unloadable.value.problems == ["two.toml: border, version 1 is in one.toml already"]


def test_loading_a_country_brings_its_questionnaires(db: None) -> None:
    said = load_country_forms(Path(settings.COUNTRY), at=clock.now())
    assert said == [f"questionnaires: {len(real())} added, 0 changed, 0 left"]
    assert Event.objects.filter(verb="instrument_loaded").count() == len(real())
    assert load_country_forms(Path(settings.COUNTRY), at=clock.now()) == [
        f"questionnaires: 0 added, 0 changed, {len(real())} left"
    ]
    for row in Instrument.objects.all():
        assert row.definition == real()[row.code].definition, "what the database gives back is what was read"
        assert canonical(row.content) == canonical(real()[row.code].content)


def test_a_changed_version_refuses_the_whole_load(db: None, tmp_path: Path) -> None:
    forms = tmp_path / "forms"
    forms.mkdir()
    (forms / "mine.toml").write_text((FORMS / "border.toml").read_text().replace('"border"', '"mine"', 1))
    load_country_forms(tmp_path, at=clock.now())
    (forms / "mine.toml").write_text((forms / "mine.toml").read_text().replace("First screening", "The first look", 1))
    with pytest.raises(Unloadable) as unloadable:
        load_country_forms(tmp_path, at=clock.now())
    assert "mine: the content of version 1 has changed" in unloadable.value.problems[0]
    assert Instrument.objects.get(code="mine").title_en == "First screening at the border"


# --- what Besa comes with


def _every_words(data: Any) -> list[dict[str, str]]:
    if isinstance(data, dict):
        own = [data] if {"en", "sq"} <= data.keys() else []
        return own + [it for value in data.values() for it in _every_words(value)]
    return [it for value in data for it in _every_words(value)] if isinstance(data, list) else []


@pytest.mark.parametrize("code", sorted(real()))
def test_every_text_is_there_in_both_languages(code: str) -> None:
    pairs = _every_words(real()[code].content)
    same = {it["en"] for it in pairs if it["en"] == it["sq"]}
    assert same <= {"0800 12 12"}, "left in English"
    long = [it["sq"] for it in pairs if len(it["sq"]) > 60]
    assert [text for text in long if not ALBANIAN.search(text)] == [], "Albanian without its letters"


def test_what_is_needed_is_there() -> None:
    kinds = {(it.definition.kind, it.definition.audience) for it in real().values()}
    assert kinds >= {
        ("screening", "adult"), ("screening", "child"), ("risk", "any"), ("needs", "any"), ("satisfaction", "any"),
        ("knowledge", "any"),
    }  # fmt: skip
    assert {path.name for folder in FOLDERS for path in folder.glob("*.toml")} == {f"{code}.toml" for code in real()}


def test_signs_of_the_field_are_explained() -> None:
    bank = tomllib.loads((OF_THE_FIELD / "banks" / "ilo_delphi.toml").read_text())
    assert [it["id"] for it in bank["indicators"] if not it["explanation"]["sq"]] == []
    assert len(bank["indicators"]) == 67


def test_the_command_says_what_is_wrong(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in Path(settings.COUNTRY).glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "mine.toml").write_text('code = "mine"\n')
    with pytest.raises(CommandError, match="nothing was written"):
        call_command("load_country", str(tmp_path))
    assert "mine.toml: nothing is asked" in capsys.readouterr().err
    assert not Instrument.objects.exists()
