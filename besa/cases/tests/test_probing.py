"""Trying out numbers of cases: each look for one that is not there, or not for the reader, is recorded; the answers tell nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import count
from types import SimpleNamespace
from typing import Any

import pyrage
import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client
from pytest_django import Settings

from besa.audit import watching
from besa.audit.models import Anomaly, Event
from besa.cases.actions import compartments, people_on_it
from besa.cases.models import Case
from besa.cases.numbers import new_number
from besa.cases.tests.reading import text, url
from besa.cases.views import common
from besa.directory.models import Agency, Membership
from besa.lib import clock
from conftest import ClientOf, MakeMember

REASON = {"reason": "danger", "words": "He is on the way to her house now."}
WAYS: dict[str, Callable[[Client, str], Any]] = {
    "find": lambda client, number: client.post("/cases/find/", {"number": number}),
    "emergency": lambda client, number: client.post("/cases/glass/break/", REASON | {"number": number}),
    "address": lambda client, number: client.get(f"/cases/{number}/"),
    "export": lambda client, number: client.post("/cases/exports/ask/", export_of(number)),
}


def export_of(number: str) -> dict[str, Any]:
    key = str(pyrage.x25519.Identity.generate().to_public())
    said = {"groups": ["names"], "purpose": "identification", "recipient": "Court", "recipient_key": key, "kind": "csv"}
    return said | {"numbers": number}


@pytest.fixture
def prober(make_member: MakeMember, elsewhere: Agency, case: Case, worker: Membership) -> Membership:
    """Somebody who may break the glass of nearly any case, and has a conflict of interest in this one."""
    found = make_member("police", elsewhere)
    people_on_it.declare_conflict(case=case, user=found.user, reason="family", by=worker, at=clock.now())
    return found


def looks() -> list[Event]:
    return list(Event.objects.filter(verb="case_not_found").order_by("id"))


@pytest.mark.parametrize("way", sorted(WAYS))
def test_hidden_and_unknown_are_recorded_alike_and_answered_alike(
    way: str, prober: Membership, case: Case, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client, answers = client_of(prober), []
    client.get("/cases/find/")
    for number in (case.number, new_number()):
        with django_assert_max_num_queries(99) as asked:
            response = WAYS[way](client, number)
        answers.append((response.status_code, _quiet(text(response), number), len(asked)))
    assert answers[0] == answers[1]
    first, second = looks()
    said = {"actor": prober.audit_name, "fields": [way], "object_type": "directory.membership", "witness": ""}
    assert all(getattr(event, name) == value for event in (first, second) for name, value in said.items())
    kept = json.dumps(list(Event.objects.filter(pk__in=[first.pk, second.pk]).values()), cls=DjangoJSONEncoder)
    assert case.number not in kept
    assert str(case.pk) not in kept


def _quiet(page: str, number: str) -> str:
    """The page without what differs in any two answers: the number that was sent, secrets of forms, the number of the event."""
    secrets = r"[A-Za-z0-9]{64}|age1[a-z0-9]+|\b[0-9a-f]{12}\b"
    return re.sub(secrets, "", page.replace(number, "…"))


@pytest.mark.parametrize("way", sorted(WAYS))
def test_what_is_not_found_is_answered_at_the_next_tick(
    way: str, worker: Membership, prober: Membership, case: Case, client_of: ClientOf, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Hidden or unknown; what is found is answered at once."""
    settings.LOOK_TICK_SECONDS, waits = 0.5, list[float]()
    moments = count(0.0, 0.125)
    monkeypatch.setattr(common, "time", SimpleNamespace(sleep=waits.append, monotonic=lambda: next(moments)))
    for number in (case.number, new_number()):
        WAYS[way](client_of(prober), number)
    assert waits == [0.375, 0.375]
    if way != "emergency":
        WAYS[way](client_of(worker), case.number)
    assert len(waits) == 2


def test_what_is_found_and_what_is_mistyped_are_no_probing(worker: Membership, case: Case, client_of: ClientOf) -> None:
    client = client_of(worker)
    assert client.get(url(case)).status_code == 200
    assert client.post("/cases/find/", {"number": case.number})["Location"] == url(case)
    assert client.get("/cases/K7M2-XXXX-X/").status_code == 404
    assert client.post("/cases/find/", {"number": "K7M2"}).status_code == 422
    assert looks() == []


def test_twenty_looks_of_one_person_in_a_day_are_noticed(
    prober: Membership, case: Case, client_of: ClientOf, make_member: MakeMember
) -> None:
    client, other = client_of(prober), client_of(make_member("municipality"))
    for _number in range(9):
        client.get(f"/cases/{new_number()}/")
        client.post("/cases/find/", {"number": new_number()})
        other.get(f"/cases/{new_number()}/")
    client.get(url(case))
    assert watching.look(day=clock.today(), at=clock.now()) == []
    client.post(url(case, "read/"))
    (noticed,) = watching.look(day=clock.today(), at=clock.now())
    assert (noticed.rule, noticed.actor, noticed.count) == (Anomaly.Rule.REFUSED, prober.audit_name, 20)


def test_numbers_are_not_tried_out_by_an_emergency_without_words(
    make_member: MakeMember, elsewhere: Agency, case: Case, client_of: ClientOf
) -> None:
    """What says too little is refused before the number is looked at, else it would tell which numbers exist."""
    client = client_of(make_member("police", elsewhere))
    pages = [
        _quiet(text(client.post("/cases/glass/break/", REASON | {"number": number, "words": "now"})), number)
        for number in (case.number, new_number())
    ]
    assert pages[0] == pages[1]
    assert "Say in a sentence" in pages[0]


def test_a_case_in_a_compartment_is_as_if_it_were_not(
    make_member: MakeMember, case: Case, worker: Membership, client_of: ClientOf
) -> None:
    wall = compartments.open_compartment(
        code="w", name_en="W", name_sq="W", by=make_member("witness_protection"), at=clock.now()
    )
    Case.objects.filter(pk=case.pk).update(compartment=wall)
    assert client_of(worker).get(url(case)).status_code == 404
    assert [event.actor for event in looks()] == [worker.audit_name]
