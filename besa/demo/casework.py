"""Made-up cases, walked through the real actions: opened, worked on, shared, opened in an emergency, held, closed, erased.

The persons are those of `made_up.py`; the same seed makes the same cases, but for their numbers, which are always random.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from besa.cases.actions import compartments, consents, erasing, files, people_on_it, reading
from besa.cases.actions import glass as glasses
from besa.cases.identity import Identity, Part
from besa.cases.models import Case
from besa.demo import made_up, papers
from besa.demo.made_up import MadeUp
from besa.demo.people import moment
from besa.demo.statuses import Teller, refuse, tell
from besa.directory.models import Membership, Place

COUNT = 58
SEED = 2009
CHILD = 18

SUMMARIES = (
    "She was offered work in a hotel abroad; her papers were taken on the second day. She came back alone.",
    "Found begging with an older man who says that he is an uncle. Goes to no school.",
    "Returned by the police of the neighbouring country; says little. A cousin knew the recruiter.",
    "Her family was promised a marriage. She was held in a flat for four months and got away with the help of a neighbour.",
    "Met by the street team near the bus station, twice, with two younger children.",
    "Worked on a farm without pay; owed money to the man who brought him there.",
)
NOTES = (
    "Talked for an hour with the interpreter. She wants to see her sister before anything else.",
    "The doctor has seen her; the next visit is in two weeks.",
    "A place at school is promised from September; the papers are missing.",
    "The father came to the office and asked where she is. He was told nothing.",
    "She is calmer. Agreed on the steps of the next month.",
    "The contact of the partner abroad answered: no other relatives are known there.",
)
CAUTIONS = ("Her brother may answer; say that it is the health centre.", "Only by message, she calls back.", "")


@dataclass(frozen=True)
class Unit:
    """Who opens cases, in how many of a hundred, and in which qarks."""

    login: str
    share: int
    qarks: tuple[str, ...]


UNITS = (
    Unit("municipality", 34, ("AL-12", "AL-11", "AL-04")),
    Unit("border_police", 18, ("AL-12", "AL-07", "AL-10")),
    Unit("police", 12, ("AL-11", "AL-02", "AL-03")),
    Unit("shelter", 20, ("AL-12", "AL-04", "AL-05")),
    Unit("consulate", 6, ()),
    Unit("responsible_authority", 10, ("AL-11", "AL-06")),
)


def play(members: Mapping[str, Membership], today: date) -> int:
    """Make the cases; gives their number."""
    chance = random.Random(SEED)
    places = {place.code: place for place in Place.objects.filter(kind=Place.Kind.QARK)}
    crossings = tuple(Place.objects.filter(kind=Place.Kind.CROSSING).order_by("code"))
    cases = []
    for number, person in enumerate(made_up.people(COUNT, SEED)):
        at = moment(today - timedelta(days=170 - number * 165 // COUNT), 9 + number % 8)
        case = _case(person, chance, members, places, at)
        luck = random.Random(SEED + number)  # so that what is told of one does not depend on another
        authority = members["responsible_authority"]
        by = members[next(unit.login for unit in UNITS if members[unit.login].pk == case.opened_by_id)]
        teller = Teller(case, person, by, authority, crossings, luck, at, today)
        tell(teller)
        cases.append(_end(teller))
    refuse(members, crossings, today)
    running = [case for case in cases if case.state != "closed"]
    _emergencies(running, members, today)
    _watched(cases, running, members, today)
    own = [case for case in running if case.owner_id == members["municipality"].agency_id]
    papers.play([case for case in own[4:] if case.state == Case.State.ACTIVE], members, today)
    return len(cases) + _sealed(members, today)


def _case(
    person: MadeUp, chance: random.Random, members: Mapping[str, Membership], places: Mapping[str, Place], at: datetime
) -> Case:
    unit = chance.choices(UNITS, [unit.share for unit in UNITS])[0]
    by = members[unit.login]
    age = (at.date() - person.born).days // 365
    case = files.open_case(
        kind="at_risk" if chance.random() < 0.35 else "victim",
        identity=identity(person, chance),
        is_child=None if person.is_estimated and 15 < age < 21 else age < CHILD,
        place=places.get(chance.choice(unit.qarks)) if unit.qarks else None,
        summary=chance.choice(SUMMARIES),
        by=by,
        at=at,
    )
    _work(case, by, members, chance, at)
    return Case.objects.get(pk=case.pk)


def _work(case: Case, by: Membership, members: Mapping[str, Membership], chance: random.Random, at: datetime) -> None:
    """Somebody else joins, somebody abroad is told, notes are written; some cases are closed again."""
    others = [members[login] for login in ("shelter", "municipality", "police") if members[login].pk != by.pk]
    for other in others[: chance.choice((0, 0, 1, 1, 2))]:
        people_on_it.add_to_team(
            case=case, membership=other, is_lead=False, until_at=at + timedelta(days=300), by=by, at=_later(at, 1)
        )
    told = [members[login] for login in ("responsible_authority", "consulate", "border_police", "shelter")]
    strangers = [member for member in told if member.agency_id != by.agency_id]
    if chance.random() < 0.3:
        groups = ["names", "birth"] if chance.random() < 0.5 else ["names", "contacts", "needs"]
        told_to = chance.choice(strangers).agency
        consents.give_consent(
            case=case, purpose="coordination", recipient=told_to, groups=groups,
            given_as="person" if case.is_child is False else "best_interests", form="signed", language="sq",
            given_on=at.date(), until_at=at + timedelta(days=183), by=by, at=_later(at, 2),
        )  # fmt: skip
        people_on_it.share(
            case=case, agency=told_to, purpose="coordination", groups=groups,
            until_at=at + timedelta(days=180), by=by, at=_later(at, 2),
        )  # fmt: skip
    reading.reveal(case=case, purpose=_purpose(by), by=by, at=_later(at, 3))
    files.move(case=case, verb="activate", by=by, at=_later(at, 4)) if chance.random() < 0.8 else None
    for number in range(chance.choice((0, 1, 1, 2))):
        files.add_note(case=case, text=chance.choice(NOTES), by=by, at=_later(at, 26 + 30 * number))


def _end(teller: Teller) -> Case:
    """Some go into monitoring after two months, and some of these are closed."""
    case, chance, by = teller.case, teller.chance, teller.by
    case.refresh_from_db()
    if case.state == "active" and teller.is_past(62) and chance.random() < 0.5:
        files.move(case=case, verb="monitor", by=by, at=teller.after(60))
        if chance.random() < 0.6:
            closing = (
                "not_a_victim" if case.status == "not_a_victim" else chance.choice(("reintegrated", "returned", "lost"))
            )
            files.move(case=case, verb="close", closing=closing, by=by, at=teller.after(61))
    return Case.objects.get(pk=case.pk)


def _later(at: datetime, hours: int) -> datetime:
    return at + timedelta(hours=hours)


def _purpose(member: Membership) -> str:
    return {"municipality": "assistance", "shelter": "assistance", "responsible_authority": "coordination"}.get(
        member.role, "identification"
    )


def identity(person: MadeUp, chance: random.Random) -> Identity:
    """The made-up person as somebody would write her down."""
    papers = [("national_id", "ALB", person.national_id)] if person.national_id else []
    papers += [("passport", country, number) for country, number in person.papers]
    contacts: list[dict[str, object]] = [
        {"kind": "phone", "value": phone, "is_safe": chance.choice(("yes", "unknown", "no")), "hours": "10–12",
         "caution": chance.choice(CAUTIONS)}
        for phone in person.phones
    ]  # fmt: skip
    is_young = person.born.year > made_up.TODAY.year - CHILD
    guardian = {"kind": "parent", "name": f"Pal {person.surname}", "contact": "", "is_excluded": chance.random() < 0.3}
    return Identity(
        person={
            "surname": person.surname, "given_names": person.given, "father_name": "",
            "birth_date": str(person.born.year) if person.is_estimated else person.born.isoformat(),
            "birth_place": "", "is_birth_estimated": person.is_estimated, "sex": person.sex,
            "citizenships": list(person.citizenships),
            "registration": "unknown" if person.is_estimated else "registered",
        },
        aliases=(Part({"kind": "maiden", "surname": person.maiden, "given_names": ""}),) if person.maiden else (),
        papers=tuple(Part({"kind": kind, "country": land, "number": number, "valid_until": ""}) for kind, land, number in papers),
        contacts=tuple(Part(contact) for contact in contacts),
        languages=(Part({"code": "sq", "level": "mother", "needs_interpreter": False}),),
        guardians=(Part(guardian),) if is_young else (),
    )  # fmt: skip


def _emergencies(running: list[Case], members: Mapping[str, Membership], today: date) -> None:
    """Two cases were opened in an emergency: one opening has been reviewed, one waits for the data protection officer."""
    police, border = members["police"], members["border_police"]
    theirs = [case for case in running if case.owner_id not in (police.agency_id, border.agency_id)]
    at = moment(today - timedelta(days=12), 22)
    first = glasses.break_glass(
        case=theirs[0], reason="danger", words="The man she fled from was seen in front of the house.", by=police, at=at
    )
    reading.reveal(case=theirs[0], purpose="emergency", by=police, at=_later(at, 0))
    glasses.review_glass(glass=first, finding="justified", by=members["data_protection"], at=_later(at, 14))
    at = moment(today - timedelta(days=1), 19, 40)
    glasses.break_glass(
        case=theirs[1],
        reason="child",
        words="A child was stopped at the crossing with a stranger, no papers.",
        by=border,
        at=at,
    )
    reading.reveal(case=theirs[1], purpose="emergency", by=border, at=at + timedelta(minutes=4))


def _watched(cases: list[Case], running: list[Case], members: Mapping[str, Membership], today: date) -> None:
    """A conflict of interest, a hold that waits, an erased case and one whose erasure waits, a canary."""
    officer, unit = members["data_protection"], members["municipality"]
    at = moment(today - timedelta(days=3), 11)
    own = [case for case in running if case.owner_id == unit.agency_id]
    people_on_it.declare_conflict(case=own[0], user=members["police"].user, reason="family", by=unit, at=at)
    erasing.ask_hold(case=own[1], reason="court", by=unit, at=at)
    compartments.set_canary(case=running[-1], by=officer, at=at)
    closing = [(case, moment(today - timedelta(days=2), 10 + number)) for number, case in enumerate(own[2:4])]
    for number, (case, when) in enumerate(closing):
        files.move(case=case, verb="close", closing="withdrawn", by=unit, at=when)
        asked = erasing.ask_erasure(case=case, reason="wish", by=unit, at=_later(when, 1))
        if number == 0:
            erasing.erase(erasure=asked, by=officer, at=_later(when, 4))


def _sealed(members: Mapping[str, Membership], today: date) -> int:
    """A compartment for protected witnesses with two custodians, and one case in it."""
    protector, authority = members["witness_protection"], members["responsible_authority"]
    at = moment(today - timedelta(days=60), 9)
    wall = compartments.open_compartment(
        code="witnesses", name_en="Protected witnesses", name_sq="Dëshmitarët e mbrojtur", by=authority, at=at
    )
    named = compartments.propose_custodian(
        compartment=wall, membership=protector, until_at=at + timedelta(days=360), by=authority, at=at
    )
    second = compartments.propose_custodian(
        compartment=wall, membership=authority, until_at=at + timedelta(days=360), by=protector, at=at
    )
    for custodian in (named, second):
        compartments.decide_custodian(
            custodian=custodian, is_granted=True, by=members["security_admin"], at=_later(at, 2)
        )
    chance = random.Random(SEED)
    person = list(made_up.people(COUNT + 1, SEED))[-1]
    case = files.open_case(
        kind="victim", identity=identity(person, chance), is_child=False, place=None,
        summary="A witness in proceedings before the court for serious crimes.", by=protector, at=_later(at, 3),
    )  # fmt: skip
    compartments.put_into(case=case, compartment=wall, by=protector, at=_later(at, 4))
    return 1
