"""List pages: filters in words, sizes, exports that no spreadsheet runs as a program."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import django_filters
import django_tables2
import openpyxl
import pytest
from django import forms
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from besa.ui.lists import FORMULA_STARTS, as_file, chips, exported, list_page, safe_cell, workbook


class Rows(list[Any]):
    """Rows in memory that a filter set takes for a queryset."""

    model = None

    def all(self) -> Rows:
        return self


class Table(django_tables2.Table):  # type: ignore[misc]
    code = django_tables2.Column()
    due = django_tables2.DateColumn()
    spent = django_tables2.Column()
    lead = django_tables2.BooleanColumn()

    class Meta:
        template_name = "ui/table.html"


class Filter(django_filters.FilterSet):  # type: ignore[misc]
    kind = django_filters.MultipleChoiceFilter(label="Kind", choices=[("a", "ministry"), ("b", "shelter")])
    late = django_filters.BooleanFilter(label="Late", widget=forms.NullBooleanSelect)
    due = django_filters.DateFilter(label="Due")

    def filter_queryset(self, queryset: Any) -> Any:
        return queryset


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {"code": f"I.{number}", "due": date(2009, 6, 30), "spent": Decimal("12.50"), "lead": True} | changes


def page(query: str, rows: list[dict[str, Any]]) -> Any:
    request = RequestFactory().get(f"/?{query}")
    rest = {"tab": "lists", "nothing": Table([], request=request), "day": date(2009, 7, 6)}
    return list_page(request, "ui/gallery.html", Rows(rows), Table, Filter, rest)  # type: ignore[arg-type]


def shown(query: str) -> int:
    """The number of rows of a list of 60 that the page shows."""
    return int(page(query, [row(n) for n in range(60)]).content.decode().count(">I."))


def test_page_has_the_size_that_was_chosen() -> None:
    assert shown("size=50") == 50
    assert shown("size=7") == 25, "sizes that are not offered count as 25"
    assert shown("size=-1&page=99") == 10, "the last page"


def test_page_keeps_the_filters_in_its_links() -> None:
    html = page("kind=a&sort=code", [row(n) for n in range(60)]).content.decode()
    assert 'aria-sort="ascending"' in html
    assert "kind=a&amp;" in html
    assert "export=csv" in html


def test_page_without_rows_says_what_to_do() -> None:
    assert "Change or clear the filters." in page("", []).content.decode()


def test_chips_are_words_and_lead_away() -> None:
    filtered = Filter(QueryDict("kind=a&kind=b&late=true&page=3"), queryset=Rows())
    shown = {chip.label: (chip.value, chip.without) for chip in chips(filtered)}
    assert shown == {"Kind": ("ministry, shelter", "?late=true"), "Late": ("yes", "?kind=a&kind=b")}


def test_chips_leave_out_what_is_not_understood() -> None:
    assert chips(Filter(QueryDict("due=yesterday"), queryset=Rows())) == []
    assert chips(None) == []


def test_export_keeps_numbers_dates_and_gaps() -> None:
    table = Table([row(1), row(2, due=None, spent=None, lead=False)])
    assert exported(table) == [
        ["Code", "Due", "Spent", "Lead"],
        ["I.1", date(2009, 6, 30), Decimal("12.50"), "yes"],
        ["I.2", None, None, "no"],
    ]


def test_export_csv_has_all_rows_whatever_the_page_size() -> None:
    response = page("export=csv&size=25", [row(n) for n in range(60)])
    assert response["Content-Disposition"] == 'attachment; filename="gallery.csv"'
    lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(lines) == 61
    assert lines[1] == ["I.0", "2009-06-30", "12.50", "yes"]


def test_export_xlsx_has_types() -> None:
    response = page("export=xlsx", [row(1, code="=1+1"), row(2, spent=-5)])
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == ["=1+1", datetime(2009, 6, 30), 12.5, "yes"]  # noqa: DTZ001
    assert sheet["A2"].data_type == "s", "text, not a formula"
    assert sheet["C3"].value == -5


@given(st.text())
def test_csv_cell_never_starts_a_formula(text: str) -> None:
    assert not str(safe_cell(text)).startswith(FORMULA_STARTS)


def test_csv_cell_leaves_numbers_alone() -> None:
    assert safe_cell(-5) == -5
    assert safe_cell(None) == ""


def test_moments_are_written_in_the_country_s_time() -> None:
    moment = datetime(2009, 7, 6, 8, 0, tzinfo=UTC)
    assert safe_cell(moment) == "2009-07-06 10:00+02:00"
    sheet = openpyxl.load_workbook(io.BytesIO(workbook([["at"], [moment]]))).active
    assert sheet is not None
    assert sheet["A2"].value == datetime(2009, 7, 6, 10, 0)  # noqa: DTZ001


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_file_without_rows_opens(kind: str) -> None:
    assert as_file([], kind, "nothing").status_code == 200
