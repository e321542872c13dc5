"""Whatever is asked and answered: which questions are shown, what counts, and that a score does not depend on anything else."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from besa.assessments.engine import answering, scoring
from besa.assessments.engine.checking import checked
from besa.assessments.engine.conditions import (
    AllOf,
    Answered,
    AnyOf,
    AtLeast,
    Condition,
    Is,
    NotSo,
    Positive,
    holds,
)
from besa.assessments.engine.definition import Definition
from besa.assessments.tests.made import answers_to, content, definitions, level, real, words

CASES = definitions().flatmap(lambda made: st.tuples(st.just(made), answers_to(made)))
PLAIN = definitions(skips=False).flatmap(lambda made: st.tuples(st.just(made), answers_to(made)))


def hidden(made: Definition, answers: dict[str, Any]) -> set[str]:
    return set(made.by_id) - {it.id for it in answering.shown(made, answers)}


@settings(max_examples=40)
@given(case=CASES, other=st.data())
def test_answers_to_hidden_questions_never_count(case: tuple[Definition, dict[str, str]], other: st.DataObject) -> None:
    made, answers = case
    out = sorted(hidden(made, answers))
    changed = answers | {name: other.draw(st.sampled_from(["yes", "no", "unknown"])) for name in out}
    without = {name: answer for name, answer in answers.items() if name not in out}
    assert answering.shown(made, changed) == answering.shown(made, without)
    assert scoring.score(made, changed) == scoring.score(made, without)
    assert answering.pruned(made, changed) == answering.pruned(made, without) == without


@settings(max_examples=40)
@given(case=CASES, random=st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(case: tuple[Definition, dict[str, str]], random: Any) -> None:
    made, answers = case
    items = list(answers.items())
    random.shuffle(items)
    assert scoring.score(made, dict(items)) == scoring.score(made, answers)


@given(case=PLAIN, more=st.data())
def test_one_sign_more_never_makes_less_of_it(case: tuple[Definition, dict[str, str]], more: st.DataObject) -> None:
    made, answers = case
    name = more.draw(st.sampled_from(sorted(made.by_id)))
    before, after = scoring.score(made, answers), scoring.score(made, answers | {name: "yes"})
    codes = [it.code for it in made.scoring.levels]
    if made.scoring.method != "sum" or answers.get(name) != "yes":
        assert codes.index(after.level) <= codes.index(before.level), "levels stand from the gravest down"
    assert before.reached <= after.reached
    assert after.points >= before.points


@settings(max_examples=40)
@given(case=CASES)
def test_one_question_a_page_leads_through_exactly_those_that_are_shown(
    case: tuple[Definition, dict[str, str]],
) -> None:
    made, answers = case
    order, place = [], answering.next_page(made, answers)
    while place is not None:
        order.append(place)
        place = answering.next_page(made, answers, place.id)
    assert order == answering.pages(made, answers) == answering.shown(made, answers)
    for earlier, later in itertools.pairwise(order):
        assert answering.page_before(made, answers, later.id) == earlier
    if order:
        assert answering.page_before(made, answers, order[0].id) is None
    wanted = {it.question for it in answering.problems(made, answers)}
    assert wanted == {it.id for it in order if it.is_required and it.id not in answers}
    first = answering.first_open(made, answers)
    assert (first.id if first else None) == next((it.id for it in order if it.id in wanted), None)
    assert answering.progress(made, answers) == (len(answering.pruned(made, answers)), len(order))


@settings(max_examples=40)
@given(case=CASES)
def test_a_score_survives_being_kept(case: tuple[Definition, dict[str, str]]) -> None:
    outcome = scoring.score(*case)
    assert scoring.from_json(json.loads(json.dumps(scoring.as_json(outcome)))) == outcome


def _said(condition: Condition, answers: dict[str, Any], positive: set[str]) -> str:
    """The condition as an expression of Python."""
    match condition:
        case Is(name, values):
            chosen = answers.get(name, [])
            return str(any(it in values for it in (chosen if isinstance(chosen, list) else [chosen])))
        case AtLeast(name, number):
            return f"{answers.get(name, -1)} >= {number}"
        case Answered(name):
            return str(name in answers)
        case Positive(name):
            return str(name in positive)
        case AllOf(parts):
            return "(" + " and ".join(_said(it, answers, positive) for it in parts) + ")"
        case AnyOf(parts):
            return "(" + " or ".join(_said(it, answers, positive) for it in parts) + ")"
        case NotSo(part):
            return f"(not {_said(part, answers, positive)})"


LEAVES = (
    st.builds(Is, st.sampled_from(["a", "b"]), st.lists(st.sampled_from("xyz"), min_size=1).map(tuple))
    | st.builds(AtLeast, st.just("n"), st.integers(0, 9))
    | st.builds(Answered, st.sampled_from(["a", "b", "n"]))
    | st.builds(Positive, st.sampled_from(["p", "q"]))
)
TREES: st.SearchStrategy[Condition] = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(NotSo, inner)
    ),
    max_leaves=8,
)


@given(
    condition=TREES,
    a=st.sampled_from([None, "x", "y"]),
    b=st.none() | st.lists(st.sampled_from("xyz"), min_size=1, unique=True),
    n=st.none() | st.integers(0, 9),
    positive=st.sets(st.sampled_from(["p", "q"])),
)
def test_conditions_mean_what_they_say(condition: Condition, a: Any, b: Any, n: Any, positive: set[str]) -> None:
    answers = {name: it for name, it in (("a", a), ("b", b), ("n", n)) if it is not None}
    assert holds(condition, answers, frozenset(positive)) is eval(_said(condition, answers, positive))  # noqa: S307


KINDS = checked(
    content(
        {"id": "yes_no", "text": words("?")},
        {
            "id": "one",
            "kind": "choice",
            "text": words("?"),
            "options": [{"id": "a"} | words("A"), {"id": "b"} | words("B")],
        },
        {"id": "some", "kind": "choices", "text": words("?"), "options": [{"id": it} | words(it) for it in "abc"]},
        {"id": "number", "kind": "number", "text": words("?"), "least": 1, "most": 20},
        {"id": "scale", "kind": "scale", "text": words("?"), "low": words("low"), "high": words("high")},
        {"id": "text", "kind": "text", "text": words("?"), "longest": 5},
        {"id": "day", "kind": "date", "text": words("?"), "required": True},
    ),
    "kinds",
)


@pytest.mark.parametrize(
    ("name", "answer", "code"),
    [
        ("yes_no", "unknown", ""), ("yes_no", "maybe", "option"), ("yes_no", True, "option"), ("one", "b", ""),
        ("one", ["b"], "option"), ("some", ["a", "c"], ""), ("some", ["c", "a"], "option"), ("some", [], "option"),
        ("some", ["a", "a"], "option"), ("some", ["d"], "option"), ("some", "a", "option"), ("some", [1], "option"),
        ("number", 20, ""), ("number", 21, "range"), ("number", 0, "range"), ("number", "3", "number"),
        ("number", True, "number"), ("scale", 5, ""), ("scale", 6, "range"), ("text", "five!", ""), ("text", "six!!!", "long"),
        ("text", "  ", "text"), ("text", 5, "text"), ("day", "2009-07-06", ""), ("day", "2009-7-6", "date"),
        ("day", "20090706", "date"), ("day", "2009-02-30", "date"), ("day", None, "missing"), ("gone", "x", "unknown"),
    ],
)  # fmt: skip
def test_what_an_answer_may_be(name: str, answer: Any, code: str) -> None:
    given_ = {"day": "2009-07-06"} | ({name: answer} if answer is not None else {})
    if answer is None:
        del given_[name]
    assert [(it.question, it.code) for it in answering.problems(KINDS, given_)] == ([(name, code)] if code else [])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(answers=st.dictionaries(st.sampled_from([*KINDS.by_id, "gone"]), ANYTHING, max_size=8), case=definitions())
def test_nothing_that_is_sent_breaks_the_check(answers: dict[str, Any], case: Definition) -> None:
    for made in (KINDS, case):
        sent = dict(zip(made.by_id, answers.values(), strict=False)) if made is case else answers
        wrong = {it.question for it in answering.problems(made, sent)}
        taken = {name: it for name, it in sent.items() if it is not None and name not in wrong}
        assert all(isinstance(it, str | int | list) for name, it in taken.items() if name not in hidden(made, sent))


def test_a_sum_counts_what_was_answered_and_one_answer_can_be_enough() -> None:
    choices = [{"id": "much", "points": 4} | words("Much"), {"id": "little", "points": 1} | words("Little")]
    made = checked(
        content(
            {"id": "attack", "text": words("Attack?"), "points": {"yes": 1}},
            {"id": "fear", "kind": "choice", "text": words("Fear?"), "options": choices},
            {"id": "some", "kind": "choices", "text": words("Some?"), "options": choices},
            {"id": "scale", "kind": "scale", "text": words("?"), "low": words("l"), "high": words("h"), "reversed": True},
            scoring={
                "method": "sum",
                "levels": [
                    level("high", least=9, when={"question": "attack", "is": ["yes"]}), level("middle", least=4), level("low"),
                ],
            },
        ),
        "sum",
    )  # fmt: skip
    for answers, found in [
        ({}, ("low", 0, 0, 0)),
        ({"attack": "unknown"}, ("low", 0, 0, 0)),
        ({"fear": "little"}, ("low", 1, 4, 25)),
        ({"fear": "much", "some": ["much", "little"]}, ("high", 9, 9, 100)),
        ({"scale": 1}, ("middle", 4, 4, 100)),
        ({"scale": 5, "attack": "no"}, ("low", 0, 5, 0)),
        ({"attack": "yes"}, ("high", 1, 1, 100)),
    ]:
        outcome = scoring.score(made, answers)  # type: ignore[arg-type]
        assert (outcome.level, outcome.points, outcome.most, outcome.share) == found, answers
    assert scoring.score(made, {"attack": "yes"}).raised_by == ("attack",)
    assert scoring.score(made, {"fear": "much", "some": ["much", "little"]}).raised_by == ()


def test_silence_is_no_contentment() -> None:
    satisfaction = real()["satisfaction"].definition
    assert scoring.score(satisfaction, {}).level == ""
    assert scoring.score(satisfaction, {"safe": 5, "waiting": 1}).level == "good"
    assert scoring.score(satisfaction, {"safe": 1, "waiting": 5}).level == "poor"
    assert scoring.score(satisfaction, {"safe": 5, "forced": "unknown"}).share == 100


def test_needs_come_by_urgency() -> None:
    needs = real()["needs"].definition
    given_ = {
        "safety": "later",
        "housing": "now",
        "health": "no",
        "work": "soon",
        "legal": "now",
        "language": "unknown",
    }
    outcome = scoring.score(needs, given_)
    assert [(group.id, group.label) for group in outcome.groups] == [
        ("shelter", "now"),
        ("legal", "now"),
        ("work", "soon"),
        ("protection", "later"),
    ]
    assert outcome.unknown == ("language",)


def test_a_test_is_passed_by_right_answers() -> None:
    test = real()["knowledge_nrm"].definition
    key: dict[str, Any] = {}
    for question in test.questions:
        right = [option.id for option in question.options if option.is_right]
        assert right, question.id
        key[question.id] = right if question.kind == "choices" else right[0]
    assert answering.problems(test, key) == []
    assert (scoring.score(test, key).level, scoring.score(test, key).share) == ("passed", 100)
    assert (scoring.score(test, {}).level, scoring.score(test, {}).share) == ("again", 0)
    too_many = key | {"elements": [option.id for option in test.by_id["elements"].options]}
    assert scoring.score(test, too_many).points == len(key) - 1
    assert [group.questions for group in scoring.score(test, too_many).groups] == [("elements",), (), ()]
    some = dict(list(key.items())[:10])
    assert (scoring.score(test, some).share, scoring.score(test, some).level) == (66, "again")
