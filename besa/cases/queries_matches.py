"""What is seen of likenesses between cases. Read only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from besa.cases import policy
from besa.cases.matching import KIND_WORDS
from besa.cases.models import Case, Match, Merge, Retrafficking
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.models import Membership
from besa.vault.row_context import reading_as_system

LIKELIEST = ("-score", "found_at", "id")


@dataclass(frozen=True)
class Seen:
    """A suggestion as the reader of one case sees it: the other case only where she may know of it."""

    match: Match
    other: Case | None
    words: list[Promise]


def matches_of(case: Case, member: Membership, at: datetime) -> list[Seen]:
    """The suggestions of a case, the likeliest first; two queries. One to a case that the reader may not know of is told without it."""
    with reading_as_system(at):
        found = Match.objects.filter(Q(case=case) | Q(other=case)).exclude(state=Match.State.OUTDATED)
        rows = list(found.select_related("case__owner", "other__owner").order_by(*LIKELIEST))
    others = {row.pk: row.other if row.case_id == case.pk else row.case for row in rows}
    known = Case.objects.visible_to(member, at).filter(pk__in=[other.pk for other in others.values()])
    visible = set(known.values_list("pk", flat=True))
    hidden = {row.pk for row in rows if others[row.pk].compartment_id and others[row.pk].pk not in visible}
    return [
        Seen(row, others[row.pk] if others[row.pk].pk in visible else None, [KIND_WORDS[one] for one in row.reasons])
        for row in rows
        if row.pk not in hidden
    ]


def joined(case: Case, at: datetime) -> tuple[list[Merge], list[Retrafficking]]:
    """What was merged, and earlier and later traffickings of the person: with both numbers, also where one case may not be known."""
    with reading_as_system(at):
        merges = Merge.objects.filter(Q(kept=case) | Q(merged=case))
        links = Retrafficking.objects.filter(Q(earlier=case) | Q(later=case), ended_at__isnull=True)
        people = ("kept", "merged", "asked_by__agency", "confirmed_by__agency")
        return list(merges.select_related(*people)), list(links.select_related("earlier", "later"))


def _led(model: Any, cases: tuple[str, str], member: Membership, deed: Deed, at: datetime) -> QuerySet[Any]:
    """The rows with one of whose two cases the member may do the deed."""
    one, other = (policy.allowed(member, deed, at, named=field) for field in cases)
    rows: QuerySet[Any] = model.objects.filter(one | other).select_related(*cases)
    return rows


def _known(rows: list[Any], cases: tuple[str, str], member: Membership, at: datetime) -> list[Any]:
    """Those of the rows of which the member may know both cases; a query if there is any row."""
    if not rows:
        return []
    named = {getattr(row, f"{field}_id") for row in rows for field in cases}
    visible = set(Case.objects.visible_to(member, at).filter(pk__in=named).values_list("pk", flat=True))
    return [row for row in rows if {getattr(row, f"{field}_id") for field in cases} <= visible]


def merges_to_decide(member: Membership, at: datetime) -> list[Merge]:
    """Mergings and undoings that wait for the member's institution, of two cases that she may know of; two queries."""
    if not member.can(Permission.MERGE_CONFIRM):
        return []
    cases = ("kept", "merged")
    asked = Q(state="asked") & ~Q(asked_by__agency=member.agency_id)
    undoing = Q(state="undoing") & ~Q(undone_by__agency=member.agency_id)
    rows = _led(Merge, cases, member, Deed.MERGE_CONFIRM, at).filter(asked | undoing)
    return _known(list(rows.order_by("asked_at", "id")), cases, member, at)


def suggestions_for(member: Membership, at: datetime) -> list[Match]:
    """Suggestions between cases of which the member leads one and may know of the other; two queries."""
    if not member.can(Permission.MERGE_ASK):
        return []
    cases = ("case", "other")
    rows = _led(Match, cases, member, Deed.MERGE_ASK, at).filter(state="suggested")
    return _known(list(rows.order_by(*LIKELIEST)), cases, member, at)[:50]
