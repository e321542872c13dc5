"""The bytes of documents: what a file really is, and where it lies. Files are named by their hash and never change."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import filetype
from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from besa.lib.refusal import Refused

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
OFFICE = {"word/document.xml": ".docx", "xl/workbook.xml": ".xlsx"}
LABELS = "PDF, DOCX, XLSX, ODT, ODS, JPG, PNG, CSV, TXT"
ENTRIES = 5000
_BY_EXTENSION = {extension: media for media, extensions in ALLOWED.items() for extension in extensions}


@dataclass(frozen=True)
class Stored:
    """Where the bytes lie. `is_new`: they were not there before, so that a failed transaction takes them away again."""

    sha256: str
    size: int
    media_type: str
    is_new: bool


def path_of(sha256: str) -> Path:
    return Path(settings.DOCUMENTS_DIR) / sha256[:2] / sha256


def put(file: File[bytes]) -> Stored:
    """Check and store an uploaded file. Raises Refused when it is empty, too large or not of an allowed type.

    It is written beside its place and then moved there, so that nobody ever reads half a file.
    """
    if not file.size:
        raise Refused(_("The file is empty."))
    if file.size > settings.DOCUMENT_MAX_BYTES:
        limit = settings.DOCUMENT_MAX_BYTES // (1024 * 1024)
        raise Refused(_("The file is larger than %(limit)s MB.") % {"limit": limit})
    media_type = sniff(file)
    folder = Path(settings.DOCUMENTS_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    size = 0
    handle, name = tempfile.mkstemp(dir=folder, prefix="incoming-")
    try:
        with os.fdopen(handle, "wb") as out:
            for chunk in _chunks(file):
                digest.update(chunk)
                size += out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        target = path_of(digest.hexdigest())
        is_new = not target.exists()
        target.parent.mkdir(exist_ok=True)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Stored(digest.hexdigest(), size, media_type, is_new)


def _chunks(file: File[bytes]) -> Iterator[bytes]:
    file.seek(0)
    yield from file.chunks()


def sniff(file: File[bytes]) -> str:
    """The type of the file by its content; raises Refused if it is not allowed or is not what its name says."""
    extension = Path(file.name or "").suffix.lower()
    found = _content_type(file, extension)
    if found is None or extension not in ALLOWED.get(found, ()):
        wanted = _BY_EXTENSION.get(extension)
        if wanted is None:
            raise Refused(_("Files of this type are not taken. Hand in one of: %(types)s.") % {"types": LABELS})
        raise Refused(_("The content of the file is not what its name says (%(ending)s).") % {"ending": extension})
    return found


def _content_type(file: File[bytes], extension: str) -> str | None:
    file.seek(0)
    head = file.read(8192)
    file.seek(0)
    if head[:4] == b"PK\x03\x04":
        return _office_type(file)
    kind = filetype.guess(head)
    if kind is not None:
        return str(kind.mime)
    return _BY_EXTENSION.get(extension) if extension in (".csv", ".txt") and _is_text(file) else None


def _office_type(file: File[bytes]) -> str | None:
    """Which office document a ZIP is, by the names in its directory; none with macros. Nothing is unpacked but 100 bytes."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if len(names) > ENTRIES or any(name.lower().endswith("vbaproject.bin") for name in names):
                return None
            if "mimetype" in names:
                with archive.open("mimetype") as inner:
                    media = inner.read(100).decode("ascii", "replace").strip()
                return media if media in ALLOWED else None
            return next((_BY_EXTENSION[ext] for name, ext in OFFICE.items() if name in names), None)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return None
    finally:
        file.seek(0)


def _is_text(file: File[bytes]) -> bool:
    """Is the whole file text, in UTF-8 or in the code page that older programs write, without control characters?"""
    data = b"".join(_chunks(file))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        if "\ufffd" in text:
            return False
    return all(char >= " " or char in "\t\r\n\f" for char in text)
