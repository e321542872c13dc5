"""What is seen of cases: lists, the file, emergency openings, what waits. Read only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils.functional import Promise

from besa.audit.models import Event
from besa.cases import policy
from besa.cases.models import Case, Custodian, Erasure, Glass, Hold
from besa.cases.numbers import understood
from besa.cases.policy import NEAREST, RELATIONS, ROWS, Standing, Who
from besa.cases.rules import REVIEW_HOURS
from besa.cases.words import RELATION_SHORT, VERBS
from besa.directory.access import ROLES, Permission
from besa.directory.case_policy import SEALED_WORKERS, WORKERS, Deed, Relation
from besa.directory.models import Agency, Membership
from besa.vault.row_context import reading_as_system


def listed(member: Membership, at: datetime) -> QuerySet[Case]:
    """The cases that the member may know of, each with `is_<relation>` for how she stands to it; the newest first."""
    who = Who.of(member, at)
    near = {f"is_{relation}": _asked(relation, who) for relation in NEAREST if relation is not Relation.COUNTRY}
    rows = Case.objects.visible_to(member, at).select_related("owner", "qark")
    return rows.annotate(**near).order_by("-opened_at", "id")


def _asked(relation: Relation, who: Who) -> ExpressionWrapper[Q]:
    is_nowhere = relation is Relation.QARK and who.place is None
    return ExpressionWrapper(Q(pk__in=[]) if is_nowhere else RELATIONS[relation](who), output_field=BooleanField())


def relation_words(case: Any) -> Promise:
    """How the reader of a list stands to a case of `listed`, in a word."""
    return next(
        (RELATION_SHORT[relation] for relation in NEAREST if getattr(case, f"is_{relation}", False)),
        RELATION_SHORT[Relation.COUNTRY],
    )


def whose(rows: QuerySet[Case], member: Membership, at: datetime, wanted: str) -> QuerySet[Case]:
    """Only the cases whose team the member is on (`mine`), or for which her institution answers (`unit`)."""
    if wanted == "unit":
        return rows.filter(owner=member.agency_id)
    hers = ROWS[{"mine": "team", "shared": "share"}[wanted]](Who.of(member, at))
    return rows.filter(
        pk__in=list(hers.values_list("case", flat=True))
    )  # looked up first: then a database begins with them


def find(member: Membership, number: str, at: datetime) -> Case | None:
    """The case with the number if the member may know of it; None too when there is none, by the same one query."""
    rows = Case.objects.visible_to(member, at)
    return (
        rows.filter(number=understood(number) or number)
        .select_related("owner", "qark", "place", "compartment", "subject", "opened_by__agency", "opened_by__user")
        .first()
    )


def find_for_glass(member: Membership, number: str, at: datetime) -> Case | None:
    """The case that the member may break the glass of; None for an unknown number too, by the same one query."""
    with reading_as_system(at):
        return Case.objects.allowing(member, Deed.GLASS_BREAK, at).filter(number=number).first()


# --- the file


@dataclass(frozen=True)
class Line:
    """An event in words. `who` is a name for those inside the case, else the function and the institution."""

    at: datetime
    says: Promise
    who: str
    purpose: str


def history(case: Case, *, is_inside: bool, has_conflicts: bool, limit: int = 60) -> list[Line]:
    """What happened with the case, the newest first."""
    parts: list[QuerySet[Any]] = [
        case.team.all(), case.shares.all(), case.notes.all(), case.glasses.all(), case.holds.all(), case.erasures.all(),
    ]  # fmt: skip
    if has_conflicts:
        parts.append(case.conflicts.all())
    things = _about(case) | _about(case.subject)
    for rows in parts:
        keys = [str(pk) for pk in rows.order_by().values_list("pk", flat=True)]
        if keys:
            things |= Q(object_type=rows.model._meta.label_lower, object_id__in=keys)
    events = list(Event.objects.filter(things, verb__in=VERBS).order_by("-at", "-id")[:limit])
    names = actors(events, is_inside=is_inside)
    return [Line(event.at, VERBS[event.verb], names[event.actor], event.purpose) for event in events]


def _about(obj: models.Model) -> Q:
    return Q(object_type=obj._meta.label_lower, object_id=str(obj.pk))


def actors(events: Iterable[Event], *, is_inside: bool) -> dict[str, str]:
    """How the actors of the events are called, by their name in the record."""
    known = {event.actor: event.agency for event in events}
    keys = [int(name.split(":")[1]) for name in known if name.startswith("membership:")]
    rows = Membership.objects.filter(pk__in=keys).select_related("user", "agency")
    found = {row.audit_name: (row.user.name if is_inside else called(row)) for row in rows}
    return known | found


def called(member: Membership) -> str:
    """A member without her name: what she is, and for whom."""
    return f"{ROLES[member.role].name}, {member.agency.name}"


def is_inside(standing: Standing) -> bool:
    """Whether the reader is told the names of those who work on the case: who works on it, and who watches over it."""
    near = standing.relations & {Relation.TEAM, Relation.LEAD, Relation.GLASS, Relation.COMPARTMENT}
    return bool(near) or any(standing.may(deed) for deed in (Deed.TEAM_EDIT, Deed.GLASS_REVIEW, Deed.NOTE_VIEW))


# --- emergency openings, and what waits for a second person


@dataclass(frozen=True)
class Opening:
    """An emergency opening with its clock."""

    glass: Glass
    review_until: datetime | None
    is_late: bool
    minutes_left: int


def opening(glass: Glass, at: datetime) -> Opening:
    until = glass.from_at + timedelta(hours=REVIEW_HOURS) if glass.from_at else None
    left = int((glass.until_at - at).total_seconds() // 60) + 1 if glass.until_at and glass.until_at > at else 0
    is_waiting = glass.state == Glass.State.OPENED
    return Opening(glass, until, bool(is_waiting and until and until < at), left)


def glasses(member: Membership, at: datetime) -> QuerySet[Glass]:
    """The openings that the member may know of: her own, and those of cases that she may know of."""
    known = policy.allowed(member, Deed.CASE_VIEW, at, named="case")
    rows = Glass.objects.filter(Q(membership=member) | Q(known))
    people = ("case__owner", "membership__user", "membership__agency", "second_by__user", "reviewed_by__user")
    return rows.select_related(*people).order_by("-asked_at", "id")


def latest_glasses(member: Membership, at: datetime, most: int) -> list[Glass]:
    """The newest of `glasses`. Row-level security shows an opening without its case once the hour is over; who opened answers for it."""
    with reading_as_system(at):
        return list(glasses(member, at)[:most])


def glass_of(member: Membership, pk: str, at: datetime) -> Glass | None:
    """The opening with the key, of those that the member may know of."""
    with reading_as_system(at):
        return glasses(member, at).filter(pk=pk).first()


def glass_in_force(case: Case, member: Membership, at: datetime) -> Glass | None:
    """The member's own opening of the case while its hour runs."""
    return case.glasses.filter(membership=member, state=Glass.State.OPENED, from_at__lte=at, until_at__gt=at).first()


