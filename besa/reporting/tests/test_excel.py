"""The return as an Excel form: unchanged it says nothing; each fault is named with its cell and changes nothing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from besa.reporting import excel, queries
from besa.reporting.models import Entry, Return
from besa.reporting.tests.factory import MONEY, World

COLUMN = dict(zip(excel.FIELDS, "FGHIJKLMNOP", strict=True))
Edit = Callable[[Any, Any], object]


def form_of(item: Return, language: str = "en", last: dict[int, Entry] | None = None) -> bytes:
    return excel.build(item, queries.entries_of(item), last or {}, language)


def read(content: bytes, item: Return) -> excel.Reading:
    return excel.read(content, item, queries.entries_of(item))


def edited(content: bytes, edit: Edit) -> bytes:
    """The form with an edit of its first sheet and of what it knows about itself."""
    book = load_workbook(io.BytesIO(content))
    edit(book.worksheets[0], book[excel.META])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def row_of(content: bytes, identifier: str) -> int:
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == identifier)


def put(place: str, value: object) -> Edit:
    def edit(sheet: Any, _meta: Any) -> None:
        sheet[place] = value

    return edit


def meta(row: int, value: object) -> Edit:
    def edit(_sheet: Any, known: Any) -> None:
        known.cell(row, 2).value = value

    return edit


# --- what is unchanged

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40) | st.sampled_from(
    ["=1+1", "+355 4 222", "-", "@x", "a\r\nb", " a ", "\x0b", "_x000D_", "\ufffe", "1.10", "TRUE", "#N/A", "ë’ç"]
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    texts=st.fixed_dictionaries(dict.fromkeys(("done", "outputs", "obstacle", "way_forward", "next_plan"), TEXT)),
    status=st.sampled_from(["", *Entry.Status.values]),
    obstacle=st.sampled_from(["", *Entry.Obstacle.values]),
    money=st.none()
    | st.tuples(
        st.decimals(0, Decimal("999999999999.99"), places=2),
        st.sampled_from(Entry.Currency.values),
        st.sampled_from(["", *Entry.MoneySource.values]),
    ),
    due=st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    language=st.sampled_from(["en", "sq"]),
)
def test_a_form_that_nobody_has_touched_changes_nothing(
    opened: World,
    texts: dict[str, str],
    status: str,
    obstacle: str,
    money: tuple[Decimal, str, str] | None,
    due: date | None,
    language: str,
) -> None:
    spent, currency, source = money or (None, "", "")
    values = texts | {"status": status, "obstacle_type": obstacle, "next_due_on": due}
    Entry.objects.filter(pk=opened.entry().pk).update(**values, spent=spent, currency=currency, money_source=source)
    item = opened.item()
    assert read(form_of(item, language), item) == excel.Reading()


def test_what_was_reported_last_quarter_stands_beside_it(opened: World) -> None:
    entry = opened.entry()
    last = Entry(status="delayed", done="=Late\x0b", activity=entry.activity, to=entry.to)
    content = form_of(opened.item(), "en", {entry.activity_id: last})
    row = row_of(content, "I.1.(a).1")
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert sheet.cell(row, 4).value == "delayed"
    assert sheet.cell(row, 5).data_type == "s"


# --- what is filled in


@pytest.mark.parametrize("language", ["en", "sq"])
def test_labels_are_taken_in_both_languages(opened: World, language: str) -> None:
    item = opened.item()
    content = form_of(item)
    for code in Entry.Status.values:
        with override(language):
            label = str(Entry.Status(code).label)
        for shape in (label, label.upper(), f" {label} ", code):
            reading = read(edited(content, put("F7", shape)), item)
            assert [filled.values for filled in reading.changes] == [{"status": code}]


def test_all_columns_are_read(opened: World) -> None:
    item = opened.item()

    def edit(sheet: Any, _meta: Any) -> None:
        values = ["delayed", "Done", "Out", "procurement", "No bids", "Again", "1 200,50".replace(",", "."), "lek"]
        for place, value in zip("FGHIJKLM", values, strict=True):
            sheet[f"{place}7"] = value
        sheet["N7"], sheet["O7"], sheet["P7"] = "donor", "Next", "31.12.2009"

    reading = read(edited(form_of(item), edit), item)
    assert not reading.problems
    assert [dict(filled.values) for filled in reading.changes] == [
        {
            "status": "delayed",
            "done": "Done",
            "outputs": "Out",
            "obstacle_type": "procurement",
            "obstacle": "No bids",
            "way_forward": "Again",
            "spent": Decimal("1200.50"),
            "currency": "ALL",
            "money_source": "donor",
            "next_plan": "Next",
            "next_due_on": date(2009, 12, 31),
        }
    ]


def test_an_emptied_cell_empties_the_field(opened: World) -> None:
    opened.write(opened.entry(), done="Something", **MONEY)
    item = opened.item()

    def edit(sheet: Any, _meta: Any) -> None:
        for name in ("done", "spent", "currency", "money_source"):
            sheet[f"{COLUMN[name]}7"] = None

    reading = read(edited(form_of(item), edit), item)
    assert [dict(filled.values) for filled in reading.changes] == [
        {"done": "", "spent": None, "currency": "", "money_source": ""}
    ]


def test_rows_may_be_sorted_or_left_out(opened: World) -> None:
    item = opened.item()

    def edit(sheet: Any, _meta: Any) -> None:
        sheet["G9"] = "The last one"
        for column in range(1, 17):
            first, last = sheet.cell(7, column), sheet.cell(9, column)
            first.value, last.value = last.value, first.value
        sheet.delete_rows(8)

    reading = read(edited(form_of(item), edit), item)
    assert not reading.problems
    assert [(filled.entry.activity.identifier, dict(filled.values)) for filled in reading.changes] == [
        ("II.1.(a).4", {"done": "The last one"})
    ]


@pytest.mark.parametrize("value", [datetime(2009, 12, 31), "31.12.2009", "2009-12-31", " 31.12.2009 "])  # noqa: DTZ001
def test_dates_are_read_as_people_write_them(opened: World, value: object) -> None:
    item = opened.item()
    reading = read(edited(form_of(item), put("P7", value)), item)
    assert [dict(filled.values) for filled in reading.changes] == [{"next_due_on": date(2009, 12, 31)}]


# --- faults

CELLS: list[tuple[str, Edit, str, str]] = [
    ("formula", put("G7", "=A1"), "G7", "Formulas"),
    ("formula as amount", put("L7", "=1+1"), "L7", "Formulas"),
    ("unknown status", put("F7", "splendid"), "F7", "splendid"),
    ("unknown obstacle", put("I7", "rain"), "I7", "rain"),
    ("bad amount", put("L7", "a lot"), "L7", "not an amount"),
    ("amount as words", put("L7", "NaN"), "L7", "amount"),
    ("amount without end", put("L7", "Infinity"), "L7", "amount"),
    ("yes as amount", put("L7", True), "L7", "amount"),
    ("negative amount", put("L7", -5), "L7", "between"),
    ("enormous amount", put("L7", 1e15), "L7", "between"),
    ("amount without currency", put("L7", 5), "M7", "currency"),
    ("bad date", put("P7", "soon"), "P7", "not a date"),
    ("impossible date", put("P7", "31.02.2009"), "P7", "not a date"),
    ("long text", put("G7", "x" * 10_001), "G7", "10,000"),
    ("unknown activity", put("A7", "IX.9"), "A7", "IX.9"),
    ("another's activity", put("A7", "I.1.(a).2"), "A7", "not part"),
    ("doubled row", put("A8", "I.1.(a).1"), "A8", "twice"),
    (
        "number lost",
        lambda sheet, _meta: (put("A7", None)(sheet, _meta), put("G7", "Text")(sheet, _meta)),
        "A7",
        "missing",
    ),
    ("wrong agency", meta(4, "MOLSA"), "", "institution"),
    ("wrong period", meta(3, "2009Q1"), "", "period"),
    ("other plan", meta(2, "ALB-2005-2007"), "", "plan"),
    ("other version", meta(5, 3), "", "version"),
    ("other form", meta(1, "case/1"), "", "not a return form"),
]


@pytest.mark.parametrize(("edit", "cell", "text"), [row[1:] for row in CELLS], ids=[row[0] for row in CELLS])
def test_a_fault_is_named_with_its_cell(opened: World, edit: Edit, cell: str, text: str) -> None:
    item = opened.item()
    before = list(Entry.objects.order_by("pk").values())
    reading = read(edited(form_of(item), edit), item)
    assert reading.problems, "the fault was taken for a change"
    assert any(text in problem.text and problem.cell.startswith(cell) for problem in reading.problems), reading.problems
    assert list(Entry.objects.order_by("pk").values()) == before


def test_all_faults_are_named_at_once(opened: World) -> None:
    item = opened.item()

    def edit(sheet: Any, _meta: Any) -> None:
        sheet["F7"], sheet["L8"], sheet["P9"] = "?", "?", "?"

    assert [problem.cell for problem in read(edited(form_of(item), edit), item).problems] == ["F7", "L8", "P9"]


def test_a_contribution_has_no_columns_of_the_lead(opened: World) -> None:
    item = opened.item("MOLSA")
    content = form_of(item)
    row = row_of(content, "I.1.(a).1")
    reading = read(edited(content, put(f"F{row}", "delayed")), item)
    assert [(problem.cell, "lead" in problem.text) for problem in reading.problems] == [(f"F{row}", True)]


def test_an_entry_that_was_saved_meanwhile_is_not_overwritten(opened: World) -> None:
    item = opened.item()
    content = edited(form_of(item), put("G7", "From the form"))
    opened.write(opened.entry(), outputs="Written on the page")
    reading = read(content, item)
    assert [problem.cell for problem in reading.problems] == ["A7"]
    assert not reading.changes
    untouched = edited(form_of(item), put("G8", "Another activity"))
    opened.write(opened.entry(), outputs="Written again")
    assert [problem.cell for problem in read(untouched, item).problems] != ["G8"]


def foreign() -> bytes:
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(7):
            packed.writestr(f"xl/{number}.xml", b"\0" * 10_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "not an Excel file"),
        (b"%PDF-1.4", "not an Excel file"),
        (b"PK\x03\x04 but no more", "not an Excel file"),
        (foreign(), "not a return form"),
        (b"x" * (excel.MAX_BYTES + 1), "larger than 5 MB"),
        (bomb(), "unpacks"),
    ],
    ids=["empty", "pdf", "broken", "foreign", "too large", "bomb"],
)
def test_another_file_is_refused(opened: World, content: bytes, text: str) -> None:
    problems = read(content, opened.item()).problems
    assert [(problem.cell, text in problem.text) for problem in problems] == [("", True)]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_file_is_a_problem_and_never_an_error(opened: World, damage: list[tuple[float, int]]) -> None:
    item = opened.item()
    content = bytearray(form_of(item))
    for place, byte in damage:
        content[int(place * len(content))] = byte
    read(bytes(content), item)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml"]
)
@pytest.mark.parametrize("text", [b"<open>", b"", b"<a/>", b"\xff\xfe"])
def test_a_file_with_broken_parts_is_a_problem(opened: World, part: str, text: bytes) -> None:
    item = opened.item()
    source, out = zipfile.ZipFile(io.BytesIO(form_of(item))), io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in source.namelist():
            packed.writestr(name, text if name == part else source.read(name))
    reading = read(out.getvalue(), item)
    assert reading.problems or not reading.changes


def test_a_sheet_without_end_is_not_read(opened: World) -> None:
    item = opened.item()
    problems = read(edited(form_of(item), put("A1048576", "x")), item).problems
    assert len(problems) == 1
