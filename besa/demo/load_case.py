"""One made-up case as rows, drawn by chance: what a file of the country usually holds. Nothing is saved here.

The course of each case is that of `statuses.py`: suspicion, period of reflection, decision; older cases are mostly closed. The
status of the case is the last word of its determinations, and each time limit stands as its history makes it.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Model
from django.utils import timezone

from besa.assistance.models import Referral
from besa.cases import numbers, time_limits
from besa.cases.models import (
    Case,
    Clock,
    ClockChange,
    Conflict,
    Consent,
    Determination,
    Facts,
    Identification,
    Leg,
    Note,
    RightsEvent,
    Share,
    Task,
    TeamMember,
)
from besa.cases.rules import LONGEST_TEAM
from besa.demo import casework, statuses
from besa.demo.made_up import MadeUp
from besa.directory.models import Agency, Membership, Place
from besa.people import indexing
from besa.people.actions import PARTS
from besa.people.models import Person
from besa.vault import cells
from besa.vault.keystore import DataKey
from besa.vault.models import SealedModel

DAY = timedelta(days=1)
YEARS = 6  # since when files are kept
CLOSINGS = ("reintegrated", "reintegrated", "reintegrated", "returned", "lost")
SERVICES = ("medical", "psychological", "legal", "food", "documents", "family", "school", "work")
REPLY = {"now": timedelta(hours=1), "soon": DAY, "routine": 3 * DAY}


@dataclass(frozen=True)
class Country:
    """Who and what there is: workers by role, the authority, shelters, qarks by code, crossings, what day it is."""

    workers: dict[str, list[Membership]]
    authorities: list[Membership]
    shelters: list[Agency]
    qarks: dict[str, Place]
    crossings: list[Place]
    today: date
    now: datetime


@dataclass
class Drawn:
    """The rows of one case as they come about."""

    country: Country
    person: MadeUp
    scope: uuid.UUID
    key: DataKey
    chance: random.Random
    by: Membership
    opened: datetime
    rows: list[Model] = field(default_factory=list)
    digests: list[tuple[uuid.UUID, bytes]] = field(default_factory=list)  # by which the person is found again

    @property
    def days(self) -> float:
        """How old the case is."""
        return (self.country.now - self.opened) / DAY

    def after(self, days: float) -> datetime:
        return self.opened + timedelta(days=days)

    def pk(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)

    def add(self, row: Model, **sealed: str) -> None:
        if isinstance(row, SealedModel):
            cells.seal_with(self.key, row, sealed)
        self.rows.append(row)


def draw(country: Country, person: MadeUp, scope: uuid.UUID, key: DataKey, seed: int) -> Drawn:
    """The case of the person; its first row is the identity, its second the case."""
    chance = random.Random(f"{seed} case {person.number}")
    unit = chance.choices(casework.UNITS, [unit.share for unit in casework.UNITS])[0]
    # Every year somewhat more files are opened than in the year before.
    opened = country.now - timedelta(days=1 + (YEARS * 365 - 1) * (1 - chance.random() ** 0.6))
    by = chance.choice(country.workers[unit.login])
    drawn = Drawn(country, person, scope, key, chance, by, opened)
    subject = _person(drawn)
    place = country.qarks.get(chance.choice(unit.qarks)) if unit.qarks else None
    case = _case(drawn, subject, place)
    reach = "cross_border" if chance.random() < 0.6 else "internal"
    _identification(drawn, case, reach)
    log = _log(drawn, case)
    case.status, case.kind = log[-1].status, "victim" if any(step.status != "at_risk" for step in log) else "at_risk"
    _end(drawn, case)
    _story(drawn, case, reach)
    _work(drawn, case)
    _reflection(drawn, case, log)
    _referred(drawn, case)
    return drawn


def _person(drawn: Drawn) -> Person:
    identity = casework.identity(drawn.person, drawn.chance)
    values: dict[str, Any] = identity.person
    row = Person(
        id=drawn.pk(), scope=drawn.scope, created_at=drawn.opened, sex=values["sex"], citizenships=values["citizenships"],
        is_birth_estimated=values["is_birth_estimated"], registration=values["registration"],
    )  # fmt: skip
    drawn.add(row, **_sealed(Person, values))
    for name, model in PARTS.items():
        for part in getattr(identity, name):
            clear = {field: value for field, value in part.values.items() if field not in cells.sealed_fields(model)}
            drawn.add(
                model(id=drawn.pk(), scope=drawn.scope, person_id=row.pk, **clear),  # type: ignore[misc]
                **_sealed(model, part.values),
            )
    drawn.digests = [(row.pk, digest) for digest in indexing.digests(row, identity)]
    return row


def _sealed(model: type[Model], values: dict[str, object]) -> dict[str, str]:
    return {name: str(values.get(name) or "") for name in cells.sealed_fields(model)}


def _case(drawn: Drawn, subject: Person, place: Place | None) -> Case:
    chance, age = drawn.chance, (drawn.opened.date() - drawn.person.born).days // 365
    signs = "".join(chance.choice(numbers.ALPHABET) for _sign in range(numbers.RANDOM))
    case = Case(
        id=drawn.pk(), scope=drawn.scope, number=numbers.written(signs), kind="at_risk" if chance.random() < 0.35 else "victim",
        owner=drawn.by.agency, qark=place, place=place, subject=subject, opened_at=drawn.opened, opened_by_id=drawn.by.pk,
        is_child=None if drawn.person.is_estimated and 15 < age < 21 else age < casework.CHILD,
        risk=chance.choices(("immediate", "high", "medium", "low", "unknown"), (3, 15, 35, 32, 15))[0],
    )  # fmt: skip
    drawn.add(case, summary=chance.choice(casework.SUMMARIES))
    return case


def _identification(drawn: Drawn, case: Case, reach: str) -> None:
    chance, by = drawn.chance, drawn.by
    if chance.random() > 0.9:
        return
    channel, speaks = chance.choice(statuses.CHANNELS[by.role]), chance.random() < 0.85
    is_border = channel == "border"
    age = (drawn.opened.date() - drawn.person.born).days // 365
    drawn.add(
        Identification(
            id=drawn.pk(), scope=drawn.scope, case_id=case.pk, channel=channel, reach=reach, risk=case.risk, body_id=by.agency_id,
            crossing=chance.choice(drawn.country.crossings) if is_border and drawn.country.crossings else None,
            place=None if is_border else case.place, needs=sorted(chance.sample(SERVICES, 3)), needs_interpreter=not speaks,
            present=[code for code, share in statuses.PRESENT if chance.random() < share],
            language="sq" if speaks else chance.choice(("ro", "sr", "rom")), is_age_in_doubt=case.is_child is None,
            age_group=statuses.age_group(age), screened_on=timezone.localdate(drawn.opened), screened_by_id=by.pk,
            recorded_at=drawn.after(0.01),
        ),
        words=chance.choice(statuses.SEEN),
    )  # fmt: skip


# --- the status log


def _steps(drawn: Drawn, case: Case) -> Iterator[tuple[float, str, str, bool]]:
    """Days after the opening, status, basis, and whether the authority decides."""
    chance = drawn.chance
    if case.kind == "at_risk":
        yield 0.02, "at_risk", "screening", False
        if chance.random() < 0.12:
            yield 20, "presumed", "initial_interview", False
        return
    yield 0.02, "potential", "screening", False
    if chance.random() > 0.92:
        return
    yield 1 + 2 * chance.random(), "presumed", "initial_interview", False
    if chance.random() < 0.06 and case.is_child is False:
        yield 18, "withdrawn", "wish", False
    elif chance.random() < 0.85:
        status = "not_a_victim" if chance.random() < 0.12 else "identified"
        yield 35 + 30 * chance.random(), status, "formal_interview", True


def _log(drawn: Drawn, case: Case) -> list[Determination]:
    found = []
    for days, status, basis, is_decided in _steps(drawn, case):
        if days and days >= drawn.days:
            break
        by = drawn.chance.choice(drawn.country.authorities) if is_decided else drawn.by
        at = drawn.after(days)
        row = Determination(
            id=drawn.pk(), scope=drawn.scope, case_id=case.pk, status=status, basis=basis, decided_on=timezone.localdate(at),
            body_id=by.agency_id, decider_id=by.pk, recorded_at=at, recorded_by_id=by.pk,
        )  # fmt: skip
        drawn.add(row, reason=drawn.chance.choice(statuses.REASONS) if is_decided else "")
        found.append(row)
    return found


def _end(drawn: Drawn, case: Case) -> None:
    """In what state the case is by now."""
    chance, days = drawn.chance, drawn.days
    weights = (60, 40, 0, 0) if days < 10 else (4, 66, 15, 15) if days < 200 else (0, 3, 5, 92)
    case.state = chance.choices(("open", "active", "monitoring", "closed"), weights)[0]
    if case.state == "closed":
        usual = {"not_a_victim": "not_a_victim", "withdrawn": "withdrawn"}
        case.closing = usual.get(case.status) or chance.choice(CLOSINGS)
        case.closed_at = drawn.after(
            days * (0.5 + 0.5 * chance.random()) if days < 500 else 100 + 380 * chance.random()
        )
    case.version = 1 + chance.randrange(6)


def _reflection(drawn: Drawn, case: Case, log: list[Determination]) -> None:
    """The period of reflection began with the first suspicion, and ran whatever came of it."""
    first = next((step for step in log if step.status in ("potential", "presumed")), None)
    if first is not None:
        _clock(drawn, case, time_limits.Kind.REFLECTION, case.owner, first.recorded_at, time_limits.LEAST_REFLECTION)


def _clock(
    drawn: Drawn, case: Case, kind: time_limits.Kind, agency: Agency, began: datetime, length: timedelta,
    *, about: uuid.UUID | None = None, ended: datetime | None = None, is_met: bool = True,
) -> None:  # fmt: skip
    """A time limit with its history; one that is a period is met when it is over."""
    due = began + length
    if ended is None and due <= drawn.country.now and time_limits.limit_of(kind).is_period:
        ended = due
    state = time_limits.RUNNING if ended is None else time_limits.MET if is_met else time_limits.STOPPED
    row = Clock(
        id=drawn.pk(), case_id=case.pk, kind=kind.value, about=about, agency_id=agency.pk, state=state, started_at=began, due_at=due,
        ended_at=ended, version=1 if ended is None else 2,
    )  # fmt: skip
    drawn.rows.append(row)
    moves = [("started", began, None)] if ended is None else [("started", began, None), (state, ended, due)]
    for verb, at, before in moves:
        drawn.rows.append(
            ClockChange(
                id=drawn.pk(),
                scope=drawn.scope,
                clock_id=row.pk,
                verb=verb,
                at=at,
                by=drawn.by,
                due_before=before,
                due_after=due,
            )
        )


# --- facts, work, consent


def _story(drawn: Drawn, case: Case, reach: str) -> None:
    chance, by, at = drawn.chance, drawn.by, drawn.after(min(5, drawn.days / 2))
    if chance.random() < 0.85:
        drawn.add(
            RightsEvent(
                id=drawn.pk(), scope=drawn.scope, case_id=case.pk, kind="informed", on=timezone.localdate(drawn.opened), language="sq",
                material=chance.choice(("leaflet", "spoken")), recorded_at=drawn.after(0.03), recorded_by_id=by.pk,
            )
        )  # fmt: skip
    if case.kind == "at_risk" or chance.random() > 0.75:
        return
    is_young, began = case.is_child is not False, timezone.localdate(at) - DAY * chance.randrange(90, 600)
    countries = [chance.choice(statuses.ABROAD)] if reach == "cross_border" else ["ALB"]
    drawn.add(
        Facts(
            id=drawn.pk(), scope=drawn.scope, case_id=case.pk, reach=reach, countries=countries, from_on=began,
            forms=list(chance.choice(statuses.YOUNG_FORMS if is_young else statuses.FORMS)),
            acts=chance.sample(["recruitment", "transport", "harbouring", "transfer"], 2),
            means=[] if is_young else chance.sample(["deception", "threat", "abuse_of_vulnerability"], 2),
            recruitment=[chance.choice(("friends", "family", "work", "public_place"))], promises=["work"],
            recruiter=chance.choice(("acquainted", "partner", "family", "stranger")), exit=chance.choice(("escape", "police", "help")),
            controls=chance.sample(["takes_earnings", "withholds_documents", "restricts_movement"], 2),
            until_on=began + DAY * chance.randrange(30, 88), recorded_at=at, recorded_by_id=by.pk,
        ),
        words=chance.choice(statuses.TOLD),
    )  # fmt: skip
    for position, (kind, country) in enumerate((("recruitment", "ALB"), ("exploitation", countries[0])), 1):
        leg = Leg(
            id=drawn.pk(),
            case_id=case.pk,
            position=position,
            kind=kind,
            country=country,
            recorded_at=at,
            recorded_by_id=by.pk,
        )
        drawn.rows.append(leg)


def _work(drawn: Drawn, case: Case) -> None:
    """Who is on the case, what was written and is to be done, to what she agreed, who must not see it."""
    chance, by, is_running = drawn.chance, drawn.by, case.state != "closed"
    until = (
        max(drawn.opened + LONGEST_TEAM, drawn.country.now + 90 * DAY) if is_running else drawn.opened + LONGEST_TEAM
    )
    others = [
        chance.choice(drawn.country.workers[role]) for role in ("municipality", "police") if chance.random() < 0.3
    ]
    for member in dict.fromkeys((by, *others)):
        drawn.rows.append(
            TeamMember(
                id=drawn.pk(),
                case_id=case.pk,
                membership_id=member.pk,
                is_lead=member is by,
                from_at=drawn.opened,
                until_at=until,
                added_by_id=by.pk,
            )
        )
    for _note in range(chance.choice((0, 1, 1, 2))):
        at = drawn.after(drawn.days * chance.random())
        drawn.add(
            Note(id=drawn.pk(), scope=drawn.scope, case_id=case.pk, author_id=by.pk, written_at=at),
            text=chance.choice(casework.NOTES),
        )
    if is_running and chance.random() < 0.4:
        due = drawn.country.today + DAY * chance.randrange(-5, 25)
        drawn.add(
            Task(
                id=drawn.pk(),
                scope=drawn.scope,
                case_id=case.pk,
                assigned_to_id=by.pk,
                due_on=due,
                made_by_id=by.pk,
                made_at=drawn.opened,
            ),
            title="Visit",
        )
    if chance.random() < 0.6:
        _consent(drawn, case)
    if chance.random() < 0.004:
        hidden = chance.choice(drawn.country.workers["police"]).user
        drawn.rows.append(
            Conflict(
                id=drawn.pk(),
                case_id=case.pk,
                user_id=hidden.pk,
                reason="family",
                declared_by_id=by.pk,
                declared_at=drawn.opened,
            )
        )


def _consent(drawn: Drawn, case: Case) -> None:
    chance, by, at = drawn.chance, drawn.by, drawn.after(0.05)
    recipient = chance.choice(drawn.country.authorities).agency
    consent = Consent(
        id=drawn.pk(), case_id=case.pk, purpose="coordination", recipient_id=recipient.pk, groups=["names", "birth"], form="signed",
        given_as="person" if case.is_child is False else "best_interests", language="sq", given_on=timezone.localdate(at),
        until_at=at + 183 * DAY, recorded_by_id=by.pk, recorded_at=at,
    )  # fmt: skip
    drawn.rows.append(consent)
    _clock(drawn, case, time_limits.Kind.CONSENT, case.owner, at, 183 * DAY, about=consent.pk)
    if chance.random() < 0.5 and recipient != case.owner:
        drawn.rows.append(
            Share(
                id=drawn.pk(), case_id=case.pk, agency_id=recipient.pk, groups=["names", "birth"], purpose="coordination", from_at=at,
                until_at=at + 180 * DAY, given_by_id=by.pk,
            )
        )  # fmt: skip


# --- referrals


def _referred(drawn: Drawn, case: Case) -> None:
    """Four cases in ten are referred; most referrals are answered and over by now. Who was turned down mostly asked somebody else."""
    chance = drawn.chance
    shelters = [agency for agency in drawn.country.shelters if agency.pk != case.owner_id]
    if chance.random() > 0.4 or not shelters:
        return
    offered = drawn.after(0.1 + min(60, drawn.days - 0.2) * chance.random())
    state = _referral_state(chance, is_running=case.state != "closed", is_young=drawn.days < 3)
    first = _referral(drawn, case, chance.choice(shelters), offered, state)
    if state in ("declined", "expired") and chance.random() < 0.95:
        _referral(drawn, case, chance.choice(shelters), first.answered_at or first.ended_at or offered, "done", first)


def _referral_state(chance: random.Random, *, is_running: bool, is_young: bool) -> str:
    if is_running and is_young:
        return "offered"
    states = ("done", "accepted" if is_running else "done", "declined", "expired", "revoked")
    return chance.choices(states, (50, 20, 18, 6, 6))[0]


def _referral(
    drawn: Drawn, case: Case, to: Agency, offered: datetime, state: str, previous: Referral | None = None
) -> Referral:
    chance, urgency = drawn.chance, drawn.chance.choice(("now", "soon", "routine", "routine"))
    answered = min(offered + REPLY[urgency] * 1.2 * chance.random(), drawn.country.now)
    signs = "".join(chance.choice(numbers.ALPHABET) for _sign in range(numbers.RANDOM))
    row = Referral(
        id=drawn.pk(), scope=drawn.scope, number=numbers.written(signs), case_id=case.pk, from_agency_id=drawn.by.agency_id,
        from_by_id=drawn.by.pk, to_agency_id=to.pk, services=sorted(chance.sample(SERVICES, 2)), urgency=urgency,
        purpose="assistance", groups=[], sex=drawn.person.sex, is_child=case.is_child, languages=["sq"], risk=case.risk,
        qark=case.qark, state=state, offered_at=offered, reply_by=offered + REPLY[urgency],
        previous_id=previous.pk if previous else None,
        age_group=statuses.age_group((offered.date() - drawn.person.born).days // 365),
        decline_reason=chance.choice(("full", "profile", "service")) if state == "declined" else "",
        outcome=chance.choice(("provided", "provided", "partly", "left")) if state == "done" else "",
    )  # fmt: skip
    is_met = state in ("done", "accepted", "declined")
    if is_met:
        row.answered_at, row.answered_by = answered, chance.choice(drawn.country.workers["shelter"])
    if state in ("done", "expired", "revoked"):
        row.ended_at = min(answered + 40 * DAY * chance.random(), drawn.country.now)
    drawn.add(row, message="She has not slept for two nights." if chance.random() < 0.5 else "")
    ended = None if state == "offered" else answered if is_met else row.ended_at
    kind = time_limits.Kind.REFERRAL_REPLY
    _clock(drawn, case, kind, to, offered, REPLY[urgency], about=row.pk, ended=ended, is_met=is_met)
    return row
