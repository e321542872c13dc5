"""Four quarters of made-up returns, walked through the real actions: opened, written, submitted, reviewed, locked, adopted."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from besa.demo.people import moment
from besa.demo.texts import OBSTACLES, said_of
from besa.directory.models import Body, Membership
from besa.lib.periods import Period
from besa.notices.models import Notice
from besa.plan.models import Plan
from besa.reporting import reports
from besa.reporting.actions import reminders, returns, rounds
from besa.reporting.models import Entry, Return, Round

PAST = (Period(2008, "Q", 3), Period(2008, "Q", 4), Period(2009, "Q", 1))
PRESENT = Period(2009, "Q", 2)
NEVER = date(2011, 12, 31)


def fate_of(entry: Entry) -> tuple[date, str]:
    """When an activity will be done, and what stands in its way until then (an obstacle, or nothing)."""
    chance = random.Random(f"fate {entry.activity.identifier}")
    due = entry.activity.due_on
    if due is None:
        return NEVER, "" if chance.random() < 0.9 else chance.choice(sorted(OBSTACLES))
    luck = chance.random()
    if luck < 0.55:
        return due - timedelta(days=chance.randrange(0, 80)), ""
    if luck < 0.85:
        return due + timedelta(days=chance.randrange(60, 300)), chance.choice(sorted(OBSTACLES))
    return NEVER, chance.choice(sorted(OBSTACLES))


def status_of(entry: Entry, period: Period) -> tuple[str, str]:
    """Status and obstacle of a lead's entry at the end of a quarter."""
    done_on, obstacle = fate_of(entry)
    due = entry.activity.due_on
    if done_on <= period.end:
        return Entry.Status.COMPLETED, ""
    if obstacle and due is not None and due <= period.end:
        is_stuck = done_on == NEVER and (period.end - due).days > 100
        return (Entry.Status.CONSTRAINED if is_stuck else Entry.Status.DELAYED), obstacle
    if obstacle and due is None:
        return Entry.Status.DELAYED, obstacle
    if due is not None and (due - period.end).days > 270:
        return Entry.Status.NOT_DUE, ""
    return Entry.Status.ON_TRACK, ""


def values_of(entry: Entry, period: Period) -> dict[str, Any]:
    """What an institution writes in one entry."""
    seed = f"{entry.activity.identifier} {entry.to.agency_id} {period}"
    chance = random.Random(seed)
    if not entry.is_lead:
        if chance.random() < 0.45:
            return {}
        said = said_of(entry.activity.text_en, seed, is_done=False)
        return {"done": said.done, "outputs": said.outputs, **_money(chance, 0.2)}
    status, obstacle = status_of(entry, period)
    said = said_of(entry.activity.text_en, seed, is_done=status == Entry.Status.COMPLETED)
    values: dict[str, Any] = {"status": status}
    if status != Entry.Status.NOT_DUE:
        values |= {"done": said.done, "outputs": said.outputs, **_money(chance, 0.35)}
    if obstacle:
        text, way = OBSTACLES[obstacle]
        values |= {"obstacle_type": obstacle, "obstacle": text, "way_forward": way}
    if status not in (Entry.Status.COMPLETED, Entry.Status.NOT_DUE):
        values |= {"next_plan": said.plan, "next_due_on": period.end + timedelta(days=30 * chance.randrange(1, 7))}
    return values


def _money(chance: random.Random, share: float) -> dict[str, Any]:
    if chance.random() > share:
        return {}
    if chance.random() < 0.7:
        amount, currency = Decimal(chance.randrange(4, 240) * 10_000), "ALL"
        source = chance.choice(["state_regular", "state_regular", "state_extraordinary", "local"])
    else:
        amount, currency, source = Decimal(chance.randrange(2, 80) * 500), "EUR", "donor"
    return {"spent": amount, "currency": currency, "money_source": source}


@transaction.atomic
def play(plan: Plan, members: Mapping[str, Membership], today: date) -> None:
    """All four quarters. The last one is half reported: some institutions are done, some are writing, some have not begun."""
    writers = {member.agency_id: member for member in members.values() if member.role in WRITERS}
    for period in PAST:
        _play_past(plan, period, writers, members)
    _play_present(plan, writers, members, today)
    old = moment(today - timedelta(days=10))
    Notice.objects.filter(created_at__lt=old).update(read_at=old, mailed_at=old)
    Notice.objects.filter(mailed_at__isnull=True).update(mailed_at=moment(today, 7))


WRITERS = ("focal_point", "rcat", "shelter", "responsible_authority")


