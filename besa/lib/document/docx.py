"""A document as Word: real styles, fields and repeating header rows, so that a ministry can go on writing in it.

The contents, the numbers of tables and figures and the page numbers are fields that Word keeps up to date.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import datetime, time
from io import BytesIO
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.shared import Cm, Emu, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from besa.lib import pictures
from besa.lib.document import word
from besa.lib.document.blocks import Document
from besa.lib.document.layout import Part, laid_out
from besa.lib.document.words import printable
from besa.lib.palette import ACCENT, MUTED

_SIDES = {"left": WD_ALIGN_PARAGRAPH.LEFT, "right": WD_ALIGN_PARAGRAPH.RIGHT, "center": WD_ALIGN_PARAGRAPH.CENTER}
_CALLOUTS = {"info": (ACCENT, "EEF4F9"), "warning": ("#a63d14", "FCF3EC"), "decision": ("#2f6b4f", "EEF6F1")}
_BY_HAND = 12  # rows up to which a table is kept on one page


def render(document: Document) -> bytes:
    """The document as .docx; the same bytes for the same document."""
    layout = laid_out(document)
    made = docx.Document()
    word.set_up(made, layout["tag"])
    _properties(made, document)
    _Writer(made, layout).write()
    out = BytesIO()
    made.save(out)
    return _timeless(out.getvalue())


def _properties(made: WordDocument, document: Document) -> None:
    core = made.core_properties
    title, subtitle, author = document.title, document.subtitle, document.author
    core.title, core.subject, core.author = (printable(text)[:255] for text in (title, subtitle, author))
    core.language, core.comments, core.keywords = document.language, "", printable(document.reference)[:255]
    core.last_modified_by, core.revision = core.author, 1
    core.created = core.modified = datetime.combine(document.dated_on, time(12))


def _timeless(data: bytes) -> bytes:
    """The same package with every file dated 1980, as a zip cannot be without a date."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


