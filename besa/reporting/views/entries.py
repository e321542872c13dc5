"""One activity of a return: the editor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Conflict, Refused
from besa.plan.models import Line
from besa.reporting import observed, queries, rules
from besa.reporting.actions import returns as actions
from besa.reporting.forms import EntryForm, EvidenceForm
from besa.reporting.models import Entry, Evidence, Return
from besa.reporting.views.returns import why_not_edit

NOT_COPIED = frozenset({"spent", "currency", "money_source", "next_due_on"})  # they are the quarter's own


def _load(request: MemberRequest, pk: int) -> Entry:
    rows = Entry.objects.filter(to__in=Return.objects.visible_to(request.member))
    return get_object_or_404(
        rows.select_related(
            "to__round__plan", "to__agency", "activity__plan", "activity__objective__aim", "updated_by__user"
        ),
        pk=pk,
    )


@needs(Permission.RETURN_VIEW)
def entry(request: MemberRequest, pk: int) -> HttpResponse:
    """Write what was done on one activity, with the plan above and the last quarter beside it."""
    found = _load(request, pk)
    if request.method != "POST":
        return _show(request, found, EntryForm(instance=found))
    rules.check_may_edit(request.member, found.to)
    if "copy" in request.POST:
        return _show(request, found, _copied(request, found))
    if "autosave" in request.POST:
        return _autosave(request, found)
    return _keep(request, found, wants_evidence="evidence-file" in request.FILES)


def _copied(request: MemberRequest, found: Entry) -> EntryForm:
    """The form as it was written so far, with one field (or all empty ones) as last reported; nothing is saved yet."""
    last, wanted = queries.last_entry(found), request.POST["copy"]
    written: dict[str, Any] = {name: request.POST.get(name, "") for name in rules.fields_of(found)}
    written["revision"] = request.POST.get("revision", found.revision)
    for name in set(rules.fields_of(found)) - NOT_COPIED:
        if last is not None and (name == wanted or (wanted == "all" and not written[name])):
            written[name] = getattr(last, name)
    return EntryForm(instance=found, initial=written)


def _keep(request: MemberRequest, found: Entry, *, wants_evidence: bool) -> HttpResponse:
    """Save the entry, and the document with it where one was chosen; if something is wrong the page comes back as written."""
    form = EntryForm(request.POST, instance=found)
    proof = EvidenceForm(request.POST, request.FILES, prefix="evidence") if wants_evidence else None
    if not form.is_valid() or (proof is not None and not proof.is_valid()):
        return _show(request, found, form, proof=proof, status=422)
    at = clock.now()
    try:
        actions.save_entry(
            entry=found, values=form.values, revision=form.cleaned_data["revision"], by=request.member, at=at
        )
    except Conflict as conflict:
        return _show(request, found, form, theirs=_load(request, pk=found.pk), conflict=str(conflict), status=409)
    if proof is not None:
        try:
            actions.add_evidence(entry=found, **proof.cleaned_data, by=request.member, at=at)
        except Refused as refused:
            proof.add_error("file", str(refused))
            saved = EntryForm(instance=_load(request, pk=found.pk))
            return _show(request, found, saved, proof=proof, status=422)
    messages.success(request, _("Saved.") if proof is None else _("Saved, and the document has been added."))
    return redirect(_after(request, found))


def _after(request: MemberRequest, found: Entry) -> str:
    """Where saving leads: to the next activity, back to the return, or to the same page."""
    if "next" not in request.POST:
        return reverse("reporting:entry", args=[found.pk])
    following = found.to.entries.filter(position__gt=found.position).order_by("position").first()
    if following is None:
        return reverse("reporting:return", args=[found.to_id])
    return reverse("reporting:entry", args=[following.pk])


def _autosave(request: MemberRequest, found: Entry) -> HttpResponse:
    """Save what can be read of the form so far; answers a line that says what became of it, and the new revision."""
    form = EntryForm(request.POST, instance=found)
    is_whole = form.is_valid()
    revision, conflict = form.cleaned_data.get("revision"), ""
    if revision is not None:
        values = form.values
        if form.has_error("spent") or form.has_error("currency"):
            values = {name: value for name, value in values.items() if name not in ("spent", "currency")}
        try:
            found = actions.save_entry(entry=found, values=values, revision=revision, by=request.member, at=clock.now())
        except Conflict as refused:
            conflict = str(refused)
    context = {"entry": found, "errors": [] if is_whole else list(form.errors.values()), "conflict": conflict}
    status = 409 if conflict else 200 if is_whole else 422
    return render(request, "reporting/_autosave.html", context, status=status)


def _show(
    request: MemberRequest,
    found: Entry,
    form: EntryForm,
    *,
    proof: EvidenceForm | None = None,
    theirs: Entry | None = None,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    order = list(found.to.entries.order_by("position").values_list("pk", flat=True))
    place = order.index(found.pk)
    last = queries.last_entry(found)
    context = {
        **_plan_of(found),
        "counted": observed.beside(found.activity, found.to.agency_id, found.to.round.period),
        "entry": found,
        "item": found.to,
        "form": form,
        "rows": _rows(found, form, last),
        "last": last,
        "evidence": found.evidence.select_related("document"),
        "evidence_form": proof or EvidenceForm(prefix="evidence"),
        "evidence_remarks": _remarks(found, rules.EVIDENCE),
        "contributions": queries.contributions_to([found.activity_id], found.to.round)[found.activity_id]
        if found.is_lead
        else None,
        "problems": rules.problems_of(found, found.to.round.as_period) if found.revision else [],
        "why_not": why_not_edit(request, found.to),
        "number": place + 1,
        "total": len(order),
        "previous": order[place - 1] if place else None,
        "next": order[place + 1] if place + 1 < len(order) else None,
        "conflict": conflict,
        "theirs": _theirs(form, theirs) if theirs else [],
        "revision": theirs.revision if theirs else form["revision"].value(),
    }
    return render(request, "reporting/entry.html", context, status=status)


def _plan_of(found: Entry) -> dict[str, Any]:
    lines = list(Line.objects.filter(activity=found.activity_id))
    return {
        "outputs": [line for line in lines if line.kind == Line.Kind.OUTPUT],
        "targets": [line for line in lines if line.kind == Line.Kind.TARGET],
        "timeline": list(found.activity.timeline.all()),
    }


def _remarks(found: Entry, field: str) -> list[Any]:
    rows = found.remarks.filter(settled_at__isnull=True, field=field)
    return list(rows.select_related("by__user"))


def _rows(found: Entry, form: EntryForm, last: Entry | None) -> list[dict[str, Any]]:
    """Each field with its value now, what was last reported, and why it was sent back."""
    remarks = list(found.remarks.filter(settled_at__isnull=True).select_related("by__user"))
    return [
        {
            "name": name,
            "field": form[name],
            "label": queries.label_of(name),
            "shown": queries.shown(name, getattr(found, name)),
            "last": queries.shown(name, getattr(last, name)) if last is not None else "",
            "is_copied": name not in NOT_COPIED,
            "remarks": [remark for remark in remarks if remark.field == name],
        }
        for name in rules.fields_of(found)
    ]


def _theirs(form: EntryForm, theirs: Entry) -> list[queries.FieldChange]:
    """The fields in which what is stored now differs from what was written: stored as `before`, written as `after`."""
    pairs = [
        (name, queries.shown(name, getattr(theirs, name)), queries.shown(name, value))
        for name, value in form.values.items()
    ]
    return [
        queries.FieldChange(name, queries.label_of(name), stored, written)
        for name, stored, written in pairs
        if stored != written
    ]


@needs(Permission.RETURN_EDIT)
@require_POST
def add_evidence(request: MemberRequest, pk: int) -> HttpResponse:
    """Hand in a document for this activity, and save what was written meanwhile."""
    found = _load(request, pk)
    rules.check_may_edit(request.member, found.to)
    return _keep(request, found, wants_evidence=True)


@needs(Permission.RETURN_EDIT)
@require_POST
def remove_evidence(request: MemberRequest, pk: int) -> HttpResponse:
    """Take a document off the activity, and save what was written meanwhile."""
    rows = Evidence.objects.filter(entry__to__in=Return.objects.visible_to(request.member))
    evidence = get_object_or_404(rows.select_related("entry__to"), pk=pk)
    actions.remove_evidence(evidence=evidence, by=request.member, at=clock.now())
    messages.success(request, _("The document is no longer attached to this activity."))
    if "revision" in request.POST:
        return _keep(request, _load(request, evidence.entry_id), wants_evidence=False)
    return redirect("reporting:entry", evidence.entry_id)
