"""The copy of a file that people view: the same to the eye, without what it tells beside that. Runs in the child process.

The original stays sealed as it came. Whatever this cannot read is refused, so that nobody is ever shown the original instead.
"""

from __future__ import annotations

import encodings.ascii
import encodings.cp437
import encodings.cp1252
import encodings.latin_1
import encodings.utf_8_sig
import encodings.utf_16
import encodings.utf_16_be
import encodings.utf_16_le
import io
import logging
from typing import Any

from besa.lib.files import kinds
from besa.lib.files.caps import Caps, NotTaken
from besa.lib.files.office import view_office
from besa.lib.files.pdf import view_pdf
from besa.lib.files.pictures import view_picture
from besa.lib.files.texts import view_table, view_text

# Named, so that they are loaded before the child locks itself in.
_ENCODINGS = (
    encodings.ascii, encodings.cp437, encodings.cp1252, encodings.latin_1, encodings.utf_8_sig, encodings.utf_16, encodings.utf_16_be,
    encodings.utf_16_le,
)  # fmt: skip
logging.disable()  # a library that complains about a file would quote it


def view(data: bytes, arguments: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Look through the whole file, then make its copy. `arguments`: `name` (of which the ending counts), `caps`. Raises NotTaken."""
    caps = Caps(**arguments["caps"])
    media = kinds.examine(io.BytesIO(data), arguments["name"], caps)
    return {"media_type": media}, copied(data, media, caps)


def copied(data: bytes, media: str, caps: Caps) -> bytes:
    """The copy, in the format of the original."""
    if media == "application/pdf":
        return view_pdf(data, caps)
    if media == "image/jpeg":
        return view_picture(data, "JPEG", caps)
    if media == "image/png":
        return view_picture(data, "PNG", caps)
    if media == "text/csv":
        return view_table(data)
    if media == "text/plain":
        return view_text(data)
    if media.startswith("application/vnd."):
        return view_office(data, media, caps)
    raise NotTaken("type", types=kinds.LABELS)
