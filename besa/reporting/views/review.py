"""Review of a submitted return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Membership
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.reporting import queries, rules, workflow
from besa.reporting.actions import returns as actions
from besa.reporting.forms import RemarksForm
from besa.reporting.models import Entry, Return


def _load(request: MemberRequest, pk: int) -> Return:
    rows = Return.objects.visible_to(request.member).select_related("round__plan", "agency", "submitted_by__user")
    return get_object_or_404(rows, pk=pk)


@needs(Permission.RETURN_REVIEW)
def review(request: MemberRequest, pk: int) -> HttpResponse:
    """Every entry with what changed; mark fields with a reason to send the return back."""
    found = _load(request, pk)
    entries = queries.entries_of(found)
    form = RemarksForm(request.POST, entries)
    if request.method == "POST":
        rules.check_may_review(request.member, found)
        if form.remarks:
            _send_back(request, found, form)
            return redirect("reporting:return", pk)
    last, changes = queries.last_entries(found), queries.changes_since_submission(found, entries)
    partners = queries.contributions_to([entry.activity_id for entry in entries if entry.is_lead], found.round)
    context = {
        "item": found,
        "rows": [_row(entry, last.get(entry.activity_id), changes.get(entry.pk, []), partners) for entry in entries],
        "changed": len(changes),
        "untouched": queries.untouched_remarks(found, entries) if found.version > 1 else [],
        "is_empty": request.method == "POST",
        "why_not": _why_not(request, found, rules.check_may_accept),
        "why_not_back": _why_not(request, found, rules.check_may_review) or _not_in_state(found),
    }
    return render(request, "reporting/review.html", context, status=422 if request.method == "POST" else 200)


def _send_back(request: MemberRequest, found: Return, form: RemarksForm) -> None:
    actions.send_back(item=found, remarks=form.remarks, by=request.member, at=clock.now(), today=clock.today())
    messages.success(request, _("The return has been sent back with your reasons."))


def _row(
    entry: Entry,
    last: Entry | None,
    changes: list[queries.FieldChange],
    partners: dict[int, queries.Contributions],
) -> dict[str, Any]:
    """An entry as the reviewer reads it: the fields that say something, then those that are empty."""
    changed = {change.field: change for change in changes}
    lines = [
        {
            "name": name,
            "label": queries.label_of(name),
            "value": queries.shown(name, queries.value_of(entry, name)),
            "last": queries.shown(name, getattr(last, name)) if last and name != rules.EVIDENCE else "",
            "change": changed.get(name),
            "remarks": [remark for remark in entry.remarks.all() if remark.field == name],
        }
        for name in (*rules.fields_of(entry), rules.EVIDENCE)
    ]
    told = [line for line in lines if line["value"] or line["change"] or line["remarks"]]
    return {
        "entry": entry,
        "told": told,
        "silent": [line for line in lines if line not in told],
        "last": last,
        "is_changed": bool(changes),
        "partners": partners[entry.activity_id] if entry.is_lead and entry.activity_id in partners else None,
    }


def _not_in_state(found: Return) -> str:
    if workflow.RETURN.may(found.state, "send_back"):
        return ""
    return _("The return has not been submitted.")


def _why_not(request: MemberRequest, found: Return, check: Callable[[Membership, Return], None]) -> str:
    try:
        check(request.member, found)
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
