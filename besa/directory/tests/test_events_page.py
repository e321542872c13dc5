"""The auditor's pages: the state of the chain, and what was noticed in the events."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.utils import timezone

from besa.audit import actions, watching
from besa.audit.models import Anomaly, ChainState, Event
from besa.directory.audit_tables import events_of
from besa.directory.models import Agency
from besa.lib import clock
from besa.lib.refusal import Refused
from conftest import ClientOf, MakeMember


def record(verb: str, obj: Any, by: actions.Actor, **values: Any) -> None:
    with transaction.atomic():
        actions.record(verb, obj, by=by, at=values.pop("at", clock.now()), **values)


def test_the_page_says_what_the_commands_found(make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("auditor"))
    assert client.get("/audit/").content.decode().count("never") == 2
    now = clock.now()
    state = ChainState.objects.create(pk=1, verified_at=now, is_whole=True, verified_events=17, verified_with_data=True)
    text = client.get("/audit/").content.decode()
    assert "whole" in text
    assert "17 events" in text
    ChainState.objects.filter(pk=state.pk).update(
        is_whole=False, problem="event 7: bad", anchored_at=now, anchor_number=4
    )
    text = client.get("/audit/").content.decode()
    assert "NOT whole" in text
    assert "event 7: bad" in text
    assert "anchor 4" in text


def test_names_are_read_for_the_shown_page_only(
    make_member: MakeMember, client_of: ClientOf, agency: Agency, django_assert_num_queries: Any
) -> None:
    for _number in range(30):
        record("agency_edited", agency, make_member("focal_point"))
    client = client_of(make_member("auditor"))
    first, second = (client.get(f"/audit/?page={page}").content.decode() for page in (1, 2))
    assert first.count("<td") > 25 * 9
    assert "Focal Point 30" in first
    assert "Focal Point 30" not in second
    assert "Focal Point 1<" in second


def test_only_the_count_of_all_events_comes_from_the_heads(
    make_member: MakeMember, client_of: ClientOf, agency: Agency
) -> None:
    for _number in range(3):
        record("agency_edited", agency, actions.SYSTEM)
    record("seat_added", agency, actions.SYSTEM)
    client = client_of(make_member("auditor"))
    total = Event.objects.count()
    assert f"{total} entries" in client.get("/audit/").content.decode()
    assert "3 entries" in client.get("/audit/?verb=agency_edited").content.decode()


@pytest.fixture
def noticed(agency: Agency, make_member: MakeMember) -> Anomaly:
    """A focal point has opened a file of a case that is not hers."""
    noon = timezone.make_aware(datetime.combine(clock.today(), time(12)))
    record("identity_revealed", agency, make_member("focal_point"), at=noon, relation="unit", is_reading=True)
    make_member("auditor")
    (found,) = watching.look(day=clock.today(), at=clock.now())
    return found


def test_what_is_noticed_is_told_recorded_and_shown_once(
    noticed: Anomaly, make_member: MakeMember, client_of: ClientOf
) -> None:
    assert (noticed.rule, noticed.count) == ("no_task", 1)
    assert watching.look(day=clock.today(), at=clock.now()) == []
    notice = apps.get_model("notices.Notice").objects.get(kind="anomalies_noticed")
    assert (notice.to.role, notice.url_name, notice.url_args) == ("auditor", "audit:anomalies", [])
    assert Event.objects.filter(verb="anomaly_noticed").count() == 1
    assert Event.objects.filter(verb="anomalies_looked_for").count() == 2
    client = client_of(make_member("data_protection"))
    assert "Opened files without being on the team" in client.get("/audit/anomalies/?answered=no").content.decode()
    page = client.get(f"/audit/anomalies/{noticed.pk}/").content.decode()
    assert "Keep the answer" not in page  # the auditor answers


def test_the_link_of_a_finding_shows_its_events(noticed: Anomaly, make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("auditor"))
    lines = client.get("/audit/", events_of(noticed) | {"export": "csv"}).content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "identity_revealed" in lines[1]


def test_the_auditor_answers_with_a_note_of_the_list(
    noticed: Anomaly, make_member: MakeMember, client_of: ClientOf
) -> None:
    auditor, officer = make_member("auditor"), make_member("data_protection")
    address = f"/audit/anomalies/{noticed.pk}/answer/"
    assert client_of(officer).post(address, {"note": "work"}).status_code == 403
    client_of(auditor).post(address, {"note": "free text"})
    noticed.refresh_from_db()
    assert noticed.note == ""
    client_of(auditor).post(address, {"note": "asked"})
    noticed.refresh_from_db()
    assert (noticed.note, noticed.acknowledged_by) == ("asked", auditor.audit_name)
    assert Event.objects.filter(verb="anomaly_acknowledged", actor=auditor.audit_name).count() == 1
    page = client_of(auditor).get(f"/audit/anomalies/{noticed.pk}/").content.decode()
    assert auditor.user.name in page
    assert "Keep the answer" not in page
    with pytest.raises(Refused, match="answered"):
        watching.acknowledge(anomaly=noticed, note="work", by=auditor, own_names=set(), at=clock.now())


def test_nobody_answers_for_herself(make_member: MakeMember, client_of: ClientOf, agency: Agency) -> None:
    auditor = make_member("auditor")
    anomaly = Anomaly.objects.create(
        rule="night", actor=auditor.audit_name, day=date(2009, 7, 5), count=1, found_at=clock.now() - timedelta(hours=1)
    )
    client = client_of(auditor)
    assert "This is about you" in client.get(f"/audit/anomalies/{anomaly.pk}/").content.decode()
    client.post(f"/audit/anomalies/{anomaly.pk}/answer/", {"note": "work"})
    anomaly.refresh_from_db()
    assert anomaly.note == ""
