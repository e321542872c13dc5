"""Finding cases: the list, by number, by what is known of a person; and opening a new one."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from besa.cases import queries
from besa.cases.actions import files, reading
from besa.cases.forms import IdentitySearchForm, NumberForm, OpenForm
from besa.cases.models import SavedSearch
from besa.cases.tables import CaseFilter, CaseTable
from besa.cases.views.common import done, looked_for
from besa.cases.views.searches import address
from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.people.forms import IdentityForms
from besa.ui.lists import list_page


@needs(Permission.CASE_VIEW)
def cases(request: MemberRequest) -> HttpResponse:
    """The cases that the reader may know of, by their pseudonyms."""
    rows = queries.listed(request.member, clock.now())
    context = {
        "may_open": request.member.can(Permission.CASE_OPEN),
        "may_break": request.member.can(Permission.GLASS_BREAK),
        "searches": [(row, address(row)) for row in SavedSearch.objects.filter(membership=request.member)],
        "filtered": [(name, request.GET[name]) for name in CaseFilter.base_filters if request.GET.get(name)],
    }
    return list_page(request, "cases/list.html", rows, CaseTable, CaseFilter, context)


@sensitive_post_parameters()
@needs(Permission.CASE_VIEW)
def find(request: MemberRequest) -> HttpResponse:
    """By number, or by what is known of a person. An unknown case and one that is not for the reader get the same answer."""
    member, by_number = request.member, request.method == "POST" and "number" in request.POST
    by_person = request.method == "POST" and not by_number
    number = NumberForm(request.POST if by_number else None)
    person = None
    if member.can(Permission.IDENTITY_SEARCH):
        person = IdentitySearchForm(request.POST if by_person else None, role=member.role)
    context: dict[str, Any] = {"number_form": number, "person_form": person, "found": None, "is_missing": False}
    if by_number and number.is_valid():
        case = looked_for(lambda: queries.find(member, number.cleaned_data["number"], clock.now()))
        if case is not None:
            return redirect("cases:file", case.number)
        reading.record_missing(way="find", by=member, at=clock.now())
        context["is_missing"] = True
    elif by_person and person is not None and person.is_valid():
        context["found"] = reading.search(
            query=person.query(),
            asked=person.asked(),
            purpose=person.cleaned_data["purpose"],
            by=member,
            at=clock.now(),
        )
    is_wrong = bool(number.errors or (person is not None and person.errors))
    return render(request, "cases/find.html", context, status=422 if is_wrong else 200)


@sensitive_post_parameters()
@needs(Permission.CASE_OPEN)
def open_case(request: MemberRequest) -> HttpResponse:
    """Open a case. Rows are added by sending the form; nothing is saved before it is opened."""
    data = request.POST if request.method == "POST" else None
    identity = IdentityForms(data, today=clock.today())
    form = OpenForm(initial=data.dict()) if data and identity.is_growing else OpenForm(data)
    if data is not None and not identity.is_growing and all([form.is_valid(), identity.is_valid()]):
        try:
            with transaction.atomic():
                opened = files.open_case(
                    kind=form.cleaned_data["kind"], identity=identity.identity(), by=request.member, at=clock.now(),
                    **form.facts(),
                )  # fmt: skip
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return done(request, opened.number, _("The case is open. Its number is its name from now on."))
    is_wrong = bool(data is not None and not identity.is_growing)
    context = {"form": form, "identity": identity, "is_wrong": is_wrong}
    return render(request, "cases/open.html", context, status=422 if is_wrong else 200)
