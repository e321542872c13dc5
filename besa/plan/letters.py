"""The letter check: does a row of a plan say what its source lines say, letter for letter?

The strategy survives as the text of a PDF whose tables are broken: cells run across page breaks, a column's first letters
stand lines away from their words. Words can therefore not be compared, but letters can: the multiset of letters and digits
of a row's cells must equal that of the lines that the row was taken from, less the running heads and page footers.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# The running heads of the action plan's tables, in the seven line orders in which the text gives them.
_HEADS = [
    "Activities and Sub- Responsible agencies No. Timeline Output Indicators/Targets Resources Activities (Lead Agency first)",
    "Responsible agencies No. Activities and Sub-Activities Timeline Output Indicators/Targets Resources (Lead Agency first)",
    "No. Activities and Sub-Activities Responsible agencies (Lead Agency first) Timeline Output Indicators/Targets Resources",
    "No. Activities and Sub- Activities Responsible agencies (Lead Agency first) Timeline Output Indicators/Targets Resources",
    "Responsible No. Activities and Sub-Activities agencies (Lead Timeline Output Indicators/Targets Resources Agency first)",
    "Activities and Sub- Activities Responsible agencies (Lead Agency first) Timeline Output Indicators/Targets Resources No.",
]
_HEAD = re.compile("|".join(r"\s+".join(re.escape(word) for word in head.split()) for head in _HEADS))
_FOOTER = re.compile(r"^ONAC {3,}\d+\s*$", re.MULTILINE)

ROW_CELLS = ("printed_code", "text", "responsible", "timeline", "outputs", "targets", "resources", "footnotes")
HEADING_LABELS = re.compile(r"STRATEGIC AIM:|SPECIFIC OBJECTIVES?:|Indicators?::?")


def letters(text: str) -> Counter[str]:
    """The letters and digits of `text` with their counts; superscript footnote marks count as the digit they show."""
    return Counter(char for char in unicodedata.normalize("NFKC", text) if char.isalnum())


def plain_text(lines: Sequence[str], first: int, last: int) -> str:
    """The source lines `first` to `last` (1-based, both included) without running heads and page footers."""
    return _HEAD.sub(" ", _FOOTER.sub(" ", "\n".join(lines[first - 1 : last])))


def source_letters(lines: Sequence[str], first: int, last: int) -> Counter[str]:
    """Letters of the source lines `first` to `last`."""
    return letters(plain_text(lines, first, last))


def row_letters(row: Mapping[str, Any]) -> Counter[str]:
    """Letters of all cells of an activity row, given as in the plan's YAML."""
    return letters(" ".join(_flat(row.get(cell)) for cell in ROW_CELLS))


def difference(row: Counter[str], source: Counter[str]) -> str:
    """Empty if equal; else what the row lost and what it invented, as two short words."""
    lost, invented = source - row, row - source
    said = []
    if lost:
        said.append("lost " + "".join(sorted(lost.elements())))
    if invented:
        said.append("invented " + "".join(sorted(invented.elements())))
    return "; ".join(said)


def _flat(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Mapping):
        return _flat(cell.get("text"))
    if isinstance(cell, Iterable):
        return " ".join(_flat(part) for part in cell)
    return str(cell)
