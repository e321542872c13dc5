"""Searches that a member keeps: saved from the list of cases, opened, removed."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from besa.cases.actions import searches as actions
from besa.cases.models import SavedSearch
from besa.cases.tables import CaseFilter
from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Refused


def address(search: SavedSearch) -> str:
    """The list of cases with the filters of the search."""
    return f"{reverse('cases:list')}?{urlencode(search.filters)}"


@needs(Permission.CASE_VIEW)
@require_POST
def save_search(request: MemberRequest) -> HttpResponse:
    """Keep the filters that are in force; only what the list knows as a filter is kept."""
    known = CaseFilter.base_filters
    filters = {name: request.POST[name] for name in known if request.POST.get(name)}
    try:
        kept = actions.save_search(
            name=request.POST.get("name", "")[:60], filters=filters, by=request.member, at=clock.now()
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(f"{reverse('cases:list')}?{urlencode(filters)}")
    messages.success(request, _("The search is kept."))
    return redirect(address(kept))


@needs(Permission.CASE_VIEW)
@require_POST
def remove_search(request: MemberRequest, pk: int) -> HttpResponse:
    search = get_object_or_404(SavedSearch, pk=pk, membership=request.member)
    actions.remove_search(search=search, by=request.member, at=clock.now())
    return redirect("cases:list")
