"""Handing in documents and clearing away bytes that no document names."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from besa.audit import actions as audit
from besa.directory.models import Agency, Membership
from besa.documents import store
from besa.documents.models import Document

YOUNG_SECONDS = 24 * 3600


def add(
    *,
    file: File[bytes],
    kind: str,
    number: str,
    title: str,
    dated_on: date,
    language: str,
    issuer: Agency,
    by: Membership,
    at: datetime,
) -> Document:
    """Take a file into the register: checked by content, hashed, stored once. Raises Refused for files that are not taken.

    The same file handed in again for the same issuer under the same number, title and date is the same document. Bytes whose
    transaction fails further out are cleared away by `tidy_documents`.
    """
    stored = store.put(file)
    try:
        with transaction.atomic():
            same = Document.objects.filter(
                sha256=stored.sha256,
                issuer=issuer,
                kind=kind,
                number=number,
                title=title,
                dated_on=dated_on,
                language=language,
            ).first()
            if same is not None:
                return same
            document = Document.objects.create(
                kind=kind, number=number, title=title, dated_on=dated_on, language=language, issuer=issuer,
                file_name=Path(file.name or "").name[-200:], media_type=stored.media_type, size=stored.size,
                sha256=stored.sha256, added_by=by, added_at=at,
            )  # fmt: skip
            audit.record(
                "document_added", document, by=by, at=at, fields=["kind", "number", "title", "dated_on", "sha256"]
            )
            return document
    except BaseException:
        if stored.is_new:
            store.path_of(stored.sha256).unlink(missing_ok=True)
        raise


def tidy(*, seconds: float) -> int:
    """Remove files that no document names and that are older than a day at the real time `seconds`. Answers how many."""
    root = Path(settings.DOCUMENTS_DIR)
    files = [path for path in root.glob("*/*") if path.is_file()] + list(root.glob("incoming-*"))
    old = [path for path in files if seconds - path.stat().st_mtime > YOUNG_SECONDS]
    known = set(Document.objects.values_list("sha256", flat=True))
    orphans = [path for path in old if path.name not in known]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)
