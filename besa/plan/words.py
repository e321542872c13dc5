"""Keys and values of a plan's document in words that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from besa.lib import timeline

FIELD_NAMES: dict[str, Promise] = {
    "added": _("Added"),
    "removed": _("Removed"),
    "title": _("Title in English"),
    "title_sq": _("Title in Albanian"),
    "indicators": _("Indicators in English"),
    "indicators_sq": _("Indicators in Albanian"),
    "text": _("Text in English"),
    "text_sq": _("Text in Albanian"),
    "responsible": _("Responsible as printed"),
    "agencies": _("Responsible institutions"),
    "timeline": _("Timeline"),
    "outputs": _("Output indicators in English"),
    "outputs_sq": _("Output indicators in Albanian"),
    "targets": _("Targets in English"),
    "targets_sq": _("Targets in Albanian"),
    "resources": _("Resources"),
    "see_also": _("See also"),
    "footnotes": _("Footnotes"),
    "parent": _("Part of"),
    "code": _("Code"),
    "printed_code": _("Number as printed"),
    "source_lines": _("Lines of the source"),
    "mark": _("Reading"),
    "note": _("Note"),
}


def value_text(value: Any) -> str:
    """A value of a row as people read it: each part of a list on a line of its own, a whole row with its main cells."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        if "id" not in value:  # an entry of the timeline
            return timeline.label(str(value["text"]), get_language() or "en")
        shown = [
            key for key in ("id", "text", "text_sq", "responsible", "timeline", "outputs", "targets") if value.get(key)
        ]
        return "\n".join(value_text(value[key]) for key in shown)
    if isinstance(value, list):
        return "\n".join(value_text(part) for part in value)
    return str(value)


def said(row: Mapping[str, Any], key: str) -> Any:
    """The cell of a document's row in the reader's language; in English where the other is empty."""
    if (get_language() or "en").startswith("sq") and row.get(f"{key}_sq"):
        return row[f"{key}_sq"]
    return row.get(key, "")
