"""The directory of an office document, which is a ZIP archive: nothing in it twice, overlapping, hidden, active or too large."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from itertools import pairwise
from typing import IO

from besa.lib.files.caps import Caps, NotTaken

# What reading a broken archive raises.
BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, ValueError,
    LookupError, OSError, EOFError, OverflowError,
)  # fmt: skip
_END = struct.Struct("<4s4H2LH")  # the record that ends an archive
_ONLY_16 = 0xFFFF
_HEAD = 8
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_PROGRAM = (b"MZ", b"\x7fELF", b"#!")
_LARGE = 1024 * 1024
_ACTIVE = ("vbaproject.bin", "vbadata.xml", "macrosheets/", "activex/", "dialogsheets/")  # anywhere in a name
_ACTIVE_FOLDERS = ("basic/", "scripts/")  # of OpenDocument
_PARTS = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_OPEN_DOCUMENT = ("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet")


def check_archive(file: IO[bytes], caps: Caps, depth: int = 0) -> list[str]:
    """The names of the parts of an archive that is whole, of a bearable size and without active content. Raises NotTaken.

    Nothing is unpacked but the first bytes of each part, and archives inside it, whose sizes were looked at before.
    """
    _check_end(file, caps)
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        _check_names([part.filename for part in parts])
        _check_sizes(parts, caps)
        for part in parts:
            with archive.open(part) as inner:
                head = inner.read(_HEAD)
            if head.startswith(_OLE) or head.startswith(_PROGRAM):
                raise NotTaken("active")
            if head.startswith(_ZIP):
                if depth >= caps.nesting:
                    raise NotTaken("nesting")
                check_archive(io.BytesIO(archive.read(part)), caps, depth + 1)
        return [part.filename for part in parts]


def _check_end(file: IO[bytes], caps: Caps) -> None:
    """The archive begins at the first byte and ends at the last: without a comment, in one piece, not of the 64-bit kind."""
    size = file.seek(0, io.SEEK_END)
    if size < _END.size:
        raise zipfile.BadZipFile
    file.seek(size - _END.size)
    magic, disk, first, here, entries, length, offset, comment = _END.unpack(file.read(_END.size))
    file.seek(0)
    if magic != b"PK\x05\x06" or disk or first or here != entries or comment:
        raise NotTaken("two_in_one")
    if entries > caps.entries or entries == _ONLY_16:
        raise NotTaken("entries", limit=caps.entries)
    if offset + length != size - _END.size:
        raise NotTaken("two_in_one")


def _check_names(names: list[str]) -> None:
    lower = [name.lower() for name in names]
    if len(set(lower)) != len(lower):
        raise NotTaken("two_in_one")
    for name in lower:
        if name.startswith("/") or "\\" in name or "\0" in name or ":" in name or ".." in name.split("/"):
            raise NotTaken("two_in_one")
        if any(word in name for word in _ACTIVE) or name.startswith(_ACTIVE_FOLDERS):
            raise NotTaken("active")


def _check_sizes(parts: list[zipfile.ZipInfo], caps: Caps) -> None:
    if len(parts) > caps.entries:
        raise NotTaken("entries", limit=caps.entries)
    if sum(part.file_size for part in parts) > caps.expanded:
        raise NotTaken("expanded", limit=caps.expanded // _LARGE)
    for part in parts:
        if part.flag_bits & 0x1:
            raise NotTaken("encrypted")
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotTaken("two_in_one")
        if part.file_size > _LARGE and part.file_size > caps.ratio * max(1, part.compress_size):
            raise NotTaken("expanded", limit=caps.expanded // _LARGE)
    places = sorted((part.header_offset, part.compress_size) for part in parts)
    if places and places[0][0] != 0:
        raise NotTaken("two_in_one")
    if any(start + length > following for (start, length), (following, _) in pairwise(places)):
        raise NotTaken("two_in_one")


def office_type(file: IO[bytes], names: list[str]) -> str:
    """Which office document an archive is, by its parts; an empty text for any other."""
    if "mimetype" in names:
        with zipfile.ZipFile(file) as archive, archive.open("mimetype") as inner:
            media = inner.read(100).decode("ascii", "replace").strip()
        return media if media in _OPEN_DOCUMENT and "content.xml" in names else ""
    if "[Content_Types].xml" not in names:
        return ""
    found = [media for name, media in _PARTS.items() if name in names]
    return found[0] if len(found) == 1 else ""
