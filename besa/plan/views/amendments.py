"""Amendments: the list, one with before and after, proposing, deciding, taking back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.plan import amendments as actions
from besa.plan import rules
from besa.plan.drafting import Drafting
from besa.plan.forms import DecisionForm
from besa.plan.models import Amendment, Plan
from besa.plan.queries.amendments import amendment_page
from besa.plan.versions import content_of
from besa.plan.views.common import around, load_plan


@needs(Permission.PLAN_VIEW)
def amendments(request: MemberRequest, plan: str | None = None) -> HttpResponse:
    """All amendments of the plan, the newest first."""
    loaded = load_plan(plan)
    rows = Amendment.objects.filter(plan=loaded).select_related("body", "version", "proposed_by__user")
    return render(request, "plan/amendments.html", around(loaded, "amendments", rows=rows.order_by("-number")))


@needs(Permission.PLAN_VIEW)
def amendment(request: MemberRequest, number: int, plan: str | None = None) -> HttpResponse:
    """One amendment: what it changes, why, and how it was decided."""
    loaded = load_plan(plan)
    page = amendment_page(_amendment(loaded, number), request.member)
    return render(request, "plan/amendment.html", around(loaded, "amendments", page=page))


@needs(Permission.AMENDMENT_PROPOSE)
def draft(request: MemberRequest, plan: str | None = None) -> HttpResponse:
    """Write a new amendment; `?target=` names rows of the plan to begin with."""
    loaded = load_plan(plan)
    content = content_of(loaded)
    drafting = Drafting(
        content, request.POST if request.method == "POST" else None, targets=request.GET.getlist("target")
    )
    if _is_complete(request, drafting):
        about = drafting.about.cleaned_data
        try:
            made = actions.draft(
                plan=loaded,
                title=about["title"],
                reason=about["reason"],
                changes=drafting.changes(),
                by=request.member,
                at=clock.now(),
            )
        except Refused as refused:
            drafting.about.add_error(None, str(refused))
        else:
            messages.success(request, _("The draft is kept. Read it once more, then propose it."))
            return redirect("plan:amendment", loaded.code, made.number)
    return _draft_page(request, loaded, drafting)


@needs(Permission.AMENDMENT_PROPOSE)
def edit(request: MemberRequest, number: int, plan: str | None = None) -> HttpResponse:
    """Correct a draft."""
    loaded = load_plan(plan)
    found = _amendment(loaded, number)
    rules.check_may_edit(request.member, found)
    about = {"title": found.title, "reason": found.reason}
    data = request.POST if request.method == "POST" else None
    drafting = Drafting(content_of(loaded), data, about=about, changes=found.changes)
    if _is_complete(request, drafting):
        said = drafting.about.cleaned_data
        try:
            actions.edit(
                amendment=found,
                title=said["title"],
                reason=said["reason"],
                changes=drafting.changes(),
                by=request.member,
                at=clock.now(),
            )
        except Refused as refused:
            drafting.about.add_error(None, str(refused))
        else:
            return redirect("plan:amendment", loaded.code, number)
    return _draft_page(request, loaded, drafting, found)


@needs(Permission.AMENDMENT_PROPOSE)
@require_POST
def propose(request: MemberRequest, number: int, plan: str | None = None) -> HttpResponse:
    """Put a draft before the body."""
    found = _amendment(load_plan(plan), number)
    actions.propose(amendment=found, by=request.member, at=clock.now())
    messages.success(request, _("The amendment is proposed. Another person records the decision of the body."))
    return redirect("plan:amendment", found.plan.code, number)


@needs(Permission.AMENDMENT_PROPOSE)
@require_POST
def withdraw(request: MemberRequest, number: int, plan: str | None = None) -> HttpResponse:
    """Take a draft or a proposal back."""
    found = _amendment(load_plan(plan), number)
    actions.withdraw(amendment=found, by=request.member, at=clock.now())
    return redirect("plan:amendment", found.plan.code, number)


@needs(Permission.AMENDMENT_DECIDE)
def decide(request: MemberRequest, number: int, plan: str | None = None) -> HttpResponse:
    """Record that a body has adopted or refused a proposal."""
    loaded = load_plan(plan)
    found = _amendment(loaded, number)
    rules.check_may_decide(request.member, found)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        reason = said.pop("refusal")
        try:
            if request.POST.get("do") == "refuse":
                actions.refuse(amendment=found, reason=reason, by=request.member, at=clock.now(), **said)
            else:
                actions.adopt(amendment=found, by=request.member, at=clock.now(), **said)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("plan:amendment", loaded.code, number)
    shown = around(loaded, "amendments", amendment=found, form=form)
    return render(request, "plan/decide.html", shown, status=422 if form.errors else 200)


def _amendment(plan: Plan, number: int) -> Amendment:
    people = ("proposed_by__user", "proposed_by__agency", "decided_by__user")
    return get_object_or_404(
        Amendment.objects.select_related("plan", "body", "version", *people), plan=plan, number=number
    )


def _is_complete(request: MemberRequest, drafting: Drafting) -> bool:
    """Whether the draft was sent to be kept, and can be; the other buttons of the page only rearrange it."""
    if request.method != "POST":
        return False
    rearranged = drafting.rearrange(request.POST.get("do", ""), request.POST.get("add_target", ""))
    return not rearranged and drafting.is_valid()


def _draft_page(
    request: MemberRequest, plan: Plan, drafting: Drafting, amendment: Amendment | None = None
) -> HttpResponse:
    refused = request.method == "POST" and not drafting.is_rearranged
    shown = around(plan, "amendments", drafting=drafting, amendment=amendment, refused=refused)
    return render(request, "plan/draft.html", shown, status=422 if refused else 200)
