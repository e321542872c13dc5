"""Lists of activities: the table with its filters, what is late, what is due, and the duties of an agency."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from django.shortcuts import render

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.plan.filters import ActivityFilter
from besa.plan.queries.duties import agencies_with_duties, duties_of
from besa.plan.queries.plans import due_soon
from besa.plan.queries.plans import late as late_now
from besa.plan.tables import ActivityTable
from besa.plan.views.common import around, listed, load_agency, load_plan
from besa.ui.lists import list_page


@needs(Permission.PLAN_VIEW)
def table(request: MemberRequest, plan: str | None = None) -> HttpResponse:
    """All activities, to be filtered, sorted and exported."""
    loaded = load_plan(plan)
    rows, standing = listed(loaded)
    tables = partial(ActivityTable, plan=loaded, standing=standing)
    filters = partial(ActivityFilter, plan=loaded, standing=standing)
    return list_page(request, "plan/table.html", rows, tables, filters, around(loaded, "table"))


@needs(Permission.PLAN_VIEW)
def late(request: MemberRequest, plan: str | None = None) -> HttpResponse:
    """Activities whose last date is past and that were reported neither completed nor dropped."""
    loaded = load_plan(plan)
    rows, standing = listed(loaded)
    tables = partial(ActivityTable, plan=loaded, standing=standing, order_by="due_on")
    filters = partial(ActivityFilter, plan=loaded, standing=standing, without=("due",))
    rows = rows.filter(late_now(standing))
    return list_page(request, "plan/late.html", rows, tables, filters, around(loaded, "late", standing=standing))


@needs(Permission.PLAN_VIEW)
def due(request: MemberRequest, plan: str | None = None) -> HttpResponse:
    """Activities whose last date is in the next 90 days and that were reported neither completed nor dropped."""
    loaded = load_plan(plan)
    rows, standing = listed(loaded)
    tables = partial(ActivityTable, plan=loaded, standing=standing, order_by="due_on")
    filters = partial(ActivityFilter, plan=loaded, standing=standing, without=("due",))
    rows = rows.filter(due_soon(standing))
    return list_page(request, "plan/due.html", rows, tables, filters, around(loaded, "due", standing=standing))


@needs(Permission.PLAN_VIEW)
def agencies(request: MemberRequest, plan: str | None = None) -> HttpResponse:
    """The agencies that the plan makes responsible, with the number of their duties."""
    loaded = load_plan(plan)
    found = agencies_with_duties(loaded, clock.today())
    return render(request, "plan/agencies.html", around(loaded, "agencies", found=found))


@needs(Permission.PLAN_VIEW)
def agency_duties(request: MemberRequest, agency: str, plan: str | None = None) -> HttpResponse:
    """Everything that the plan asks of one agency."""
    loaded = load_plan(plan)
    duties = duties_of(loaded, load_agency(agency), clock.today())
    return render(request, "plan/agency_duties.html", around(loaded, "agencies", duties=duties))
