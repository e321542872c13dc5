"""A document as an HTML fragment to be placed in a page below its h1; the page's own style sheet dresses it.

Charts are pictures in data URIs (`img-src data:`) and nothing carries a style attribute or a script, so the strict
content security policy of the site holds. No template here is given markup that is not the template's own.
"""

from __future__ import annotations

from base64 import b64encode

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import override

from besa.lib import pictures
from besa.lib.document.blocks import Document
from besa.lib.document.layout import Part, laid_out
from besa.lib.palette import STATUS_TONES


def render(document: Document) -> SafeString:
    """The document as `<article>`; headings begin at h2, ids are `section-1` and so on."""
    layout = laid_out(document)
    parts = [part for chapter in layout["chapters"] for part in chapter["blocks"]]
    images = [
        "data:image/svg+xml;base64," + b64encode(pictures.svg(spec).encode()).decode() for spec in layout["specs"]
    ]
    for part in parts:
        if part["kind"] == "chart":
            part["image"] = images[part["number"] - 1]
        table = part.get("data") if part["kind"] == "chart" else part
        if table and "rows" in table:
            _dress(table)
    with override(document.language):
        return render_to_string("document/document.html", {"document": layout, "parts": parts})


def _dress(table: Part) -> None:
    """Add what the template asks of each cell: its classes and the tone of its state."""
    table["last"] = len(table["rows"]) if table["has_total"] else 0
    for row in table["rows"]:
        for cell, column in zip(row, table["columns"], strict=True):
            classes = {"right": ["text-end"], "center": ["text-center"]}.get(column["align"], [])
            if column["kind"] != "text" and not cell["is_quiet"]:
                classes.append("text-nowrap")
            if cell["is_quiet"]:
                classes.append("text-secondary")
            cell["css"] = " ".join(classes)
            cell["tone"] = STATUS_TONES.get(cell["status"], "secondary")
