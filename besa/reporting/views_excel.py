"""The return as an Excel form: download, upload, look at the changes, take them over."""

from __future__ import annotations

import base64
import binascii

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_GET

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.reporting import excel, queries, rules
from besa.reporting.actions import returns as actions
from besa.reporting.forms import UploadForm
from besa.reporting.models import Return
from besa.ui.lists import XLSX


def _load(request: MemberRequest, pk: int) -> Return:
    return get_object_or_404(Return.objects.visible_to(request.member).select_related("round__plan", "agency"), pk=pk)


@needs(Permission.RETURN_VIEW)
@require_GET
def download(request: MemberRequest, pk: int) -> HttpResponse:
    """The form of this return, with what is stored and what was reported last quarter."""
    item = _load(request, pk)
    content = excel.build(item, queries.entries_of(item), queries.last_entries(item), get_language() or "en")
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = (
        f'attachment; filename="{item.agency.code}-{item.round.period}-v{item.version}.xlsx"'
    )
    return response


@needs(Permission.RETURN_EDIT)
def upload(request: MemberRequest, pk: int) -> HttpResponse:
    """First the file: its problems or its changes; then, confirmed, the changes are saved as if written on the page."""
    item = _load(request, pk)
    rules.check_may_edit(request.member, item)
    form = UploadForm(
        request.POST if request.method == "POST" else None, request.FILES if request.method == "POST" else None
    )
    content = _content(request, form)
    if content is None:
        return render(
            request, "reporting/upload.html", {"item": item, "form": form}, status=422 if form.errors else 200
        )
    entries = queries.entries_of(item)
    reading = excel.read(content, item, entries)
    if "confirm" in request.POST and not reading.problems:
        changes = [(filled.entry, filled.values) for filled in reading.changes]
        count = actions.save_entries(item=item, changes=changes, by=request.member, at=clock.now())
        messages.success(
            request, ngettext("%(count)s entry saved.", "%(count)s entries saved.", count) % {"count": count}
        )
        return redirect("reporting:return", pk)
    changes_shown = [(filled.entry, [_change(filled, name) for name in filled.values]) for filled in reading.changes]
    context = {
        "item": item,
        "form": UploadForm(),
        "reading": reading,
        "changes": changes_shown,
        "content": base64.b64encode(content).decode(),
    }
    return render(request, "reporting/upload.html", context, status=422 if reading.problems else 200)


def _change(filled: excel.Filled, name: str) -> queries.FieldChange:
    before, after = getattr(filled.entry, name), filled.values[name]
    return queries.FieldChange(name, queries.label_of(name), queries.shown(name, before), queries.shown(name, after))


def _content(request: MemberRequest, form: UploadForm) -> bytes | None:
    """The uploaded file, or the one that is being confirmed."""
    if request.method != "POST":
        return None
    if "confirm" in request.POST:
        try:
            return base64.b64decode(request.POST.get("content", ""), validate=True)
        except binascii.Error:
            return b""
    return form.cleaned_data["file"].read(excel.MAX_BYTES + 1) if form.is_valid() else None
