"""Who is on a case, with whom it is shared, who must not see it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from besa.cases import policy
from besa.cases.actions import people_on_it
from besa.cases.forms import ConflictForm, TeamForm
from besa.cases.rules import LONGEST_TEAM
from besa.cases.views.common import act_form, done, part_of, the_case
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock


@needs(Permission.TEAM_EDIT)
def add_to_team(request: MemberRequest, number: str) -> HttpResponse:
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.TEAM_EDIT, case, at)
    form = TeamForm(request.POST or None, case=case, today=clock.today(), days=LONGEST_TEAM.days)
    words: Any = {
        "question": _("Put somebody on the team"),
        "explanation": _("She reads and keeps the file until the day that you set."),
        "verb": _("Put on the team"),
        "done": _("The team has changed."),
    }

    def act() -> object:
        data = form.cleaned_data
        return people_on_it.add_to_team(
            case=case, membership=data["membership"], is_lead=data["is_lead"], until_at=form.until_at(), by=by, at=at
        )

    return act_form(request, case, form, act, words)


@needs(Permission.TEAM_EDIT)
@require_POST
def end_team_member(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    case = the_case(request, number)
    row = part_of(case.team.all(), pk)
    people_on_it.end_team_member(team_member=row, by=request.member, at=clock.now())
    return done(request, number, _("The team has changed."))


@needs(Permission.SHARE_EDIT)
@require_POST
def end_share(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    case = the_case(request, number)
    people_on_it.end_share(share=part_of(case.shares.all(), pk), by=request.member, at=clock.now())
    return done(request, number, _("The share has been taken back."))


@needs(Permission.CONFLICT_DECLARE)
def declare_conflict(request: MemberRequest, number: str) -> HttpResponse:
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.CONFLICT_DECLARE, case, at)
    form = ConflictForm(request.POST or None, today=clock.today())
    words: Any = {
        "question": _("Declare a conflict of interest"),
        "explanation": _("From her next click this person finds nothing of the case, in whatever role."),
        "verb": _("Declare"),
        "done": _("The conflict of interest is declared."),
    }
    return act_form(
        request, case, form, lambda: people_on_it.declare_conflict(case=case, **form.cleaned_data, by=by, at=at), words
    )


@needs(Permission.CONFLICT_DECLARE)
@require_POST
def end_conflict(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    case = the_case(request, number)
    people_on_it.end_conflict(conflict=part_of(case.conflicts.all(), pk), by=request.member, at=clock.now())
    return done(request, number, _("The conflict of interest is over."))
