"""Who may see a referral and act on it: lists, actions, pages and the database's own wall against the second opinion."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.urls import reverse

from besa.assistance.actions import referrals
from besa.assistance.models import Referral
from besa.assistance.tests import oracle
from besa.assistance.tests.factory import agree
from besa.cases.middleware import reader_of
from besa.cases.models import Case, Compartment, Conflict, Custodian, TeamMember
from besa.cases.numbers import new_number
from besa.cases.tests import guard
from besa.cases.tests.factory import make_case
from besa.directory.access import ROLES
from besa.directory.models import Agency, Membership, User
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.vault import cells, row_context
from conftest import ClientOf

pytestmark = [
    pytest.mark.django_db(databases=["default", "keystore"]),
]
SEED = 4711
DATA: dict[str, dict[str, str]] = {"decline": {"reason": "full"}, "finish": {"outcome": "provided"}}
ACTS: dict[str, Callable[..., object]] = {
    "accept": referrals.accept, "decline": referrals.decline, "finish": referrals.finish, "revoke": referrals.revoke,
    "message": referrals.read_message,
}  # fmt: skip
Cell = tuple[str, str, str, str]  # role, relation, what closes the case, state


@dataclass(frozen=True)
class World:
    members: dict[tuple[str, str], Membership]
    referrals: dict[tuple[str, str], Referral]
    at: datetime

    def cells(self) -> Iterator[tuple[Cell, Membership, Referral]]:
        for (role, relation), member in self.members.items():
            for (closed, state), referral in self.referrals.items():
                yield (role, relation, closed, state), member, referral


def may(cell: Cell, deed: str) -> bool:
    role, relation, closed, state = cell
    return oracle.may(role, deed, oracle.RELATIONS[relation], oracle.CLOSED[closed], state)


@pytest.fixture
def walled(db: None) -> None:
    guard.install()


@pytest.fixture
def world(db: None) -> World:
    """Somebody of each role in each relation (one wrote them all), and a referral in each state of each case; made past the actions."""
    at = clock.now()
    sender, receiver, other = (
        Agency.objects.create(code=code, name_en=code, name_sq=code, kind="police")
        for code in ("SENDER", "RECEIVER", "OTHER")
    )
    author = _member("municipality", sender, "author")
    members = {
        (role, name): _member(
            role, sender if one.sends else receiver if one.receives else other, name.replace(" ", "-")
        )
        for role in ROLES
        for name, one in oracle.RELATIONS.items()
        if not one.wrote or role == author.role
    }
    (writer,) = (member for (_role, name), member in members.items() if oracle.RELATIONS[name].wrote)
    hidden, own = (Compartment.objects.create(code=code, name_en="C", name_sq="C", created_at=at) for code in "ho")
    span = {"from_at": at, "until_at": at + timedelta(days=9)}
    Custodian.objects.bulk_create(
        Custodian(
            compartment=own, membership=member, state="active", proposed_by=author.user, proposed_at=at,
            decided_by=member.user, decided_at=at, **span,
        )
        for member in members.values()
    )  # fmt: skip
    made: dict[tuple[str, str], Referral] = {}
    for name, closed in oracle.CLOSED.items():
        case = make_case(author)
        agree(case, author)
        team = [member for (_role, relation), member in members.items() if oracle.RELATIONS[relation].on_team]
        TeamMember.objects.bulk_create(TeamMember(case=case, membership=one, added_by=author, **span) for one in team)
        if closed.conflict:
            Conflict.objects.bulk_create(
                Conflict(case=case, user=member.user, reason="other", declared_by=author, declared_at=at)
                for member in members.values()
            )
        if closed.sealed:
            Case.objects.filter(pk=case.pk).update(compartment=own if closed.custodian else hidden)
        made |= {(name, state): _referral(case, writer, receiver, state, at) for state in oracle.STATES}
    return World(members, made, clock.now())  # after what was agreed to


def _member(role: str, agency: Agency, name: str) -> Membership:
    user = User.objects.create_user(f"{role}.{name}@rights.example.org", name=f"A person who is {role}")
    said = datetime.fromisoformat("2008-07-01T00:00+00:00")
    return Membership.objects.create(
        user=user, agency=agency, role=role, from_on=date(2008, 7, 1), until_on=date(2010, 1, 1), state="active",
        proposed_at=said, decided_at=said,
    )  # fmt: skip


def _referral(case: Case, by: Membership, to: Agency, state: str, at: datetime) -> Referral:
    times: dict[str, Any] = {"answered_at": at} if state in ("accepted", "declined", "done") else {}
    times |= {"ended_at": at} if state in ("expired", "revoked", "done") else {}
    row = Referral(
        scope=case.scope, number=new_number(), case=case, from_agency=by.agency, from_by=by, to_agency=to, services=["legal"],
        urgency="soon", purpose="assistance", groups=["names"], state=state, offered_at=at, reply_by=at + timedelta(days=1),
        decline_reason="full" if state == "declined" else "", outcome="provided" if state == "done" else "", **times,
    )  # fmt: skip
    cells.seal(row, message="She is afraid of dogs.")
    row.save(force_insert=True)
    return row


def test_lists_show_what_the_oracle_says(world: World) -> None:
    seen = {
        key: set(Referral.objects.visible_to(member, world.at).values_list("pk", flat=True))
        for key, member in world.members.items()
    }
    wrong = [
        cell for cell, _member, referral in world.cells() if (referral.pk in seen[cell[:2]]) != may(cell, "see")
    ]  # fmt: skip
    assert wrong == []
    assert len(world.members) * len(world.referrals) > 2_000


def sample(world: World, *, is_small: bool = False) -> list[tuple[Cell, str, Membership, Referral]]:
    """Every deed with each relation in each state, each closing and each role in both answers; a small one: with each of these apart."""
    order = [(cell, deed, member, referral) for cell, member, referral in world.cells() for deed in ACTS]
    random.Random(SEED).shuffle(order)  # noqa: S311  a choice of what is tested, no secret
    met: set[tuple[object, ...]] = set()
    chosen = []
    for cell, deed, member, referral in order:
        role, relation, closed, state = cell
        answer = may(cell, deed)
        pairs: set[tuple[object, ...]] = {
            (deed, relation, answer),
            (deed, closed, answer),
            (deed, state, answer),
            (role,),
        }
        if not is_small:
            pairs |= {(deed, role, answer), (deed, relation, state, answer)}
        if pairs - met:
            met |= pairs
            chosen.append((cell, deed, member, referral))
    assert {deed for cell, deed, *_rest in chosen if may(cell, deed)} == set(ACTS)
    return chosen


def test_acts_do_what_the_oracle_says(world: World) -> None:
    wrong = []
    for cell, deed, member, referral in sample(world):
        with transaction.atomic():
            try:
                ACTS[deed](referral=referral, by=member, at=world.at, **DATA.get(deed, {}))
                done = True
            except Refused:
                done = False
            transaction.set_rollback(True)
        if done != may(cell, deed):
            wrong.append((cell, deed, done))
    assert wrong == []


def test_pages_answer_what_the_oracle_says(world: World, client_of: ClientOf) -> None:
    """What one may not see is not found; what one sees and may not do is refused; other roles have no such page."""
    wrong = []
    for cell, deed, member, referral in sample(world, is_small=True):
        client = client_of(member)
        with transaction.atomic():
            shown = client.get(reverse("assistance:referral", args=[referral.pk])).status_code
            told = client.post(reverse(f"assistance:{deed}", args=[referral.pk]), DATA.get(deed, {})).status_code
            transaction.set_rollback(True)
        cache.clear()
        works, sees = cell[0] in oracle.WORKERS, may(cell, "see")
        page = 200 if sees else 404 if works else 403
        act = (200 if deed == "message" else 302) if may(cell, deed) else 409 if sees else page
        if (shown, told) != (page, act):
            wrong.append((cell, deed, (shown, told), (page, act)))
    assert wrong == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone has row-level security")
def test_the_database_shows_no_referral_beyond_what_the_oracle_says(walled: None, world: World) -> None:
    """The wall knows institutions, not roles: a member of another role of the two institutions has the row and no page for it."""
    wrong = []
    for (role, relation), member in world.members.items():
        if role not in oracle.WORKERS:
            continue
        with guard.as_application(), row_context.reading_as(reader_of(member), world.at):
            seen = set(Referral.objects.visible_to(member, world.at).values_list("pk", flat=True))
            bare = set(Referral.objects.values_list("pk", flat=True))
        for (closed, state), referral in world.referrals.items():
            cell = (role, relation, closed, state)
            stands = oracle.RELATIONS[relation].on_team or oracle.CLOSED[closed].custodian  # she knows of the case
            allowed = may(cell, "see") or (stands and not oracle.CLOSED[closed].is_denied)
            if (referral.pk in seen) != may(cell, "see") or (referral.pk in bare and not allowed):
                wrong.append(cell)
    assert wrong == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone has row-level security")
def test_a_referral_is_answered_behind_the_wall(walled: None, world: World, client_of: ClientOf) -> None:
    """Who is asked has no row of the case, and yet accepts; then she has it, until it is over."""
    member, row = world.members["shelter", "receiver"], world.referrals["open", "offered"]
    client, page = client_of(member), reverse("assistance:referral", args=[row.pk])
    case = Case.objects.get(pk=row.case_id)
    with guard.as_application():
        assert client.get(reverse("assistance:referrals")).status_code == 200
        assert case.number not in client.get(page).content.decode()
        assert client.post(reverse("assistance:accept", args=[row.pk])).status_code == 302
        assert case.number in client.get(page).content.decode()
        assert "afraid of dogs" in client.post(reverse("assistance:message", args=[row.pk])).content.decode()
        done = client.post(reverse("assistance:finish", args=[row.pk]), {"outcome": "provided"})
        assert done.status_code == 302
        assert case.number not in client.get(page).content.decode()
    row.refresh_from_db()
    assert (row.state, row.outcome) == ("done", "provided")
