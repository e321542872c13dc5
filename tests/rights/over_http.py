"""Every cell of role x deed x stance x state asked over HTTP, and judged by the oracle.

A cell is asked through each door of its deed: as the member, signed in, of the case that stands so to her, in a savepoint that is
undone. What may be known of nothing must be answered as a number that does not exist is answered, word for word.
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.template.backends.django import Template as DjangoTemplate
from django.test import Client
from django.utils.safestring import SafeString

from besa.cases.numbers import new_number
from besa.cases.tests import cells, oracle
from besa.directory.access import ROLES
from besa.directory.case_policy import STATES
from besa.directory.middleware import SESSION_KEY
from besa.directory.models import Membership
from tests.rights import things
from tests.rights.doors import DOORS, Ask, Door

REFUSAL = "You may not do this with this case as you stand to it now."
OPENS, REFUSED, CLOSED, HIDDEN, BROKEN = "opens", "refused", "closed", "hidden", "broken"
Cell = tuple[str, str, str, str]  # role, deed, stance, state
Question = tuple[Cell, int]  # a cell, and which of the doors of its deed


@contextmanager
def unwritten() -> Iterator[None]:
    """Pages are not written, which takes most of their time; in their place stands what they would tell of a refusal."""

    def said(self: Any, context: Any = None, request: Any = None) -> SafeString:
        known = context or {}
        forms = [value for value in known.values() if hasattr(value, "non_field_errors") and value.is_bound]
        errors = [str(form.errors.get_json_data()) for form in forms]
        return SafeString(f"{self.origin.template_name} {known.get('reason', '')} {' '.join(errors)}")

    logging.disable(logging.CRITICAL)  # each refusal would be a line with the way that led to it
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(DjangoTemplate, "render", said)
            yield
    finally:
        logging.disable(logging.NOTSET)


@dataclass
class World:
    """The members, signed in, the cases with what hangs on them, and a number that no case has."""

    members: dict[str, Membership]
    browsers: dict[str, Client]
    asks: dict[tuple[str, str], Ask]
    nobodys: str = field(default_factory=new_number)
    unknown: dict[tuple[str, int, str], tuple[int, str]] = field(default_factory=dict)

    def ask(self, role: str, stance: str, state: str) -> Ask:
        known = self.asks[stance, state]
        return Ask(role, stance, state, known.number, known.keys, known.cast, known.until)


def build(at: datetime) -> World:
    """All that is asked about, and a session for everybody who asks."""
    made, cast = cells.build(at), things.Cast.come()
    until = (at + timedelta(days=9)).date().isoformat()
    asks = {
        key: Ask("", *key, case.number, things.hang(case, cast, at), cast, until) for key, case in made.cases.items()
    }
    return World(made.members, {role: signed_in(member) for role, member in made.members.items()}, asks)


def signed_in(member: Membership) -> Client:
    """A browser of the member; a page that breaks is an answer like any other."""
    client = Client(raise_request_exception=False)
    client.force_login(member.user, backend="besa.directory.backends.PasswordBackend")
    session = client.session
    session[SESSION_KEY] = member.pk
    session.save()
    return client


def questions() -> Iterator[Question]:
    """Every cell through each of its doors."""
    for role in ROLES:
        for deed in oracle.ASK:
            for stance in oracle.STANCES:
                for state in STATES:
                    for number in range(len(DOORS.get(deed, ()))):
                        yield (role, deed, stance, state), number


def may(cell: Cell, deed: str = "") -> bool:
    role, own, stance, state = cell
    return oracle.may(role, deed or own, oracle.STANCES[stance], state)


def holds(role: str, deed: str) -> bool:
    """Whether there is any case with which the role may do the deed, by the oracle: then its page opens to the role."""
    return any(
        oracle.may(role, deed, stance, state) for stance in oracle.STANCES.values() for state in STATES
    )  # fmt: skip


def expected(cell: Cell, door: Door) -> str:
    role, deed = cell[:2]
    if not holds(role, door.page or deed):
        return CLOSED
    if may(cell):
        return OPENS
    if door.hides:
        return HIDDEN
    return REFUSED if door.asks_apart or may(cell, "case_view") else HIDDEN


def sample(seed: int) -> list[Question]:
    """Every role with every deed, in each answer that there is; every door in each answer; every deed with each stance and state."""
    met: set[tuple[str, ...]] = set()
    order = list(questions())
    random.Random(seed).shuffle(order)  # noqa: S311  a choice of what is tested, no secret
    chosen = []
    for cell, number in order:
        role, deed, stance, state = cell
        wanted = expected(cell, DOORS[deed][number])
        pairs: set[tuple[str, ...]] = {(role, deed, wanted)}
        if wanted != CLOSED:
            pairs |= {(deed, str(number), wanted), (deed, stance), (deed, state)}
        if pairs - met:
            met |= pairs
            chosen.append((cell, number))
    return chosen


def answer(client: Client, door: Door, ask: Ask) -> HttpResponseBase:
    """What the door answers; whatever the call has done is undone."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic():
        send: Callable[..., HttpResponseBase] = client.get if door.method == "GET" else client.post
        response = send(door.address(ask), door.data(ask))
        transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.load(cookies)
    cache.clear()
    return response


