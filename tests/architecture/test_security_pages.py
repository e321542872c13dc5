"""The table of the ASVS and the threat model say what is so: all requirements, all evidence there, pages current."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tools import reference
from tools.security_pages import ANSWERS, ROOT, entry_points, evidence_problem, methods, model, requirements

# How many requirements each chapter of the ASVS 5.0.0 has at level 1 and at level 2: a fact of the standard's own list.
COUNTS = {
    "V1": (8, 19), "V2": (4, 7), "V3": (8, 11), "V4": (2, 8), "V5": (4, 5), "V6": (13, 22), "V7": (6, 12), "V8": (4, 3),
    "V9": (4, 3), "V10": (5, 24), "V11": (3, 11), "V12": (3, 6), "V13": (1, 12), "V14": (2, 7), "V15": (3, 10), "V16": (0, 16),
    "V17": (0, 7),
}  # fmt: skip


def test_every_requirement_of_levels_one_and_two_stands_once() -> None:
    ids = [row.id for row in requirements()]
    assert len(ids) == len(set(ids)) == 253
    assert all(re.fullmatch(r"V\d{1,2}\.\d{1,2}\.\d{1,2}", one) for one in ids)
    assert Counter(row.level for row in requirements()) == {1: 70, 2: 183}
    found = Counter((row.chapter, row.level) for row in requirements())
    assert {chapter: (found[chapter, 1], found[chapter, 2]) for chapter in COUNTS} == COUNTS
    order = [tuple(map(int, one[1:].split("."))) for one in ids]
    assert order == sorted(order), "in the order of the standard"


def test_no_requirement_is_open() -> None:
    assert {row.answer for row in requirements()} <= set(ANSWERS)
    assert [row.id for row in requirements() if row.answer == "open"] == []


def test_every_answer_is_shown_or_reasoned() -> None:
    """A requirement that applies names a test; one that does not, or that others fulfil, says why and names a test too."""
    assert [row.id for row in requirements() if not any("::" in text for text in row.evidence)] == []
    assert [row.id for row in requirements() if row.answer != "test" and len(row.reason.split()) < 5] == []
    assert [row.title for row in requirements() if not 4 <= len(row.title.split()) <= 13] == []


def test_every_piece_of_evidence_is_there() -> None:
    named = [(row.id, text) for row in requirements() for text in row.evidence]
    named += [(threat.id, text) for threat in model().threats for text in threat.evidence]
    assert len(named) > 400
    assert {(where, problem) for where, text in named if (problem := evidence_problem(text))} == set()


@pytest.mark.parametrize(
    "text",
    [
        "tests/test_nothing.py::test_x",
        "tests/test_rules.py::test_that_is_not_there",
        "tests/test_rules.py::is_no_test",
        "deploy/nginx.conf#a line that is not there",
        "deploy/nginx.conf",
        "make nothing",
        "besa nothing",
    ],
)
def test_evidence_that_is_not_there_is_found(text: str) -> None:
    assert evidence_problem(text)


def test_threats_are_whole() -> None:
    made = model()
    ids = [threat.id for threat in made.threats]
    assert len(ids) == len(set(ids))
    assert 40 <= len(ids) <= 70
    assert {threat.actor for threat in made.threats} == set(made.actors), "every actor attacks"
    assert {asset for threat in made.threats for asset in threat.assets} == set(made.assets), "every asset is attacked"
    assert [threat.id for threat in made.threats if not (threat.measure and threat.left and threat.evidence)] == []
    sentences = re.compile(r"[.;!?]\s")
    long = [threat.id for threat in made.threats if max(map(len, sentences.split(threat.measure))) > 330]
    assert long == [], "plain short sentences"


def test_entry_points_are_all_addresses() -> None:
    points = {route: (taken, who) for route, taken, who in entry_points()}
    assert points["/healthz"][1].startswith("everybody")
    assert points["/directory/agencies/add/"][1] == "`agency_edit`"
    assert points["/ui/theme/"][0] == "POST"
    assert points["/"][0] == "GET POST" or points["/"][0] == "GET"
    assert all("undeclared" not in who for _, who in points.values())


def test_methods_are_those_that_a_view_takes() -> None:
    assert methods(lambda request: None) == ["GET", "POST"]


@pytest.mark.parametrize("name", ["asvs.md", "threats.md"])
def test_security_page_is_current(name: str) -> None:
    page = ROOT / "docs" / "reference" / name
    assert page.exists()
    assert page.read_text() == reference.pages()[f"reference/{name}"], "run `make docs`"
