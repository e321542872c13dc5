"""What is seen of agencies, places, bodies and persons; how a printed name becomes an agency."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from besa.directory.models import Agency, AgencyAlias, Body, Closing, Membership, Place, Seat, User
from besa.lib.text import folded

TRAILING = " .,;:"


def alias_key(printed: str) -> str:
    """How printed names are compared: case folded, blanks collapsed, trailing punctuation cut. Diacritics count."""
    return re.sub(r"\s+", " ", printed).strip().rstrip(TRAILING).casefold()


@dataclass
class Resolver:
    """Printed names -> agencies, loaded once with three queries whatever the number of names.

    An alias wins over a code and a code over a name, since the alias table is where people correct what a document means.
    """

    agencies: dict[str, Agency] = field(default_factory=dict)  # by code
    _by_key: dict[str, list[Agency]] = field(default_factory=dict)
    _reasons: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls) -> Resolver:
        found = cls()
        every = list(Agency.objects.all())
        found.agencies = {agency.code: agency for agency in every}
        for agency in every:
            found._by_key.setdefault(alias_key(agency.name_en), [agency])
            found._by_key.setdefault(alias_key(agency.name_sq), [agency])
        found._by_key |= {alias_key(agency.code): [agency] for agency in every}
        for alias in AgencyAlias.objects.prefetch_related("agencies"):
            agencies = sorted(alias.agencies.all(), key=lambda agency: agency.code)
            if agencies:
                found._by_key[alias.key] = agencies
            else:
                found._by_key.pop(alias.key, None)
                found._reasons[alias.key] = alias.reason
        return found

    def resolve(self, printed: str) -> list[Agency] | str | None:
        """The agencies that the name stands for; or the reason (text) why it names none; or None: nobody knows the name."""
        key = alias_key(printed)
        return self._by_key.get(key) or self._reasons.get(key)


def resolve(printed: str) -> list[Agency] | str | None:
    """One name; use `Resolver.load()` for many. Answers as `Resolver.resolve`."""
    return Resolver.load().resolve(printed)


def reporting_agency(agency: Agency, agencies: dict[int, Agency] | None = None) -> Agency | None:
    """Who makes the return for `agency`: itself, or the nearest agency above it that makes returns; None if there is none.

    `agencies` (by key) spares the queries where many are asked.
    """
    seen: set[int] = set()
    current: Agency | None = agency
    while current is not None and current.pk not in seen:
        if current.is_reporting:
            return current
        seen.add(current.pk)
        parent_id = current.parent_id
        current = None if parent_id is None else (agencies[parent_id] if agencies is not None else current.parent)
    return None


@cache
def country_code() -> str:
    """The country that this system serves, ISO 3166-1 alpha-3, as its `country.toml` says."""
    return str(tomllib.loads((Path(settings.COUNTRY) / "country.toml").read_text(encoding="utf-8"))["code"])


def reporting_agencies(agency: Agency, agencies: dict[int, Agency] | None = None) -> list[Agency]:
    """Who makes returns for `agency`: of a group its members that make returns (the twelve regional committees), else as
    `reporting_agency`. Empty: nobody, such as donors abroad.
    """
    every = agencies if agencies is not None else {row.pk: row for row in Agency.objects.all()}
    if agency.is_group:
        members = [row for row in every.values() if row.parent_id == agency.pk and row.is_reporting]
        if members:
            return sorted(members, key=lambda row: row.code)
    found = reporting_agency(agency, every)
    return [found] if found else []


def units_of(agency: Agency) -> list[Agency]:
    """The agency and all that belong to it, at any depth."""
    below: dict[int | None, list[Agency]] = defaultdict(list)
    for row in Agency.objects.all():
        below[row.parent_id].append(row)
    found = {agency.pk: agency}
    todo = [agency]
    while todo:
        for row in below[todo.pop().pk]:
            if row.pk not in found:
                found[row.pk] = row
                todo.append(row)
    return list(found.values())


def matching(rows: Iterable[Agency], text: str) -> list[int]:
    """Keys of the agencies whose code or a name holds `text`; diacritics and case do not count."""
    wanted = folded(text.strip())
    return [row.pk for row in rows if wanted in folded(f"{row.code} {row.name_en} {row.name_sq}")]


def agencies_by_text(text: str) -> Q:
    """A filter for agencies whose code, names or printed names hold `text`; diacritics and case do not count."""
    wanted = folded(text.strip())
    printed = AgencyAlias.objects.values_list("printed", "agencies__pk")
    keys = {pk for name, pk in printed if pk is not None and wanted in folded(name)}
    return Q(pk__in=keys | set(matching(Agency.objects.all(), text)))


def memberships() -> QuerySet[Membership]:
    """Persons and their roles, with what a list shows of them."""
    return Membership.objects.select_related("user", "agency", "place", "proposed_by", "decided_by")


def accounts(today: date) -> QuerySet[Any]:
    """Persons with an account, each with `roles` in force and `state`: open, closed, or its reopening asked."""
    in_force = Q(memberships__state=Membership.State.ACTIVE, memberships__from_on__lte=today)
    in_force &= Q(memberships__until_on__isnull=True) | Q(memberships__until_on__gte=today)
    shut = Closing.objects.filter(user=OuterRef("pk"), state__in=[Closing.State.CLOSED, Closing.State.ASKED])
    state = Coalesce(Subquery(shut.values("state")[:1]), Value(Closing.State.OPEN.value))
    return User.objects.annotate(roles=Count("memberships", filter=in_force), state=state)


def people_with(role_codes: Iterable[str], today: date) -> QuerySet[Membership]:
    """Memberships in force in one of the roles."""
    return Membership.objects.active_on(today).filter(role__in=list(role_codes)).select_related("user", "agency")


@dataclass(frozen=True)
class PlaceRow:
    """A place in the tree: `depth` 0 is the country; `parts` counts the places directly in it on the day."""

    place: Place
    depth: int
    parts: int


def valid_on(day: date) -> Q:
    """Places that existed on the day."""
    return (Q(valid_from__isnull=True) | Q(valid_from__lte=day)) & (Q(valid_to__isnull=True) | Q(valid_to__gte=day))


def place_tree(day: date, root: Place | None = None) -> list[PlaceRow]:
    """The country's parts on a day, each after the one that it lies in; border crossings are listed apart. One query."""
    rows = list(Place.objects.filter(valid_on(day)).exclude(kind=Place.Kind.CROSSING))
    below: dict[int | None, list[Place]] = defaultdict(list)
    known = {row.pk for row in rows}
    for row in sorted(rows, key=lambda row: folded(row.name)):
        below[row.parent_id if row.parent_id in known else None].append(row)
    found: list[PlaceRow] = []

    def walk(place: Place, depth: int) -> None:
        found.append(PlaceRow(place, depth, len(below[place.pk])))
        for part in below[place.pk]:
            walk(part, depth + 1)

    for top in [root] if root else below[None]:
        walk(top, 0)
    return found


def crossings() -> QuerySet[Place]:
    return Place.objects.filter(kind=Place.Kind.CROSSING).select_related("parent").order_by("crossing_kind", "name_sq")


def bodies(today: date) -> QuerySet[Body]:
    """Bodies with the number of seats taken on the day (`taken`)."""
    now = Q(seats__from_on__lte=today) & (Q(seats__until_on__isnull=True) | Q(seats__until_on__gte=today))
    return Body.objects.select_related("parent", "place").annotate(taken=Count("seats", filter=now))


def seats_of(body: Body, today: date) -> tuple[list[Seat], list[Seat]]:
    """Seats of a body on a day (and those to come), and former ones."""
    rows = list(body.seats.select_related("agency"))
    former = [seat for seat in rows if seat.until_on is not None and seat.until_on < today]
    return [seat for seat in rows if seat not in former], former
