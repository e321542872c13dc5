"""The letter check: what a row lost or invented is found, with the source or with its fingerprints."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from besa.plan.letter_check import FINGERPRINTS, packed, unpacked
from besa.plan.letters import difference, letters, plain_text
from besa.plan.tests.country import FOLDER

SOURCE = """I. PROSECUTION
1.
 STRATEGIC AIM: More convictions
 Indicators: number
1.(a)
PECIFIC OBJECTIVE: To train S
1.(a).1
Train offi-
cers
ONAC    42
ASP
No. Activities and Sub-Activities Responsible agencies
(Lead Agency first) Timeline Output Indicators/Targets Resources
Mid 2009
Manual⁷
"""
PLAN = """plan: {code: X}
components:
- code: I
  title: PROSECUTION
  printed_code: I.
  source_lines: [1, 1]
  aims:
  - code: I.1
    printed_code: '1.'
    title: More convictions
    indicators: [number]
    source_lines: [2, 4]
    objectives:
    - code: I.1.(a)
      printed_code: 1.(a)
      title: To train
      label_torn: true
      source_lines: [5, 6]
      activities:
      - id: I.1.(a).1
        text: Train officers
        responsible: [ASP]
        timeline: [Mid 2009]
        outputs: [Manual7]
        source_lines: [7, 16]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "plan.yaml").write_text(PLAN, "utf-8")
    (tmp_path / "source.txt").write_text(SOURCE, "utf-8")
    return folder


def _check(folder: Path, **options: object) -> str:
    """The error of the check, with what it has said; empty if it holds."""
    try:
        call_command("check_letters", folder, **options)
    except CommandError as error:
        return str(error)
    return ""


def _said(capsys: pytest.CaptureFixture[str]) -> str:
    return "".join(capsys.readouterr())


def _edit(folder: Path, old: str, new: str) -> None:
    text = (folder / "plan.yaml").read_text("utf-8")
    assert old in text
    (folder / "plan.yaml").write_text(text.replace(old, new), "utf-8")


def test_albanias_rows_have_the_letters_of_their_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert _check(FOLDER) == ""
    said = _said(capsys)
    assert "226 rows, 13 aims, 42 objectives, 4 components checked; 0 rows failing" in said
    assert "torn labels, checked without them: III.3.(a)" in said


def test_sound_plan_holds_with_source_and_then_without(folder: Path) -> None:
    source = folder.parent / "source.txt"
    assert _check(folder, source=source, update=True) == ""
    assert _check(folder, source=source) == ""
    assert _check(folder) == ""


@pytest.mark.parametrize("with_source", [True, False])
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Train officers", "Train officer", "I.1.(a).1 (lines 7-16): lost s"),
        ("[ASP]", "[ASP, UN]", "I.1.(a).1 (lines 7-16): invented NU"),
        ("title: To train", "title: To trane", "I.1.(a) (lines 5-6): lost i; invented e"),
        ("[number]", "[numbers]", "I.1 (lines 2-4): invented s"),
    ],
)
def test_changed_letter_is_found(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str, with_source: bool
) -> None:
    source = folder.parent / "source.txt"
    _check(folder, source=source, update=True)
    _edit(folder, old, new)
    assert "do not hold" in _check(folder, source=source if with_source else None)
    assert said in _said(capsys)


def test_overlapping_and_forgotten_lines_are_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = folder.parent / "source.txt"
    _edit(folder, "[5, 6]", "[4, 6]")
    assert _check(folder, source=source)
    assert "I.1 and I.1.(a) both claim line 4" in _said(capsys)
    _edit(folder, "[4, 6]", "[5, 6]")
    _edit(folder, "[7, 16]", "[7, 14]")
    assert _check(folder, source=source)
    assert "lines 15-16: Manual⁷" in _said(capsys)


def test_stale_fingerprints_are_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = folder.parent / "source.txt"
    _check(folder, source=source, update=True)
    prints = json.loads((folder / FINGERPRINTS).read_text("utf-8"))
    prints["I.9"] = prints.pop("I.1")
    (folder / FINGERPRINTS).write_text(json.dumps(prints), "utf-8")
    assert _check(folder)
    said = _said(capsys)
    assert "I.1: its source lines have no fingerprint" in said
    assert "I.9: the plan has no such row" in said
    assert _check(folder, source=source)
    assert "--update" in _said(capsys)


def test_wrong_use_is_two(folder: Path) -> None:
    for options in ({"update": True}, {"source": folder / "none.txt"}, {}):
        with pytest.raises(CommandError) as wrong:
            call_command("check_letters", folder, **options)
        assert wrong.value.returncode == 2


def test_running_heads_and_footers_are_no_cells() -> None:
    lines = SOURCE.split("\n")
    text = plain_text(lines, 10, 14)
    assert text.split() == ["ASP", "Mid", "2009"]


@given(st.text(), st.text())
def test_difference_is_empty_only_for_equal_letters(one: str, other: str) -> None:
    said = difference(letters(one), letters(other))
    assert (said == "") == (letters(one) == letters(other))


@given(st.text("abcÇë0123456789", max_size=80))
def test_fingerprint_keeps_the_counts(text: str) -> None:
    assert unpacked(packed(letters(text))) == +Counter(letters(text))
