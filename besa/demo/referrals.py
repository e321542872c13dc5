"""Providers with their places, and referrals in every state: waiting, late, accepted, declined and sent on, done, taken back."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from besa.assistance.actions import providers, referrals
from besa.assistance.models import Provider, Referral
from besa.cases.actions import consents
from besa.cases.models import Case
from besa.demo.people import moment
from besa.directory.models import Agency, Membership, Place

SEED = 412
MOST = 26  # cases that are referred


@dataclass(frozen=True)
class House:
    """A provider of the demonstration; that it exists is public, what stands here of places is made up."""

    code: str
    agency: str
    kind: str
    qark: str
    services: tuple[str, ...]
    capacity: int
    taken: int
    takes: tuple[str, ...] = ("women", "with_children")


TAKES = ("women", "men", "children", "with_children")
WITHOUT_MEN = ("women", "children", "with_children")
ALL = ("shelter", "food", "medical", "psychological", "legal", "family", "documents")
HOUSES = (
    House(
        "reception-linze",
        "NRCVT",
        "reception_centre",
        "AL-11",
        (*ALL, "protection"),
        24,
        9,
        ("women", "men", "children", "with_children"),
    ),
    House("vatra-house", "VATRA", "shelter", "AL-12", (*ALL, "school", "work"), 16, 5),
    House("different-house", "DIFFERENT-EQUAL", "shelter", "AL-11", (*ALL, "school", "work", "return"), 12, 4),
    House(
        "vizion-house",
        "TJETER-VIZION",
        "shelter",
        "AL-03",
        (*ALL, "child_care", "school"),
        14,
        6,
        ("children", "with_children", "women"),
    ),
    House("jete-house", "JETE-DHE-SHPRESE", "shelter", "AL-05", ALL[:5], 6, 2),
    House(
        "vatra-day",
        "VATRA",
        "day_centre",
        "AL-12",
        ("psychological", "legal", "school", "work"),
        0,
        0,
        ("women", "men", "children"),
    ),
)
MESSAGES = (
    "She has not slept for two nights. A doctor should see her first.",
    "He speaks only with the interpreter whom he knows from the post.",
    "Her sister is the only one who may be told where she is.",
    "",
)
DECLINES = ("full", "profile", "service", "security")


def play(members: Mapping[str, Membership], today: date) -> int:
    """Set up the providers and refer; gives the number of referrals."""
    houses = _providers(members, today)
    chance = random.Random(SEED)
    cases = Case.objects.filter(kind="victim", state__in=["open", "active"], compartment=None, conflicts=None).order_by(
        "opened_at", "number"
    )
    for case in list(cases.select_related("subject", "owner"))[:MOST]:
        lead = case.team.filter(is_lead=True, ended_at__isnull=True).select_related("membership__agency").first()
        if lead is not None:
            _refer(case, lead.membership, houses, chance, today)
    return Referral.objects.count()


def _providers(members: Mapping[str, Membership], today: date) -> list[Provider]:
    authority, at = members["responsible_authority"], moment(today - timedelta(days=200), 9)
    made: list[Provider] = []
    for house in HOUSES:
        agency = Agency.objects.get(code=house.agency)
        values = {
            "kind": house.kind, "name_en": agency.name_en, "name_sq": agency.name_sq, "services": list(house.services),
            "place": Place.objects.get(code=house.qark), "capacity": house.capacity, "taken_otherwise": house.taken,
            "security": "secure" if house.kind == "reception_centre" else "open", "address": f"Rruga e Demonstrimit {len(made) + 1}",
            "telephone": f"+355 4 000 00{len(made)}", **{f"takes_{who}": who in house.takes for who in TAKES},
        }  # fmt: skip
        if house.kind == "day_centre":
            values |= {"name_en": f"{agency.name_en}, day centre", "name_sq": f"{agency.name_sq}, qendra ditore"}
        provider = providers.add_provider(code=house.code, agency=agency, values=values, by=authority, at=at)
        until = today + timedelta(days=150) if house.code != "jete-house" else today + timedelta(days=20)
        made.append(providers.accredit(provider=provider, until_on=until, by=authority, at=at))
    return made


def _refer(case: Case, by: Membership, houses: Sequence[Provider], chance: random.Random, today: date) -> None:
    """One case is referred a day after it was opened, again where the first one says no."""
    at = case.opened_at + timedelta(days=1, hours=chance.randrange(1, 6))
    now = moment(today, 8)
    if at >= now:
        return
    _agree(case, by, at)
    wanted = referrals.Wanted(
        services=tuple(chance.sample(("shelter", "psychological", "legal", "medical"), 2)),
        urgency=chance.choice(("now", "soon", "soon", "routine")), purpose="assistance", groups=("names", "birth", "needs"),
        message=chance.choice(MESSAGES),
    )  # fmt: skip
    found = referrals.choices_for(case, wanted.services, 0, at)
    fitting = [one.provider for one in found if one.suits and one.provider.agency_id != by.agency_id] or list(houses)
    first, *rest = fitting
    asked = referrals.refer(case=case, to=first.agency, provider=first, wanted=wanted, by=by, at=at)
    end = _answer(asked, chance, at, now)
    if end in ("declined", "late") and rest and at + timedelta(days=4) < now:
        later = at + timedelta(days=4)
        asked = referrals.refer(
            case=case, to=rest[0].agency, provider=rest[0], wanted=wanted, previous=asked, by=by, at=later
        )
        _answer(asked, chance, later, now)


def _agree(case: Case, by: Membership, at: datetime) -> None:
    consents.give_consent(
        case=case, purpose="assistance", recipient=None, groups=["names", "birth", "contacts", "needs"],
        given_as="person" if case.is_child is False else "best_interests", form="signed", language="sq",
        given_on=timezone.localdate(at), until_at=at + timedelta(days=180), by=by, at=at,
    )  # fmt: skip


def _answer(referral: Referral, chance: random.Random, at: datetime, now: datetime) -> str:
    """What the receiver does; some of the last days have not been answered yet."""
    someone = (
        Membership.objects.filter(agency=referral.to_agency, role="shelter", state="active").order_by("pk").first()
    )
    waits = now - at < timedelta(days=3)
    if someone is None or (waits and chance.random() < 0.5) or chance.random() < 0.06:
        return "late"
    when = at + timedelta(minutes=chance.choice((20, 45, 200, 600, 1500)))
    if when >= now:
        return "late"
    if chance.random() < 0.25:
        referrals.decline(referral=referral, reason=chance.choice(DECLINES), by=someone, at=when)
        return "declined"
    referrals.accept(referral=referral, by=someone, at=when)
    done = when + timedelta(days=chance.choice((20, 40, 90)))
    if done < now and chance.random() < 0.5:
        outcome = chance.choice(("provided", "provided", "partly", "refused", "left"))
        referrals.finish(referral=referral, outcome=outcome, by=someone, at=done)
    return "accepted"
