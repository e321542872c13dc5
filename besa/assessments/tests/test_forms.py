"""Forms made from questionnaires: what follows from what, without a script; what is refused; one question a page."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from besa.assessments.engine import answering
from besa.assessments.engine.checking import checked
from besa.assessments.engine.definition import Definition
from besa.assessments.forms import QuestionnaireForm, QuestionsForm, question_form
from besa.assessments.tests.made import answers_to, content, definitions, real, words

BORDER = real()["border"].definition
PLAIN = {"asks_help": "no", "fears": "no", "accompanied": "no"}


def posted(values: dict[str, Any]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def test_what_does_not_follow_is_neither_shown_nor_taken() -> None:
    form = QuestionnaireForm(BORDER, posted(PLAIN | {"speaks_for": "yes"}))
    assert form.is_valid()
    assert "speaks_for" not in form.fields
    assert form.answers == form.all_answers == PLAIN


def test_questions_that_follow_are_shown_before_anything_is_taken() -> None:
    first = QuestionnaireForm(BORDER)
    assert "speaks_for" not in first.seen.split()
    answers = PLAIN | {"accompanied": "yes"}
    second = QuestionnaireForm(BORDER, posted(answers | {"_seen": first.seen}))
    assert not second.is_valid()
    assert second.non_field_errors() == ["More questions follow from your answers. Please look at them."]
    assert "speaks_for" in second.seen.split()
    third = QuestionnaireForm(BORDER, posted(answers | {"_seen": second.seen, "speaks_for": "yes"}))
    assert third.is_valid()
    assert third.answers == answers | {"speaks_for": "yes"}


def test_showing_what_follows_complains_of_nothing() -> None:
    form = QuestionnaireForm(BORDER, posted({"accompanied": "yes", "_refresh": "1", "_seen": ""}))
    assert not form.is_valid()
    assert not form.errors
    assert "speaks_for" in form.fields
    assert form["accompanied"].value() == "yes", "what was chosen stays"


def test_each_wrong_answer_is_told_at_its_question() -> None:
    made = checked(
        content(
            {"id": "must", "text": words("?"), "required": True},
            {"id": "number", "kind": "number", "text": words("?"), "least": 1, "most": 9},
            {"id": "free", "kind": "number", "text": words("?")},
            {"id": "text", "kind": "text", "text": words("?"), "longest": 3},
            {"id": "day", "kind": "date", "text": words("?")},
            {"id": "scale", "kind": "scale", "text": words("?"), "low": words("l"), "high": words("h")},
        ),
        "made",
    )
    wrong = {"number": "10", "free": "-1", "text": "long", "day": "yesterday", "scale": "9"}
    form = QuestionnaireForm(made, posted(wrong))
    assert not form.is_valid()
    assert form.errors.keys() == {"must", *wrong}
    assert form.errors["must"] == ["Please answer this question."]
    assert form.errors["number"] == ["Write a number from 1 to 9."]
    assert form.errors["free"] == ["Write 0 or more."]
    assert form.errors["text"] == ["Write at most 3 characters."]
    with override("sq"):
        told = QuestionnaireForm(made, posted(wrong))
        assert told.errors["must"] == ["Ju lutemi përgjigjuni kësaj pyetjeje."]
        assert told.errors["number"] == ["Shkruani një numër nga 1 deri në 9."]
    right = {"must": "unknown", "number": "9", "text": " ab ", "day": "2009-07-06", "scale": "4"}
    form = QuestionnaireForm(made, posted(right))
    assert form.is_valid()
    assert form.answers == {"must": "unknown", "number": 9, "text": "ab", "day": "2009-07-06", "scale": 4}


def test_several_answers_are_kept_in_the_order_of_the_question() -> None:
    needs = real()["needs"].definition
    answers = {"safety": "no", "housing": "now", "health": "no", "housing_kind": ["shelter", "high_security"]}
    form = QuestionnaireForm(needs, posted(answers))
    assert form.is_valid()
    assert form.answers["housing_kind"] == ["high_security", "shelter"]
    assert answering.problems(needs, form.answers) == []


def test_a_section_by_itself_knows_the_earlier_answers() -> None:
    risk = real()["risk"].definition
    given_ = {"attack": "no", "threats": "no", "knows_place": "no"}
    form = QuestionnaireForm(risk, posted({"suicide": "no", "attack": "yes"}), section="self", given=given_)
    assert set(form.fields) == {"suicide", "substances", "illness", "back"}
    assert form.is_valid()
    assert form.answers == {"suicide": "no"}
    assert form.all_answers == given_ | {"suicide": "no"}
    assert [part.section.id for part in form.parts] == ["self"]


def test_changing_an_earlier_answer_takes_what_followed_away() -> None:
    made = checked(
        content(
            {"id": "one", "text": words("?")},
            {"id": "two", "text": words("?"), "show_if": {"question": "one", "is": ["yes"]}},
        ),
        "made",
    )
    given_ = {"one": "yes", "two": "yes"}
    form = QuestionnaireForm(made, posted({"one": "no"}), given=given_)
    assert form.is_valid()
    assert form.all_answers == {"one": "no"}


def test_one_question_a_page() -> None:
    question = BORDER.by_id["injuries"]
    form = question_form(question, posted({"injuries": "yes", "fears": "yes"}))
    assert form.is_valid()
    assert form.answers == {"injuries": "yes"}
    skipped = question_form(question, posted({}))
    assert skipped.is_valid()
    assert skipped.answers == {}
    assert not question_form(BORDER.by_id["fears"], posted({})).is_valid()
    again = question_form(question, given={"injuries": "no"})
    assert again["injuries"].value() == "no"
    assert again.rows[0].explanation.startswith("Bruises")
    with override("sq"):
        told = question_form(question)
        assert told["injuries"].label == "A shihni lëndime ose shenja dhune?"
        assert [label for _value, label in told.fields["injuries"].choices] == ["Po", "Jo", "Nuk dihet"]  # type: ignore[attr-defined]


def test_two_questionnaires_on_one_page_do_not_mix() -> None:
    form = QuestionnaireForm(
        BORDER, posted({f"b-{name}": it for name, it in PLAIN.items()} | {"asks_help": "yes"}), prefix="b"
    )
    assert form.is_valid()
    assert form.answers == PLAIN
    assert (form.seen_name, form.refresh_name, form.block) == ("b-_seen", "b-_refresh", "questions-b")


CASES = definitions().flatmap(lambda made: st.tuples(st.just(made), answers_to(made)))


@settings(max_examples=30)
@given(case=CASES)
def test_a_form_takes_what_the_engine_takes(case: tuple[Definition, dict[str, str]]) -> None:
    made, answers = case
    form = QuestionnaireForm(made, posted(answers))
    assert [it.id for it in form.questions] == [it.id for it in answering.shown(made, answers)]
    assert form.is_valid() is (answering.problems(made, answers) == [])
    if form.is_valid():
        assert form.all_answers == answering.pruned(made, answers)


@pytest.mark.parametrize("code", sorted(real()))
def test_every_question_of_what_comes_with_besa_is_a_field(code: str) -> None:
    definition = real()[code].definition
    for question in definition.questions:
        form = QuestionsForm([question])
        assert str(form[question.id])
        assert form.rows[0].is_group is (question.kind in ("yes_no", "choice", "choices", "scale")), question.id
