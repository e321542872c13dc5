"""Accounts: who has one, closing one, opening it again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from besa.audit.queries import history_of
from besa.directory import actions, queries, rules
from besa.directory.access import Permission
from besa.directory.forms import CloseForm
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Closing, User
from besa.directory.tables import AccountFilter, AccountTable
from besa.lib import clock
from besa.lib.refusal import reason_of
from besa.ui.lists import list_page


@needs(Permission.MEMBERSHIP_VIEW)
def accounts(request: MemberRequest) -> HttpResponse:
    """Every person with an account; the closed ones and those without a role are found by the filter."""
    rows = queries.accounts(clock.today())
    waiting = Closing.objects.filter(state=Closing.State.ASKED).count()
    return list_page(request, "directory/accounts.html", rows, AccountTable, AccountFilter, {"waiting": waiting})


@needs(Permission.MEMBERSHIP_VIEW)
@require_GET
def account(request: MemberRequest, pk: int) -> HttpResponse:
    """One account: its roles, how it was closed, what is possible now and why not."""
    user, member = get_object_or_404(queries.accounts(clock.today()), pk=pk), request.member
    closings = list(user.closings.select_related("closed_by", "reopening_by", "decided_by"))
    closing = next((row for row in closings if row.state != Closing.State.OPEN), None)
    context = {
        "account": user,
        "state": Closing.State(user.state),
        "memberships": queries.memberships().filter(user=user),
        "closings": closings,
        "may_close": user.is_active and member.can(Permission.MEMBERSHIP_APPROVE),
        "why_not_close": reason_of(lambda: rules.check_may_close(member, user)),
        "may_ask": closing and not reason_of(lambda: rules.check_may_ask_reopening(member, closing)),
        "may_decide": closing and closing.state == "asked" and member.can(Permission.MEMBERSHIP_APPROVE),
        "why_not_decide": reason_of(lambda: rules.check_may_decide_reopening(member, closing)) if closing else "",
        "history": history_of(user, *closings),
    }
    return render(request, "directory/account.html", context)


@needs(Permission.MEMBERSHIP_APPROVE)
def close_account(request: MemberRequest, pk: int) -> HttpResponse:
    """Close an account, after a page that says what that means."""
    user, form = get_object_or_404(User, pk=pk), CloseForm(request.POST or None)
    rules.check_may_close(request.member, user)
    if request.method == "POST" and form.is_valid():
        actions.close_account(user=user, by=request.member, at=clock.now(), **form.cleaned_data)
        messages.success(request, _("The account is closed, and every session of it has ended."))
        return redirect("directory:account", pk)
    context = {"form": form, "account": user}
    return render(request, "directory/account_close.html", context, status=422 if form.errors else 200)


def _closing(pk: int) -> Closing:
    """What is closed of the account now, or 404."""
    found = Closing.objects.filter(user=pk).exclude(state=Closing.State.OPEN).first()
    if found is None:
        raise Http404
    return found


@needs(Permission.MEMBERSHIP_PROPOSE)
@require_POST
def ask_reopening(request: MemberRequest, pk: int) -> HttpResponse:
    actions.ask_reopening(closing=_closing(pk), by=request.member, at=clock.now())
    messages.success(request, _("It is asked that the account be opened again. Another person decides."))
    return redirect("directory:account", pk)


@needs(Permission.MEMBERSHIP_APPROVE)
@require_POST
def decide_reopening(request: MemberRequest, pk: int) -> HttpResponse:
    """Open the account again, or keep it closed, as the second person."""
    is_granted = request.POST.get("decision") == "reopen"
    actions.decide_reopening(closing=_closing(pk), is_granted=is_granted, by=request.member, at=clock.now())
    done = _("The account is open again; now it needs a role.") if is_granted else _("The account stays closed.")
    messages.success(request, done)
    return redirect("directory:account", pk)
