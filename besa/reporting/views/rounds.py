"""Rounds: opening, locking, reopening."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.reporting import queries
from besa.reporting.actions import rounds as actions
from besa.reporting.forms import LockForm, ReopenForm, RoundForm
from besa.reporting.models import Reopening, Return, Round


@needs(Permission.ROUND_VIEW)
@require_GET
def rounds(request: MemberRequest) -> HttpResponse:
    """All rounds with how far they are."""
    context = {"rounds": queries.rounds_with_counts(), "may_open": request.member.can(Permission.ROUND_OPEN)}
    return render(request, "reporting/rounds.html", context)


@needs(Permission.ROUND_OPEN)
def open_round(request: MemberRequest) -> HttpResponse:
    """Open a quarter, or add what is missing to one that is open."""
    form = RoundForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        opened = actions.open_round(**form.cleaned_data, by=request.member, at=clock.now(), today=clock.today())
        messages.success(
            request,
            _("Round %(period)s: %(returns)s returns with %(entries)s entries were added.")
            % {"period": opened.round.period, "returns": opened.returns, "entries": opened.entries},
        )
        return redirect("reporting:round", opened.round.pk)
    return render(request, "reporting/open_round.html", {"form": form}, status=422 if form.errors else 200)


@needs(Permission.ROUND_VIEW)
@require_GET
def round(request: MemberRequest, pk: int) -> HttpResponse:
    """A round with its returns, as far as the member may see them."""
    found = get_object_or_404(queries.rounds_with_counts(), pk=pk)
    waiting = found.all_returns - found.accepted  # type: ignore[attr-defined]
    can = request.member.can
    context = {
        "round": found,
        "returns": Return.objects.visible_to(request.member)
        .filter(round=found)
        .select_related("agency")
        .order_by("agency__code"),
        "waiting": waiting,
        "reopenings": found.reopenings.select_related("asked_by__user", "decided_by__user"),
        "may_lock": can(Permission.ROUND_LOCK),
        "may_ask": can(Permission.ROUND_REOPEN_ASK),
        "may_decide": can(Permission.ROUND_REOPEN_APPROVE),
        "may_review": can(Permission.RETURN_REVIEW),
        "today": clock.today(),
    }
    return render(request, "reporting/round.html", context)


@needs(Permission.ROUND_LOCK)
def lock_round(request: MemberRequest, pk: int) -> HttpResponse:
    """Name the returns that are missing, ask once more, then lock."""
    found = get_object_or_404(queries.rounds_with_counts(), pk=pk)
    waiting = list(found.returns.exclude(state=Return.State.ACCEPTED).select_related("agency"))
    form = LockForm(request.POST if request.method == "POST" else None)
    form.fields["is_acknowledged"].required = bool(waiting)
    if request.method == "POST" and form.is_valid():
        is_acknowledged = form.cleaned_data["is_acknowledged"]
        actions.lock_round(
            round=found, is_acknowledged=is_acknowledged, by=request.member, at=clock.now(), today=clock.today()
        )
        messages.success(request, _("The round has been locked."))
        return redirect("reporting:round", pk)
    context = {"round": found, "form": form, "waiting": waiting}
    return render(request, "reporting/lock_round.html", context, status=422 if form.errors else 200)


@needs(Permission.ROUND_REOPEN_ASK)
def ask_reopening(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask for a locked round to be opened again."""
    found = get_object_or_404(Round.objects.select_related("plan"), pk=pk)
    form = ReopenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.ask_reopening(
            round=found, reason=form.cleaned_data["reason"], by=request.member, at=clock.now(), today=clock.today()
        )
        messages.success(request, _("The reopening waits for the signature of the National Coordinator."))
        return redirect("reporting:round", pk)
    context = {
        "question": _("Reopen the round %(period)s?") % {"period": found.period},
        "explanation": _("Another person must sign. The figures as they were locked are kept."),
        "verb": _("Ask for the reopening"),
        "form": form,
        "back": reverse("reporting:round", args=[pk]),
    }
    return render(request, "ui/confirm.html", context, status=422 if form.errors else 200)


@needs(Permission.ROUND_REOPEN_APPROVE)
@require_POST
def decide_reopening(request: MemberRequest, pk: int) -> HttpResponse:
    """Sign or refuse the reopening."""
    reopening = get_object_or_404(Reopening.objects.select_related("round"), pk=pk)
    decision = request.POST.get("decision")
    if decision not in ("approve", "refuse"):
        raise BadRequest("decision")
    is_approved = decision == "approve"
    actions.decide_reopening(
        reopening=reopening, is_approved=is_approved, by=request.member, at=clock.now(), today=clock.today()
    )
    messages.success(request, _("The round has been reopened.") if is_approved else _("The reopening was refused."))
    return redirect("reporting:round", reopening.round_id)
