"""Amendments: the list, one with before and after, proposing, deciding, taking back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.plan.models import Amendment
from besa.plan.queries.amendments import amendment_page
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
    rows = Amendment.objects.select_related("body", "version", "proposed_by__user", "proposed_by__agency", "decided_by__user")
    page = amendment_page(get_object_or_404(rows, plan=loaded, number=number), request.member)
    return render(request, "plan/amendment.html", around(loaded, "amendments", page=page))
