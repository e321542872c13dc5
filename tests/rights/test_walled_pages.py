"""Nothing breaks behind row-level security and nothing more is seen: the same pages asked as the tables' owner and as the application."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from besa.cases.models import Attachment, Case, Compartment, Custodian, Erasure, Export, Glass, Hold
from besa.cases.tests import guard
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.people.forms import ROWS
from conftest import ClientOf, MakeMember
from tests.architecture.endpoints import endpoints
from tests.rights import over_http
from tests.rights.doors import Ask, Door

pytestmark = [
    pytest.mark.django_db(databases=["default", "keystore"]),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone has row-level security"),
]
SPACES = ("cases:", "audit:", "notices:", "desk:", "home")
READERS = ("municipality", "police", "witness_protection", "responsible_authority", "data_protection", "rcat")
PARTS = (
    Door("cases:file", "GET"), Door("cases:read"), Door("cases:attachments_read"), Door("cases:edit", "GET"),
    Door("cases:reveal", data=lambda ask: {"purpose": ask.purpose}), Door("cases:statement", "GET"),
    Door("cases:decide_erasure", "GET", thing="erasure"), Door("cases:glass", "GET", thing="glass", has_number=False),
    Door("cases:glass_words", thing="glass", has_number=False), Door("cases:add_to_team", "GET"),
    Door("cases:export", "GET", thing="export", has_number=False),
    Door("cases:statement", data=lambda ask: {"format": "page", "language": "en"}),
)  # fmt: skip


def lists() -> list[Door]:
    """Every page without a case in its address."""
    found = {end.name for end in endpoints() if not end.arguments and end.name.startswith(SPACES)}
    return [Door(name, "GET", has_number=False) for name in sorted(found)]


def said(world: over_http.World, role: str, door: Door, ask: Ask) -> tuple[int, str]:
    response = over_http.answer(world.browsers[role], door, ask)
    return response.status_code, over_http.words(response, door, ask)


def questions(world: over_http.World) -> Iterator[tuple[str, Door, Ask]]:
    for role in (*READERS, "security_admin", "auditor"):
        for door in lists():
            yield role, door, world.ask(role, "stranger", "active")
    for role in READERS:
        for (stance, state), _ask in world.asks.items():
            for door in PARTS if state == "active" else ():
                yield role, door, world.ask(role, stance, state)


def test_each_page_says_the_same_behind_the_wall(db: None) -> None:
    """Asked first with the first wall alone, then with both."""
    guard.install()
    world = over_http.build(clock.now())
    different = []
    for role, door, ask in questions(world):
        open_ = said(world, role, door, ask)
        with guard.as_application():
            walled = said(world, role, door, ask)
        if walled != open_ or walled[0] >= 500:
            different.append((role, door.name, ask.stance, ask.state, over_http.parted(walled, open_)))
    assert different == []


class Walk:
    """Acts through pages, as the application; each must succeed."""

    def __init__(self, client_of: ClientOf, members: dict[str, Membership]) -> None:
        self.browsers: dict[str, Client] = {role: client_of(member) for role, member in members.items()}

    def do(self, role: str, name: str, data: dict[str, Any] | None = None, **words: Any) -> HttpResponseBase:
        with guard.as_application():
            response: HttpResponseBase = self.browsers[role].post(reverse(f"cases:{name}", kwargs=words), data or {})
        assert response.status_code < 400, (role, name, response.content[-3000:])  # type: ignore[attr-defined]
        return response

    def refused(self, role: str, name: str, status: int, data: dict[str, Any] | None = None, **words: Any) -> None:
        with guard.as_application():
            response = self.browsers[role].post(reverse(f"cases:{name}", kwargs=words), data or {})
        assert response.status_code == status, (role, name)


@pytest.fixture
def walk(db: None, make_member: MakeMember, client_of: ClientOf, settings: Settings, tmp_path: Path) -> Walk:
    guard.install()
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    there = Agency.objects.create(code="THERE", name_en="There", name_sq="Atje", kind="police")
    roles = ("municipality", "witness_protection", "responsible_authority", "data_protection", "security_admin")
    members = {role: make_member(role) for role in roles} | {"police": make_member("police", agency=there)}
    members["second keeper"] = make_member("witness_protection", agency=there)
    return Walk(client_of, members)


FORM: dict[str, Any] = {
    "kind": "victim", "is_child": "doubt", "place": "", "summary": "Came alone.", "surname": "Marku", "given_names": "Ana",
    "father_name": "", "birth_date": "1995", "birth_place": "", "sex": "female", "citizenships": "alb",
    "registration": "unknown", "contacts-0-is_safe": "unknown",
    **{f"{name}-{key}": value for name in ROWS for key, value in {"TOTAL_FORMS": "1", "INITIAL_FORMS": "0"}.items()},
}  # fmt: skip
PERSON = {"surname": "Marku", "given": "Ana", "birth_year": "1995", "paper": "", "phone": ""}


def test_a_case_from_its_opening_to_its_erasure(walk: Walk) -> None:
    """Opened, found by the person, kept in, taken out by two, held and let go by two, closed and erased by two."""
    walk.do("municipality", "open", FORM)
    case = Case.objects.get()
    number = case.number
    found = walk.do("municipality", "find", PERSON | {"purpose": "contact"})
    assert number.encode() in found.content  # type: ignore[attr-defined]
    hidden = walk.do("police", "find", PERSON | {"purpose": "identification"})
    assert number.encode() not in hidden.content  # type: ignore[attr-defined]
    file = SimpleUploadedFile("statement.txt", b"She was taken there. " * 9)
    walk.do("municipality", "attachment_add", {"title": "Statement", "file": file}, number=number)
    kept = Attachment.objects.get()
    read = walk.do("municipality", "attachment_read", number=number, pk=kept.pk, part="copy")
    assert b"taken there" in b"".join(read.streaming_content)  # type: ignore[attr-defined]
    walk.refused("police", "attachment_read", 404, number=number, pk=kept.pk, part="copy")
    _taken_out(walk, number)
    walk.do("municipality", "ask_hold", {"reason": "court"}, number=number)
    hold = Hold.objects.get()
    walk.do("data_protection", "decide_hold", number=number, pk=hold.pk, verb="confirm")
    walk.do("municipality", "decide_hold", number=number, pk=hold.pk, verb="ask-lifting")
    walk.do("responsible_authority", "decide_hold", number=number, pk=hold.pk, verb="lift")
    for verb in ("activate", "monitor", "close"):
        walk.do("municipality", "move", {"verb": verb, "closing": "lost"}, number=number)
    walk.do("municipality", "ask_erasure", {"reason": "wish"}, number=number)
    walk.do("data_protection", "decide_erasure", {"answer": "erase"}, number=number, pk=Erasure.objects.get().pk)
    case.refresh_from_db()
    assert case.state == "erased"


def _taken_out(walk: Walk, number: str) -> None:
    key = pyrage.x25519.Identity.generate()
    asked = {"numbers": number, "groups": ["names"], "purpose": "contact", "kind": "csv", "recipient": "The court"}
    walk.do("municipality", "export_ask", asked | {"recipient_key": str(key.to_public())})
    export = Export.objects.get()
    walk.do("data_protection", "export_decide", {"decision": "approve"}, pk=export.pk)
    sealed = walk.do("municipality", "export_download", pk=export.pk)
    assert b"Marku" in pyrage.decrypt(sealed.content, [key])  # type: ignore[attr-defined]
    walk.refused("municipality", "export_download", 409, pk=export.pk)


def test_a_compartment_and_an_emergency_that_takes_two(walk: Walk) -> None:
    """Custodians are named by two, a case is put away, and opened again by two of them; the officer reviews it."""
    walk.do("responsible_authority", "open_compartment", {"code": "w", "name_en": "W", "name_sq": "W"})
    compartment, until = Compartment.objects.get(), (date(2009, 7, 6) + timedelta(days=90)).isoformat()
    for role in ("witness_protection", "second keeper"):
        member = walk_member(walk, role)
        walk.do(
            "responsible_authority", "propose_custodian", {"membership": member.pk, "until": until}, pk=compartment.pk
        )
        named = Custodian.objects.get(membership=member)
        walk.do("security_admin", "decide_custodian", pk=named.pk, verb="approve")
    walk.do("witness_protection", "open", FORM)
    number = Case.objects.get().number
    walk.do("witness_protection", "seal", {"compartment": compartment.pk}, number=number)
    walk.refused("responsible_authority", "reveal", 404, {"purpose": "coordination"}, number=number)
    asked = {"number": number, "reason": "danger", "words": "He is on the way to her."}
    walk.refused("police", "break_glass", 422, asked)
    walk.do("second keeper", "break_glass", asked)
    glass = Glass.objects.get()
    walk.do("witness_protection", "glass_words", pk=glass.pk)
    walk.do("witness_protection", "second", {"answer": "open"}, pk=glass.pk)
    walk.do("second keeper", "reveal", {"purpose": "emergency"}, number=number)
    walk.do("second keeper", "end_glass", pk=glass.pk)
    walk.refused("data_protection", "review_glass", 404, {"finding": "justified"}, pk=glass.pk)


def walk_member(walk: Walk, role: str) -> Membership:
    """Who is signed in under the name."""
    user = walk.browsers[role].session["_auth_user_id"]
    return Membership.objects.get(user=user)