def to_review(member: Membership, at: datetime) -> list[Opening]:
    """Openings that the member may review, the oldest first."""
    if not member.can(Permission.GLASS_REVIEW):
        return []
    reviewed = policy.allowed(member, Deed.GLASS_REVIEW, at, named="case")
    rows = glasses(member, at).filter(reviewed, state=Glass.State.OPENED).exclude(membership__user=member.user_id)
    return [opening(glass, at) for glass in rows.exclude(second_by__user=member.user_id).order_by("asked_at", "id")]


def to_second(member: Membership, at: datetime) -> QuerySet[Glass]:
    """Openings of sealed cases that wait for a second custodian, where the member is one."""
    mine = {"custodians__membership": member, "custodians__state": "active", "custodians__until_at__gt": at}
    cases = Case.objects.filter(**{f"compartment__{key}": value for key, value in mine.items()}).values("pk")
    rows = Glass.objects.filter(state=Glass.State.ASKED, case__in=cases).exclude(membership__user=member.user_id)
    return rows.select_related("case", "membership__user", "membership__agency")


def holds_to_decide(member: Membership, at: datetime) -> QuerySet[Hold]:
    """Holds to be put in force or lifted by a second person who is not the one who asked."""
    if not member.can(Permission.HOLD_CONFIRM):
        return Hold.objects.none()
    waiting = Q(state=Hold.State.ASKED) & ~Q(asked_by__user=member.user_id)
    waiting |= Q(state=Hold.State.LIFTING) & ~Q(lifted_by__user=member.user_id)
    confirmed = policy.allowed(member, Deed.HOLD_CONFIRM, at, named="case")
    rows = Hold.objects.filter(waiting, confirmed).select_related("case", "asked_by__agency", "lifted_by__agency")
    return rows.order_by("asked_at", "id")


def erasures_to_decide(member: Membership, at: datetime) -> QuerySet[Erasure]:
    """Erasures to be carried out or refused by a second person who is not the one who asked."""
    if not member.can(Permission.ERASE_CONFIRM):
        return Erasure.objects.none()
    rows = Erasure.objects.filter(state=Erasure.State.ASKED).exclude(asked_by__user=member.user_id)
    confirmed = policy.allowed(member, Deed.ERASE_CONFIRM, at, named="case")
    return rows.filter(confirmed).select_related("case", "asked_by__agency").order_by("asked_at", "id")


def custodians_to_decide(member: Membership) -> int:
    """How many names wait that the member may approve: neither her own nor proposed by her."""
    if not member.can(Permission.COMPARTMENT_APPROVE):
        return 0
    rows = Custodian.objects.filter(state=Custodian.State.PROPOSED).exclude(proposed_by=member.user_id)
    return rows.exclude(membership__user=member.user_id).count()


# --- the statement for the person concerned


@dataclass(frozen=True)
class Opened:
    """One line of the record that concerns the person: an event, and who acted, as a membership."""

    event: Event
    member: Membership | None

    @property
    def is_protected(self) -> bool:
        """Whether even the institution stays unsaid."""
        return self.member is None or self.member.role in SEALED_WORKERS


def openings_of(case: Case, verbs: Iterable[str]) -> list[Opened]:
    """The readings of the case, the oldest first."""
    events = list(Event.objects.filter(_about(case), verb__in=list(verbs)).order_by("at", "id"))
    keys = {int(event.actor.split(":")[1]) for event in events if event.actor.startswith("membership:")}
    rows = {row.audit_name: row for row in Membership.objects.filter(pk__in=keys).select_related("agency")}
    return [Opened(event, rows.get(event.actor)) for event in events]


def shared_with(case: Case, at: datetime) -> list[Agency]:
    """The institutions with which the case is shared at the moment."""
    rows = case.shares.filter(ended_at__isnull=True, from_at__lte=at, until_at__gt=at)
    return list(Agency.objects.filter(pk__in=rows.values("agency")))


def working_agencies(day: date) -> QuerySet[Agency]:
    """Institutions in which somebody keeps case files on the day; no groups."""
    working = Membership.objects.active_on(day).filter(role__in=WORKERS).values("agency")
    return Agency.objects.filter(pk__in=working, is_group=False).order_by("code")


def institutions(case: Case, day: date) -> QuerySet[Agency]:
    """The same, but for the institution that the case belongs to."""
    return working_agencies(day).exclude(pk=case.owner_id)
