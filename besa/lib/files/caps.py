"""How large a file may be in every direction in which a small one can grow. Runs in the child process too: no Django here."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Caps:
    """The limits of one file; what lies beyond them is refused with words, before it is unpacked."""

    size: int = 25 * MEBIBYTE  # bytes as they arrive
    pixels: int = 52_000_000  # width times height of a picture, also of one inside a document
    pages: int = 1000  # of a PDF
    objects: int = 200_000  # of a PDF, as far as its pages reach them
    depth: int = 60  # of objects within objects
    entries: int = 5000  # parts of an office document
    expanded: int = 200 * MEBIBYTE  # bytes of all parts together when unpacked
    ratio: int = 250  # unpacked to packed, of a part larger than a mebibyte
    nesting: int = 1  # documents within documents
    line: int = 100_000  # characters of a line of text


CAPS = Caps()


class NotTaken(Exception):
    """A file is not taken. `code` says why (`words.py` has the sentence), `detail` what the sentence names."""

    def __init__(self, code: str, **detail: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
