"""What was found out about made-up persons: first identifications, determinations, facts, rights, adults who refused.

The mix is believable and nothing more: most are found inland or at a crossing point, half of the presumed wait for the end of their
reflection period, a few withdraw, one in ten is found not to be a victim, one appeals.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from besa.cases.actions import determinations, facts, identifying
from besa.cases.actions.facts import Stage, Story
from besa.cases.actions.identifying import Identified, Unnamed
from besa.cases.codes import AgeGroup
from besa.cases.models import Case
from besa.demo.made_up import MadeUp
from besa.demo.people import moment
from besa.directory.models import Membership, Place

SEEN = (
    "Sat in the back of a lorry with two other women; could not say where they were going.",
    "Came to the counter with a man who answered for her. Alone, she asked for help.",
    "A neighbour rang: shouting at night, a boy who never leaves the house.",
    "Her passport was in the pocket of the driver.",
    "Begged at the crossroads from morning to evening; the coins were collected every hour.",
)
TOLD = (
    "An acquaintance promised work in a bar by the sea. The debt for the journey grew every week.",
    "Her fiancé took her over the border and left her with three men. She got away after five months.",
    "His uncle sent him to beg. If he brought too little he slept outside.",
    "Worked on a farm from five to ten at night; the wages were kept “for the papers”.",
)
REASONS = (
    "Act, means and purpose are found; what she says fits what was seen, and the other country confirms it.",
    "The interview confirms the first finding. The doctor's report agrees.",
)
NOT_ONE = "He came for seasonal work and was cheated of his pay; nobody held him or moved him. The labour inspection takes over."
BACK = "She told of the flat and of the men only at the third talk; what was a danger then has happened already."

CHANNELS = {
    "border_police": ("border",),
    "police": ("inland", "inland", "hotline"),
    "municipality": ("outreach", "school", "self", "health", "labour_inspection"),
    "shelter": ("self", "outreach", "client", "hotline"),
    "consulate": ("abroad",),
    "responsible_authority": ("hotline", "abroad", "other"),
}
FORMS = (
    ("sexual_exploitation",),
    ("forced_begging",),
    ("forced_labour",),
    ("sexual_exploitation", "forced_criminality"),
    ("servitude",),
)
YOUNG_FORMS = (
    ("forced_begging",),
    ("child_labour",),
    ("sexual_exploitation",),
    ("forced_criminality", "forced_begging"),
)
ABROAD = ("ITA", "GRC", "XKX", "MKD", "DEU", "GBR")


@dataclass(frozen=True)
class Teller:
    """Who tells of one person: the case and its lead, the authority, the places, the luck of the draw, today."""

    case: Case
    person: MadeUp
    by: Membership
    authority: Membership
    crossings: tuple[Place, ...]
    chance: random.Random
    opened: datetime
    today: date

    @property
    def is_child(self) -> bool:
        return self.case.is_child is not False

    @property
    def age(self) -> int:
        return (self.opened.date() - self.person.born).days // 365

    def after(self, days: float) -> datetime:
        return self.opened + timedelta(days=days)

    def is_past(self, days: float) -> bool:
        """Whether so many days after the opening is not in the future, with a day to spare for what comes after."""
        return timezone.localdate(self.after(days)) < self.today


def age_group(age: int) -> str:
    """The group in which somebody of the age is counted."""
    for below, group in (
        (12, AgeGroup.UNDER_12),
        (18, AgeGroup.FROM_12),
        (25, AgeGroup.FROM_18),
        (35, AgeGroup.FROM_25),
    ):
        if age < below:
            return group
    return AgeGroup.FROM_35


def tell(teller: Teller) -> None:
    """What was found out about one person, in the order in which it happens."""
    reach = "cross_border" if teller.chance.random() < 0.6 else "internal"
    if teller.is_past(0.2) and teller.chance.random() < 0.9:
        _identify(teller, reach)
    if teller.case.kind == Case.Kind.AT_RISK:
        _at_risk(teller)
        return
    _victim(teller, reach)


def _identify(teller: Teller, reach: str) -> None:
    chance, by = teller.chance, teller.by
    channel = chance.choice(CHANNELS[by.role])
    is_border = channel == "border"
    present = [
        code for code, share in PRESENT if chance.random() < (share if is_border or code == "social_worker" else 0.3)
    ]
    if teller.is_child and chance.random() < 0.7:
        present.append("child_unit")
    speaks = chance.random() < 0.85
    values = Identified(
        channel=channel, screened_on=timezone.localdate(teller.after(0.1)), reach=reach,
        crossing=chance.choice(teller.crossings) if is_border and teller.crossings else None,
        place=None if is_border else teller.case.place, present=present,
        needs=chance.sample(["shelter", "medical", "psychological", "legal", "food", "documents", "family"], 3),
        risk=chance.choice(("immediate", "high", "high", "medium", "medium", "low")),
        language="sq" if speaks else chance.choice(("ro", "sr", "rom")), needs_interpreter=not speaks,
        is_age_in_doubt=teller.case.is_child is None, age_group=age_group(teller.age), words=chance.choice(SEEN),
    )  # fmt: skip
    identifying.identify(case=teller.case, values=values, by=by, at=teller.after(0.1))


PRESENT = (("female_officer", 0.7), ("social_worker", 0.6), ("interpreter", 0.2), ("psychologist", 0.15))


def _determine(
    teller: Teller, days: float, status: str, basis: str, reason: str = "", by: Membership | None = None
) -> None:
    at = teller.after(days)
    determinations.determine(
        case=teller.case, status=status, basis=basis, decided_on=timezone.localdate(at), reason=reason,
        by=by or teller.by, at=at,
    )  # fmt: skip


def _inform(teller: Teller, days: float) -> None:
    at, material = teller.after(days), teller.chance.choice(("leaflet", "spoken", "spoken"))
    identifying.record_rights(
        case=teller.case, kind="informed", on=timezone.localdate(at), language="sq", material=material, by=teller.by, at=at
    )  # fmt: skip


def _at_risk(teller: Teller) -> None:
    _determine(teller, 0.15, "at_risk", "screening")
    if teller.chance.random() < 0.8 and teller.is_past(0.3):
        _inform(teller, 0.2)
    if teller.chance.random() < 0.12 and teller.is_past(20):
        _determine(teller, 20, "presumed", "initial_interview", BACK)


def _victim(teller: Teller, reach: str) -> None:
    chance, late = teller.chance, 4 if teller.chance.random() < 0.15 else 0
    _determine(teller, 0.15, "potential", "screening")
    if chance.random() < 0.85 and teller.is_past(0.3 + late):
        _inform(teller, 0.2 + late)
    if teller.is_past(3) and chance.random() < 0.92:
        _determine(teller, 1 + 2 * chance.random(), "presumed", "initial_interview")
    if teller.is_past(7) and chance.random() < 0.75:
        _facts(teller, reach, 5)
    if teller.is_past(20) and chance.random() < 0.06 and not teller.is_child:
        _determine(teller, 18, "withdrawn", "wish")
    elif teller.is_past(42):
        _decide(teller)


def _facts(teller: Teller, reach: str, days: float) -> None:
    chance, at = teller.chance, teller.after(days)
    countries = [chance.choice(ABROAD)] if reach == "cross_border" else ["ALB"]
    began = timezone.localdate(at) - timedelta(days=chance.randrange(90, 600))
    story = Story(
        forms=chance.choice(YOUNG_FORMS if teller.is_child else FORMS), reach=reach,
        acts=chance.sample(["recruitment", "transport", "harbouring", "transfer"], 2),
        means=[] if teller.is_child and chance.random() < 0.6 else chance.sample(["deception", "threat", "abuse_of_vulnerability"], 2),
        recruitment=[chance.choice(("friends", "family", "work", "public_place", "agency"))],
        recruiter=chance.choice(("acquainted", "partner", "family", "stranger", "employer")),
        promises=[chance.choice(("work", "marriage", "support", "travel"))],
        controls=chance.sample(["takes_earnings", "withholds_documents", "physical_abuse", "restricts_movement", "threatens_family"], 2),
        exit=chance.choice(("escape", "police", "help", "returned")), countries=countries, from_on=began,
        until_on=began + timedelta(days=chance.randrange(30, 88)), words=chance.choice(TOLD),
    )  # fmt: skip
    facts.edit_facts(case=teller.case, version=0, values=story, by=teller.by, at=at)
    way = [Stage("recruitment", "ALB", place=teller.case.place)]
    if reach == "cross_border":
        crossing = chance.choice(teller.crossings) if teller.crossings and chance.random() < 0.6 else None
        way += [
            Stage("transit", chance.choice(("MKD", "MNE", "GRC")), crossing=crossing),
            Stage("exploitation", countries[0]),
        ]
    else:
        way.append(Stage("exploitation", "ALB"))
    for stage in way:
        facts.add_leg(case=teller.case, values=stage, by=teller.by, at=at)


def _decide(teller: Teller) -> None:
    """The formal decision after the reflection period; some wait for it longer than they should."""
    chance = teller.chance
    teller.case.refresh_from_db()
    if teller.case.status != "presumed" or chance.random() < 0.2:
        return
    days = 35 + 5 * chance.random()
    if chance.random() < 0.12:
        _determine(teller, days, "not_a_victim", "formal_interview", NOT_ONE, teller.authority)
        held = teller.case.determinations.get(status="not_a_victim")
        if teller.is_past(days + 4):
            at = teller.after(days + 3)
            determinations.lodge_appeal(determination=held, lodged_on=timezone.localdate(at), by=teller.by, at=at)
    else:
        _determine(teller, days, "identified", "formal_interview", chance.choice(REASONS), teller.authority)


def refuse(members: Mapping[str, Membership], crossings: tuple[Place, ...], today: date) -> None:
    """Adults in whom signs were seen and who wanted no file."""
    chance = random.Random(len(crossings))
    for number in range(7):
        by = members[("border_police", "police")[number % 2]]
        on = today - timedelta(days=9 + 23 * number)
        is_border = by.role == "border_police"
        values = Unnamed(
            on=on, channel="border" if is_border else "inland", age_group=chance.choice(("18_24", "25_34", "35_over")),
            crossing=chance.choice(crossings) if is_border and crossings else None, sex=chance.choice(("female", "male")),
            reach="cross_border" if is_border else "internal", forms=[chance.choice(("sexual_exploitation", "forced_labour"))],
        )  # fmt: skip
        identifying.record_refusal(values=values, by=by, at=moment(on, 16))
