"""The bytes of documents: what a file really is, and where it lies. Files are named by their hash and never change."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.core.files.base import File

from besa.lib.files import kinds
from besa.lib.files.caps import CAPS, MEBIBYTE, NotTaken
from besa.lib.files.words import refusal


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
        raise refusal(NotTaken("empty"))
    if file.size > settings.DOCUMENT_MAX_BYTES:
        raise refusal(NotTaken("size", limit=settings.DOCUMENT_MAX_BYTES // MEBIBYTE))
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
    file.seek(0)
    content = io.BytesIO(file.read())
    try:
        return kinds.examine(content, file.name or "", replace(CAPS, size=settings.DOCUMENT_MAX_BYTES))
    except NotTaken as not_taken:
        raise refusal(not_taken) from None
    finally:
        file.seek(0)
