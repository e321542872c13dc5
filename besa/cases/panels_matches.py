"""What the file of a case shows of likenesses."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from besa.cases import queries_matches
from besa.cases.models import Case
from besa.cases.panels import Panel
from besa.cases.policy import Standing
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest
from besa.lib import clock

TITLE = _("Same person?")


def matches(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Panel]:
    """How many suggestions wait, and what was merged or linked."""
    if not standing.may(Deed.MATCH_VIEW):
        return
    at = clock.now()
    waiting = [row for row in queries_matches.matches_of(case, request.member, at) if row.match.state == "suggested"]
    every, links = queries_matches.joined(case, at)
    merges = [row for row in every if row.state in ("asked", "merged", "undoing")]
    if waiting or merges or links or standing.may(Deed.MERGE_ASK):
        context = {"number": case.number, "waiting": len(waiting), "merges": merges, "links": links}
        yield Panel(title=TITLE, template="cases/_matches.html", context=context, column="side", order=60)
