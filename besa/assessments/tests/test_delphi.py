"""The ILO's rule against the prose that it was read from, and what the dimensions say together."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from besa.assessments.engine.definition import Definition
from besa.assessments.engine.scoring import is_positive, score
from besa.assessments.tests.made import real

ADULTS = ("delphi_adult_labour", "delphi_adult_sexual")
CHILDREN = ("delphi_child_labour", "delphi_child_sexual")


def prose(strong: int, medium: int, weak: int) -> bool:
    """Two strong; or one strong and one medium or weak; or three medium; or two medium and one weak."""
    signs = ["S"] * strong + ["M"] * medium + ["W"] * weak
    at_least_two_strong = signs.count("S") >= 2
    one_strong_and_another = signs.count("S") >= 1 and signs.count("M") + signs.count("W") >= 1
    three_medium = signs.count("M") >= 3
    two_medium_and_a_weak = signs.count("M") >= 2 and signs.count("W") >= 1
    return at_least_two_strong or one_strong_and_another or three_medium or two_medium_and_a_weak


def test_the_rule_is_what_the_prose_says() -> None:
    for strong, medium, weak in product(range(12), repeat=3):
        assert is_positive(strong, medium, weak) is prose(strong, medium, weak), (strong, medium, weak)


@pytest.mark.parametrize(
    ("counts", "positive"),
    [
        ((0, 0, 0), False), ((1, 0, 0), False), ((2, 0, 0), True), ((1, 1, 0), True), ((1, 0, 1), True), ((0, 2, 0), False),
        ((0, 3, 0), True), ((0, 2, 1), True), ((0, 1, 2), False), ((0, 1, 9), False), ((0, 0, 9), False),
    ],
)  # fmt: skip
def test_known_cases(counts: tuple[int, int, int], positive: bool) -> None:
    assert is_positive(*counts) is positive


@pytest.mark.parametrize("code", [*ADULTS, *CHILDREN])
@settings(max_examples=40)
@given(choice=st.data())
def test_each_dimension_is_weighed_by_itself(code: str, choice: st.DataObject) -> None:
    definition = real()[code].definition
    names = [it.id for it in definition.questions if it.dimension]
    chosen = choice.draw(st.sets(st.sampled_from(names)))
    denied = choice.draw(st.sets(st.sampled_from(names)))
    answers = dict.fromkeys(denied, "no") | dict.fromkeys(chosen, "yes")
    expected = set()
    for dimension in definition.dimensions:
        found = [it.strength for it in definition.of_dimension(dimension.id) if it.id in chosen]
        if prose(*(found.count(strength) for strength in ("strong", "medium", "weak"))):
            expected.add(dimension.id)
    outcome = score(definition, answers)
    assert outcome.reached == expected
    assert {name for group in outcome.groups for name in group.questions} == chosen, "the score names what led to it"


def answers_for(definition: Definition, positive: set[str], **more: str) -> dict[str, str]:
    """Every sign of these dimensions, and none of the others."""
    return {it.id: "yes" if it.dimension in positive else "no" for it in definition.questions if it.dimension} | more


def combinations(definition: Definition) -> list[set[str]]:
    names = [it.id for it in definition.dimensions]
    return [{name for name, is_in in zip(names, chosen, strict=True) if is_in} for chosen in product((0, 1), repeat=6)]


@pytest.mark.parametrize("code", ADULTS)
def test_adults_need_act_means_and_purpose(code: str) -> None:
    definition = real()[code].definition
    for positive in combinations(definition):
        recruited = positive & {"deceptive_recruitment", "coercive_recruitment", "abuse_of_vulnerability_recruitment"}
        exploited, coerced = "exploitation" in positive, "coercion_at_destination" in positive
        if recruited and exploited and coerced:
            expected = "trafficking"
        elif exploited and coerced:
            expected = "forced_labour"
        elif exploited and recruited:
            expected = "deceived_and_exploited"
        elif exploited:
            expected = "exploited"
        else:
            expected = "control" if positive else "not_shown"
        assert score(definition, answers_for(definition, positive)).level == expected, positive


@pytest.mark.parametrize("code", CHILDREN)
@pytest.mark.parametrize("act", ["yes", "no", "unknown"])
def test_of_a_child_no_means_need_be_shown(code: str, act: str) -> None:
    definition = real()[code].definition
    for positive in combinations(definition):
        expected = "control" if positive or act == "yes" else "not_shown"
        if "exploitation" in positive:
            expected = "trafficking" if act == "yes" else "exploited"
        assert score(definition, answers_for(definition, positive, act=act)).level == expected, positive


def test_use_of_a_child_is_exploitation_whatever_the_conditions() -> None:
    definition = real()["delphi_child_sexual"].definition
    assert score(definition, {"act": "yes", "sexual_use": "yes"}).level == "trafficking"
    assert score(definition, {"act": "no", "sexual_use": "yes"}).level == "exploited"


def test_what_is_known_of_the_profiles() -> None:
    """Figures of the ILO's list: how many signs each dimension has, and where the strong ones are."""
    numbers = {
        code: [len(list(real()[code].definition.of_dimension(it.id))) for it in real()[code].definition.dimensions]
        for code in (*ADULTS, *CHILDREN)
    }
    assert numbers["delphi_adult_labour"] == numbers["delphi_adult_sexual"] == [10, 10, 16, 9, 15, 7]
    assert sum(numbers["delphi_child_labour"]) == sum(numbers["delphi_child_sexual"]) == 65
    strength = {code: {it.id: it.strength for it in real()[code].definition.questions} for code in numbers}
    assert strength["delphi_adult_sexual"]["d_tasks"] == strength["delphi_child_sexual"]["d_tasks"] == "strong"
    assert strength["delphi_child_sexual"]["e_hazard"] == "strong"
    assert "strong" not in [value for name, value in strength["delphi_adult_sexual"].items() if name.startswith("e_")]


