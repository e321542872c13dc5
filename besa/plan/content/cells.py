"""Lists and times in one cell of a workbook, without loss: one part a line.

A part that runs over several lines goes on after `↳ `; a part that begins with `↳` or `\\` has a `\\` before it. A time whose words
do not say what is meant is followed by ` ⇒ ` and its meaning: `When the law is passed ⇒ due 2009-06-30; recurs yearly-02`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

GOES_ON = "↳ "
MEANS = " ⇒ "
_MEANING = re.compile(
    r"open|(?:start (?P<start>\S+))?(?:(?:^|; )due (?P<due>\S+))?(?:(?:^|; )recurs (?P<recurrence>\S+))?"
)


def joined(parts: Sequence[str]) -> str:
    """The parts as one cell."""
    return "\n".join(
        ("\\" if part.startswith(("↳", "\\")) else "") + part.replace("\n", "\n" + GOES_ON) for part in parts
    )


def parted(cell: str) -> list[str]:
    """The parts of a cell; lines left empty between them do not count."""
    parts: list[str] = []
    for line in cell.replace("\r\n", "\n").split("\n"):
        if line.startswith(GOES_ON.rstrip()) and parts:
            parts[-1] += "\n" + line.removeprefix(GOES_ON.rstrip()).removeprefix(" ")
        elif line.strip():
            parts.append(line.removeprefix("\\").strip())
    return parts


def time_cell(entry: str | Mapping[str, Any]) -> str:
    """A timeline entry of the edited form as text."""
    if isinstance(entry, str):
        return entry
    words = {"start": "start", "due": "due", "recurrence": "recurs"}
    said = "; ".join(f"{word} {entry[key]}" for key, word in words.items() if entry.get(key))
    return f"{entry['text']}{MEANS}{said or 'open'}"


def time_parts(text: str) -> str | dict[str, Any]:
    """The entry of the edited form that a text stands for."""
    words, arrow, meaning = text.rpartition(MEANS)
    match = _MEANING.fullmatch(meaning.strip()) if arrow else None
    if match is None or not meaning.strip():
        return text
    return {"text": words, "start": match["start"], "due": match["due"], "recurrence": match["recurrence"]}
