"""Accounts and roles of the demonstration."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from besa.audit import actions as audit
from besa.audit.actions import SYSTEM
from besa.demo.cast import CAST, Person
from besa.directory.models import Agency, Body, Membership, Place, Seat, User

DOMAIN = "demo.besa"
FIRST = (
    "Agim",
    "Albana",
    "Arta",
    "Besa",
    "Blerta",
    "Dritan",
    "Elona",
    "Enver",
    "Flora",
    "Gentiana",
    "Ilda",
    "Jeta",
    "Kujtim",
    "Lirie",
)
LAST = (
    "Ahmeti",
    "Balla",
    "Caka",
    "Dauti",
    "Elezi",
    "Ferra",
    "Guri",
    "Haxhiu",
    "Islami",
    "Jaku",
    "Kodra",
    "Lala",
    "Mema",
    "Ndreu",
)


def moment(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """A moment of a past day in the country's time."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


@transaction.atomic
def settle(password: str, today: date) -> dict[str, Membership]:
    """Open the cast's accounts and give them their roles; the focal points of all reporting agencies besides. By login."""
    hashed = make_password(password)
    agencies = {agency.code: agency for agency in Agency.objects.select_related("parent")}
    found = {person.login: _member(person, agencies[person.agency], hashed, today) for person in CAST}
    covered = {member.agency_id for member in found.values() if member.role in ("focal_point", "rcat", "shelter")}
    covered |= {member.agency_id for member in found.values() if member.role == "responsible_authority"}
    for agency in agencies.values():
        if agency.is_reporting and agency.pk not in covered:
            person = _focal_point(agency)
            found[person.login] = _member(person, agency, hashed, today)
    return found


def _focal_point(agency: Agency) -> Person:
    chance = random.Random(agency.code)
    role = {"regional_committee": "rcat", "shelter": "shelter"}.get(agency.kind, "focal_point")
    return Person(f"{role}.{agency.code.lower()}", f"{chance.choice(FIRST)} {chance.choice(LAST)}", role, agency.code)


def _member(person: Person, agency: Agency, hashed: str, today: date) -> Membership:
    at = moment(date(2008, 6, 16))
    user, is_new = User.objects.get_or_create(
        email=f"{person.login}@{DOMAIN}",
        defaults={"name": person.name, "language": person.language, "password": hashed},
    )
    if is_new:
        audit.record("account_opened", user, by=SYSTEM, at=at)
    member, is_new = Membership.objects.get_or_create(
        user=user,
        agency=agency,
        role=person.role,
        defaults={
            "from_on": at.date(),
            "until_on": today + timedelta(days=540),
            "state": Membership.State.ACTIVE,
            "proposed_at": at,
            "decided_at": at,
            "place": _place(agency) if person.role in ("rcat", "municipality") else None,
        },
    )
    if is_new:
        audit.record("membership_approved", member, by=SYSTEM, at=at, fields=["state"])
    return member


def _place(agency: Agency) -> Place | None:
    return agency.place or Place.objects.filter(kind=Place.Kind.QARK).order_by("code").last()


SEATS = {
    "SCFTHB": ("MOI", "MOLSAEO", "MFA", "MOES", "MOJ", "MOH", "MOF", "GPO", "SIS", "ASP"),
    "NTF": (
        "ONAC",
        "MOI",
        "MOLSAEO",
        "MFA",
        "MOES",
        "MOJ",
        "MOH",
        "ASP",
        "GPO",
        "VATRA",
        "BKTF",
        "OSCE",
        "IOM",
        "UNICEF",
    ),
}


@transaction.atomic
def seat() -> None:
    """Who sits in the two national bodies; the first named is in the chair."""
    at = moment(date(2008, 6, 16))
    bodies = {body.code: body for body in Body.objects.all()}
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    for code, members in SEATS.items():
        body = bodies.get(code)
        if body is None or body.seats.exists():
            continue
        for number, agency in enumerate(members):
            function = Seat.Function.MEMBER if number else Seat.Function.CHAIR
            taken = Seat.objects.create(body=body, agency=agencies[agency], function=function, from_on=at.date())
            audit.record("seat_added", taken, by=SYSTEM, at=at)
