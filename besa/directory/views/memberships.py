"""Persons and roles: proposed by one, approved by another."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from besa.audit.queries import history_of
from besa.directory import actions, queries, rules
from besa.directory.access import ROLES, Permission
from besa.directory.forms import ProposeForm, RefuseForm
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Membership
from besa.directory.tables import MembershipFilter, MembershipTable
from besa.lib import clock
from besa.lib.refusal import Refused, reason_of
from besa.ui.lists import list_page


@needs(Permission.MEMBERSHIP_VIEW)
def memberships(request: MemberRequest) -> HttpResponse:
    context = {
        "may_propose": request.member.can(Permission.MEMBERSHIP_PROPOSE),
        "waiting_roles": Membership.objects.filter(state=Membership.State.PROPOSED).count(),
    }
    rows = queries.memberships()
    return list_page(request, "directory/memberships.html", rows, MembershipTable, MembershipFilter, context)


@needs(Permission.MEMBERSHIP_VIEW)
def membership(request: MemberRequest, pk: int) -> HttpResponse:
    """One role of one person: who proposed and decided, what is possible now and why not."""
    found = get_object_or_404(queries.memberships(), pk=pk)
    member, today = request.member, timezone.localdate(clock.now())
    others = queries.memberships().filter(user=found.user).exclude(pk=found.pk)
    context = {
        "membership": found,
        "role": ROLES[found.role],
        "others": others,
        "why_not_approve": reason_of(lambda: rules.check_may_approve(member, found, today=today)),
        "why_not_refuse": reason_of(lambda: rules.check_may_refuse(member, found, reason="–")),
        "why_not_end": reason_of(lambda: rules.check_may_end(member, found)),
        "may_send_link": not reason_of(lambda: rules.check_may_send_link(member, found.user)),
        "may_decide": member.can(Permission.MEMBERSHIP_APPROVE),
        "may_end": member.can(Permission.MEMBERSHIP_PROPOSE) or member.can(Permission.MEMBERSHIP_APPROVE),
        "history": history_of(found),
    }
    return render(request, "directory/membership.html", context)


@needs(Permission.MEMBERSHIP_PROPOSE)
def propose(request: MemberRequest) -> HttpResponse:
    form = ProposeForm(request.POST or None, today=clock.today(), without=request.member.user)
    if request.method == "POST" and form.is_valid():
        try:
            proposed = actions.propose(by=request.member, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The role has been proposed. Another person decides."))
            return redirect("directory:membership", proposed.pk)
    return render(request, "directory/propose.html", {"form": form, "roles": ROLES.values()})


@require_POST
@needs(Permission.MEMBERSHIP_APPROVE)
def approve(request: MemberRequest, pk: int) -> HttpResponse:
    actions.approve(membership=get_object_or_404(Membership, pk=pk), by=request.member, at=clock.now())
    messages.success(request, _("The role is in force."))
    return redirect("directory:membership", pk)


@needs(Permission.MEMBERSHIP_APPROVE)
def refuse(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.memberships(), pk=pk)
    form = RefuseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.refuse(membership=found, by=request.member, at=clock.now(), **form.cleaned_data)
        messages.success(request, _("The role has been refused."))
        return redirect("directory:membership", pk)
    return render(request, "directory/refuse.html", {"form": form, "membership": found})


@require_POST
@needs(Permission.MEMBERSHIP_VIEW)
def end(request: MemberRequest, pk: int) -> HttpResponse:
    actions.end(membership=get_object_or_404(Membership, pk=pk), by=request.member, at=clock.now())
    messages.success(request, _("The role has ended."))
    return redirect("directory:membership", pk)


@require_POST
@needs(Permission.MEMBERSHIP_PROPOSE)
def send_password_link(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(queries.memberships(), pk=pk)
    actions.send_password_link(user=found.user, by=request.member, at=clock.now())
    messages.success(request, _("The link has been sent."))
    return redirect("directory:membership", pk)
