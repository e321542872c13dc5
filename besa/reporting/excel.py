"""The return as an Excel form: download it, fill it in without a line, upload it.

The form knows which return, version and revision of each entry it was made from. Reading it gives either changes or problems,
each with its cell; nothing is written here.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from besa.lib.text import folded
from besa.reporting import rules
from besa.reporting.models import Entry, Return

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
MAX_ROWS = 5000  # far more than a plan has activities; a sheet may pretend to have a million
FIRST_ROW = 7
META = "besa"
CHOICES: dict[str, Any] = {
    "status": Entry.Status,
    "obstacle_type": Entry.Obstacle,
    "currency": Entry.Currency,
    "money_source": Entry.MoneySource,
}
FIELDS = rules.FULL_FIELDS  # in the order of the columns F to P; a partner's contribution uses some of them only
FIRST_FIELD = 6  # column F
# What a workbook cannot hold (control characters, as they come along from Word), or changes on the way.
UNKEPT = re.compile("_x000D_|x005F_|[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
WIDTHS = (16, 46, 14, 16, 36, 16, 40, 32, 22, 32, 32, 14, 10, 20, 40, 14)


@dataclass(frozen=True)
class Problem:
    """What is wrong in which cell (`F12`; empty for the file as a whole) and what to do."""

    cell: str
    text: str


@dataclass(frozen=True)
class Filled:
    """The values of one entry that differ from what is stored."""

    entry: Entry
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """What an uploaded form says: changes, or problems (then the changes are not to be applied)."""

    changes: list[Filled] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def build(item: Return, entries: Iterable[Entry], last: Mapping[int, Entry], language: str) -> bytes:
    """The form of a return in a language; `last` gives by activity what the agency reported the quarter before."""
    with override(language):
        book = Workbook()
        sheet: Worksheet = book.worksheets[0]
        _head(sheet, item)
        rows = list(entries)
        for row, entry in enumerate(rows, FIRST_ROW):
            _write_row(sheet, row, entry, last.get(entry.activity_id))
        _lists(book, sheet, FIRST_ROW + len(rows))
        _meta(book, item, rows)
        sheet.protection.enable()
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()


def _plain(text: str) -> str:
    """The text as a cell keeps it; text is compared in this shape, so that a form nobody has touched changes nothing."""
    return UNKEPT.sub("", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def titles() -> list[str]:
    """The words above the columns A to P in the present language."""
    shown = [_("No."), _("Activity"), _("Your part"), _("Status last quarter"), _("Reported last quarter")]
    return shown + [str(Entry._meta.get_field(name).verbose_name).capitalize() for name in FIELDS]  # type: ignore[union-attr]


def _head(sheet: Worksheet, item: Return) -> None:
    sheet.title = _("Return")[:31]
    sheet["A1"] = _("Return of %(agency)s") % {"agency": item.agency.name}
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["A2"] = f"{item.round.plan.code} · {item.round.as_period.label}"
    sheet["A3"] = _("Version %(version)s; due on %(day)s") % {
        "version": item.version,
        "day": f"{item.round.due_on:%d.%m.%Y}",
    }
    sheet["A4"] = _(
        "Fill in the white cells only. Empty means not reported. Upload the file in Besa, on the page of this return."
    )
    for column, (title, width) in enumerate(zip(titles(), WIDTHS, strict=True), 1):
        cell = sheet.cell(FIRST_ROW - 1, column, title)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="1B3A5C")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"C{FIRST_ROW}"


def _write_row(sheet: Worksheet, row: int, entry: Entry, last: Entry | None) -> None:
    part = _("lead") if entry.is_lead else _("contribution")
    fixed = [
        entry.activity.identifier,
        entry.activity.text,
        part,
        last.get_status_display() if last else "",
        last.done if last else "",
    ]
    wrap, gray = Alignment(wrap_text=True, vertical="top"), PatternFill("solid", fgColor="EEF1F5")
    for column, value in enumerate(fixed, 1):
        cell: Any = sheet.cell(row, column)
        cell.value, cell.data_type = _plain(value), "s"
        cell.fill, cell.alignment = gray, wrap
    for column, name in enumerate(FIELDS, FIRST_FIELD):
        cell = sheet.cell(row, column)
        cell.alignment = wrap
        if not entry.is_lead and name not in rules.PARTNER_FIELDS:
            cell.fill = gray
            continue
        cell.protection = Protection(locked=False)
        _put(cell, name, getattr(entry, name))


def _put(cell: Any, name: str, value: Any) -> None:
    if name == "next_due_on":
        cell.number_format = "DD.MM.YYYY"
    if value in (None, ""):
        return
    if name in CHOICES:
        value = str(CHOICES[name](value).label)
    if isinstance(value, str):
        value = _plain(value)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula


def _lists(book: Workbook, sheet: Worksheet, end: int) -> None:
    """Drop-down lists for the coded columns, from a sheet of their own."""
    words = book.create_sheet("lists")
    words.sheet_state = "hidden"
    for column, (name, choices) in enumerate(CHOICES.items(), 1):
        labels = [str(label) for label in choices.labels]
        for row, label in enumerate(labels, 1):
            words.cell(row, column, label)
        letter = get_column_letter(column)
        rule = DataValidation("list", formula1=f"lists!${letter}$1:${letter}${len(labels)}", allow_blank=True)
        rule.error = _("Choose from the list.")
        place = get_column_letter(FIRST_FIELD + FIELDS.index(name))
        rule.add(f"{place}{FIRST_ROW}:{place}{max(end, FIRST_ROW)}")
        sheet.add_data_validation(rule)


def _meta(book: Workbook, item: Return, entries: list[Entry]) -> None:
    meta = book.create_sheet(META)
    meta.sheet_state = "veryHidden"
    facts = {"form": "return/1", "plan": item.round.plan.code, "period": item.round.period, "agency": item.agency.code}
    for row, (key, value) in enumerate([*facts.items(), ("version", item.version)], 1):
        meta.cell(row, 1, key)
        meta.cell(row, 2, value)
    for row, entry in enumerate(entries, FIRST_ROW):
        meta.cell(row, 1, entry.activity.identifier)
        meta.cell(row, 2, entry.revision)


def read(content: bytes, item: Return, entries: Iterable[Entry]) -> Reading:
    """Compare an uploaded form with the return as it is stored; all problems at once, or the changes."""
    try:
        book = _open(content)
    except ValueError as error:
        return Reading(problems=[Problem("", str(error))])
    wrong = _wrong_form(book, item)
    if wrong:
        return Reading(problems=[Problem("", wrong)])
    sheet, meta = book.worksheets[0], book[META]
    if max(sheet.max_row, meta.max_row) > MAX_ROWS:
        return Reading(problems=[Problem("", _("The sheet has more rows than a return can have; it was not read."))])
    revisions = {meta.cell(line, 1).value: meta.cell(line, 2).value for line in range(FIRST_ROW, meta.max_row + 1)}
    known = {entry.activity.identifier: entry for entry in entries}
    reading = Reading()
    seen: set[str] = set()
    for row in range(FIRST_ROW, sheet.max_row + 1):
        identifier = str(sheet.cell(row, 1).value or "").strip()
        if identifier:
            _read_row(sheet, revisions, row, identifier, known, seen, reading)
        elif any(
            sheet.cell(row, column).value not in (None, "") for column in range(FIRST_FIELD, FIRST_FIELD + len(FIELDS))
        ):
            reading.problems.append(Problem(f"A{row}", _("The number of the activity is missing; restore it.")))
    return reading


def _open(content: bytes) -> Workbook:
    """The workbook; raises ValueError with the reason if the file is too large, unsafe or no workbook."""
    if len(content) > MAX_BYTES:
        raise ValueError(_("The file is larger than %(size)s MB.") % {"size": MAX_BYTES // 1024 // 1024})
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise ValueError(_("This is not an Excel file (.xlsx) that can be read.")) from error
    if unpacked > MAX_UNPACKED:
        raise ValueError(_("The file unpacks to far more than a return holds; it was not read."))
    try:
        return load_workbook(io.BytesIO(content))
    except Exception as error:  # a damaged file fails anywhere in the reader: XML, compression, dates, numbers
        raise ValueError(_("This is not an Excel file (.xlsx) that can be read.")) from error


def _wrong_form(book: Workbook, item: Return) -> str:
    """Why this file is not the form of this return as it stands; empty if it is."""
    if META not in [sheet.title for sheet in book.worksheets]:
        return _("This file is not a return form of Besa. Download the form on this page and fill that in.")
    meta = book[META]
    facts = {str(meta.cell(row, 1).value): meta.cell(row, 2).value for row in range(1, 6)}
    if facts.get("form") != "return/1":
        return _("This file is not a return form of Besa. Download the form on this page and fill that in.")
    if facts.get("plan") != item.round.plan.code:
        return _("The form belongs to another plan: %(found)s.") % {"found": facts.get("plan")}
    if facts.get("agency") != item.agency.code:
        return _("The form belongs to another institution: %(found)s.") % {"found": facts.get("agency")}
    if facts.get("period") != item.round.period:
        return _("The form is for another period: %(found)s. This return is for %(wanted)s.") % {
            "found": facts.get("period"),
            "wanted": item.round.period,
        }
    if facts.get("version") != item.version:
        return _(
            "The form was made from version %(found)s; the return is now at version %(now)s. Download it again."
        ) % {
            "found": facts.get("version"),
            "now": item.version,
        }
    return ""


def _read_row(
    sheet: Worksheet,
    revisions: Mapping[Any, Any],
    row: int,
    identifier: str,
    known: Mapping[str, Entry],
    seen: set[str],
    reading: Reading,
) -> None:
    entry = known.get(identifier)
    if entry is None:
        text = _("Activity %(code)s is not part of this return.") % {"code": identifier}
        reading.problems.append(Problem(f"A{row}", text))
        return
    if identifier in seen:
        reading.problems.append(Problem(f"A{row}", _("Activity %(code)s stands here twice.") % {"code": identifier}))
        return
    seen.add(identifier)
    values: dict[str, Any] = {}
    for column, name in enumerate(FIELDS, FIRST_FIELD):
        cell = sheet.cell(row, column)
        place = cell.coordinate
        try:
            value = _value(cell, name)
        except ValueError as error:
            reading.problems.append(Problem(place, str(error)))
            continue
        if not entry.is_lead and name not in rules.PARTNER_FIELDS:
            if value not in (None, ""):
                text = _("Your institution contributes to this activity; this column is for the lead.")
                reading.problems.append(Problem(place, text))
            continue
        values[name] = value
    changed = {name: value for name, value in values.items() if value != _stored(entry, name)}
    for name, wrong in rules.value_problems(entry, changed):
        reading.problems.append(Problem(f"{get_column_letter(FIRST_FIELD + FIELDS.index(name))}{row}", str(wrong)))
    if changed and revisions.get(identifier) != entry.revision:
        text = _("Somebody changed this entry in Besa after the form was downloaded. Download the form again.")
        reading.problems.append(Problem(f"A{row}", text))
    elif changed:
        reading.changes.append(Filled(entry, changed))


def _stored(entry: Entry, name: str) -> Any:
    value = getattr(entry, name)
    return _plain(value) if isinstance(value, str) else value


def _value(cell: Any, name: str) -> Any:
    """The cell's value as the field's type; raises ValueError with what to do."""
    raw = cell.value
    if cell.data_type == "f":
        raise ValueError(_("Formulas are not read. Write the value itself."))
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None if name in ("spent", "next_due_on") else ""
    if name in CHOICES:
        return _choice(str(raw), name)
    if name == "spent":
        return _amount(raw)
    if name == "next_due_on":
        return _day(raw)
    text = _plain(str(raw))
    if len(text) > rules.LONGEST_TEXT:
        raise ValueError(_("The text has %(count)s characters; 10,000 are the most.") % {"count": len(text)})
    return text


def _choice(raw: str, name: str) -> str:
    """The code for a label in either language, or for the code itself."""
    wanted = folded(raw.strip())
    for language in ("en", "sq"):
        with override(language):
            for code, label in CHOICES[name].choices:
                if wanted in (folded(str(label)), code.casefold()):
                    return str(code)
    labels = ", ".join(str(label) for label in CHOICES[name].labels)
    raise ValueError(
        _("“%(found)s” is not in the list. Choose one of: %(labels)s.") % {"found": raw[:60], "labels": labels}
    )


def _amount(raw: object) -> Decimal:
    try:
        amount = Decimal(str(raw).replace(" ", "").replace("\u00a0", "")).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise ValueError(
            _("“%(found)s” is not an amount. Write a number, such as 1200000.") % {"found": str(raw)[:60]}
        ) from error
    if not amount.is_finite() or not 0 <= amount < rules.LARGEST_AMOUNT:
        raise ValueError(_("An amount lies between 0 and 999,999,999,999."))
    return amount


def _day(raw: object) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    for shape in ("%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(str(raw).strip(), shape).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise ValueError(
        _("“%(found)s” is not a date. Write day.month.year, such as 31.12.2009.") % {"found": str(raw)[:60]}
    )
