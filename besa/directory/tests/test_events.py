"""Events: in the transaction of their change, and on the auditor's page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from besa.audit import actions
from besa.audit.models import Event
from besa.audit.queries import history_of
from besa.directory.models import Agency
from besa.lib import clock
from conftest import ClientOf, MakeMember


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_a_transaction() -> None:
    agency = Agency.objects.create(code="X", name_en="X", name_sq="X", kind="ngo")
    assert not connection.in_atomic_block
    with pytest.raises(RuntimeError, match="transaction"):
        actions.record("agency_added", agency, by=actions.SYSTEM, at=clock.now())
    with transaction.atomic():
        Agency.objects.filter(pk=agency.pk).update(note="changed")
        actions.record("agency_edited", agency, by=actions.SYSTEM, at=clock.now())
        transaction.set_rollback(True)
    agency.refresh_from_db()
    assert (agency.note, Event.objects.count()) == ("", 0)


def test_history_is_of_the_thing_and_newest_first(agency: Agency) -> None:
    other = Agency.objects.create(code="X", name_en="X", name_sq="X", kind="ngo")
    with transaction.atomic():
        for verb, thing in [("agency_added", agency), ("agency_added", other), ("agency_edited", agency)]:
            actions.record(verb, thing, by=actions.SYSTEM, at=clock.now())
    assert [event.verb for event in history_of(agency)] == ["agency_edited", "agency_added"]
    assert len(history_of(agency, other)) == 3
    assert history_of() == []


@pytest.mark.parametrize(
    ("role", "status"),
    [("auditor", 200), ("data_protection", 200), ("system_admin", 403), ("coordinator", 403), ("user_admin", 403)],
)
def test_only_those_who_watch_read_the_record(
    role: str, status: int, make_member: MakeMember, client_of: ClientOf
) -> None:
    assert client_of(make_member(role)).get("/audit/").status_code == status
    assert Client().get("/audit/").status_code == 302


def test_filters_of_the_record(
    make_member: MakeMember, client_of: ClientOf, agency: Agency, django_assert_max_num_queries: Any
) -> None:
    member, other = make_member("coordinator"), make_member("focal_point")
    now = clock.now()
    with transaction.atomic():
        actions.record("agency_edited", agency, by=member, at=now - timedelta(days=40), fields=["note"])
        for _ in range(60):
            actions.record("seat_added", agency, by=other, at=now)
    client = client_of(make_member("auditor"))
    text = client.get("/audit/").content.decode()
    assert other.user.name in text
    assert "1–25 of 61" in text
    for asked, found in [
        ({"verb": "agency_edited"}, 1),
        ({"actor": member.user.name}, 1),
        ({"actor": other.user.email}, 60),
        ({"member": member.audit_name}, 1),
        ({"object_type": "directory.agency", "object_id": str(agency.pk)}, 61),
        ({"until": (now - timedelta(days=30)).date().isoformat()}, 1),
        ({"since": now.date().isoformat()}, 60),
    ]:
        client.post("/audit/", {"actor": asked.pop("actor", "")})
        lines = client.get("/audit/", asked | {"export": "csv"}).content.decode("utf-8-sig").splitlines()
        assert len(lines) == found + 1, asked
    with django_assert_max_num_queries(19):  # PostgreSQL is told who reads
        client.get("/audit/")
