"""Where the event cannot be written nothing is done and nothing is shown: reading, writing, signing in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from besa.audit.models import Event, Head
from besa.cases.actions import erasing, exports, files, people_on_it
from besa.cases.models import Case, Conflict, Export, Hold, Note
from besa.cases.tests.reading import shows_nothing_sealed, url
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.lib.refusal import Unavailable
from conftest import ClientOf, MakeMember

AWAY = {
    "sqlite": "CREATE TEMP TRIGGER away BEFORE INSERT ON main.audit_event BEGIN SELECT RAISE(ABORT, 'away'); END",
    "postgresql": "ALTER TABLE audit_event ADD CONSTRAINT away CHECK (false) NOT VALID",
}


def take_away() -> None:
    """From now on the database takes no event; it can still be read."""
    with connection.cursor() as cursor:
        cursor.execute(AWAY[connection.vendor])


def everything() -> list[list[tuple[Any, ...]]]:
    """The rows that the acts below would change."""
    return [list(model.objects.order_by("pk").values_list()) for model in (Case, Note, Hold, Conflict, Export, Head)]


Act = Callable[[Case, Membership, Membership], object]
ACTS: dict[str, Act] = {
    "note": lambda case, by, other: files.add_note(case=case, text="She called.", by=by, at=clock.now()),
    "move": lambda case, by, other: files.move(case=case, verb="activate", by=by, at=clock.now()),
    "hold": lambda case, by, other: erasing.ask_hold(case=case, reason="court", by=by, at=clock.now()),
    "conflict": lambda case, by, other: people_on_it.declare_conflict(
        case=case, user=other.user, reason="family", by=by, at=clock.now()
    ),
    "export": lambda case, by, other: exports.ask(
        cases=[case], groups=["names"], purpose="assistance", kind="csv", recipient="Court",
        recipient_key="age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", by=by, at=clock.now(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("act", sorted(ACTS))
def test_no_act_without_its_event(act: str, case: Case, worker: Membership, make_member: MakeMember) -> None:
    other = make_member("data_protection")
    before = everything()
    take_away()
    with pytest.raises(Unavailable), transaction.atomic():
        ACTS[act](case, worker, other)
    assert everything() == before


POSTS = {
    "notes/add/": {"text": "She called."},
    "move/": {"verb": "activate"},
    "hold/": {"reason": "court"},
    "reveal/": {"purpose": "assistance"},
    "read/": {},
    "attachments/": {},
}


@pytest.mark.parametrize("end", sorted(POSTS))
def test_pages_say_that_it_is_not_available(end: str, case: Case, worker: Membership, client_of: ClientOf) -> None:
    client = client_of(worker)
    before, events = everything(), Event.objects.count()
    take_away()
    response = client.post(url(case, end), POSTS[end])
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert shows_nothing_sealed(response)
    assert (everything(), Event.objects.count()) == (before, events)


def test_a_look_for_what_is_not_there_is_not_answered_either(
    case: Case, make_member: MakeMember, elsewhere: Agency, client_of: ClientOf
) -> None:
    client = client_of(make_member("shelter", elsewhere))
    take_away()
    assert client.get(url(case)).status_code == 503


def test_nobody_signs_in_unseen(worker: Membership) -> None:
    worker.user.set_password("a long enough sentence")
    worker.user.save()
    take_away()
    client = Client()
    answer = client.post("/account/login/", {"login": worker.user.email, "password": "a long enough sentence"})
    assert answer.status_code == 503
    assert client.get("/cases/").status_code == 302, "she is not inside"
