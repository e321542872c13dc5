"""A document with everything said: words in its language, cells as text, tables and charts numbered, pages turned.

Page, PDF and Word print this one structure, so that a number or a word cannot differ between them. It is JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from besa.lib.document import blocks
from besa.lib.document.blocks import Block, Document, Language
from besa.lib.document.words import LANGUAGE_TAGS, NOTHING, cell_text, long_date, printable
from besa.lib.palette import status_colour

Part = dict[str, Any]


def laid_out(document: Document) -> Part:
    """The document as JSON values: title fields, `words`, `chapters` (each a run of pages turned one way) and `specs`."""
    with override(document.language):
        return _Layout(document.language).document(document)


class _Layout:
    """Walks through a document once and counts its tables, charts and headings on the way."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.tables = 0
        self.headings = 0
        self.level = 0
        self.specs: list[Any] = []

    def document(self, document: Document) -> Part:
        parts = [self.block(block) for block in document.blocks]
        for number, annex in enumerate(document.annexes, 1):
            title = _("Annex %(number)s. %(title)s") % {"number": number, "title": annex.title}
            parts += [{"kind": "break"}, self.heading(1, title), *map(self.block, annex.blocks)]
        return {
            "title": printable(document.title),
            "subtitle": printable(document.subtitle),
            "author": printable(document.author),
            "organisation": printable(document.organisation),
            "reference": printable(document.reference),
            "language": document.language,
            "tag": LANGUAGE_TAGS[document.language],
            "date": long_date(document.dated_on, document.language),
            "year": document.dated_on.year,
            "month": document.dated_on.month,
            "day": document.dated_on.day,
            "cover": document.has_cover,
            "words": self.words(),
            "chapters": list(_turned(parts)),
            "headings": [part for part in parts if part["kind"] == "heading"],
            "specs": self.specs,
        }

    def words(self) -> dict[str, str]:
        # translators: {page} and {pages} are filled in by the printing program
        return {
            "contents": _("Contents"),
            "page": _("Page {page} of {pages}"),
            "source": _("Source"),
            "reference": _("Reference"),
            "date": _("Date"),
            "author": _("Prepared by"),
            "table": _("Table"),
            "figure": _("Figure"),
        }

    def heading(self, level: int, text: str) -> Part:
        """No level is skipped on the way down, as readers with a screen reader would look for what is not there."""
        self.headings += 1
        level = self.level = min(level, self.level + 1)
        return {
            "kind": "heading",
            "level": level,
            "text": printable(text).strip() or NOTHING,
            "anchor": f"section-{self.headings}",
        }

    def block(self, block: Block) -> Part:
        match block:
            case blocks.Heading(level, text):
                return self.heading(level, text)
            case blocks.Paragraph(runs):
                return {"kind": "paragraph", "runs": _runs(runs)}
            case blocks.Bullets(items):
                return {"kind": "bullets", "entries": [_runs(item) for item in items]}
            case blocks.Callout():
                return self.callout(block)
            case blocks.Figures(items):
                return {"kind": "figures", "entries": [self.figure(item) for item in items]}
            case blocks.Table():
                return self.table(block)
            case blocks.Chart():
                return self.chart(block)
            case blocks.Sheet(name, _columns, rows):
                note = _("The data “%(name)s” (rows: %(rows)s) is a sheet of the Excel edition of this document.")
                return {
                    "kind": "note",
                    "text": note % {"name": printable(name), "rows": cell_text(len(rows), self.language)},
                }
            case blocks.PageBreak():
                return {"kind": "break"}

    def callout(self, callout: blocks.Callout) -> Part:
        labels = {"info": _("Note"), "warning": _("Attention"), "decision": _("Decision")}
        paragraphs = [text for text in printable(callout.text).split("\n\n") if text.strip()]
        label, title = labels[callout.kind], printable(callout.title)
        return {"kind": "callout", "tone": callout.kind, "label": label, "title": title, "paragraphs": paragraphs}

    def figure(self, figure: blocks.Figure) -> Part:
        return {
            "value": cell_text(figure.value, self.language),
            "is_words": isinstance(figure.value, str) and not figure.value[:1].isdigit(),
            "label": printable(figure.label),
            "note": printable(figure.note),
        }

    def table(self, table: blocks.Table, *, is_under_chart: bool = False) -> Part:
        if not is_under_chart:
            self.tables += 1
        return {
            "kind": "table",
            "label": "" if is_under_chart else _("Table"),
            "number": 0 if is_under_chart else self.tables,
            "caption": printable(table.caption),
            "columns": [
                {"title": printable(it.title), "kind": it.kind, "weight": it.weight, "align": it.alignment}
                for it in table.columns
            ],
            "rows": [[self.cell(cell, it) for cell, it in zip(row, table.columns, strict=True)] for row in table.rows],
            "has_total": table.has_total and bool(table.rows),
            "source": printable(table.source),
            "landscape": table.landscape,
        }

    def cell(self, cell: blocks.Cell, column: blocks.Column) -> Part:
        """`is_quiet` marks words that stand where a number or date is missing."""
        is_quiet = cell is None or (column.kind in ("number", "date") and isinstance(cell, str))
        status = cell.key if isinstance(cell, blocks.Status) else ""
        colour = status_colour(status) if status else ""
        return {"text": cell_text(cell, self.language), "status": status, "colour": colour, "is_quiet": is_quiet}

    def chart(self, chart: blocks.Chart) -> Part:
        self.specs.append(dict(chart.spec))
        is_shown = chart.show_data and chart.data is not None
        return {
            "kind": "chart",
            "label": _("Figure"),
            "number": len(self.specs),
            "caption": printable(chart.caption),
            "alt": printable(chart.alt),
            "data": self.table(chart.data, is_under_chart=True) if is_shown and chart.data else None,
        }


def _runs(runs: Iterable[blocks.Run]) -> list[Part]:
    return [{"text": printable(run.text), "bold": run.bold, "italic": run.italic} for run in runs]


def _turned(parts: list[Part]) -> Iterator[Part]:
    """Chapters of portrait and landscape pages; headings right above a landscape table go with it."""
    chapter: Part = {"landscape": False, "blocks": []}
    for part in parts:
        is_turned = bool(part.get("landscape"))
        if is_turned == chapter["landscape"]:
            chapter["blocks"].append(part)
            continue
        above: list[Part] = []
        while is_turned and chapter["blocks"] and chapter["blocks"][-1]["kind"] in ("heading", "break"):
            above.insert(0, chapter["blocks"].pop())
        if chapter["blocks"]:
            yield chapter
        turned = [it for it in above if it["kind"] != "break"] + ([] if part["kind"] == "break" else [part])
        chapter = {"landscape": is_turned, "blocks": turned}
    if chapter["blocks"]:
        yield chapter
