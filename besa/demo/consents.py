"""What runs in the made-up cases: consent given and taken back, disclosures without it, tasks, conferences, time limits day by day."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from besa.cases.actions import clocks, conferences, consents, tasks
from besa.cases.actions.conferences import Decision
from besa.cases.actions.ticking import tick
from besa.cases.models import Case, Clock, Consent
from besa.cases.queries_consent import has_guardian
from besa.cases.time_limits import Kind
from besa.demo.people import moment
from besa.directory.case_policy import RUNNING
from besa.directory.models import Agency, Body, Membership
from besa.lib import clock

SEED = 2009
DAY = timedelta(days=1)
TASKS = (
    "Ask at the registry for the birth certificate.",
    "Accompany her to the doctor.",
    "Find out whether the aunt in the village can take her for the summer.",
    "Write to the partner in the other country about the younger brother.",
    "Bring the papers for the school.",
    "Ring the lawyer about the day of the hearing.",
)
AGENDAS = (
    "Where she lives after the shelter; school; how safe the way there is.",
    "The risk since the man was released; who rings whom.",
    "The first three months: what has worked, what has not.",
)
MINUTES = (
    "She was asked before the conference and wants to stay in the town. The school has a place from September. "
    "The police see no danger on the way by day; in the evening somebody goes with her.",
    "Everybody was told what to do if he is seen. The shelter changes the room. She agrees to a new telephone number.",
)
REASONS = (
    "She is in hospital until the end of the month.",
    "The interpreter comes only in two weeks; she asks for more time.",
)
PURPOSE_OF = {"shelter": "assistance", "police": "protection", "border_police": "identification", "consulate": "return"}


@dataclass(frozen=True)
class Told:
    """One running case, who leads it, and who else there is."""

    case: Case
    by: Membership
    members: Mapping[str, Membership]
    chance: random.Random
    today: date

    def day(self, ago: int, hour: int = 11) -> datetime:
        """A moment some days ago, but not before the case had been open for a day."""
        return max(moment(self.today - timedelta(days=ago), hour), self.case.opened_at + 30 * timedelta(hours=1))

    def is_old(self, days: int) -> bool:
        return timezone.localdate(self.case.opened_at) < self.today - timedelta(days=days)


def play(members: Mapping[str, Membership], today: date) -> int:
    """Tell of every running case that is in no compartment; gives how many consents there are then."""
    leads = {member.pk: member for member in members.values()}
    rows = Case.objects.filter(state__in=RUNNING, compartment=None, conflicts=None, opened_by__in=leads)
    told = [
        Told(case, leads[case.opened_by_id], members, random.Random(SEED + place), today)
        for place, case in enumerate(rows.select_related("owner", "subject").order_by("opened_at"))
    ]
    for one in told:
        _agree(one)
        _work(one)
    _disclose([one for one in told if one.is_old(10)], members, today)
    _pass_time(told, today)
    _move([one for one in told if one.is_old(3)])
    return Consent.objects.count()


def _agree(one: Told) -> None:
    """To the shelter or the police, or to whoever she is referred to; one in six takes it back."""
    given_as, at = "person", one.day(40, 10)
    if one.case.is_child is not False:
        given_as = "guardian" if has_guardian(one.case, at) else "best_interests"
    other = one.chance.choice(
        [one.members[login] for login in PURPOSE_OF if one.members[login].agency_id != one.by.agency_id]
    )
    for purpose, recipient, groups, days in (
        ("assistance", None, ("names", "birth", "contacts", "needs"), 180),
        (PURPOSE_OF[other.role], other.agency, ("names", "birth", "story"), one.chance.choice((50, 90, 180))),
    ):
        row = consents.give_consent(
            case=one.case, purpose=purpose, recipient=recipient, groups=groups, given_as=given_as,
            form=one.chance.choice(("signed", "spoken")), language=one.chance.choice(("sq", "sq", "rom")),
            given_on=timezone.localdate(at), until_at=at + days * DAY, by=one.by, at=at,
        )  # fmt: skip
        if recipient and one.chance.random() < 0.17 and one.is_old(12):
            consents.withdraw_consent(consent=row, by=one.by, at=one.day(8))


def _work(one: Told) -> None:
    """A task or two, a conference in every third case, a plan to be reviewed."""
    for title in one.chance.sample(TASKS, one.chance.choice((0, 1, 1, 2))):
        at = one.day(14)
        task = tasks.set_task(
            case=one.case, title=title, assigned_to=one.by, due_on=timezone.localdate(at) + timedelta(days=one.chance.choice((10, 18, 30))),
            by=one.by, at=at,
        )  # fmt: skip
        if one.chance.random() < 0.4:
            tasks.end_task(task=task, is_done=one.chance.random() < 0.8, by=one.by, at=one.day(4))
    if one.is_old(30):
        clocks.start(case=one.case, kind=Kind.PLAN_REVIEW, agency=one.case.owner, by=one.by, at=one.day(70))
    if one.chance.random() < 0.4 or one.by.role == "municipality":
        _confer(one)


def _confer(one: Told) -> None:
    body = Body.objects.filter(level=Body.Level.LOCAL).order_by("code").first()
    called = conferences.call_conference(
        case=one.case, body=body, planned_at=one.day(6) + 2 * timedelta(hours=1), agenda=one.chance.choice(AGENDAS),
        by=one.by, at=one.day(12),
    )  # fmt: skip
    if one.is_old(14) and one.chance.random() < 0.8:
        decided = Decision(one.chance.choice(TASKS), one.by, one.today + timedelta(days=one.chance.choice((2, 9, 20))))
        conferences.record_conference(
            conference=called, present=[one.case.owner], minutes=one.chance.choice(MINUTES), held_at=one.day(6) + 3 * timedelta(hours=1),
            decisions=[decided], by=one.by, at=one.day(5, 15),
        )  # fmt: skip
    if one.chance.random() < 0.5:
        conferences.call_conference(
            case=one.case, body=body, planned_at=moment(one.today + timedelta(days=one.chance.choice((3, 8))), 10),
            agenda=one.chance.choice(AGENDAS), by=one.by, at=one.day(2),
        )  # fmt: skip


def _disclose(told: list[Told], members: Mapping[str, Membership], today: date) -> None:
    """Three disclosures without consent: one waits for a second person, one for the third, one was found unjustified."""
    officer, authority = members["data_protection"], members["responsible_authority"]
    own = [one for one in told if one.by.role == "municipality"]
    for number, one in enumerate(own[:3]):
        at = moment(today - timedelta(days=4 - number), 16)
        asked = consents.ask_override(
            case=one.case, purpose="protection", recipient=_police(members), groups=("names", "contacts"),
            reason=("danger", "child", "danger")[number], until_at=at + 10 * DAY, by=one.by, at=at,
        )  # fmt: skip
        if number < 2:
            consents.decide_override(override=asked, is_granted=True, by=officer, at=at + timedelta(hours=2))
        if number == 0:
            consents.review_override(override=asked, is_justified=False, by=authority, at=at + timedelta(hours=40))


def _police(members: Mapping[str, Membership]) -> Agency:
    return members["police"].agency


def _pass_time(told: list[Told], today: date) -> None:
    """Let the machine look each morning, as it did while the cases ran."""
    first = min((timezone.localdate(one.case.opened_at) for one in told), default=today)
    for number in range((today - first).days):
        tick(moment(first + timedelta(days=number + 1), 6))


def _move(told: list[Told]) -> None:
    """A reflection period that was lengthened, and one that stands still."""
    at = min(clock.now(), timezone.make_aware(datetime.combine(told[0].today, time(7))))
    rows = Clock.objects.filter(kind=Kind.REFLECTION, state=Clock.State.RUNNING, due_at__gt=at + DAY)
    leads = {one.case.pk: one for one in told}
    found = [row for row in rows.select_related("case").order_by("due_at", "id") if row.case_id in leads]
    for row in found[:2]:
        one = leads[row.case_id]
        clocks.extend(
            clock=row,
            version=row.version,
            due_at=row.due_at + 14 * DAY,
            reason=one.chance.choice(REASONS),
            by=one.by,
            at=at,
        )
    for row in found[2:3]:
        clocks.suspend(
            clock=row, version=row.version, reason="She has not been seen since Monday; the police look for her.",
            by=leads[row.case_id].members["responsible_authority"], at=at,
        )  # fmt: skip
