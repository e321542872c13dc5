"""Pages on which the plan is read: the tree, an activity, the timeline, search, and what the strategy holds beside."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpResponse
from django.shortcuts import render

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.text import folded
from besa.plan.converters import from_slug
from besa.plan.filters import TimelineFilter
from besa.plan.hooks import activity_panels
from besa.plan.models import Annexed, Plan
from besa.plan.queries import gantt
from besa.plan.queries.activity import activity_page
from besa.plan.queries.plans import times_by_activity
from besa.plan.queries.search import search as search_plan
from besa.plan.queries.search import words_of
from besa.plan.queries.tree import tree as plan_tree
from besa.plan.views.common import around, listed, load_plan
from besa.ui.lists import chips


@needs(Permission.PLAN_VIEW)
def index(request: MemberRequest) -> HttpResponse:
    """All plans that are loaded."""
    return render(request, "plan/index.html", {"plans": Plan.objects.all()})


@needs(Permission.PLAN_VIEW)
def tree(request: MemberRequest, plan: str | None = None) -> HttpResponse:
    """The whole plan; `?open=` names an objective (as in its anchor) that stands open, or `all`."""
    loaded = load_plan(plan)
    opened = request.GET.get("open", "")
    try:
        opened = opened if opened == "all" else from_slug(opened)
    except ValueError:
        opened = ""
    nodes = plan_tree(loaded, clock.today())
    return render(request, "plan/tree.html", around(loaded, "tree", nodes=nodes, opened=opened))


@needs(Permission.PLAN_VIEW)
def activity(request: MemberRequest, identifier: str, plan: str | None = None) -> HttpResponse:
    """Everything about one activity."""
    loaded = load_plan(plan)
    page = activity_page(loaded, identifier, clock.today())
    if page is None:
        raise Http404
    panels = activity_panels(request, page.activity)
    return render(request, "plan/activity.html", around(loaded, "activity", page=page, panels=panels))


@needs(Permission.PLAN_VIEW)
def timeline(request: MemberRequest, plan: str | None = None) -> HttpResponse:
    """The activities against the quarters of the plan's period."""
    loaded = load_plan(plan)
    rows, standing = listed(loaded)
    narrowed = TimelineFilter(request.GET, queryset=rows, request=request, plan=loaded, standing=standing)
    scale = gantt.Scale.of(loaded)
    bars = gantt.bars(narrowed.qs, standing, times_by_activity(loaded), scale)
    by_agency = narrowed.form.is_valid() and narrowed.form.cleaned_data["by"] == "agency"
    groups = gantt.by_agency(bars) if by_agency else gantt.by_objective(bars)
    today_x = scale.x(standing.today) if scale.holds(standing.today) else None
    shown = around(loaded, "timeline", groups=groups, scale=scale, today_x=today_x, standing=standing)
    return render(request, "plan/timeline.html", {**shown, "filter": narrowed, "chips": chips(narrowed)})


@needs(Permission.PLAN_VIEW)
def search(request: MemberRequest, plan: str | None = None) -> HttpResponse:
    """What holds all the words, in either language."""
    loaded = load_plan(plan)
    query = request.GET.get("q", "").strip()[:200]
    found = search_plan(loaded, query)
    return render(request, "plan/search.html", around(loaded, "search", query=query, found=found))


@needs(Permission.PLAN_VIEW)
def annexed(request: MemberRequest, kind: str = "law", plan: str | None = None) -> HttpResponse:
    """Legal acts, policies, bodies, definitions or abbreviations of the strategy, narrowed by words."""
    loaded = load_plan(plan)
    if kind not in Annexed.Kind.values:
        raise Http404
    query = request.GET.get("q", "").strip()[:200]
    items = [
        item
        for item in Annexed.objects.filter(plan=loaded, kind=kind)
        if all(
            word in folded(f"{item.code} {item.title_en} {item.title_sq} {item.text_en} {item.text_sq}")
            for word in words_of(query)
        )
    ]
    if kind == Annexed.Kind.ABBREVIATION:
        items.sort(key=lambda item: folded(item.code))
    # what one heading stands over: the kind of legal act, the letter of the abbreviation
    by = {
        "law": lambda item: item.code,
        "abbreviation": lambda item: item.code[:1].upper(),
        "body": lambda item: item.level,
    }
    groups = [(key, list(found)) for key, found in groupby(items, by.get(kind, lambda item: ""))]
    shown = around(loaded, "annexed", kind=Annexed.Kind(kind), kinds=Annexed.Kind, groups=groups, query=query)
    return render(request, "plan/annexed.html", shown)
