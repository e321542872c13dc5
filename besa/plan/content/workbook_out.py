"""A plan written as a workbook that people can go on editing; without content, the template of a new plan."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name

from besa.lib.refusal import Refused
from besa.plan.content.cells import joined, time_cell
from besa.plan.content.edited import Derive, short_activity, short_row
from besa.plan.content.shape import (
    ABBREVIATION,
    ACTIVITY,
    AIM,
    COMPONENT,
    LEVELS,
    OBJECTIVE,
    PLAN,
    POLICY,
    TIMES,
    YES,
    Content,
    Field,
    Level,
    Row,
)
from besa.plan.content.workbook_in import README

MOST_IN_CELL = 32_767
_ROOM = 1000  # rows with drop-down lists, beyond those that are filled
_WIDE = {
    "text",
    "title",
    "tasks",
    "members",
    "meaning",
    "outputs",
    "targets",
    "indicators",
    "responsible",
    "endorsed",
    "note",
}
_SINGULAR = {"components": "component", "aims": "aim", "objectives": "objective"}


def dump_workbook(content: Content | None, derive: Derive) -> bytes:
    """The bytes of the workbook; raises Refused if a cell would hold more than Excel allows."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2008, 1, 1), "title": content["plan"]["code"] if content else ""})  # noqa: DTZ001
    styles = {
        "head": book.add_format({"bold": True, "bg_color": "#E6EBF2", "border": 1}),
        "must": book.add_format({"bold": True, "bg_color": "#C9D8EC", "border": 1}),
        "cell": book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
    }
    rows = _rows(content, derive) if content else {}
    _readme(book.add_worksheet(README), styles)
    for level in LEVELS.values():
        _sheet(book.add_worksheet(level.sheet), level, rows.get(level.key, []), styles)
    book.close()
    return buffer.getvalue()


def _rows(content: Content, derive: Derive) -> dict[str, list[Row]]:
    """The rows of each sheet, in the edited form, each with the code of the row above."""
    rows: dict[str, list[Row]] = {level.key: [] for level in LEVELS.values()}
    rows[PLAN.key] = [short_row(PLAN, content["plan"])]
    for component in content["components"]:
        rows[COMPONENT.key].append(_head(COMPONENT, component))
        for aim in component["aims"]:
            rows[AIM.key].append(_head(AIM, aim) | {"component": component["code"]})
            for objective in aim["objectives"]:
                rows[OBJECTIVE.key].append(_head(OBJECTIVE, objective) | {"aim": aim["code"]})
                rows[ACTIVITY.key] += [
                    short_activity(row, component["code"], derive) | {"objective": objective["code"]}
                    for row in objective["activities"]
                ]
    rows[POLICY.key] = [
        {"text": text, "text_sq": content["policies_sq"][index]} | content["policies_more"][index]
        for index, text in enumerate(content["policies"])
    ]
    rows[ABBREVIATION.key] = [
        {"abbreviation": abbreviation, "meaning": meaning, "meaning_sq": content["glossary_sq"][abbreviation][index]}
        for abbreviation, meanings in content["glossary"].items()
        for index, meaning in enumerate(meanings)
    ]
    for key in ("legal_framework", "coordination_bodies", "definitions", "agencies"):
        rows[key] = [short_row(LEVELS[key], row) for row in content[key]]
    return rows


def _head(level: Level, row: Row) -> Row:
    short = short_row(level, row)
    if row["printed_code"] == row["code"]:
        del short["printed_code"]
    return short


def _columns(level: Level) -> list[Field]:
    above = (
        [Field(_SINGULAR[level.above], is_required=True, help=_("code of the row that it belongs to"))]
        if level.above
        else []
    )
    return [*above, *level.all_fields]


def _sheet(sheet: Any, level: Level, rows: list[Row], styles: dict[str, Any]) -> None:
    columns = _columns(level)
    for index, field in enumerate(columns):
        wide = field.key.removesuffix("_sq") in _WIDE
        sheet.set_column(index, index, 48 if wide else 18, styles["cell"])
        sheet.write_string(0, index, field.key, styles["must" if field.is_required else "head"])
        _validate(sheet, index, field, len(rows))
    for number, row in enumerate(rows, start=1):
        for index, field in enumerate(columns):
            if text := _cell(row.get(field.key), field):
                if len(text) > MOST_IN_CELL:
                    raise Refused(
                        _("“%(field)s” of %(row)s is too long for a cell of a workbook; export the plan as YAML.")
                        % {"field": field.key, "row": row.get(level.identity, number)}
                    )
                sheet.write_string(number, index, text, styles["cell"])
    sheet.freeze_panes(1, 2 if level.above else 1)
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)


def _cell(value: Any, field: Field) -> str:
    if value in (None, "", [], False):
        return ""
    if field.kind == TIMES:
        return joined([time_cell(entry) for entry in value])
    if field.kind == "lines":
        return f"{value[0]}-{value[1]}"
    if field.kind == YES:
        return "yes"
    return joined(value) if isinstance(value, list) else str(value)


def _validate(sheet: Any, index: int, field: Field, rows: int) -> None:
    """A drop-down list where the values are few or the codes of another sheet."""
    above = {singular: key for key, singular in _SINGULAR.items()}.get(field.key)
    source: Any = list(field.choices) or (["yes", "no"] if field.kind == YES else None)
    if above:
        column = xl_col_to_name([each.key for each in _columns(LEVELS[above])].index("code"))
        source = f"='{LEVELS[above].sheet}'!${column}$2:${column}${_ROOM}"
    if source:
        rule = {"validate": "list", "source": source, "ignore_blank": True, "input_title": field.key[:32]}
        sheet.data_validation(1, index, rows + _ROOM, index, rule | {"input_message": field.help[:255]})


def _readme(sheet: Any, styles: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, 2, 110, styles["cell"])
    sheet.write_string(0, 0, _("A plan as a workbook"), styles["title"])
    said = [
        _("One row is one thing; the first row of each sheet names its columns. Dark columns must be filled in."),
        _("Begin with Plan, then Components, Aims, Objectives, Activities; each names the code of the row above it."),
        _("A cell with several entries has one a line (Alt+Enter). An entry of several lines goes on with “↳ ”."),
        _("Columns ending in _sq hold the Albanian, with as many entries in the same order. They may stay empty."),
        _("Name agencies as the plan prints them, the lead first; new ones go to the sheet Agencies."),
        _("Write times in words: Mid 2009, End 2008, First quarter of 2009, Ongoing, quarterly, or 2009-06-30."),
        _("What no words can say is added: “When the law is passed ⇒ due 2009-06-30” or “⇒ open”."),
        _("Then: besa import_plan FILE --dry-run lists every problem with its sheet, row and column."),
    ]
    for number, line in enumerate(said, start=2):
        sheet.write_string(number, 0, line)
    number = len(said) + 3
    for level in LEVELS.values():
        for field in _columns(level):
            must = _(" (must be filled in)") if field.is_required else ""
            for index, text in enumerate((level.sheet, field.key, field.help + must)):
                sheet.write_string(number, index, text)
            number += 1
