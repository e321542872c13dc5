"""A plan read from a workbook, with the sheet, row and column of every value."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from besa.plan.content.cells import parted, time_parts
from besa.plan.content.files import MOST_BYTES, too_large
from besa.plan.content.problems import Faulty, Problem, Where
from besa.plan.content.shape import LEVELS, TIMES, Field, Level
from besa.plan.content.tables import UNREAD, Record, Tables

README = "Read me"
MOST_UNPACKED = 200 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 100
_OPTIONAL = {"legal_framework", "policies", "coordination_bodies", "definitions", "glossary", "agencies"}


def read_workbook(path: Path) -> Tables:
    """The rows of all sheets; raises Faulty if the file is no workbook or lacks sheets or columns."""
    _check_archive(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
    except Exception as error:  # whatever a broken file makes the library raise
        raise Faulty([_unreadable(path.name)]) from error
    try:
        return _Reader(book, path.name).read()
    finally:
        book.close()


def _unreadable(name: str) -> Problem:
    return Problem(Where(name), "unreadable", _("this is no Excel workbook"), _("save it as .xlsx"))


def _check_archive(path: Path) -> None:
    """No more than a plan may unpack to, and no document types inside (XML bombs)."""
    if path.stat().st_size > MOST_BYTES:
        raise Faulty([too_large(path.name)])
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > 2000 or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Faulty([too_large(path.name)])
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        if b"<!DOCTYPE" in stream.read(2048).upper():
                            raise Faulty([_unreadable(path.name)])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Faulty([_unreadable(path.name)]) from error


class _Reader:
    def __init__(self, book: Any, name: str) -> None:
        self.book, self.name, self.tables = book, name, Tables()

    def read(self) -> Tables:
        by_sheet = {level.sheet.casefold(): level for level in LEVELS.values()}
        found = {}
        for title in self.book.sheetnames:
            level = by_sheet.get(title.strip().casefold())
            if level is not None:
                found[level.key] = title
            elif title.strip().casefold() != README.casefold():
                message = _("the sheet “%s” is not one of a plan") % title
                self._fault(Where(sheet=title), "unknown_sheet", message, _("correct its name or take it out"))
        for key, level in LEVELS.items():
            if key not in found and key not in _OPTIONAL:
                message = _("the sheet “%s” is missing") % level.sheet
                self._fault(Where(self.name), "missing_sheet", message, _("begin with the template"))
        if any(problem.kind == "missing_sheet" for problem in self.tables.problems):
            raise Faulty(self.tables.problems)
        for key, level in LEVELS.items():
            if key in found:
                self._sheet(level, found[key])
        if any(problem.kind == "missing_column" for problem in self.tables.problems):
            raise Faulty([problem for problem in self.tables.problems if problem.kind == "missing_column"])
        return self.tables

    def _fault(self, where: Where, kind: str, message: str, advice: str = "") -> None:
        self.tables.fault(where, kind, message, advice)

    def _sheet(self, level: Level, title: str) -> None:
        rows = self.book[title].iter_rows(max_col=MOST_COLUMNS)
        header = next(rows, ())
        columns = dict(self._columns(level, title, header))
        present = {field.key for field in columns.values()}
        wanted = [field.key for field in level.fields if field.is_required]
        for key in [*wanted, *([_above(level)] if level.above else [])]:
            if key not in present:
                message = _("the column “%s” is missing") % key
                self._fault(Where(sheet=title, row=1), "missing_column", message, _("begin with the template"))
        letters = {field.key: f"{get_column_letter(index + 1)} ({field.key})" for index, field in columns.items()}
        for number, cells in enumerate(rows, start=2):
            if number > MOST_ROWS:
                raise Faulty([too_large(self.name)])
            values = {
                field.key: self._value(cells[index], field, Where(sheet=title, row=number, column=letters[field.key]))
                for index, field in columns.items()
                if index < len(cells)
            }
            if any(value not in (None, "", []) for value in values.values()):
                self.tables.add(_record(level, values, title, number, letters))

    def _columns(self, level: Level, title: str, header: Any) -> Iterator[tuple[int, Field]]:
        seen = set()
        for index, cell in enumerate(header):
            name = str(cell.value or "").strip().casefold().replace(" ", "_")
            if not name:
                continue
            field = level.field(name) or (Field(name) if level.above and name == _above(level) else None)
            where = Where(sheet=title, row=1, column=get_column_letter(index + 1))
            if field is None:
                message = _("“%(key)s” is not a field of a plan") % {"key": cell.value}
                self._fault(where, "unknown_field", message, _("correct its name or take it out"))
            elif name in seen:
                message = _("the column “%s” is there twice") % name
                self._fault(where, "duplicate", message, _("take one of them out"))
            else:
                seen.add(name)
                yield index, field

    def _value(self, cell: Any, field: Field, where: Where) -> Any:
        value = cell.value
        if cell.data_type == "f":
            message = _("the cell holds a formula")
            self._fault(where, "formula", message, _("write the value itself"))
            return UNREAD
        if cell.data_type == "e":
            self._fault(where, "formula", _("the cell holds the error %s") % value, _("write the value itself"))
            return UNREAD
        text = _text(value)
        if text is None or not field.is_list:
            return text
        parts = parted(text)
        return [time_parts(part) for part in parts] if field.kind == TIMES else parts


def _above(level: Level) -> str:
    return level.above.removesuffix("s")


def _text(value: Any) -> str | None:
    """What the cell shows, as text: dates as 2009-06-30, whole numbers without a point."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _record(level: Level, values: dict[str, Any], title: str, number: int, letters: dict[str, str]) -> Record:
    def locate(key: str, index: int | None) -> Where:  # the parts of a list share their cell
        return Where(sheet=title, row=number, column=letters.get(key, key))

    return Record(level, values, locate)
