"""What a document refuses, and that it survives being frozen as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besa.lib.document import blocks, freeze
from besa.lib.document.blocks import Cell, Column, Document, Heading, Status, Table
from besa.lib.document.layout import laid_out
from besa.lib.document.words import cell_text, printable
from besa.lib.tests.sample import sample

_TEXT = st.text(max_size=20)
_CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    _TEXT,
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.builds(Status, _TEXT, _TEXT),
)
_COLUMNS = st.builds(Column, _TEXT, st.sampled_from(["text", "number", "date", "status"]), st.integers(1, 9))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT | st.just("type"), inner, max_size=3),
    max_leaves=6,
)


def _table(kind: Any) -> Any:
    """Tables or sheets with rows as wide as their columns."""

    def filled(columns: list[Column]) -> Any:
        rows = st.lists(st.tuples(*[_CELLS for _column in columns]), max_size=3).map(tuple)
        return st.builds(kind, _TEXT, st.just(tuple(columns)), rows)

    return st.lists(_COLUMNS, min_size=1, max_size=3).flatmap(filled)


_RUNS = st.lists(st.builds(blocks.Run, _TEXT, st.booleans(), st.booleans()), max_size=3).map(tuple)
_BLOCKS = st.one_of(
    st.builds(Heading, st.integers(1, 3), _TEXT),
    st.builds(blocks.Paragraph, _RUNS),
    st.builds(blocks.Bullets, st.lists(_RUNS, max_size=2).map(tuple)),
    st.builds(blocks.Callout, st.sampled_from(["info", "warning", "decision"]), _TEXT, _TEXT),
    st.builds(blocks.Figures, st.lists(st.builds(blocks.Figure, _CELLS, _TEXT, _TEXT), max_size=3).map(tuple)),
    _table(Table),
    _table(blocks.Sheet),
    st.builds(
        blocks.Chart,
        _TEXT,
        _TEXT.map(lambda text: f"A chart {text}"),
        st.dictionaries(_TEXT, _JSON, max_size=3),
        st.none() | _table(Table),
        st.booleans(),
    ),
    st.just(blocks.PageBreak()),
)
_ANNEXES = st.builds(blocks.Annex, _TEXT, st.lists(_BLOCKS, max_size=2).map(tuple))
_DOCUMENTS = st.builds(
    Document,
    st.text(max_size=20).map(lambda text: f"Report {text}"),
    st.sampled_from(["en", "sq"]),
    st.dates(),
    st.lists(_BLOCKS, max_size=4).map(tuple),
    _TEXT,
    annexes=st.lists(_ANNEXES, max_size=2).map(tuple),
    has_cover=st.booleans(),
)


@given(_DOCUMENTS)
def test_a_frozen_document_comes_back_as_it_was(document: Document) -> None:
    text = freeze.canonical(freeze.to_json(document))
    again = freeze.from_json(json.loads(text))
    assert again == document
    assert freeze.canonical(freeze.to_json(again)) == text


@given(_DOCUMENTS)
def test_every_document_can_be_laid_out_as_json(document: Document) -> None:
    freeze.canonical(laid_out(document)).encode("utf-8")


def test_the_decimals_of_a_figure_are_kept() -> None:
    table = Table("Money", (Column("ALL", kind="number"),), ((Decimal("1.50"),),))
    again = freeze.from_json(freeze.to_json(replace(sample(rows=1), blocks=(table,))))
    assert isinstance(again.blocks[0], Table)
    assert str(again.blocks[0].rows[0][0]) == "1.50"


def test_a_frozen_chart_does_not_change_with_its_maker() -> None:
    spec: dict[str, Any] = {"mark": "bar"}
    frozen = freeze.to_json(replace(sample(rows=1), blocks=(blocks.Chart("A", "a bar", spec),)))
    spec["mark"] = "line"
    assert frozen["document"]["blocks"][0]["spec"] == {"mark": "bar"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "format None"),
        ({"format": 2}, "format 2"),
        ({"format": 1, "document": {"type": "heading", "level": 1, "text": "x"}}, "no document"),
        ({"format": 1, "document": {"type": "poem"}}, "'poem'"),
        ({"format": 1, "document": {"type": "document", "tilte": "x"}}, "'document'"),
        ({"format": 1, "document": {"type": "decimal", "value": "much"}}, "'decimal'"),
    ],
)
def test_json_that_is_no_document_is_refused_with_the_reason(data: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        freeze.from_json(data)


def test_what_cannot_be_printed_cannot_be_frozen() -> None:
    with pytest.raises(TypeError, match="float"):
        freeze.to_json(replace(sample(rows=1), blocks=(Table("A", (Column("B"),), ((1.5,),)),)))  # type: ignore[arg-type]


def test_a_row_of_the_wrong_width_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match="“Ages”, row 2: 1 cells for 2 columns"):
        Table("Ages", (Column("Name"), Column("Age")), (("A", 1), ("B",)))


def test_a_chart_without_words_for_it_is_refused() -> None:
    with pytest.raises(ValueError, match="“By county”"):
        blocks.Chart("By county", " ", {})


@pytest.mark.parametrize(
    ("cell", "english", "albanian"),
    [
        (None, "–", "–"),
        (0, "0", "0"),
        (1234567, "1,234,567", "1\u00a0234\u00a0567"),
        (Decimal("1234.50"), "1,234.50", "1\u00a0234,50"),
        (date(2009, 7, 6), "6 Jul 2009", "6 korr 2009"),
        (Status("delayed", "late"), "late", "late"),
        ("not reported", "not reported", "not reported"),
    ],
)
def test_cells_are_printed_in_the_language(cell: Cell, english: str, albanian: str) -> None:
    assert cell_text(cell, "en") == english
    assert cell_text(cell, "sq") == albanian


def test_text_keeps_line_breaks_and_loses_what_no_format_holds() -> None:
    assert printable("a\x0bb\r\nc\x00\ud800d\te") == "a\nb\ncd\te"


def test_headings_go_onto_the_landscape_page_of_their_table() -> None:
    chapters = laid_out(sample(rows=2))["chapters"]
    assert [chapter["landscape"] for chapter in chapters] == [False, True, False]
    assert [part["kind"] for part in chapters[1]["blocks"]] == ["heading", "table"]


def test_no_level_of_heading_is_skipped() -> None:
    headings = (Heading(2, "A"), Heading(3, "B"), Heading(1, "C"), Heading(3, " "))
    made = laid_out(replace(sample(rows=1), blocks=headings, annexes=()))["headings"]
    assert [(heading["level"], heading["text"]) for heading in made] == [(1, "A"), (2, "B"), (1, "C"), (2, "–")]


def test_tables_and_figures_are_numbered_through_text_and_annexes() -> None:
    parts = [part for chapter in laid_out(sample(rows=2))["chapters"] for part in chapter["blocks"]]
    assert [part["number"] for part in parts if part["kind"] == "table"] == [1, 2, 3]
    assert [part["number"] for part in parts if part["kind"] == "chart"] == [1, 2, 3, 4]
