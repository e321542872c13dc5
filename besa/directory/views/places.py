"""The parts of the country on a day, and its border crossing points."""

from __future__ import annotations

from datetime import date

import django_tables2
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from besa.directory import queries
from besa.directory.access import Permission
from besa.directory.forms import DayForm
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Place
from besa.directory.tables import CrossingTable
from besa.lib import clock


def _day(form: DayForm) -> date:
    return (form.cleaned_data["on"] if form.is_valid() else None) or clock.today()


@needs(Permission.DIRECTORY_VIEW)
def places(request: MemberRequest) -> HttpResponse:
    """Country, qarks and districts on a day; the municipalities and communes of each are a click away."""
    form = DayForm(request.GET)
    day = _day(form)
    rows = queries.place_tree(day)
    upper = [row for row in rows if row.place.kind in ("country", "qark", "district")]
    counts = {kind: sum(1 for row in rows if row.place.kind == kind) for kind in Place.Kind.values}
    totals = [(kind.label, counts[kind]) for kind in Place.Kind if counts[kind] and kind != Place.Kind.COUNTRY]
    crossings = CrossingTable(queries.crossings(), prefix="c-")
    django_tables2.RequestConfig(request, paginate=False).configure(crossings)
    context = {"form": form, "day": day, "rows": upper, "totals": totals, "crossings": crossings}
    return render(request, "directory/places.html", context)


@needs(Permission.DIRECTORY_VIEW)
def place(request: MemberRequest, code: str) -> HttpResponse:
    """One place with its parts on a day, and the agencies and bodies that sit there."""
    found = get_object_or_404(Place.objects.select_related("parent"), code=code)
    form = DayForm(request.GET)
    day = _day(form)
    context = {
        "place": found,
        "form": form,
        "day": day,
        "rows": queries.place_tree(day, found)[1:],
        "crossings": queries.crossings().filter(parent=found),
        "agencies": found.agencies.all(),
        "bodies": found.bodies.all(),
    }
    return render(request, "directory/place.html", context)
