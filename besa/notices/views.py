"""The notices of the signed-in member."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.notices import actions, queries
from besa.notices.models import Notice


@needs(None)
def notices(request: MemberRequest) -> HttpResponse:
    page = Paginator(queries.of_member(request.member), 25).get_page(request.GET.get("page"))
    context = {"page": page, "lines": [queries.line(notice) for notice in page]}
    return render(request, "notices/list.html", context)


@require_POST
@needs(None)
def mark_read(request: MemberRequest, pk: int) -> HttpResponse:
    """Mark one notice as read; with `open`, go on to the page that it is about."""
    notice = get_object_or_404(Notice, pk=pk, to=request.member)
    actions.mark_read(notice=notice, by=request.member, at=clock.now())
    return redirect((queries.line(notice).url if "open" in request.POST else "") or "notices:list")


@require_POST
@needs(None)
def mark_all_read(request: MemberRequest) -> HttpResponse:
    actions.mark_all_read(by=request.member, at=clock.now())
    return redirect("notices:list")
