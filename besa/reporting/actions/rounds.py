"""Opening, locking and reopening a round."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from besa.audit import actions as audit
from besa.audit.actions import System
from besa.directory import queries as directory
from besa.directory.access import Permission
from besa.directory.models import Agency, Membership
from besa.lib.periods import Period
from besa.lib.refusal import Refused
from besa.notices.models import Notice
from besa.plan.models import Activity, Duty, Plan
from besa.reporting import rules, workflow
from besa.reporting.actions import telling
from besa.reporting.models import Entry, Reopening, Return, Round

DAYS_TO_REPORT = 20


@dataclass(frozen=True)
class Opened:
    """What opening a round added; opening it again adds only what is missing."""

    round: Round
    returns: int
    entries: int


def reporters(plan: Plan) -> dict[int, list[tuple[Agency, bool]]]:
    """Who reports on each activity of the plan (by key): the agencies that make returns, each with whether it leads.

    A unit reports through the agency above it, a group through its members. The lead is the first agency named that makes
    returns; where none of those named does, the National Coordinator's office (kind of agency: coordination body whose
    members review) reports on it.
    """
    every = {agency.pk: agency for agency in Agency.objects.all()}
    duties: dict[int, list[int]] = defaultdict(list)
    named = Duty.objects.filter(activity__plan=plan, activity__last_version__isnull=True).order_by(
        "activity", "-is_lead", "position"
    )
    for activity_id, agency_id in named.values_list("activity", "agency"):
        duties[activity_id].append(agency_id)
    found: dict[int, list[tuple[Agency, bool]]] = {}
    office = telling.office()
    for activity_id in Activity.objects.filter(plan=plan, last_version__isnull=True).values_list("pk", flat=True):
        found[activity_id] = _of_activity([every[pk] for pk in duties[activity_id]], every, office)
    return found


def _of_activity(named: list[Agency], every: dict[int, Agency], office: Agency | None) -> list[tuple[Agency, bool]]:
    agencies: dict[Agency, None] = {}
    single: list[Agency] = []
    for agency in named:
        through = directory.reporting_agencies(agency, every)
        if not agency.is_group and through:
            single.append(through[0])
        agencies.update(dict.fromkeys(through))
    lead = single[0] if single else office
    rest = [agency for agency in agencies if agency != lead]
    return [(lead, True), *((agency, False) for agency in rest)] if lead else [(agency, False) for agency in rest]


@transaction.atomic
def open_round(
    *, plan: Plan, period: Period, by: Membership | System, at: datetime, today: date, due_on: date | None = None
) -> Opened:
    """Create the round, a return for every agency that reports, and an entry for each of its activities; add what is missing."""
    rules.check_may_open_round(plan, period, today)
    if isinstance(by, Membership) and not by.can(Permission.ROUND_OPEN):
        raise Refused(telling.NOT_YOURS)
    round, is_new = Round.objects.select_for_update().get_or_create(
        plan=plan,
        period=str(period),
        defaults={
            "opens_on": today,
            "due_on": due_on or period.end + timedelta(days=DAYS_TO_REPORT),
            "opened_by": by if isinstance(by, Membership) else None,
            "opened_at": at,
        },
    )
    rules.check_open(round)
    who = reporters(plan)
    returns = _add_returns(round, {agency for pairs in who.values() for agency, _is_lead in pairs}, at)
    entries = _add_entries(round, who)
    if is_new or returns or entries:
        audit.record("round_opened", round, by=by, at=at, fields=["returns", "entries"])
    for item in returns:
        telling.tell_agency(item, Notice.Kind.RETURN_OPENED, at=at, today=today)
    return Opened(round, len(returns), entries)


def _add_returns(round: Round, agencies: Iterable[Agency], at: datetime) -> list[Return]:
    there = set(round.returns.values_list("agency", flat=True))
    missing = [Return(round=round, agency=agency, updated_at=at) for agency in agencies if agency.pk not in there]
    return Return.objects.bulk_create(missing)


def _add_entries(round: Round, who: dict[int, list[tuple[Agency, bool]]]) -> int:
    returns = {item.agency_id: item for item in round.returns.all()}
    there = set(Entry.objects.filter(to__round=round).order_by().values_list("to__agency", "activity"))
    positions = dict(Activity.objects.filter(pk__in=who).order_by().values_list("pk", "position"))
    missing = [
        Entry(to=returns[agency.pk], activity_id=activity_id, is_lead=is_lead, position=positions[activity_id])
        for activity_id, pairs in who.items()
        for agency, is_lead in pairs
        if (agency.pk, activity_id) not in there
    ]
    Entry.objects.bulk_create(missing, batch_size=500)
    return len(missing)


@transaction.atomic
def lock_round(
    *, round: Round, by: Membership | System, at: datetime, today: date, is_acknowledged: bool = False
) -> Round:
    """Lock the round and its accepted returns; what was not accepted stays visible as it is and counts as it is."""
    round = Round.objects.select_for_update().get(pk=round.pk)
    returns = list(round.returns.select_for_update(of=("self",)).select_related("agency"))
    waiting = sum(item.state != Return.State.ACCEPTED for item in returns)
    if isinstance(by, Membership):
        rules.check_may_lock(by, round, waiting=waiting, is_acknowledged=is_acknowledged)
    elif waiting and not is_acknowledged:
        raise Refused(telling.NOT_ALL)
    round.state = workflow.ROUND.after(round.state, "lock")
    round.locked_by = by if isinstance(by, Membership) else None
    round.locked_at = at
    round.save(update_fields=["state", "locked_by", "locked_at"])
    _move(returns, Return.State.ACCEPTED, "lock", by=by, at=at)
    audit.record("round_locked", round, by=by, at=at, fields=["state"])
    for item in returns:
        item.round = round
        telling.tell_agency(item, Notice.Kind.ROUND_LOCKED, at=at, today=today)
    return round


def _move(returns: Iterable[Return], state: str, verb: str, *, by: Membership | System, at: datetime) -> None:
    """Move the returns that are in `state` along with their round."""
    for item in returns:
        if item.state == state:
            item.state, item.updated_at = workflow.RETURN.after(state, verb), at
            item.save(update_fields=["state", "updated_at"])
            audit.record(f"return_{verb}ed", item, by=by, at=at, fields=["state"])


@transaction.atomic
def ask_reopening(*, round: Round, reason: str, by: Membership, at: datetime, today: date) -> Reopening:
    """Ask for a locked round to be opened again; nothing changes until another person signs."""
    round = Round.objects.select_for_update().get(pk=round.pk)
    asked = round.reopenings.filter(state=Reopening.State.ASKED).exists()
    rules.check_may_ask_reopening(by, round, reason, is_asked=asked)
    reopening = Reopening.objects.create(round=round, reason=reason.strip(), asked_by=by, asked_at=at)
    audit.record("round_reopening_asked", round, by=by, at=at)
    telling.tell_role(
        Permission.ROUND_REOPEN_APPROVE, Notice.Kind.REOPENING_ASKED, "reporting:round", [round.pk], at=at, today=today
    )
    return reopening


@transaction.atomic
def decide_reopening(
    *, reopening: Reopening, is_approved: bool, by: Membership, at: datetime, today: date
) -> Reopening:
    """Sign or refuse. Signed: the figures as locked are kept with the request, and locked returns are accepted ones again."""
    reopening = Reopening.objects.select_for_update().select_related("round", "asked_by").get(pk=reopening.pk)
    is_open = reopening.state == Reopening.State.ASKED
    rules.check_may_decide_reopening(by, asked_by=reopening.asked_by, is_open=is_open)
    round = Round.objects.select_for_update().get(pk=reopening.round_id)
    reopening.state = Reopening.State.APPROVED if is_approved else Reopening.State.REFUSED
    reopening.decided_by, reopening.decided_at = by, at
    if is_approved:
        reopening.figures = _as_locked(round)
        round.state = workflow.ROUND.after(round.state, "reopen")
        round.locked_by, round.locked_at = None, None
        round.save(update_fields=["state", "locked_by", "locked_at"])
        returns = list(round.returns.select_for_update(of=("self",)).select_related("agency"))
        _move(returns, Return.State.LOCKED, "reopen", by=by, at=at)
        for item in returns:
            item.round = round
            telling.tell_agency(item, Notice.Kind.ROUND_REOPENED, at=at, today=today)
    reopening.save()
    verb = "round_reopened" if is_approved else "round_reopening_refused"
    audit.record(verb, round, by=by, at=at, fields=["state"])
    return reopening


def _as_locked(round: Round) -> dict[str, Any]:
    """The figures at the moment of reopening: by agency the state of its return, the statuses of the entries that it leads,
    and the hash of its last submission.
    """
    statuses: dict[str, Counter[str]] = defaultdict(Counter)
    leads = Entry.objects.filter(to__round=round, is_lead=True).order_by()
    for agency, status in leads.values_list("to__agency__code", "status"):
        statuses[agency][status or "not_reported"] += 1
    agencies = {
        item.agency.code: {
            "state": item.state,
            "version": item.version,
            "statuses": dict(statuses[item.agency.code]),
            "sha256": max(item.submissions.all(), key=lambda row: row.number).sha256 if item.version else "",
        }
        for item in round.returns.select_related("agency").prefetch_related("submissions")
    }
    return {"locked_at": round.locked_at and round.locked_at.isoformat(), "agencies": agencies}