def _open(plan: Plan, period: Period, members: Mapping[str, Membership]) -> tuple[Round, list[Return]]:
    day = period.end - timedelta(days=4)
    opened = rounds.open_round(plan=plan, period=period, by=members["coordinator"], at=moment(day), today=day)
    items = opened.round.returns.select_related("agency", "round__plan").order_by("agency__code")
    return opened.round, list(items)


def _write(item: Return, period: Period, by: Membership, day: date, *, share: float = 1.0) -> None:
    entries = list(item.entries.select_related("activity", "to__agency", "to__round"))
    for entry in entries[: round(len(entries) * share)]:
        values = values_of(entry, period)
        if values:
            returns.save_entry(entry=entry, values=values, revision=entry.revision, by=by, at=moment(day, 11))


def _play_past(
    plan: Plan, period: Period, writers: Mapping[int, Membership], members: Mapping[str, Membership]
) -> None:
    round, items = _open(plan, period, members)
    for item in items:
        by = writers.get(item.agency_id)
        chance = random.Random(f"{item.agency.code} {period}")
        if by is None or chance.random() < 0.06:
            continue
        day = round.due_on + timedelta(days=chance.choice([-9, -6, -4, -2, -1, 0, 0, 3, 8, 15]))
        _write(item, period, by, day)
        returns.submit(item=item, by=by, at=moment(day, 15), today=day)
        reviewer = members["coordinator"]
        if chance.random() < 0.12:
            day = _send_back(item, by, reviewer, day)
        returns.accept(item=item, by=reviewer, at=moment(day + timedelta(days=4)), today=day + timedelta(days=4))
    _remind_until(round, round.due_on + timedelta(days=16))
    day = round.due_on + timedelta(days=26)
    rounds.lock_round(round=round, by=members["coordinator"], at=moment(day), today=day, is_acknowledged=True)
    _adopt(round, members, day)


def _send_back(item: Return, by: Membership, reviewer: Membership, day: date) -> date:
    """Sent back for one field, corrected and submitted again; answers the day of the second submission."""
    entry = (
        item.entries.filter(is_lead=True, to=item)
        .exclude(done="")
        .select_related("activity", "to__agency", "to__round")
        .first()
    )
    if entry is None:
        return day
    back, again = day + timedelta(days=2), day + timedelta(days=5)
    remark = [(entry, "done", "Please say how many took part, and in which places.")]
    returns.send_back(item=item, remarks=remark, by=reviewer, at=moment(back), today=back)
    text = f"{entry.done} Participants came from all regional offices."
    returns.save_entry(entry=entry, values={"done": text}, revision=entry.revision, by=by, at=moment(again, 9))
    returns.submit(item=item, by=by, at=moment(again, 10), today=again)
    return again


def _remind_until(round: Round, last: date) -> None:
    for step in (-7, 0, 7, 14):
        day = round.due_on + timedelta(days=step)
        if day <= last:
            reminders.remind(today=day, at=moment(day, 7))


def _adopt(round: Round, members: Mapping[str, Membership], day: date) -> None:
    """The State Committee adopts the report of the locked quarter two weeks later."""
    body = Body.objects.filter(code="SCFTHB").first()
    decided = day + timedelta(days=14)
    report = reports.make(round=round, by=members["coordinator"], at=moment(day, 12), today=day)
    if body is not None and report.requests:
        reports.adopt(
            report=report,
            body=body,
            decision_number=f"{round.period[-1]}/{round.period[:4]}",
            decided_on=decided,
            by=members["national_coordinator"],
            at=moment(decided, 16),
            today=decided,
        )


def _play_present(
    plan: Plan, writers: Mapping[int, Membership], members: Mapping[str, Membership], today: date
) -> None:
    _round, items = _open(plan, PRESENT, members)
    shares = {"focal_point": 0.4, "focal_point.mfa": 0.0}
    ours = {members[login].agency_id: share for login, share in shares.items()}
    for number, item in enumerate(items):
        by = writers.get(item.agency_id)
        if by is None:
            continue
        if item.agency_id in ours:
            _write(item, PRESENT, by, today - timedelta(days=2), share=ours[item.agency_id])
            continue
        is_office = item.agency_id == members["coordinator"].agency_id
        fortune = 0.5 if is_office else random.Random(f"{item.agency.code} present").random()
        if fortune < 0.7:
            _write(item, PRESENT, by, today - timedelta(days=3))
            day = today - timedelta(days=1 + number % 3)
            returns.submit(item=item, by=by, at=moment(day, 14), today=day)
            if fortune < 0.35:
                returns.accept(item=item, by=members["coordinator"], at=moment(today, 8), today=today)
        elif fortune < 0.9:
            _write(item, PRESENT, by, today - timedelta(days=1), share=0.3)
    reminders.remind(today=today, at=moment(today, 7))
