"""Cases that may be of one person: compared, merged, parted again, linked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from besa.cases import policy, queries
from besa.cases import queries_matches as seen
from besa.cases.actions import matches as actions
from besa.cases.actions import merging
from besa.cases.forms import NumberField
from besa.cases.models import Case, Match, Merge, Retrafficking
from besa.cases.views.common import done, part_of, the_case
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.vault.row_context import reading_as_system

SAME = frozenset({"same", "different"})
DECISIONS = frozenset({"confirm", "refuse", "undo", "keep"})


class OtherForm(forms.Form):
    """Another case, by its number."""

    number = NumberField()


@needs(Permission.MATCH_VIEW)
@require_GET
def matches(request: MemberRequest, number: str) -> HttpResponse:
    """What may be the same person, what was merged, what was linked."""
    return _page(request, the_case(request, number))


def _page(request: MemberRequest, case: Case, status: int = 200, **more: Any) -> HttpResponse:
    member, at = request.member, clock.now()
    standing = policy.check_may(member, Deed.MATCH_VIEW, case, at)
    merges, links = seen.joined(case, at)
    context = {
        "case": case, "seen": seen.matches_of(case, member, at), "merges": merges, "links": links, "may_ask": standing.may(Deed.MERGE_ASK),
        "deciding": {merge.pk for merge in seen.merges_to_decide(member, at)}, "form": OtherForm(), **more,
    }  # fmt: skip
    return render(request, "cases/matches.html", context, status=status)


def _check(request: MemberRequest, deed: Deed, case: Case, verb: str, verbs: frozenset[str]) -> None:
    """She may do it with the case whose page this is; what she must know of the other one, the action asks."""
    if verb not in verbs:
        raise Http404
    policy.check_may(request.member, deed, case, clock.now())


def _of_two(rows: QuerySet[Any], pk: str) -> Any:
    """What hangs on two cases, found from either, also where she may not know of the other one; the action refuses her then."""
    with reading_as_system(clock.now()):
        return part_of(rows, pk)


def _match(request: MemberRequest, case: Case, pk: str) -> Match:
    rows = Match.objects.filter(case=case) | Match.objects.filter(other=case)
    return _of_two(rows.select_related("case", "other"), pk)  # type: ignore[no-any-return]


@needs(Permission.MATCH_VIEW)
@require_POST
def decide_match(request: MemberRequest, number: str, pk: str, verb: str) -> HttpResponse:
    """The same person, or a different one."""
    case = the_case(request, number)
    _check(request, Deed.MATCH_VIEW, case, verb, SAME)
    actions.decide_match(match=_match(request, case, pk), is_same=verb == "same", by=request.member, at=clock.now())
    return redirect("cases:matches", case.number)


@needs(Permission.MERGE_ASK)
@require_POST
def ask_merge(request: MemberRequest, number: str) -> HttpResponse:
    """Ask that this file goes into another one, or the other one into this."""
    case, form = the_case(request, number), OtherForm(request.POST)
    policy.check_may(request.member, Deed.MERGE_ASK, case, clock.now())
    if not form.is_valid():
        return _page(request, case, status=422, form=form)
    other = queries.find(request.member, form.cleaned_data["number"], clock.now())
    if other is None:
        form.add_error("number", _("There is no case with this number, or not for you."))
        return _page(request, case, status=422, form=form)
    kept, merged = (other, case) if request.POST.get("way") == "into" else (case, other)
    try:
        merging.ask_merge(kept=kept, merged=merged, by=request.member, at=clock.now())
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, case, status=409, form=form)
    return done(request, case.number, _("The other institution, or the Responsible Authority, decides."))


def _merge(case: Case, pk: str) -> Merge:
    rows = Merge.objects.filter(kept=case) | Merge.objects.filter(merged=case)
    return _of_two(rows.select_related("kept", "merged", "asked_by"), pk)  # type: ignore[no-any-return]


@needs(Permission.MERGE_CONFIRM)
@require_POST
def decide_merge(request: MemberRequest, number: str, pk: str, verb: str) -> HttpResponse:
    """`confirm` or `refuse` what was asked; `undo` or `keep` what was merged."""
    case = the_case(request, number)
    _check(request, Deed.MERGE_CONFIRM, case, verb, DECISIONS)
    merge, by, at = _merge(case, pk), request.member, clock.now()
    if verb in ("undo", "keep"):
        merging.decide_undoing(merge=merge, is_granted=verb == "undo", by=by, at=at)
    else:
        merging.decide_merge(merge=merge, is_granted=verb == "confirm", by=by, at=at)
    return done(request, case.number, _("It is decided."))


@needs(Permission.MERGE_ASK)
@require_POST
def ask_undoing(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    case = the_case(request, number)
    merge = _merge(case, pk)
    policy.check_may(request.member, Deed.MERGE_ASK, case, clock.now())
    merging.ask_undoing(merge=merge, by=request.member, at=clock.now())
    return done(request, case.number, _("Another institution decides whether the files are parted again."))


@needs(Permission.MATCH_VIEW)
@require_POST
def link_again(request: MemberRequest, number: str) -> HttpResponse:
    """This person was trafficked before: the earlier case by its number."""
    case, form = the_case(request, number), OtherForm(request.POST)
    other = queries.find(request.member, form.cleaned_data["number"], clock.now()) if form.is_valid() else None
    if other is None:
        form.add_error("number", _("There is no case with this number, or not for you.")) if form.is_valid() else None
        return _page(request, case, status=422, form=form)
    actions.link_again(earlier=other, later=case, by=request.member, at=clock.now())
    return done(request, case.number, _("The two cases are linked. Both are counted."))


@needs(Permission.MATCH_VIEW)
@require_POST
def unlink(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    case = the_case(request, number)
    rows = Retrafficking.objects.filter(later=case) | Retrafficking.objects.filter(earlier=case)
    actions.unlink(link=_of_two(rows.select_related("later"), pk), by=request.member, at=clock.now())
    return done(request, case.number, _("The link has been taken back."))
