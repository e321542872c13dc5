"""The record of who did what, and what was noticed in it. The pages live here since names of people come from the directory."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from besa.audit import anchoring, watching
from besa.audit.models import Anomaly, Event
from besa.directory.access import Permission
from besa.directory.audit_tables import (
    AnomalyFilter,
    AnomalyTable,
    EventFilter,
    EventTable,
    actor_names,
    events_of,
)
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Membership
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.ui.lists import list_page


class AnswerForm(forms.Form):
    note = forms.ChoiceField(label=gettext_lazy("Answer"), choices=Anomaly.Note.choices, widget=forms.RadioSelect)


@needs(Permission.AUDIT_VIEW)
def events(request: MemberRequest) -> HttpResponse:
    """All events, the newest first, with filters, and whether the chain was last found whole."""
    context = {"state": anchoring.state(), "waiting": Anomaly.objects.filter(note="").count()}
    return list_page(request, "directory/events.html", Event.objects.all(), EventTable, EventFilter, context)


@needs(Permission.AUDIT_VIEW)
def anomalies(request: MemberRequest) -> HttpResponse:
    """What was noticed in the events of each day, the newest first."""
    return list_page(request, "directory/anomalies.html", Anomaly.objects.all(), AnomalyTable, AnomalyFilter)


@needs(Permission.AUDIT_VIEW)
def anomaly(request: MemberRequest, pk: int) -> HttpResponse:
    """One thing that was noticed: who, when, how often, the events; and the auditor's answer."""
    found = get_object_or_404(Anomaly, pk=pk)
    names = actor_names([found.actor, found.acknowledged_by])
    why_not = ""
    try:
        watching.check_may_acknowledge(found, own_names(request.member))
    except Refused as refused:
        why_not = str(refused)
    may_answer = request.member.can(Permission.ANOMALY_ANSWER) and not found.note
    context = {
        "anomaly": found,
        "who": names.get(found.actor, found.actor),
        "answered_by": names.get(found.acknowledged_by, found.acknowledged_by),
        "events": urlencode(events_of(found)),
        "form": AnswerForm() if may_answer and not why_not else None,
        "why_not": why_not if may_answer else "",
    }
    return render(request, "directory/anomaly.html", context)


@needs(Permission.ANOMALY_ANSWER)
def answer(request: MemberRequest, pk: int) -> HttpResponse:
    """Keep the auditor's answer."""
    found, form = get_object_or_404(Anomaly, pk=pk), AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        watching.acknowledge(
            anomaly=found,
            note=form.cleaned_data["note"],
            by=request.member,
            own_names=own_names(request.member),
            at=clock.now(),
        )
        messages.success(request, _("The answer is kept."))
    return redirect("audit:anomaly", pk)


def own_names(member: Membership) -> set[str]:
    """Every name under which this person stands in the record."""
    keys = Membership.objects.filter(user_id=member.user_id).values_list("pk", flat=True)
    return {f"user:{member.user_id}"} | {f"membership:{key}" for key in keys}
