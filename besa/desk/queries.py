"""What waits for a member: drawn from all areas, by what her role may do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from besa.directory.access import Permission
from besa.directory.models import Membership
from besa.plan.models import Activity, Amendment
from besa.reporting.models import Entry, Reopening, Report, Return, Round

SOON = timedelta(days=90)


@dataclass(frozen=True)
class Task:
    """Something to do: what, for which thing, until when, and where it is done."""

    title: str
    detail: str
    url: str
    due_on: date | None = None
    is_late: bool = False


def tasks(member: Membership, today: date) -> list[Task]:
    """Everything that waits for the member, what is late first, then by date; the number of queries is fixed."""
    found = [*_returns(member, today), *_reviews(member), *_decisions(member), *_memberships(member)]
    return sorted(found, key=lambda task: (not task.is_late, task.due_on or date.max, task.title))


def _returns(member: Membership, today: date) -> Iterator[Task]:
    if not member.can(Permission.RETURN_EDIT):
        return
    rows = Return.objects.filter(
        agency=member.agency_id, state__in=["draft", "sent_back"], round__state=Round.State.OPEN
    )
    for item in rows.select_related("round", "agency"):
        due = item.round.due_on
        title = (
            _("Correct the return that was sent back") if item.state == "sent_back" else _("Report on your activities")
        )
        yield Task(title, item.round.as_period.label, reverse("reporting:return", args=[item.pk]), due, due < today)


def _reviews(member: Membership) -> Iterator[Task]:
    if not member.can(Permission.RETURN_REVIEW):
        return
    rows = Return.objects.filter(state="submitted", round__state=Round.State.OPEN).exclude(submitted_by=member)
    for item in rows.select_related("round", "agency").order_by("submitted_at"):
        detail = _("Review the return for %(period)s") % {"period": item.round.period}
        yield Task(item.agency.name, detail, reverse("reporting:review", args=[item.pk]))


def _decisions(member: Membership) -> Iterator[Task]:
    if member.can(Permission.AMENDMENT_DECIDE):
        for amendment in Amendment.objects.filter(state="proposed").select_related("plan"):
            url = reverse("plan:amendment", args=[amendment.plan.code, amendment.number])
            yield Task(_("Record the decision on an amendment"), amendment.title, url)
    if member.can(Permission.ROUND_REOPEN_APPROVE):
        for reopening in Reopening.objects.filter(state="asked").select_related("round"):
            url = reverse("reporting:round", args=[reopening.round_id])
            yield Task(_("Sign or refuse the reopening of a round"), reopening.round.period, url)
    if member.can(Permission.REPORT_ADOPT):
        for report in Report.objects.filter(state="draft"):
            yield Task(
                _("Record the adoption of a report"), report.period, reverse("reporting:report", args=[report.pk])
            )


def _memberships(member: Membership) -> Iterator[Task]:
    if not member.can(Permission.MEMBERSHIP_APPROVE):
        return
    count = Membership.objects.filter(state="proposed").count()
    if count:
        text = ngettext("%(count)s role waits for approval", "%(count)s roles wait for approval", count) % {
            "count": count
        }
        yield Task(_("Approve or refuse roles"), text, reverse("directory:memberships"))


@dataclass(frozen=True)
class Duties:
    """A member's agency in the plan: how many activities it leads, and those late and soon due."""

    leads: int
    contributes: int
    late: list[Activity]
    soon: list[Activity]


def duties(member: Membership, today: date) -> Duties:
    """The agency's activities in active plans; late are those past their date and not reported as completed or dropped."""
    rows = Activity.objects.filter(plan__is_active=True, last_version__isnull=True, duties__agency=member.agency_id)
    done = Entry.objects.filter(status__in=["completed", "dropped"], is_lead=True, to__version__gt=0).values("activity")
    lead = (
        rows.filter(duties__is_lead=True, duties__agency=member.agency_id)
        .select_related("plan")
        .defer("search_en", "search_sq")
    )
    unfinished = lead.exclude(pk__in=done).order_by("due_on", "position")
    return Duties(
        leads=lead.count(),
        contributes=rows.filter(duties__is_lead=False, duties__agency=member.agency_id).count(),
        late=list(unfinished.filter(due_on__lt=today)[:10]),
        soon=list(unfinished.filter(due_on__gte=today, due_on__lte=today + SOON)[:10]),
    )
