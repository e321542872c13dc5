"""What is seen of rounds, returns and entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from besa.directory.access import Permission
from besa.directory.models import Membership
from besa.documents.models import Document
from besa.plan.hooks import LatestStatus
from besa.plan.models import Activity
from besa.reporting import rules
from besa.reporting.figures import REPORTED_STATES
from besa.reporting.models import Entry, Evidence, Remark, Return, Round

SUBMITTED = REPORTED_STATES


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
        rows.defer("activity__search_en", "activity__search_sq", "activity__note", "activity__footnotes")
        .prefetch_related(
            Prefetch("evidence", Evidence.objects.select_related("document")),
            Prefetch("remarks", Remark.objects.select_related("by__user").order_by("-id")),
        )
        .order_by("position")
    )


def last_entries(item: Return) -> dict[int, Entry]:
    """What the same agency last handed in before this round, by activity. Two queries."""
    earlier = Return.objects.filter(agency=item.agency_id, round__plan=item.round.plan_id, version__gt=0)
    last = earlier.filter(round__period__lt=item.round.period).order_by("-round__period").first()
    return {entry.activity_id: entry for entry in last.entries.select_related("to__round")} if last else {}


def last_entry(entry: Entry) -> Entry | None:
    """What the same agency last handed in on the activity before this round. One query."""
    rows = Entry.objects.filter(to__agency=entry.to.agency_id, activity=entry.activity_id, to__version__gt=0)
    rows = rows.filter(to__round__period__lt=entry.to.round.period)
    return rows.select_related("to__round").order_by("-to__round__period").first()


def grid_pages(entries: Iterable[Entry], size: int = 12) -> list[list[Entry]]:
    """Entries in pages of whole objectives, each of about `size` entries."""
    pages: list[list[Entry]] = []
    for _objective, group in groupby(entries, key=lambda entry: entry.activity.objective_id):
        rows = list(group)
        if pages and len(pages[-1]) + len(rows) <= size:
            pages[-1] += rows
        else:
            pages.append(rows)
    return pages


@dataclass(frozen=True)
class Contributions:
    """What the partners of an activity have handed in for a round, and which partners have handed in nothing yet."""

    entries: list[Entry]
    silent: list[str]


def contributions_to(activity_ids: Iterable[int], round: Round) -> dict[int, Contributions]:
    """By activity; drafts of other institutions are not shown. One query."""
    found: dict[int, Contributions] = defaultdict(lambda: Contributions([], []))
    rows = Entry.objects.filter(to__round=round, activity__in=list(activity_ids), is_lead=False)
    for entry in rows.select_related("to__agency").order_by("activity", "to__agency__code"):
        if entry.to.state not in SUBMITTED:
            found[entry.activity_id].silent.append(entry.to.agency.name)
        elif entry.done or entry.outputs or entry.spent is not None:
            found[entry.activity_id].entries.append(entry)
    return found


@dataclass(frozen=True)
class FieldChange:
    """A field whose value differs between two versions of an entry."""

    field: str
    label: str
    before: str
    after: str


_WORDS: Mapping[str, Mapping[Any, Any]] = {
    "status": dict(Entry.Status.choices),
    "obstacle_type": dict(Entry.Obstacle.choices),
    "currency": dict(Entry.Currency.choices),
    "money_source": dict(Entry.MoneySource.choices),
}


def shown(entry_field: str, value: Any) -> str:
    """A field's value as people read it, whether it comes from the database or from a submission's JSON."""
    if value in (None, "", []):
        return ""
    if entry_field == rules.EVIDENCE:
        return "\n".join(title for title, _sha256 in value)
    if entry_field == "spent":
        return number_format(Decimal(value), decimal_pos=2, use_l10n=True, force_grouping=True)
    if entry_field == "next_due_on":
        return date_format(value if isinstance(value, date) else date.fromisoformat(value))
    return str(_WORDS[entry_field].get(value, value) if entry_field in _WORDS else value)


def label_of(field: str) -> str:
    """The field's name above a form or a table, with a capital."""
    if field == rules.EVIDENCE:
        return _("Evidence")
    label = str(Entry._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
    return label[:1].upper() + label[1:]


def value_of(entry: Entry, field: str) -> Any:
    """A field's value; of the evidence, [title, hash] of each document, as a submission keeps it."""
    if field == rules.EVIDENCE:
        return sorted([proof.document.title, proof.document.sha256] for proof in entry.evidence.all())
    return getattr(entry, field)


def _differs(field: str, before: Any, now: Any) -> bool:
    return (before if field == rules.EVIDENCE else shown(field, before)) != (
        now if field == rules.EVIDENCE else shown(field, now)
    )


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
            FieldChange(name, label_of(name), shown(name, was.get(name)), shown(name, value_of(entry, name)))
            for name in (*rules.fields_of(entry), rules.EVIDENCE)
            if _differs(name, was.get(name) or [] if name == rules.EVIDENCE else was.get(name), value_of(entry, name))
        ]
        if changes:
            found[entry.pk] = changes
    return found


def untouched_remarks(item: Return, entries: Iterable[Entry]) -> list[Remark]:
    """Fields that were sent back and still say what they said: while the return is being corrected those of the open remarks,
    after it was submitted again those of the version before.
    """
    wanted = item.version if item.state == Return.State.SENT_BACK else item.version - 1
    sent_back = item.submissions.filter(number=wanted).first()
    if sent_back is None:
        return []
    before = sent_back.content["entries"]
    return [
        remark
        for entry in entries
        for remark in entry.remarks.all()
        if remark.version == wanted
        and not _differs(
            remark.field,
            before.get(entry.activity.identifier, {}).get(remark.field),
            value_of(entry, remark.field),
        )
    ]


def rounds_with_counts() -> QuerySet[Round]:
    """Rounds with the number of their returns, submitted and accepted ones."""
    rows = Round.objects.select_related("plan").annotate(
        all_returns=Count("returns"),
        submitted=Count("returns", filter=Q(returns__state__in=SUBMITTED)),
        accepted=Count("returns", filter=Q(returns__state__in=["accepted", "locked"])),
    )
    return rows.order_by("-period", "plan")


def history_of(activity: Activity) -> list[Entry]:
    """All that lead institutions and partners have reported on an activity, the newest round first."""
    rows = activity.entries.filter(to__state__in=SUBMITTED).select_related("to__agency", "to__round")
    return list(rows.order_by("-to__round__period", "-is_lead", "to__agency__code"))


def may_open_document(member: Membership, document: Document) -> bool:
    """Evidence may be opened by whoever may see a return that it belongs to."""
    if not (member.can(Permission.RETURN_VIEW) or member.can(Permission.RETURN_VIEW_ALL)):
        return False
    return Return.objects.visible_to(member).filter(entries__evidence__document=document).exists()
