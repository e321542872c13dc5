"""What a file really is: by its ending, its content and its inner directory, which must agree. Runs in the child process too.

One file is one thing. What two programs would read as two things is refused: a PDF that begins later, a picture with an
archive behind it, a page with scripts that calls itself text.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePosixPath
from typing import IO

import filetype

from besa.lib.files.archives import BROKEN, check_archive, office_type
from besa.lib.files.caps import CAPS, Caps, NotTaken

ALLOWED = {
    "application/pdf": (".pdf",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "application/vnd.oasis.opendocument.text": (".odt",),
    "application/vnd.oasis.opendocument.spreadsheet": (".ods",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "text/csv": (".csv",),
    "text/plain": (".txt",),
}
LABELS = "PDF, DOCX, XLSX, ODT, ODS, JPG, PNG, CSV, TXT"
ENDINGS = tuple(ending for endings in ALLOWED.values() for ending in endings)
MEDIA_TYPES = {ending: media for media, endings in ALLOWED.items() for ending in endings}
HEAD = 8192  # bytes from which the type is told
TEXTS = (".csv", ".txt")
_ZIP = b"PK\x03\x04"
_PDF = b"%PDF-"
_PDF_WINDOW = 1024  # readers look for the header of a PDF in so many bytes
_TAIL = 65_536 + 22  # bytes in which the end of an archive may lie
_PNG_END = b"IEND\xaeB`\x82"
_MARKUP = re.compile(
    rb"<\s*(?:!doctype|html|head|body|script|iframe|object|embed|svg|\?php|\?xml|meta\s)", re.IGNORECASE
)


def ending_of(name: str) -> str:
    """The ending of an allowed file, in small letters. Raises NotTaken."""
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if ending not in MEDIA_TYPES:
        raise NotTaken("type", types=LABELS)
    return ending


def check_head(name: str, head: bytes) -> None:
    """Refuse early, by the first bytes, what cannot be what its name says. Raises NotTaken."""
    ending = ending_of(name)
    if not head:
        raise NotTaken("empty")
    if ending in TEXTS:
        is_sound = filetype.guess(head) is None and b"\0" not in head
    elif ending in (".pdf", ".png", ".jpg", ".jpeg"):
        is_sound = _by_content(head) == MEDIA_TYPES[ending]
    else:
        is_sound = head.startswith(_ZIP)
    if not is_sound:
        raise NotTaken("content", ending=ending)


def _by_content(head: bytes) -> str:
    if head.startswith(_PDF):
        return "application/pdf"
    kind = filetype.guess(head)
    found = str(kind.mime) if kind is not None else ""
    return "image/png" if found == "image/apng" else found  # told apart, and refused with its reason, by who reads it


def examine(file: IO[bytes], name: str, caps: Caps = CAPS) -> str:
    """The media type of a whole file, after every check. Raises NotTaken when it is not allowed, is two things or is too large."""
    ending = ending_of(name)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > caps.size:
        raise NotTaken("size", limit=caps.size // (1024 * 1024))
    head = file.read(HEAD)
    check_head(name, head)
    media = MEDIA_TYPES[ending]
    if ending in TEXTS:
        file.seek(0)
        _check_text(file.read(), ending, caps)
    elif head.startswith(_ZIP):
        _check_office(file, media, ending, caps)
    else:
        _check_single(file, head, size, media)
    file.seek(0)
    return media


def _check_office(file: IO[bytes], media: str, ending: str, caps: Caps) -> None:
    file.seek(0)
    try:
        names = check_archive(file, caps)
        file.seek(0)
        if office_type(file, names) != media:
            raise NotTaken("content", ending=ending)
    except BROKEN:
        raise NotTaken("content", ending=ending) from None


def _check_single(file: IO[bytes], head: bytes, size: int, media: str) -> None:
    """A picture or PDF with nothing else before or behind it."""
    is_picture = media.startswith("image/")
    if is_picture and (_PDF in head[:_PDF_WINDOW] or _MARKUP.search(_without_xmp(head[:_PDF_WINDOW]))):
        raise NotTaken("two_in_one")
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    if zipfile.is_zipfile(io.BytesIO(tail)):
        raise NotTaken("two_in_one")
    if media == "image/png" and _PNG_END in tail and not tail.endswith(_PNG_END):
        raise NotTaken("two_in_one")


def _without_xmp(head: bytes) -> bytes:
    """Metadata of a picture is XML by right; the processing instruction that begins it is not held against the picture."""
    return re.sub(rb"<\?xml\b", b"", head, flags=re.IGNORECASE)


def decoded(data: bytes) -> str | None:
    """Text in UTF-8 or in the code page that older programs write; nothing when it is neither."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        return None if "\ufffd" in text else text


def _check_text(data: bytes, ending: str, caps: Caps) -> None:
    text = decoded(data)
    if text is None or not all(char >= " " or char in "\t\r\n\f" for char in text):
        raise NotTaken("content", ending=ending)
    if _PDF in data[:_PDF_WINDOW] or _MARKUP.search(data):
        raise NotTaken("two_in_one")
    if any(len(line) > caps.line for line in text.splitlines()):
        raise NotTaken("line", limit=caps.line)
