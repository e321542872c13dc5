"""One activity of a return: the editor."""

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
from besa.lib.refusal import Conflict, Refused
from besa.plan.models import Line
from besa.reporting import queries, rules
from besa.reporting.actions import returns as actions
from besa.reporting.forms import EntryForm, EvidenceForm
from besa.reporting.models import Entry, Evidence, Return
from besa.reporting.views.returns import why_not_edit


def _load(request: MemberRequest, pk: int) -> Entry:
    rows = Entry.objects.filter(to__in=Return.objects.visible_to(request.member))
    return get_object_or_404(
        rows.select_related("to__round__plan", "to__agency", "activity__plan", "updated_by__user"), pk=pk
    )


@needs(None)
def entry(request: MemberRequest, pk: int) -> HttpResponse:
    """Write what was done on one activity, with the plan above and the last quarter beside it."""
    found = _load(request, pk)
    form = EntryForm(request.POST if request.method == "POST" else None, instance=found)
    if request.method == "POST":
        if not request.member.can(Permission.RETURN_EDIT):
            raise Refused(_("Your role does not include this."))
        if form.is_valid():
            try:
                actions.save_entry(
                    entry=found,
                    values=form.values,
                    revision=form.cleaned_data["revision"],
                    by=request.member,
                    at=clock.now(),
                )
            except Conflict as conflict:
                return _show(request, found, form, theirs=_load(request, pk), conflict=str(conflict), status=409)
            if request.htmx:
                return HttpResponse(_("Saved"), headers={"HX-Trigger": "saved"})
            messages.success(request, _("Saved."))
            return redirect(_after(request, found))
    return _show(request, found, form, status=200 if not form.errors else 422)


def _after(request: MemberRequest, found: Entry) -> str:
    """Where saving leads: to the next activity, back to the return, or to the same page."""
    if "next" in request.POST:
        following = found.to.entries.filter(position__gt=found.position).order_by("position").first()
        if following is not None:
            return f"/reporting/entries/{following.pk}/"
        return f"/reporting/returns/{found.to_id}/"
    return f"/reporting/entries/{found.pk}/"


def _show(
    request: MemberRequest,
    found: Entry,
    form: EntryForm,
    *,
    theirs: Entry | None = None,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    order = list(found.to.entries.order_by("position").values_list("pk", flat=True))
    place = order.index(found.pk)
    last = queries.last_entries(found.to).get(found.activity_id)
    lines = list(Line.objects.filter(activity=found.activity_id))
    remarks = list(found.remarks.filter(settled_at__isnull=True).select_related("by__user"))
    fields = rules.fields_of(found)
    context: dict[str, Any] = {
        "entry": found,
        "item": found.to,
        "form": form,
        "rows": [
            (form[name], _last(last, name), [remark for remark in remarks if remark.field == name]) for name in fields
        ],
        "remarks": remarks,
        "last": last,
        "outputs": [line for line in lines if line.kind == Line.Kind.OUTPUT],
        "targets": [line for line in lines if line.kind == Line.Kind.TARGET],
        "timeline": list(found.activity.timeline.all()),
        "evidence": found.evidence.select_related("document"),
        "evidence_form": EvidenceForm(),
        "contributions": queries.contributions_to([found.activity_id], found.to.round)[found.activity_id]
        if found.is_lead
        else [],
        "problems": rules.problems_of(found, found.to.round.as_period),
        "why_not": why_not_edit(request, found.to),
        "number": place + 1,
        "total": len(order),
        "previous": order[place - 1] if place else None,
        "next": order[place + 1] if place + 1 < len(order) else None,
        "conflict": conflict,
        "theirs": [(queries.label_of(name), queries.shown(name, getattr(theirs, name))) for name in fields]
        if theirs
        else [],
        "their_revision": theirs.revision if theirs else None,
    }
    return render(request, "reporting/entry.html", context, status=status)


def _last(last: Entry | None, name: str) -> str:
    return queries.shown(name, getattr(last, name)) if last is not None else ""


@needs(Permission.RETURN_EDIT)
@require_POST
def copy_last(request: MemberRequest, pk: int) -> HttpResponse:
    """Fill empty fields from the last quarter."""
    found = _load(request, pk)
    last = queries.last_entries(found.to).get(found.activity_id)
    if last is None:
        raise Refused(_("Nothing was reported on this activity last quarter."))
    actions.copy_last(entry=found, last=last, by=request.member, at=clock.now())
    messages.success(request, _("Empty fields were filled from the last quarter. Check them."))
    return redirect("reporting:entry", pk)


@needs(Permission.RETURN_EDIT)
@require_POST
def add_evidence(request: MemberRequest, pk: int) -> HttpResponse:
    """Hand in a document for this activity."""
    found = _load(request, pk)
    form = EvidenceForm(request.POST, request.FILES)
    if form.is_valid():
        actions.add_evidence(entry=found, **form.cleaned_data, by=request.member, at=clock.now())
        messages.success(request, _("The document has been added."))
        return redirect("reporting:entry", pk)
    return render(request, "reporting/add_evidence.html", {"entry": found, "form": form}, status=422)


@needs(Permission.RETURN_EDIT)
@require_POST
def remove_evidence(request: MemberRequest, pk: int) -> HttpResponse:
    """Take a document off the activity."""
    rows = Evidence.objects.filter(entry__to__in=Return.objects.visible_to(request.member))
    evidence = get_object_or_404(rows.select_related("entry__to"), pk=pk)
    actions.remove_evidence(evidence=evidence, by=request.member, at=clock.now())
    messages.success(request, _("The document is no longer attached to this activity."))
    return redirect("reporting:entry", evidence.entry_id)
