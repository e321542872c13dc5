"""Text and tables as what can be read in them. Runs in the child process."""

from __future__ import annotations

import re
import unicodedata

from besa.lib.files.caps import NotTaken
from besa.lib.files.kinds import decoded

# Marks that turn the direction of writing: they can make a text look other than it is.
_TURNING = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\ufeff"}
_LINE_ENDS = re.compile(r"\r\n|[\r\f\u2028\u2029\x85]")
_NUMBER = re.compile(r"[+-]?[\d.,\s]+%?")
_CELL = re.compile(r"((?:^|[,;\t])\"?)([=+@-][^,;\t\"\n]*)", re.MULTILINE)


def _bare(text: str) -> str:
    ended = _LINE_ENDS.sub("\n", text)
    return "".join(c for c in ended if c in "\n\t" or (unicodedata.category(c) != "Cc" and c not in _TURNING))


def _harmless(cell: re.Match[str]) -> str:
    """A formula becomes text for the program that opens the table; a number stays one."""
    return cell[0] if _NUMBER.fullmatch(cell[2]) else f"{cell[1]}'{cell[2]}"


def view_text(data: bytes) -> bytes:
    """The text in UTF-8 without control characters."""
    text = decoded(data)
    if text is None:
        raise NotTaken("broken")
    return _bare(text).encode()


def view_table(data: bytes) -> bytes:
    """The table in UTF-8 without control characters and formulas; with the mark by which Excel knows the encoding."""
    return b"\xef\xbb\xbf" + _CELL.sub(_harmless, view_text(data).decode()).encode()
