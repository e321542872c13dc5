"""A document's tables as an Excel workbook: one sheet each, typed cells, and a first sheet that lists them.

Text is always written as text, so that what begins with = + - or @ is never taken for a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import override
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from besa.lib.document import blocks
from besa.lib.document.blocks import Cell, Column, Document, Row
from besa.lib.document.words import cell_text, long_date, printable
from besa.lib.palette import ACCENT, MUTED

_LONGEST = 32_767  # characters that Excel keeps in a cell
_EXACT = 10**15  # whole numbers beyond it lose digits in Excel and are written as text
_HEADER = 3  # row of the column titles, counted from 0
_WIDTHS = {"number": 14, "date": 12, "status": 20}


@dataclass(frozen=True)
class _Page:
    """A sheet to be written."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    source: str
    has_total: bool = False


def render(document: Document) -> bytes:
    """The workbook; the same bytes for the same document."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with override(document.language), xlsxwriter.Workbook(out, options) as book:
        book.set_properties(
            {
                "title": printable(document.title)[:255],
                "subject": printable(document.subtitle)[:255],
                "author": printable(document.author)[:255],
                "company": printable(document.organisation)[:255],
                "created": datetime.combine(document.dated_on, time(12)),
            }
        )
        _Book(book, document).write()
    return out.getvalue()


class _Book:
    """The workbook under way, with its few formats."""

    def __init__(self, book: xlsxwriter.Workbook, document: Document) -> None:
        self.book, self.document = book, document
        self.formats: dict[str, Format] = {}
        self.title = self.format({"bold": True, "font_size": 14, "font_color": ACCENT})
        self.quiet = self.format({"font_color": MUTED})
        self.link = self.format({"font_color": ACCENT, "underline": 1})

    def format(self, properties: dict[str, Any]) -> Format:
        """One format for equal properties."""
        return self.formats.setdefault(repr(sorted(properties.items())), self.book.add_format(properties))

    def write(self) -> None:
        contents = self.book.add_worksheet(_sheet_name(_("Contents"), set()))
        pages = list(_pages(self.document, {contents.get_name().casefold()}))
        self.contents(contents, pages)
        for page in pages:
            self.page(self.book.add_worksheet(page.name), page, contents.get_name())

    def contents(self, sheet: Worksheet, pages: list[_Page]) -> None:
        document = self.document
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 90)
        sheet.write_string(0, 0, _text(document.title), self.title)
        sheet.write_string(1, 0, _text(document.subtitle), self.quiet)
        facts = [(_("Date"), long_date(document.dated_on, document.language)), (_("Reference"), document.reference)]
        facts += [(_("Prepared by"), document.author), (_("Organisation"), document.organisation)]
        row = 3
        for name, value in facts:
            if value:
                sheet.write_string(row, 0, name, self.quiet)
                sheet.write_string(row, 1, _text(value))
                row += 1
        bold = self.format({"bold": True, "bottom": 1})
        sheet.write_row(row + 1, 0, [_("Sheet"), _("What it holds")], bold)
        for place, page in enumerate(pages, row + 2):
            sheet.write_url(place, 0, f"internal:{_quoted(page.name)}!A1", self.link, page.name)
            sheet.write_string(place, 1, page.title)
        sheet.hide_gridlines(2)
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)

    def page(self, sheet: Worksheet, page: _Page, contents: str) -> None:
        sheet.write_string(0, 0, page.title, self.title)
        sheet.write_string(1, 0, page.source, self.quiet)
        sheet.write_url(2, 0, f"internal:{_quoted(contents)}!A1", self.link, contents)
        head = {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 2, "bg_color": "#EEF2F6"}
        for place, column in enumerate(page.columns):
            sheet.write_string(_HEADER, place, _text(column.title), self.format({**head, "align": column.alignment}))
            sheet.set_column(place, place, _width(page, place, self.document.language))
        last = len(page.rows) - 1
        for number, row in enumerate(page.rows):
            for place, cell in enumerate(row):
                base = {"bold": True, "top": 1} if page.has_total and number == last else {}
                self.cell(sheet, (_HEADER + 1 + number, place), cell, page.columns[place], base)
        counted = len(page.rows) - int(page.has_total)
        sheet.autofilter(_HEADER, 0, _HEADER + max(counted, 1), len(page.columns) - 1)
        sheet.freeze_panes(_HEADER + 1, 0)
        sheet.repeat_rows(_HEADER)
        sheet.set_paper(9)  # A4
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&R&P / &N")

    def cell(self, sheet: Worksheet, at: tuple[int, int], cell: Cell, column: Column, base: dict[str, Any]) -> None:
        """Numbers as numbers and dates as dates; everything else, and what Excel would round, as text."""
        look = {**base, "valign": "top", "align": column.alignment}
        if isinstance(cell, int | Decimal) and _fits(cell):
            decimals = max(0, -int(cell.as_tuple().exponent)) if isinstance(cell, Decimal) else 0
            pattern = "#,##0" + ("." + "0" * min(decimals, 10) if decimals else "")
            sheet.write_number(*at, cell, self.format({**look, "num_format": pattern}))
        elif isinstance(cell, date) and cell.year >= 1900:
            day = datetime.combine(cell, time())
            sheet.write_datetime(*at, day, self.format({**look, "num_format": "dd.mm.yyyy"}))
        else:
            colour = {"font_color": MUTED} if cell is None else {}
            words = _text(cell_text(cell, self.document.language))
            sheet.write_string(*at, words, self.format({**look, **colour, "text_wrap": True}))


def _fits(value: int | Decimal) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite() and len(value.as_tuple().digits) <= 15 and abs(value) < _EXACT
    return abs(value) < _EXACT


def _pages(document: Document, taken: set[str]) -> Iterator[_Page]:
    """The document's tables, charts' data and data sheets, in order, with names that Excel takes."""
    tables = charts = 0
    for block in document.all_blocks():
        table: blocks.Table | None = None
        if isinstance(block, blocks.Sheet):
            yield _Page(_sheet_name(block.name, taken), _text(block.name), block.columns, block.rows, "")
        elif isinstance(block, blocks.Table):
            tables, table = tables + 1, block
            name, title = f"{_('Table')} {tables}", block.caption
        elif isinstance(block, blocks.Chart):
            charts, table = charts + 1, block.data
            name, title = f"{_('Figure')} {charts}", block.caption
        if table is not None:
            source = f"{_('Source')}: {table.source}" if table.source else ""
            name = _sheet_name(name, taken)
            yield _Page(name, _text(title), table.columns, table.rows, _text(source), table.has_total)


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """At most 31 characters, none that Excel forbids, not used before whatever the case."""
    name = re.sub(r"[\[\]:*?/\\\n\t]", " ", printable(wanted)).strip(" '")[:31].strip(" '") or "Data"
    stem, number = name, 1
    while name.casefold() in taken or name.casefold() == "history":  # Excel keeps that name for itself
        number += 1
        name = f"{stem[: 28 - len(str(number))]} ({number})"
    taken.add(name.casefold())
    return name


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _text(text: str) -> str:
    """As much as a cell holds."""
    text = printable(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _width(page: _Page, place: int, language: blocks.Language) -> float:
    """Wide enough for most of the column's texts, never a wall."""
    kind = page.columns[place].kind
    title = page.columns[place].title
    if kind in _WIDTHS:
        return max(_WIDTHS[kind], min(len(title) + 3, 24))
    longest = max((len(cell_text(row[place], language)) for row in page.rows[:500]), default=0)
    return max(8, min(max(longest + 2, min(len(title) + 3, 24)), 60))
