"""Versions of a plan: any of them shown in full, as a file, or against another."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.plan.models import Plan, PlanVersion
from besa.plan.queries.versions import FILES, compared, file_of
from besa.plan.views.common import around, load_plan


def _version(plan: Plan, number: int) -> PlanVersion:
    return get_object_or_404(PlanVersion.objects.select_related("amendment__body"), plan=plan, number=number)


@needs(Permission.PLAN_VIEW)
def versions(request: MemberRequest, plan: str | None = None) -> HttpResponse:
    """All versions of the plan, the newest first."""
    loaded = load_plan(plan)
    rows = (
        PlanVersion.objects.filter(plan=loaded).select_related("amendment__body").defer("content").order_by("-number")
    )
    return render(request, "plan/versions.html", around(loaded, "amendments", rows=rows, formats=FILES))


@needs(Permission.PLAN_VIEW)
def version(request: MemberRequest, number: int, plan: str | None = None) -> HttpResponse:
    """One version in full, from its document."""
    loaded = load_plan(plan)
    found = _version(loaded, number)
    shown = around(loaded, "amendments", version=found, formats=FILES)
    return render(request, "plan/version.html", shown)


@needs(Permission.PLAN_VIEW)
def version_file(request: MemberRequest, number: int, kind: str, plan: str | None = None) -> HttpResponse:
    """One version as a JSON, YAML or Excel file."""
    loaded = load_plan(plan)
    if kind not in FILES:
        raise Http404
    content, media = file_of(_version(loaded, number).content, kind)
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{loaded.code}-v{number}.{kind}"'
    return response


@needs(Permission.PLAN_VIEW)
def compare(request: MemberRequest, plan: str | None = None) -> HttpResponse:
    """What differs between the versions `?a=` and `?b=`; by default between the last two."""
    loaded = load_plan(plan)
    numbers = list(PlanVersion.objects.filter(plan=loaded).values_list("number", flat=True).order_by("number"))
    if not numbers:
        raise Http404
    chosen = []
    for name, usual in (("a", numbers[-2:][0]), ("b", numbers[-1])):
        text = request.GET.get(name, "")
        chosen.append(int(text) if text.isdigit() and int(text) in numbers else usual)
    first, second = _version(loaded, chosen[0]), _version(loaded, chosen[1])
    found = compared(first.content, second.content)
    shown = around(loaded, "amendments", numbers=numbers, first=first, second=second, found=found)
    return render(request, "plan/compare.html", shown)