class _Writer:
    """Writes the laid-out document from top to bottom."""

    def __init__(self, made: WordDocument, layout: Part) -> None:
        self.made, self.layout, self.words = made, layout, layout["words"]
        self.pictures = 0

    def write(self) -> None:
        section = self.made.sections[0]
        word.portrait(section)
        self.running()
        self.opening()
        is_landscape = False
        for chapter in self.layout["chapters"]:
            if chapter["landscape"] != is_landscape:
                is_landscape = chapter["landscape"]
                section = self.made.add_section(WD_SECTION.NEW_PAGE)
                section.different_first_page_header_footer = False
                section.orientation = WD_ORIENT.LANDSCAPE if is_landscape else WD_ORIENT.PORTRAIT
                section.page_width, section.page_height = section.page_height, section.page_width
            for part in chapter["blocks"]:
                getattr(self, f"write_{part['kind']}")(part)

    @property
    def width(self) -> int:
        """Of the text, in EMU."""
        section = self.made.sections[-1]
        return int(section.page_width or 0) - int(section.left_margin or 0) - int(section.right_margin or 0)

    def running(self) -> None:
        """Header with the title, footer with organisation and page numbers; the cover has neither."""
        section = self.made.sections[0]
        section.different_first_page_header_footer = self.layout["cover"]
        header = section.header.paragraphs[0]
        header.text = " · ".join(filter(None, (self.layout["title"], self.layout["reference"])))
        footer = section.footer.paragraphs[0]
        if self.layout["organisation"]:
            footer.add_run(self.layout["organisation"] + "   |   ")
        before, rest = self.words["page"].split("{page}", 1)
        between, after = rest.split("{pages}", 1)
        footer.add_run(before)
        word.field(footer, "PAGE", "1")
        footer.add_run(between)
        word.field(footer, "NUMPAGES", "1")
        footer.add_run(after)

    def opening(self) -> None:
        layout = self.layout
        if layout["organisation"]:
            self.made.add_paragraph(layout["organisation"], style="Organisation")
        title = self.made.add_paragraph(layout["title"], style="Title")
        if layout["cover"]:
            title.paragraph_format.space_before = Pt(150)
        if layout["subtitle"]:
            self.made.add_paragraph(layout["subtitle"], style="Subtitle")
        for name, value in (("date", layout["date"]), ("reference", layout["reference"]), ("author", layout["author"])):
            if value:
                fact = self.made.add_paragraph(style="Fact")
                fact.add_run(f"{self.words[name]}: ").font.color.rgb = _colour(MUTED)
                fact.add_run(value)
        if layout["cover"]:
            _break(self.made.add_paragraph())
            self.made.add_paragraph(self.words["contents"], style="TOC Heading")
            word.contents(self.made, layout["headings"])
            _break(self.made.add_paragraph())

    def write_heading(self, part: Part) -> None:
        self.made.add_heading(part["text"], part["level"])

    def write_paragraph(self, part: Part) -> None:
        _runs(self.made.add_paragraph(), part["runs"])

    def write_bullets(self, part: Part) -> None:
        for item in part["entries"]:
            _runs(self.made.add_paragraph(style="List Bullet"), item)

    def write_note(self, part: Part) -> None:
        self.made.add_paragraph(part["text"], style="Source")

    def write_break(self, part: Part) -> None:
        _break(self.made.add_paragraph())

    def write_callout(self, part: Part) -> None:
        line, fill = _CALLOUTS[part["tone"]]
        head = ": ".join(filter(None, (part["label"], part["title"])))
        for place, text in enumerate([head, *part["paragraphs"]]):
            paragraph = self.made.add_paragraph(style="Callout")
            run = paragraph.add_run(text)
            paragraph.paragraph_format.keep_with_next = place < len(part["paragraphs"])
            if place == 0:
                run.bold, run.font.color.rgb = True, _colour(line)
            word.boxed(paragraph, line.lstrip("#"), fill)
        paragraph.paragraph_format.space_after = Pt(12)

    def write_figures(self, part: Part) -> None:
        """A table without rules: values above their labels."""
        entries = part["entries"]
        for first in range(0, len(entries), 4):
            row = entries[first : first + 4]
            table = self.made.add_table(rows=1, cols=len(row))
            table.autofit = False
            for cell, item in zip(table.rows[0].cells, row, strict=True):
                cell.width = Emu(self.width // len(row))
                value = cell.paragraphs[0]
                value.style = self.made.styles["Figure Value"]
                value.add_run(item["value"]).font.size = Pt(14 if item["is_words"] else 22)
                cell.add_paragraph(style="Table Text").add_run(item["label"]).bold = True
                if item["note"]:
                    cell.add_paragraph(item["note"], style="Source")
        self.made.add_paragraph(style="Table Text")

    def write_table(self, part: Part) -> None:
        self.caption(part, is_above=True)
        self.grid(part)

    def write_chart(self, part: Part) -> None:
        spec = self.layout["specs"][part["number"] - 1]
        paragraph = self.made.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        paragraph.add_run().add_picture(BytesIO(pictures.png(spec, 2)), width=Emu(min(self.width, int(Cm(16)))))
        word.describe(paragraph, part["number"], f"{part['label']} {part['number']}", part["alt"])
        self.caption(part, is_above=False)
        if part["data"]:
            self.grid(part["data"])

    def caption(self, part: Part, *, is_above: bool) -> None:
        paragraph = self.made.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = is_above or bool(part.get("data"))
        paragraph.add_run(f"{part['label']} ").bold = True
        word.field(paragraph, f"SEQ {part['label']} \\* ARABIC", str(part["number"]), is_bold=True)
        paragraph.add_run(". ").bold = True
        paragraph.add_run(part["caption"])

    def grid(self, part: Part) -> None:
        columns, rows = part["columns"], part["rows"]
        table = self.made.add_table(rows=1 + len(rows), cols=len(columns), style="Report Table")
        table.autofit = False
        weights = sum(column["weight"] for column in columns)
        widths = [Emu(self.width * column["weight"] // weights) for column in columns]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        cells = _rows_of(table, len(columns))
        for cell, column, width in zip(cells[0], columns, widths, strict=True):
            cell.width = width
            self.fill(cell, {"text": column["title"], "is_quiet": False, "colour": ""}, column)
        is_short = len(rows) <= _BY_HAND
        for number, (line, row) in enumerate(zip(cells[1:], rows, strict=True), 1):
            is_last = number == len(rows)
            for cell, content, column, width in zip(line, row, columns, widths, strict=True):
                cell.width = width
                self.fill(
                    cell, content, column, is_bold=part["has_total"] and is_last, is_kept=is_short and not is_last
                )
        word.repeat_header(table, has_total=part["has_total"])
        source = f"{self.words['source']}: {part['source']}" if part["source"] else ""
        self.made.add_paragraph(source, style="Source")

    def fill(self, cell: _Cell, content: Part, column: Part, *, is_bold: bool = False, is_kept: bool = False) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.style = self.made.styles["Table Text"]
        paragraph.alignment = _SIDES[column["align"]]
        paragraph.paragraph_format.keep_with_next = True if is_kept else None
        if content["colour"]:
            paragraph.add_run("■ ").font.color.rgb = _colour(content["colour"])
        run = paragraph.add_run(content["text"])
        run.bold = True if is_bold else None
        if content["is_quiet"]:
            run.font.color.rgb = _colour(MUTED)
            run.italic = content["text"] != "–"


def _rows_of(table: Any, columns: int) -> list[list[_Cell]]:
    """The cells row by row, found once: asking a table for each row is slow when it is long."""
    return [[_Cell(cell, table) for cell in row.tc_lst] for row in table._tbl.tr_lst]


def _runs(paragraph: Paragraph, runs: Iterable[Part]) -> None:
    for run in runs:
        added = paragraph.add_run(run["text"])
        added.bold, added.italic = run["bold"] or None, run["italic"] or None


def _break(paragraph: Paragraph) -> None:
    paragraph.add_run().add_break(WD_BREAK.PAGE)


def _colour(name: str) -> RGBColor:
    return RGBColor.from_string(name.lstrip("#").upper())
