"""What is seen of rounds, returns and entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from besa.directory.models import Membership
from besa.documents.models import Document
from besa.plan.hooks import LatestStatus
from besa.plan.models import Activity
from besa.reporting import rules
from besa.reporting.models import Entry, Evidence, Remark, Return, Round

SUBMITTED = ("submitted", "sent_back", "accepted", "locked")


def latest_status(activity_ids: Iterable[int]) -> dict[int, LatestStatus]:
    """By activity, from submitted returns only; activities never reported on are absent. One query."""
    rows = Entry.objects.filter(activity__in=list(activity_ids), is_lead=True, to__state__in=SUBMITTED).exclude(
        status=""
    )
    found: dict[int, LatestStatus] = {}
    for pk, status, period in rows.order_by("to__round__period").values_list("activity", "status", "to__round__period"):
        found[pk] = LatestStatus(status, str(Entry.Status(status).label), period)
    return found


def returns_of(member: Membership) -> QuerySet[Return]:
    """Returns that the member may see, with what a list shows: how many entries there are and how many say something."""
    filled = Q(entries__is_lead=True) & ~Q(entries__status="")
    return (
        Return.objects.visible_to(member)
        .select_related("round__plan", "agency")
        .annotate(leads=Count("entries", filter=Q(entries__is_lead=True)), filled=Count("entries", filter=filled))
        .order_by("-round__period", "agency__code")
    )


def entries_of(item: Return) -> list[Entry]:
    """All entries of a return in the plan's order, with activity, objective, evidence and open remarks; four queries."""
    rows = item.entries.select_related(
        "activity__objective", "activity__plan", "updated_by__user", "to__round__plan", "to__agency"
    )
    return list(
        rows.prefetch_related(
            Prefetch("evidence", Evidence.objects.select_related("document")),
            Prefetch("remarks", Remark.objects.select_related("by__user").order_by("-id")),
        ).order_by("position")
    )


def last_entries(item: Return) -> dict[int, Entry]:
    """What the same agency reported in the round before, by activity. Two queries."""
    last = (
        Return.objects.filter(
            agency=item.agency_id, round__plan=item.round.plan_id, round__period__lt=item.round.period
        )
        .order_by("-round__period")
        .first()
    )
    return {entry.activity_id: entry for entry in last.entries.select_related("to__round")} if last else {}


def contributions_to(activity_ids: Iterable[int], round: Round) -> dict[int, list[Entry]]:
    """What partners have said in submitted returns of the round, by activity. One query."""
    found: dict[int, list[Entry]] = defaultdict(list)
    rows = Entry.objects.filter(
        to__round=round, activity__in=list(activity_ids), is_lead=False, to__state__in=SUBMITTED
    )
    for entry in rows.exclude(done="", outputs="").select_related("to__agency"):
        found[entry.activity_id].append(entry)
    return found


@dataclass(frozen=True)
class FieldChange:
    """A field whose value differs between two versions of an entry."""

    field: str
    label: str
    before: str
    after: str


def shown(entry_field: str, value: Any) -> str:
    """A field's value as people read it."""
    if value in (None, ""):
        return ""
    choices: Mapping[Any, Any] = dict(Entry._meta.get_field(entry_field).choices or [])  # type: ignore[union-attr]
    return str(choices.get(value, value))


def label_of(field: str) -> str:
    return str(Entry._meta.get_field(field).verbose_name)  # type: ignore[union-attr]


def changes_since_submission(item: Return, entries: Iterable[Entry]) -> dict[int, list[FieldChange]]:
    """By entry, what the present version says otherwise than the submission before it; empty for a first submission."""
    earlier = item.submissions.filter(number__lt=item.version).order_by("-number").first()
    if earlier is None:
        return {}
    before = earlier.content["entries"]
    found = {}
    for entry in entries:
        was = before.get(entry.activity.identifier, {})
        changes = [
            FieldChange(name, label_of(name), shown(name, was.get(name)), shown(name, getattr(entry, name)))
            for name in rules.fields_of(entry)
            if shown(name, was.get(name)) != shown(name, getattr(entry, name))
        ]
        if changes:
            found[entry.pk] = changes
    return found


def untouched_remarks(item: Return, entries: Iterable[Entry]) -> list[Remark]:
    """Open remarks on fields that still say what was sent back."""
    last = item.submissions.order_by("-number").first()
    if last is None:
        return []
    return [
        remark
        for entry in entries
        for remark in entry.remarks.all()
        if remark.settled_at is None
        and shown(remark.field, last.content["entries"].get(entry.activity.identifier, {}).get(remark.field))
        == shown(remark.field, getattr(entry, remark.field))
    ]


def rounds_with_counts() -> QuerySet[Round]:
    """Rounds with the number of their returns, submitted and accepted ones."""
    return Round.objects.select_related("plan").annotate(
        all_returns=Count("returns"),
        submitted=Count("returns", filter=Q(returns__state__in=SUBMITTED)),
        accepted=Count("returns", filter=Q(returns__state__in=["accepted", "locked"])),
    )


def history_of(activity: Activity) -> list[Entry]:
    """All that lead institutions and partners have reported on an activity, the newest round first."""
    rows = activity.entries.filter(to__state__in=SUBMITTED).select_related("to__agency", "to__round")
    return list(rows.order_by("-to__round__period", "-is_lead", "to__agency__code"))


def may_open_document(member: Membership, document: Document) -> bool:
    """Evidence may be opened by whoever may see a return that it belongs to."""
    returns = Return.objects.visible_to(member).filter(entries__evidence__document=document)
    return returns.exists()
