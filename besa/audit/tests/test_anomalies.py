"""The rules of what is unusual, over plain events."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from besa.audit import anomalies
from besa.audit.anomalies import Finding, Rule, Seen, findings
from besa.audit.models import Event

NOON = datetime(2009, 7, 5, 12, tzinfo=UTC)
BESA = Path(anomalies.__file__).parent.parent


def seen(minutes: float = 0, **values: Any) -> Seen:
    usual = {"actor": "membership:1", "agency": "MOI", "verb": "identity_revealed", "relation": "team"}
    return Seen(NOON + timedelta(minutes=minutes), **usual | values)


def rules(*events: Seen, limit: int = 3) -> list[tuple[Rule, int]]:
    return [(finding.rule, finding.count) for finding in findings(events, limit=limit)]


@pytest.mark.parametrize(
    ("relation", "found"),
    [
        ("team", []),
        ("lead", []),
        ("glass", [(Rule.NO_TASK, 1)]),
        ("unit", [(Rule.NO_TASK, 1)]),
        ("", [(Rule.NO_TASK, 1)]),
    ],
)
def test_reading_without_a_task(relation: str, found: list[tuple[Rule, int]]) -> None:
    assert rules(seen(relation=relation)) == found
    assert rules(seen(relation=relation, verb="case_edited")) == []


def test_many_readings_within_an_hour() -> None:
    assert rules(*[seen(minute) for minute in (0, 19, 38)]) == []
    assert rules(*[seen(minute) for minute in (0, 19, 38, 60)]) == []
    assert rules(*[seen(minute) for minute in (59.9, 38, 19, 0)]) == [(Rule.MANY, 4)]
    others = [seen(minute, actor=f"membership:{minute}") for minute in range(9)]
    assert rules(*others) == []


@given(st.lists(st.integers(0, 600), max_size=40))
def test_the_fullest_hour_is_counted(minutes: list[int]) -> None:
    fullest = max((sum(begin <= minute < begin + 60 for minute in minutes) for begin in minutes), default=0)
    found = [count for rule, count in rules(*[seen(minute) for minute in minutes], limit=5) if rule is Rule.MANY]
    assert found == ([fullest] if fullest > 5 else [])


@pytest.mark.parametrize(("hour", "is_night"), [(5, True), (6, False), (21, False), (22, True), (0, True)])
def test_unusual_hours(hour: int, is_night: bool) -> None:
    event = Seen(NOON.replace(hour=hour), "membership:1", "MOI", "notes_read", relation="lead")
    assert rules(event) == ([(Rule.NIGHT, 1)] if is_night else [])


def test_marks() -> None:
    found = rules(seen(flags=("canary", "own_name")), seen(1, flags=("canary",)))
    assert found == [(Rule.OWN_NAME, 1), (Rule.CANARY, 2)]


def test_many_refusals() -> None:
    tries = [seen(minute, verb="case_not_found") for minute in range(20)]
    assert rules(*tries[:19]) == []
    assert rules(*tries) == [(Rule.REFUSED, 20)]
    account: dict[str, Any] = {"actor": "nobody", "verb": "sign_in_failed", "object_type": "directory.user"}
    assert rules(*[seen(minute, object_id=str(minute), **account) for minute in range(40)]) == []
    (found,) = findings([seen(minute, object_id="7", **account) for minute in range(40)], limit=3)
    assert found == Finding(Rule.REFUSED, "nobody", "MOI", 40, "directory.user", "7")


def test_a_role_for_less_than_an_hour() -> None:
    role: dict[str, Any] = {"object_type": "directory.membership", "object_id": "9"}
    given_, ended = seen(verb="membership_approved", **role), seen(59, verb="membership_ended", **role)
    assert rules(given_, ended) == [(Rule.BRIEF_ROLE, 1)]
    assert rules(given_, seen(60, verb="membership_ended", **role)) == []
    assert rules(given_, seen(5, verb="membership_ended", object_type="directory.membership", object_id="8")) == []


def test_every_act_that_opens_a_file_is_watched() -> None:
    code = "\n".join(path.read_text() for path in (BESA / "cases").rglob("*.py") if "tests" not in path.parts)
    for verb in anomalies.READINGS:
        assert re.search(rf'"{verb}"', code), verb


@pytest.mark.usefixtures("db")
def test_the_command_looks_at_yesterday_and_is_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_anomalies")
    assert capsys.readouterr().out == "0 noticed on 2009-07-05\n"
    assert Event.objects.get().verb == "anomalies_looked_for"
    with pytest.raises(CommandError, match="not a date"):
        call_command("audit_anomalies", day="yesterday")
