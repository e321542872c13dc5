"""The bodies of the response and their seats."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from besa.audit.queries import history_of
from besa.directory import actions, queries
from besa.directory.access import Permission
from besa.directory.forms import EndSeatForm, SeatForm
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Body, Seat
from besa.directory.tables import BodyFilter, BodyTable
from besa.lib import clock
from besa.lib.hooks import hooked
from besa.lib.refusal import Refused
from besa.ui.lists import list_page


@needs(Permission.DIRECTORY_VIEW)
def bodies(request: MemberRequest) -> HttpResponse:
    return list_page(request, "directory/bodies.html", queries.bodies(clock.today()), BodyTable, BodyFilter)


@needs(Permission.DIRECTORY_VIEW)
def body(request: MemberRequest, code: str) -> HttpResponse:
    """A body: tasks, seats, how often it meets. Apps above add links by the hook `body_links`."""
    found = get_object_or_404(Body.objects.select_related("parent", "place"), code=code)
    seats, former = queries.seats_of(found, clock.today())
    context = {
        "body": found,
        "groups": list(found.groups.all()),
        "seats": seats,
        "former": former,
        "may_edit": request.member.can(Permission.SEAT_EDIT),
        "links": [link for give in hooked("body_links") for link in give(request.member, found)],
        "history": history_of(found),
    }
    return render(request, "directory/body.html", context)


@needs(Permission.SEAT_EDIT)
def seat_add(request: MemberRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Body, code=code)
    form = SeatForm(request.POST or None, today=clock.today())
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_seat(body=found, by=request.member, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The seat has been added."))
            return redirect("directory:body", found.code)
    return render(request, "directory/seat_add.html", {"form": form, "body": found})


@needs(Permission.SEAT_EDIT)
def seat_end(request: MemberRequest, pk: int) -> HttpResponse:
    seat = get_object_or_404(Seat.objects.select_related("body", "agency"), pk=pk)
    form = EndSeatForm(request.POST or None, initial={"until_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_seat(seat=seat, by=request.member, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The seat ends on that day."))
            return redirect("directory:body", seat.body.code)
    return render(request, "directory/seat_end.html", {"form": form, "seat": seat})
