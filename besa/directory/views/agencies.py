"""The roster of agencies."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from besa.audit.queries import history_of
from besa.directory import actions, queries
from besa.directory.access import Permission
from besa.directory.forms import AgencyForm, NewAgencyForm
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Agency
from besa.directory.tables import AgencyFilter, AgencyTable
from besa.lib import clock
from besa.lib.hooks import hooked
from besa.ui.lists import list_page


@needs(Permission.DIRECTORY_VIEW)
def agencies(request: MemberRequest) -> HttpResponse:
    """All organisations, filtered and sorted, also as a file."""
    context = {"may_edit": request.member.can(Permission.AGENCY_EDIT)}
    rows = Agency.objects.select_related("parent")
    return list_page(request, "directory/agencies.html", rows, AgencyTable, AgencyFilter, context)


@needs(Permission.DIRECTORY_VIEW)
def agency(request: MemberRequest, code: str) -> HttpResponse:
    """One organisation. Apps above add links by the hook `agency_links` (callable(member, agency) -> [(label, url)])."""
    found = get_object_or_404(Agency.objects.select_related("parent", "place"), code=code)
    member = request.member
    people = queries.memberships().filter(agency=found) if member.can(Permission.MEMBERSHIP_VIEW) else None
    context = {
        "agency": found,
        "units": list(found.units.all()),
        "aliases": list(found.aliases.all()),
        "seats": list(found.seats.select_related("body")),
        "people": people,
        "reports_through": queries.reporting_agencies(found),
        "links": [link for give in hooked("agency_links") for link in give(member, found)],
        "history": history_of(found) if member.can(Permission.AGENCY_EDIT) else [],
        "may_edit": member.can(Permission.AGENCY_EDIT),
    }
    return render(request, "directory/agency.html", context)


@needs(Permission.AGENCY_EDIT)
def agency_add(request: MemberRequest) -> HttpResponse:
    form = NewAgencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        added = actions.add_agency(code=values.pop("code"), values=values, by=request.member, at=clock.now())
        messages.success(request, _("The agency has been added."))
        return redirect("directory:agency", added.code)
    return render(request, "directory/agency_edit.html", {"form": form, "agency": None})


@needs(Permission.AGENCY_EDIT)
def agency_edit(request: MemberRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Agency, code=code)
    form = AgencyForm(request.POST or None, instance=Agency.objects.get(pk=found.pk))
    if request.method == "POST" and form.is_valid():
        actions.edit_agency(agency=found, values=form.cleaned_data, by=request.member, at=clock.now())
        messages.success(request, _("The agency has been corrected."))
        return redirect("directory:agency", found.code)
    return render(request, "directory/agency_edit.html", {"form": form, "agency": found})
