"""Review of a submitted return."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.reporting import queries, rules
from besa.reporting.actions import returns as actions
from besa.reporting.models import Entry, Return


def _load(request: MemberRequest, pk: int) -> Return:
    rows = Return.objects.visible_to(request.member).select_related("round__plan", "agency", "submitted_by__user")
    return get_object_or_404(rows, pk=pk)


@needs(Permission.RETURN_REVIEW)
def review(request: MemberRequest, pk: int) -> HttpResponse:
    """Every entry with what changed; mark fields with a reason to send the return back."""
    found = _load(request, pk)
    entries = queries.entries_of(found)
    given = {key: value for key, value in request.POST.items() if key.startswith("reason-") and str(value).strip()}
    if request.method == "POST":
        remarks = [_remark(key, str(value), entries) for key, value in given.items()]
        actions.send_back(
            item=found, remarks=[r for r in remarks if r], by=request.member, at=clock.now(), today=clock.today()
        )
        messages.success(request, _("The return has been sent back with your reasons."))
        return redirect("reporting:return", pk)
    last, changes = queries.last_entries(found), queries.changes_since_submission(found, entries)
    partners = queries.contributions_to([entry.activity_id for entry in entries if entry.is_lead], found.round)
    context = {
        "item": found,
        "rows": [_row(entry, last.get(entry.activity_id), changes.get(entry.pk, []), partners) for entry in entries],
        "changed": len(changes),
        "why_not": _why_not(request, found),
    }
    return render(request, "reporting/review.html", context)


def _row(
    entry: Entry, last: Entry | None, changes: list[queries.FieldChange], partners: dict[int, list[Entry]]
) -> dict[str, Any]:
    changed = {change.field: change for change in changes}
    names = rules.fields_of(entry)
    lines = [
        {
            "name": name,
            "label": queries.label_of(name),
            "value": queries.shown(name, getattr(entry, name)),
            "last": queries.shown(name, getattr(last, name)) if last else "",
            "change": changed.get(name),
            "remarks": [remark for remark in entry.remarks.all() if remark.field == name],
        }
        for name in names
    ]
    told = [line for line in lines if line["value"] or line["change"] or line["remarks"]]
    silent = [line for line in lines if line not in told]
    return {
        "entry": entry,
        "told": told,
        "silent": silent,
        "last": last,
        "is_changed": bool(changes),
        "partners": partners.get(entry.activity_id, []) if entry.is_lead else [],
    }


def _remark(key: str, reason: str, entries: list[Entry]) -> tuple[Entry, str, str] | None:
    _prefix, pk, field = key.split("-", 2)
    entry = next((entry for entry in entries if str(entry.pk) == pk), None)
    return (entry, field, reason) if entry else None


def _why_not(request: MemberRequest, found: Return) -> str:
    try:
        rules.check_may_accept(request.member, found)
    except Refused as refused:
        return str(refused)
    return ""


@needs(Permission.RETURN_REVIEW)
@require_POST
def accept(request: MemberRequest, pk: int) -> HttpResponse:
    """Accept the return."""
    actions.accept(item=_load(request, pk), by=request.member, at=clock.now(), today=clock.today())
    messages.success(request, _("The return has been accepted."))
    return redirect("reporting:return", pk)
