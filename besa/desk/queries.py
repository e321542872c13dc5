"""What waits for a member: drawn from all areas, by what her role may do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from besa.assistance import queries as referrals
from besa.cases import queries as cases
from besa.cases import queries_consent as consent
from besa.cases import queries_matches as likeness
from besa.cases import queries_work as work
from besa.cases.actions import concerns
from besa.cases.models import Draft
from besa.cases.time_limits import Kind, limit_of
from besa.directory.access import Permission
from besa.directory.models import Membership
from besa.plan.models import Activity, Amendment
from besa.reporting.models import Entry, Reopening, Report, Return, Round

SOON = timedelta(days=90)
NEAR = timedelta(days=30)  # a consent that ends later does not wait for anybody yet


@dataclass(frozen=True)
class Task:
    """Something to do: what, for which thing, until when, and where it is done. `kind` is what the desk is filtered by."""

    title: str
    detail: str
    url: str
    due_on: date | None = None
    is_late: bool = False
    kind: str = "other"


def tasks(member: Membership, today: date, at: datetime) -> list[Task]:
    """Everything that waits for the member, what is late first, then by date; the number of queries is fixed."""
    found = [*_returns(member, today), *_reviews(member), *_decisions(member), *_memberships(member)]
    found += [*_cases(member, at), *_casework(member, at), *_referrals(member, at), *_likenesses(member, at)]
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
    for item in rows.select_related("round", "agency").order_by("submitted_at", "id"):
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


def _cases(member: Membership, at: datetime) -> Iterator[Task]:
    """What a second person decides about cases: openings in an emergency, holds, erasures, custodians."""
    if not member.can(Permission.CASE_VIEW) and not member.can(Permission.COMPARTMENT_APPROVE):
        return
    for row in cases.to_review(member, at):
        until = timezone.localdate(row.review_until) if row.review_until else None
        url = reverse("cases:glass", args=[row.glass.pk])
        yield Task(_("Review an emergency opening"), row.glass.case.number, url, until, row.is_late)
    for glass in cases.to_second(member, at):
        url = reverse("cases:glass", args=[glass.pk])
        yield Task(_("Open a sealed case together, or refuse"), glass.case.number, url)
    for hold in cases.holds_to_decide(member, at):
        yield Task(_("Decide about a legal hold"), hold.case.number, reverse("cases:file", args=[hold.case.number]))
    for erasure in cases.erasures_to_decide(member, at):
        url = reverse("cases:decide_erasure", args=[erasure.case.number, erasure.pk])
        yield Task(_("Decide about erasing a case"), erasure.case.number, url)
    waiting = cases.custodians_to_decide(member)
    if waiting:
        text = ngettext("%(count)s name waits", "%(count)s names wait", waiting) % {"count": waiting}
        yield Task(_("Approve or refuse custodians"), text, reverse("cases:compartments"))


def _casework(member: Membership, at: datetime) -> Iterator[Task]:
    """Drafts and concerns, time limits, tasks, conferences, disclosures to decide: what runs in cases and is the member's."""
    if member.can(Permission.CONCERN_REPORT):
        for draft in Draft.objects.filter(author=member, expires_at__gt=at):
            url = reverse("cases:report_check", args=[draft.pk])
            begun = timezone.localdate(draft.created_at)
            yield Task(
                _("Finish your report"), date_format(begun), url, timezone.localdate(draft.expires_at), kind="drafts"
            )
        for concern in concerns.waiting(member):
            url = reverse("cases:concern", args=[concern.pk])
            yield Task(
                _("Answer a concern"),
                concern.get_channel_display(),
                url,
                timezone.localdate(concern.sent_at),
                kind="concerns",
            )
    if member.can(Permission.STATUS_VIEW):
        for clock in work.clocks_of(member, at):
            if clock.kind == Kind.CONSENT and clock.due_at > at + NEAR:
                continue
            title, day = str(limit_of(clock.kind).words).capitalize(), timezone.localdate(clock.due_at)
            yield Task(
                title,
                clock.case.number,
                reverse("cases:clocks", args=[clock.case.number]),
                day,
                clock.due_at <= at,
                "clocks",
            )
        today = timezone.localdate(at)
        for task in work.tasks_of(member, at):
            url = reverse("cases:file", args=[task.case.number])
            yield Task(
                _("A task in a case"), task.case.number, f"{url}#tasks", task.due_on, task.due_on < today, "tasks"
            )
        for conference in work.conferences_of(member, at):
            day = timezone.localdate(conference.planned_at)
            url = reverse("cases:conference", args=[conference.case.number, conference.pk])
            title = _("Record the case conference") if conference.planned_at < at else _("Case conference")
            yield Task(title, conference.case.number, url, day, day < today, "conferences")
    for override in consent.overrides_waiting(member, at):
        url = reverse("cases:override", args=[override.case.number, override.pk])
        yield Task(_("Decide about a disclosure without consent"), override.case.number, url, kind="decisions")


def _referrals(member: Membership, at: datetime) -> Iterator[Task]:
    """Referrals that wait for an answer, and those of one's own for which somebody else must be asked."""
    if not member.can(Permission.REFERRAL_VIEW):
        return
    for referral in referrals.waiting(member, at):
        url, day = reverse("assistance:referral", args=[referral.pk]), timezone.localdate(referral.reply_by)
        yield Task(_("Answer a referral"), referral.from_agency.name, url, day, referral.reply_by <= at, "referrals")
    for referral in referrals.unanswered(member, at):
        url = reverse("assistance:referral", args=[referral.pk])
        yield Task(_("Ask another provider"), referral.case.number, url, kind="referrals", is_late=True)


def _likenesses(member: Membership, at: datetime) -> Iterator[Task]:
    """Cases that may be of one person, and mergings to decide."""
    for merge in likeness.merges_to_decide(member, at):
        url = reverse("cases:matches", args=[merge.kept.number])
        yield Task(_("Decide about making two cases one"), merge.kept.number, url, kind="decisions")
    for match in likeness.suggestions_for(member, at):
        url = reverse("cases:matches", args=[match.case.number])
        yield Task(_("Compare two cases"), f"{match.case.number}, {match.other.number}", url, kind="likenesses")


KINDS = {
    "referrals": gettext_lazy("referrals"),
    "clocks": gettext_lazy("time limits"),
    "tasks": gettext_lazy("tasks"),
    "drafts": gettext_lazy("unfinished reports"),
    "concerns": gettext_lazy("concerns"),
    "conferences": gettext_lazy("conferences"),
    "decisions": gettext_lazy("decisions"),
    "likenesses": gettext_lazy("likenesses"),
    "other": gettext_lazy("other"),
}


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
