"""What the views of the plan share."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from besa.directory.models import Agency
from besa.lib import clock
from besa.plan.models import Activity, Plan
from besa.plan.queries.plans import Standing, activities_of, default_plan, standing_of, with_standing


def load_plan(code: str | None) -> Plan:
    """The plan of the address, or the default one where the address names none; 404 where there is none."""
    if code is not None:
        return get_object_or_404(Plan, code=code)
    plan = default_plan(clock.today())
    if plan is None:
        raise Http404
    return plan


def load_agency(code: str) -> Agency:
    return get_object_or_404(Agency.objects.select_related("parent"), code=code)


def listed(plan: Plan) -> tuple[QuerySet[Activity], Standing]:
    """The plan's activities as lists need them, and how they stand today."""
    standing = standing_of(plan, clock.today())
    rows = with_standing(activities_of(plan), standing).select_related("objective")
    return rows.defer("search_en", "search_sq"), standing


def around(plan: Plan, current: str, **more: Any) -> dict[str, Any]:
    """The context of every page of a plan: the plan and which of its views is open."""
    return {"plan": plan, "is_default": plan == default_plan(clock.today()), "current": current, **more}
