"""ASVS V16: the record of events and the log of the service, as the production server writes it."""

from __future__ import annotations

import json
import logging
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory

from besa.audit.models import Event
from besa.lib.logs import AllowedKeys
from besa.ui import views
from conftest import ClientOf, MakeMember
from tests.security.conftest import Server
from tests.security.signing_in import PASSWORD, give_password, sign_in

CANARY = "Zamira-Kanarina-1987"


def written(server: Server) -> list[dict[str, Any]]:
    """The lines of the server's log, each of which must be one JSON object."""
    time.sleep(0.3)
    return [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]


def test_an_event_says_when_who_and_what(make_member: MakeMember) -> None:
    member = make_member("coordinator")
    give_password(member.user)
    before = datetime.now(UTC) - timedelta(minutes=1)
    sign_in(member.user)
    event = Event.objects.order_by("-pk")[0]
    assert (event.verb, event.actor) == ("signed_in", f"user:{member.user_id}")
    assert event.object_id == str(member.user_id)
    assert event.at.utcoffset() == timedelta(0)
    assert event.at > before or event.at.year == 2009, "the clock of the house, in the demonstration a set one"


def test_times_carry_their_zone(server: Server) -> None:
    server.ask("/account/login/", Host="elsewhere.example")
    server.ask("/nothing-here-at-all")
    lines = written(server)
    assert lines
    for line in lines:
        assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0), line


def test_the_log_is_readable_by_machines(server: Server) -> None:
    server.ask("/account/login/", Host="elsewhere.example")
    time.sleep(0.3)
    lines = server.log.read_text().splitlines()
    assert lines
    for line in lines:
        said = json.loads(line)
        assert {"time", "level", "logger", "at"} <= set(said), line


def test_what_people_send_is_not_in_the_log(server: Server) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": f"__Host-sessionid={CANARY}"}
    server.ask(f"/{CANARY}/?name={CANARY}", User_Agent=CANARY, Referer=f"https://besa.example.org/{CANARY}")
    server.ask("/account/login/", "POST", f"login={CANARY}@example.org&password={CANARY}", **form)
    server.ask("/account/login/", Host=f"{CANARY.lower()}.example")
    server.ask("/", CANARY)
    server.raw(f"GET /{CANARY} HTTP/1.1\r\nHost: {CANARY}\r\nbad header {CANARY}\r\n\r\n".encode())
    assert CANARY.lower() not in (server.log.read_text() + str(written(server))).lower()


def test_refused_access_is_in_the_log(
    make_member: MakeMember, client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(make_member("donor"))
    with caplog.at_level(logging.WARNING):
        assert client.get("/directory/agencies/add/").status_code == 403
        assert client.get("/audit/").status_code == 403
        forged = Client(enforce_csrf_checks=True).post(
            "/account/login/", {"login": "a@example.org", "password": PASSWORD}
        )
    assert forged.status_code == 403
    refused = [record for record in caplog.records if getattr(record, "status_code", 0) == 403]
    assert len(refused) >= 3
    lines = [json.loads(AllowedKeys().format(record)) for record in refused]
    assert all(line["status"] == 403 and line["method"] in ("GET", "POST") for line in lines)


def test_an_unexpected_error_is_in_the_log_and_not_on_the_page(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise RuntimeError(CANARY)
    except RuntimeError as error:
        record = logging.LogRecord(
            "django.request", logging.ERROR, __file__, 1, CANARY, (), (type(error), error, error.__traceback__)
        )
    line = json.loads(AllowedKeys().format(record))
    assert line["exception"] == ["builtins.RuntimeError"]
    assert CANARY not in json.dumps(line)
    page = views.__dict__.get("broken") or __import__("besa.ui.errors", fromlist=["broken"]).broken
    answer = page(RequestFactory().get(f"/{CANARY}"))
    assert answer.status_code == 500
    shown = answer.content.decode()
    assert not re.search(r"Traceback|RuntimeError|site-packages|/work/|SELECT ", shown)
    assert CANARY not in shown


@pytest.mark.parametrize("name", ["a\nb", "a\r\nERROR forged", "a\x00b", "a\u2028b", 'a"}\n{"level": "CRITICAL'])
def test_a_line_break_makes_no_second_line_in_the_log(name: str) -> None:
    record = logging.LogRecord(name, logging.WARNING, name, 1, name, (), None, name)
    line = AllowedKeys().format(record)
    assert len(line.splitlines()) == 1
    assert json.loads(line)["level"] == "WARNING"
