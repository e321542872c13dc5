"""Emergency openings: asked for by number, seconded, closed, reviewed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from besa.cases import policy, queries
from besa.cases.actions import glass as actions
from besa.cases.actions import reading
from besa.cases.forms import FindingForm, GlassForm
from besa.cases.models import Glass
from besa.cases.views.common import looked_for, says_erased
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Refused


@needs(Permission.CASE_VIEW)
@require_GET
def openings(request: MemberRequest) -> HttpResponse:
    """Openings that wait for the reader, and the last ones that she may know of."""
    member, at = request.member, clock.now()
    context = {
        "to_review": queries.to_review(member, at),
        "to_second": queries.to_second(member, at),
        "latest": [queries.opening(glass, at) for glass in queries.latest_glasses(member, at, 50)],
        "may_review": member.can(Permission.GLASS_REVIEW),
        "may_break": member.can(Permission.GLASS_BREAK),
    }
    return render(request, "cases/openings.html", context)


@sensitive_post_parameters()
@needs(Permission.GLASS_BREAK)
def break_glass(request: MemberRequest) -> HttpResponse:
    """By number, reason and words. A number that is unknown and one that the reader may not open get the same answer."""
    form = GlassForm(request.POST or None, initial={"number": request.GET.get("number", "")})
    if request.method == "POST" and form.is_valid():
        data, by, at = form.cleaned_data, request.member, clock.now()
        case = looked_for(lambda: queries.find_for_glass(by, data["number"], at))
        if case is None:
            reading.record_missing(way="emergency", by=by, at=at)
            form.add_error("number", _("There is no running case with this number that you can open in an emergency."))
        else:
            try:
                glass = actions.break_glass(case=case, reason=data["reason"], words=data["words"], by=by, at=at)
            except Refused as refused:
                form.add_error("words", str(refused))
            else:
                return _broken(request, glass)
    return render(request, "cases/break.html", {"form": form}, status=422 if form.errors else 200)


def _broken(request: MemberRequest, glass: Glass) -> HttpResponse:
    if glass.state == Glass.State.ASKED:
        messages.success(request, _("The other custodians have been told; one of them opens the case with you."))
        return redirect("cases:glass", glass.pk)
    messages.warning(request, _("The case is open to you for an hour. Others have been told, and it will be reviewed."))
    return redirect("cases:file", glass.case.number)


def _glass(request: MemberRequest, pk: str) -> Glass:
    found = queries.glass_of(request.member, pk, clock.now())
    if found is None:
        raise Http404
    return found


def _page(
    request: MemberRequest, glass: Glass, words: str | None = None, status: int = 200, form: Any = None
) -> HttpResponse:
    member, at = request.member, clock.now()
    standing = policy.standing(member, glass.case, at)
    is_mine = glass.membership_id == member.pk
    may_review = standing.may(Deed.GLASS_REVIEW) and glass.state == Glass.State.OPENED
    may_second = glass.state == Glass.State.ASKED and queries.to_second(member, at).filter(pk=glass.pk).exists()
    context = {
        "glass": glass,
        "opening": queries.opening(glass, at),
        "is_mine": is_mine,
        "may_see_case": standing.may(Deed.CASE_VIEW),
        "may_read": is_mine or standing.may(Deed.GLASS_REVIEW) or may_second,
        "may_review": may_review,
        "may_second": may_second,
        "names": queries.is_inside(standing) or is_mine,
        "words": words,
        "form": form or FindingForm(),
    }
    return render(request, "cases/glass.html", context, status=status)


@needs(Permission.CASE_VIEW)
@require_GET
def glass(request: MemberRequest, pk: str) -> HttpResponse:
    """One opening: who, when, until when, and who has to look at it."""
    return _page(request, _glass(request, pk))


@needs(Permission.CASE_VIEW)
@require_POST
@says_erased
def words(request: MemberRequest, pk: str) -> HttpResponseBase:
    """The reason in words, recorded as read."""
    found = _glass(request, pk)
    return _page(request, found, reading.read_words(glass=found, by=request.member, at=clock.now()))


@needs(Permission.CASE_VIEW)
@require_POST
def second(request: MemberRequest, pk: str) -> HttpResponse:
    """The second custodian opens the case with the first, or refuses."""
    is_granted = request.POST.get("answer") == "open"
    actions.second(glass=_glass(request, pk), is_granted=is_granted, by=request.member, at=clock.now())
    messages.success(request, _("The case is open for an hour.") if is_granted else _("The opening is refused."))
    return redirect("cases:glass", pk)


@needs(Permission.CASE_VIEW)
@require_POST
def end_glass(request: MemberRequest, pk: str) -> HttpResponse:
    """Close the case again before the hour is over."""
    actions.end_glass(glass=_glass(request, pk), by=request.member, at=clock.now())
    messages.success(request, _("The case is closed to you again. The opening will be reviewed."))
    return redirect("cases:glass", pk)


@needs(Permission.GLASS_REVIEW)
@require_POST
def review(request: MemberRequest, pk: str) -> HttpResponse:
    """Say whether an opening was justified."""
    found, form = _glass(request, pk), FindingForm(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422, form=form)
    actions.review_glass(glass=found, finding=form.cleaned_data["finding"], by=request.member, at=clock.now())
    messages.success(request, _("The opening has been reviewed."))
    return redirect("cases:openings")
