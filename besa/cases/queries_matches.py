"""What is seen of likenesses between cases. Read only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise

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
        found = Match.objects.filter(Q(case=case) | Q(other=case)).select_related("case__owner", "other__owner")
        rows = list(found.order_by(*LIKELIEST))
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


def merges_to_decide(member: Membership, at: datetime) -> list[Merge]:
    """Mergings and undoings that wait for the member's institution, of two cases that she may know of; three queries."""
    if not member.can(Permission.MERGE_CONFIRM):
        return []
    mine = Case.objects.allowing(member, Deed.MERGE_CONFIRM, at)
    seen = Case.objects.visible_to(member, at)
    led = Q(mine.named_by("kept")) | Q(mine.named_by("merged"))
    rows = Merge.objects.filter(led, seen.named_by("kept"), seen.named_by("merged"), state__in=["asked", "undoing"])
    asked = Q(state="asked") & ~Q(asked_by__agency=member.agency_id)
    undoing = Q(state="undoing") & ~Q(undone_by__agency=member.agency_id)
    return list(rows.filter(asked | undoing).select_related("kept", "merged").order_by("asked_at", "id"))


def suggestions_for(member: Membership, at: datetime) -> list[Match]:
    """Suggestions between cases of which the member leads one and may know of the other; three queries."""
    if not member.can(Permission.MERGE_ASK):
        return []
    mine = Case.objects.allowing(member, Deed.MERGE_ASK, at)
    seen = Case.objects.visible_to(member, at)
    led = Q(mine.named_by("case")) | Q(mine.named_by("other"))
    rows = Match.objects.filter(led, seen.named_by("case"), seen.named_by("other"), state="suggested")
    return list(rows.select_related("case", "other").order_by(*LIKELIEST)[:50])
