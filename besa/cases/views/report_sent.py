"""What happens after a report was sent: whom to call, whom to ask, what runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from besa.cases import policy
from besa.cases.models import Case
from besa.cases.queries_sops import helps
from besa.cases.time_limits import limit_of
from besa.cases.views.common import the_case
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock

UNIT = "report_unit"  # in the session: which unit was told of the child of which case


@dataclass(frozen=True)
class Running:
    """A time limit of the case, in words."""

    words: str
    due_at: datetime


def remember(request: MemberRequest, case: Case, unit: str) -> None:
    """Keep for the next page whose people were told of the child."""
    request.session[UNIT] = [case.number, unit]


@needs(Permission.CASE_OPEN)
@require_GET
def sent(request: MemberRequest, number: str) -> HttpResponse:
    """The steps that come now, with what the national procedures ask."""
    case, at = the_case(request, number), clock.now()
    standing = policy.standing(request.member, case, at)
    told, unit = request.session.get(UNIT, ["", ""])
    running = [
        Running(str(limit_of(one.kind).words).capitalize(), one.due_at)
        for one in case.clocks.filter(state="running").exclude(kind="consent").order_by("due_at", "id")
    ]
    context = {
        "case": case, "may_refer": standing.may(Deed.REFERRAL_MAKE), "told": told == case.number and bool(unit), "unit": unit,
        "clocks": running if standing.may(Deed.STATUS_VIEW) else [],
        "helps": [one for one in helps().values() if {"assistance:refer", "cases:rights_add"} & set(one.pages)],
    }  # fmt: skip
    return render(request, "cases/report_sent.html", context)