def test_the_border_sheet_refers_by_signs_and_by_a_plea() -> None:
    border = real()["border"].definition
    none = dict.fromkeys(("asks_help", "fears", "accompanied"), "no")
    assert score(border, none).level == "inform"
    assert score(border, none | {"injuries": "yes"}).level == "talk"
    assert score(border, none | {"injuries": "yes", "clothes": "yes"}).level == "refer"
    assert score(border, none | {"afraid": "yes", "debt": "unknown"}).level == "inform"
    assert score(border, none | {"speaks_for": "yes", "papers_held": "yes"}).level == "talk", "nobody is with her"
    plea = score(border, none | {"asks_help": "yes"})
    assert (plea.level, plea.raised_by) == ("refer", ("asks_help",))


def test_a_small_child_alone_is_referred() -> None:
    sheet = real()["border_child"].definition
    assert score(sheet, {"age": "under_14", "alone": "alone", "asks_help": "no"}).level == "refer"
    assert score(sheet, {"age": "under_18", "alone": "alone", "asks_help": "no"}).level == "protect"
    assert score(sheet, {"age": "under_18", "alone": "parent", "asks_help": "no"}).level == "inform"
    assert score(sheet, {"age": "under_18", "alone": "parent", "asks_help": "no", "afraid_of": "yes"}).level == "refer"


def test_immediate_risk_needs_one_answer() -> None:
    risk = real()["risk"].definition
    quiet = {"attack": "no", "threats": "no", "knows_place": "no", "suicide": "no", "safe_place": "guarded"}
    assert score(risk, quiet).level == "low"
    assert score(risk, quiet | {"attack": "yes"}).level == "immediate"
    assert score(risk, quiet | {"suicide": "now"}).level == "immediate"
    assert score(risk, quiet | {"threats": "week"}).level == "medium"
    both = score(risk, quiet | {"threats": "week", "knows_place": "yes"})
    assert (both.level, set(both.raised_by)) == ("immediate", {"threats", "knows_place"})
    assert (
        score(risk, quiet | {"threats": "earlier", "knows_place": "yes", "free": "yes", "safe_place": "no"}).level
        == "high"
    )
