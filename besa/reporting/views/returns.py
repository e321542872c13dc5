"""The list of returns, a return, its grid, its submission."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.reporting import queries, rules
from besa.reporting.actions import returns as actions
from besa.reporting.forms import GridForm, SummaryForm
from besa.reporting.models import Return
from besa.ui.lists import StatusColumn, list_page


class ReturnFilter(django_filters.FilterSet):  # type: ignore[misc]
    period = django_filters.CharFilter(field_name="round__period", label=gettext_lazy("Quarter"))
    state = django_filters.ChoiceFilter(
        choices=Return.State.choices, label=gettext_lazy("State"), empty_label=gettext_lazy("all")
    )
    agency = django_filters.CharFilter(
        field_name="agency__code", lookup_expr="iexact", label=gettext_lazy("Code of the institution")
    )


class ReturnTable(tables.Table):  # type: ignore[misc]
    agency = tables.Column(verbose_name=gettext_lazy("Institution"), order_by="agency__code")
    period = tables.Column(accessor="round__period", verbose_name=gettext_lazy("Quarter"))
    state = StatusColumn(verbose_name=gettext_lazy("State"))
    filled = tables.Column(verbose_name=gettext_lazy("Reported on"), attrs={"td": {"class": "number"}})
    due = tables.DateColumn(accessor="round__due_on", verbose_name=gettext_lazy("Due"))
    submitted_at = tables.DateColumn(verbose_name=gettext_lazy("Submitted"), default="–")

    def render_agency(self, record: Return, value: Any) -> str:
        return format_html('<a href="{}">{}</a>', _url(record), value.name)

    def value_agency(self, value: Any) -> str:
        return str(value.name)

    def render_filled(self, record: Any) -> str:
        return f"{record.filled} / {record.leads}"


def _url(item: Return) -> str:
    return reverse("reporting:return", args=[item.pk])


def _load(request: MemberRequest, pk: int) -> Return:
    rows = Return.objects.visible_to(request.member).select_related(
        "round__plan", "agency", "submitted_by__user", "decided_by__user"
    )
    return get_object_or_404(rows, pk=pk)


def why_not_edit(request: MemberRequest, item: Return) -> str:
    """Why the member cannot write in the return; empty if she can."""
    try:
        rules.check_may_edit(request.member, item)
    except Refused as refused:
        return str(refused)
    return ""


@needs(Permission.RETURN_VIEW)
@require_GET
def returns(request: MemberRequest) -> HttpResponse:
    """The returns that the member may see."""
    return list_page(request, "reporting/returns.html", queries.returns_of(request.member), ReturnTable, ReturnFilter)


@needs(Permission.RETURN_VIEW)
@require_GET
def item(request: MemberRequest, pk: int) -> HttpResponse:
    """A return: how far it is, what is missing, each activity with its state."""
    found = _load(request, pk)
    return _show(request, found, SummaryForm(initial={"summary": found.summary}))


def _show(request: MemberRequest, found: Return, summary_form: SummaryForm, *, status: int = 200) -> HttpResponse:
    entries = queries.entries_of(found)
    problems = rules.problems(entries, found.round.as_period)
    missing = {problem.entry.pk for problem in problems}
    remarks = [remark for entry in entries for remark in entry.remarks.all() if remark.settled_at is None]
    context = {
        "item": found,
        "entries": entries,
        "leads": [entry for entry in entries if entry.is_lead],
        "partners": [entry for entry in entries if not entry.is_lead],
        "done": sum(entry.is_lead and entry.pk not in missing for entry in entries),
        "problems": problems,
        "missing": missing,
        "remarks": remarks,
        "untouched": queries.untouched_remarks(found, entries) if remarks else [],
        "why_not": why_not_edit(request, found),
        "summary_form": summary_form,
        "submissions": found.submissions.select_related("submitted_by__user"),
        "may_review": request.member.can(Permission.RETURN_REVIEW),
        "is_ours": request.member.agency_id == found.agency_id and request.member.can(Permission.RETURN_EDIT),
        "is_late": found.state == Return.State.DRAFT and clock.today() > found.round.due_on,
    }
    return render(request, "reporting/return.html", context, status=status)


@needs(Permission.RETURN_VIEW)
@require_GET
def printed(request: MemberRequest, pk: int) -> HttpResponse:
    """The whole return on paper."""
    found = _load(request, pk)
    return render(request, "reporting/return_print.html", {"item": found, "entries": queries.entries_of(found)})


@needs(Permission.RETURN_EDIT)
def grid(request: MemberRequest, pk: int) -> HttpResponse:
    """The activities of the return, some objectives at a time, with the fields that say most."""
    found = _load(request, pk)
    pages = queries.grid_pages(queries.entries_of(found))
    asked = request.GET.get("page", "1")
    number = min(max(int(asked), 1), len(pages)) if asked.isdecimal() and pages else 1
    entries = pages[number - 1] if pages else []
    data = request.POST if request.method == "POST" else None
    forms = [GridForm(data, instance=entry, prefix=f"e{entry.pk}") for entry in entries]
    status = 200
    if request.method == "POST":
        rules.check_may_edit(request.member, found)
        if _save_grid(request, found, forms):
            following = number + ("next" in request.POST)
            return redirect(f"{reverse('reporting:grid', args=[pk])}?page={min(following, len(pages))}")
        status = 409 if any(form.stale for form in forms) else 422
    context = {
        "item": found,
        "forms": forms,
        "pages": [
            (index, page[0].activity.objective, page[-1].activity.objective) for index, page in enumerate(pages, 1)
        ],
        "page": number,
        "why_not": why_not_edit(request, found),
    }
    return render(request, "reporting/grid.html", context, status=status)


def _save_grid(request: MemberRequest, found: Return, forms: list[GridForm]) -> bool:
    """Save the rows that the writer has changed, all or none; rows that somebody else has saved meanwhile show both texts."""
    valid = [form.is_valid() for form in forms]
    for form in forms:
        form.stale = bool(form.written) and form.cleaned_data.get("revision") != form.instance.revision
    if not all(valid) or any(form.stale for form in forms):
        return False
    changes = [(form.instance, form.written) for form in forms if form.written]
    count = actions.save_entries(item=found, changes=changes, by=request.member, at=clock.now())
    messages.success(request, ngettext("%(count)s entry saved.", "%(count)s entries saved.", count) % {"count": count})
    return True


@needs(Permission.RETURN_EDIT)
@require_POST
def save_summary(request: MemberRequest, pk: int) -> HttpResponse:
    """Save the general remarks; too long ones come back as they were written."""
    found = _load(request, pk)
    form = SummaryForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form, status=422)
    actions.save_summary(item=found, summary=form.cleaned_data["summary"], by=request.member, at=clock.now())
    messages.success(request, _("The general remarks have been saved."))
    return redirect("reporting:return", pk)


@needs(Permission.RETURN_SUBMIT)
def submit(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask once more, then hand the return in."""
    found = _load(request, pk)
    if request.method == "POST":
        actions.submit(item=found, by=request.member, at=clock.now(), today=clock.today())
        messages.success(request, _("The return has been submitted to the Office of the National Coordinator."))
        return redirect("reporting:return", pk)
    rules.check_may_submit(request.member, found, rules.problems(queries.entries_of(found), found.round.as_period))
    context = {
        "question": _("Submit the return?"),
        "explanation": _("It can then be changed only if the Office sends it back. This version is kept."),
        "verb": _("Submit"),
        "back": _url(found),
    }
    return render(request, "ui/confirm.html", context)
