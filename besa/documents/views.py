"""The register of documents of one's own agency, and those that others have opened to it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.documents import actions, queries
from besa.documents.forms import DocumentForm
from besa.documents.models import Document
from besa.documents.tables import DocumentFilter, DocumentTable
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.ui.lists import list_page


@needs(Permission.DOCUMENT_VIEW)
def documents(request: MemberRequest) -> HttpResponse:
    rows = queries.listed(request.member)
    return list_page(request, "documents/list.html", rows, DocumentTable, DocumentFilter)


def _found(request: MemberRequest, pk: int) -> Document:
    document = queries.find(request.member, pk)
    if document is None:
        raise Http404
    return document


@needs(Permission.DOCUMENT_VIEW)
def document(request: MemberRequest, pk: int) -> HttpResponse:
    return render(request, "documents/document.html", {"document": _found(request, pk)})


@needs(Permission.DOCUMENT_VIEW)
def download(request: MemberRequest, pk: int) -> HttpResponseBase:
    try:
        return queries.open_document(_found(request, pk))
    except FileNotFoundError:
        raise Http404 from None


@needs(Permission.DOCUMENT_VIEW)
def add(request: MemberRequest) -> HttpResponse:
    """Hand in a document of one's own agency."""
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = actions.add(issuer=request.member.agency, by=request.member, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            form.add_error("file", str(refused))
        else:
            messages.success(request, _("The document is in the register."))
            return redirect("documents:document", added.pk)
    return render(request, "documents/add.html", {"form": form})
