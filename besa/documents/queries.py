"""Reading documents and their bytes."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import FileResponse

from besa.directory.models import Membership
from besa.documents import store
from besa.documents.models import Document
from besa.documents.rules import may_open


def listed(member: Membership) -> QuerySet[Document]:
    """The documents that a member sees in the register."""
    return Document.objects.visible_to(member).select_related("issuer", "added_by__agency")


def find(member: Membership, pk: int) -> Document | None:
    """The document if the member may open it; None too when it does not exist, so that nobody learns which."""
    document = Document.objects.select_related("issuer", "added_by__agency", "added_by__user").filter(pk=pk).first()
    if document is None:
        return None
    is_listed = Document.objects.visible_to(member).filter(pk=pk).exists()
    return document if is_listed or may_open(member, document) else None


def open_document(document: Document) -> FileResponse:
    """The file as an attachment under the name that it was handed in with; browsers must not guess its type.

    Whether the reader may have it, the caller has asked. Raises FileNotFoundError if the bytes are gone.
    """
    file = store.path_of(document.sha256).open("rb")
    response = FileResponse(file, as_attachment=True, filename=document.file_name, content_type=document.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def kept_files() -> Iterator[tuple[str, str, str]]:
    """Folder, path in it and SHA-256 of each file that a document names; a backup without one of them does not hold."""
    for sha256 in Document.objects.values_list("sha256", flat=True).distinct().order_by("sha256"):
        yield "documents", f"{sha256[:2]}/{sha256}", sha256