# The form's secret, the event of the answer, the session's key for what a device keeps.
VARYING = re.compile(r"\b(?:[0-9A-Za-z]{64}|[0-9a-f]{12})\b|(?<=data-key=\")[^\"]+")


def words(response: HttpResponseBase, door: Door, ask: Ask) -> str:
    """The body without what differs between any two answers: secrets of form and session, the event, what was asked for."""
    if response.streaming:
        return ""
    body = response.content.decode(errors="replace")  # type: ignore[attr-defined]
    return VARYING.sub("", body.replace(door.address(ask), "ADDRESS").replace(ask.number, "NUMBER"))


def found(response: HttpResponseBase, text: str) -> str:
    """What the answer is, apart from whether it is that of an unknown number."""
    status = response.status_code
    if status >= 500:
        return BROKEN
    if status == 403:
        return CLOSED
    if status == 404:
        return HIDDEN
    return REFUSED if status in (409, 422) and REFUSAL in text else OPENS


def judge(world: World, cell: Cell, number: int) -> str:
    """What is wrong with a cell at one of its doors, in words; empty when nothing is."""
    role, deed, stance, state = cell
    door, ask, client = DOORS[deed][number], world.ask(role, stance, state), world.browsers[role]
    response = answer(client, door, ask)
    text, wanted = words(response, door, ask), expected(cell, door)
    if wanted == HIDDEN:
        said = (response.status_code, text)
        told = unknown(world, cell, number)
        is_right = said == told and (door.is_form or said[0] == 404)
        return "" if is_right else f"{parted(said, told)}, where an unknown number is answered"
    got = found(response, text)
    if got == OPENS and wanted == OPENS and door.works(ask) and response.status_code >= 400:
        return f"opens, but says {response.status_code} {text}"
    return "" if got == wanted else f"{got} ({response.status_code}) and not {wanted}: {text[:200]}"


def parted(said: tuple[int, str], told: tuple[int, str]) -> str:
    """Where two answers part."""
    place = next((at for at, (one, other) in enumerate(zip(said[1], told[1], strict=False)) if one != other), 0)
    start = max(place - 60, 0)
    return f"{said[0]} {said[1][start : place + 120]!r} and not {told[0]} {told[1][start : place + 120]!r}"


def unknown(world: World, cell: Cell, number: int) -> tuple[int, str]:
    """What the door tells the role of a number that no case has."""
    role, deed, stance, state = cell
    door, ask = DOORS[deed][number], world.ask(role, stance, state).unknown(world.nobodys)
    key = (deed, number, role)
    if key not in world.unknown:
        response = answer(world.browsers[role], door, ask)
        world.unknown[key] = (response.status_code, words(response, door, ask))
    return world.unknown[key]


def wrong(world: World, chosen: Iterable[Question]) -> Iterator[str]:
    """The chosen cells and doors that do not answer as the oracle says, in words."""
    for cell, number in chosen:
        if problem := judge(world, cell, number):
            door = DOORS[cell[1]][number]
            yield f"{' · '.join(cell)} · {door.method} {door.name}: {problem}"
