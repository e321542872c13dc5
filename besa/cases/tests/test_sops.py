"""The national procedures: what of them a case has kept to, by itself and among many; what the country says of each step."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from django.conf import settings

from besa.cases import sops
from besa.cases.actions import facts, files, identifying
from besa.cases.actions.determinations import determine
from besa.cases.actions.facts import Story
from besa.cases.actions.identifying import Identified
from besa.cases.models import Case
from besa.cases.queries_sops import adherences, helps, helps_for, steps_of
from besa.cases.sops import Course, Done
from besa.cases.tests.factory import make_case
from besa.directory.models import Membership
from besa.lib import clock
from conftest import MakeMember
from tests.architecture.endpoints import endpoints

AT = datetime(2009, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
KEPT = Course(
    opened_at=AT, is_child=None, channel="border", present=frozenset({"female_officer", "social_worker", "interpreter", "child_unit"}),
    needs_interpreter=True, screened_at=AT, informed_at=AT, consent_at=AT, first_status_at=AT, suspected_at=AT,
    confirmed_at=AT + 35 * DAY, referred_at=AT, reflection_at=AT, reflection_until=AT + 30 * DAY, facts_at=AT + 5 * DAY,
    conference_at=AT + 5 * DAY,
)  # fmt: skip


def states(course: Course, days: float) -> dict[str, Done]:
    return {step.code: step.state for step in sops.steps(course, AT + days * DAY)}


def test_a_course_that_keeps_to_everything_adheres_in_full() -> None:
    assert set(states(KEPT, 60).values()) == {Done.IN_TIME}
    kept = sops.adherence(sops.steps(KEPT, AT + 60 * DAY))
    assert (kept.due, kept.in_time, kept.is_full, kept.share) == (12, 12, True, 100)
    assert sops.adherence([]).share is None


@pytest.mark.parametrize(
    ("change", "code", "days", "state"),
    [
        ({"screened_at": AT + 2 * DAY}, "screening", 60, Done.LATE),
        ({"screened_at": None}, "screening", 0.5, Done.WAITING),
        ({"screened_at": None}, "screening", 2, Done.MISSING),
        ({"present": frozenset({"female_officer"})}, "presence", 60, Done.MISSING),
        ({"channel": "inland", "present": frozenset()}, "presence", 60, Done.NOT_NEEDED),
        ({"present": frozenset()}, "interpreter", 60, Done.MISSING),
        ({"needs_interpreter": False}, "interpreter", 60, Done.NOT_NEEDED),
        ({"is_child": False}, "child_unit", 60, Done.NOT_NEEDED),
        ({"is_child": True, "present": frozenset()}, "child_unit", 60, Done.MISSING),
        ({"informed_at": AT + 3 * DAY}, "rights", 60, Done.LATE),
        ({"reflection_until": AT + 29 * DAY}, "reflection", 60, Done.MISSING),
        ({"suspected_at": None}, "reflection", 60, Done.NOT_NEEDED),
        ({"confirmed_at": None}, "formal", 39, Done.WAITING),
        ({"confirmed_at": None}, "formal", 41, Done.MISSING),
        ({"confirmed_at": AT + 45 * DAY}, "formal", 60, Done.LATE),
        ({"confirmed_at": None, "closed_at": AT + 20 * DAY}, "formal", 60, Done.NOT_NEEDED),
        ({"kind": "at_risk"}, "conference", 60, Done.NOT_NEEDED),
        ({"consent_at": AT + 50 * DAY}, "consent", 40, Done.MISSING),
    ],
)
def test_a_step_is_judged_by_what_happened_and_when(
    change: dict[str, Any], code: str, days: float, state: Done
) -> None:
    assert states(replace(KEPT, **change), days)[code] == state


def test_what_comes_later_is_not_known_earlier() -> None:
    """The same course asked at an earlier moment says nothing of what is done afterwards."""
    for code, state in states(KEPT, 3).items():
        assert state in ({Done.WAITING} if code in ("facts", "conference", "formal") else {Done.IN_TIME}), code


def test_the_country_explains_each_step_by_a_row_of_its_plan_beside_pages_that_there_are() -> None:
    assert set(helps()) == set(sops.CODES)
    plan = yaml.safe_load((settings.COUNTRY / "strategy-2008-2010" / "plan.yaml").read_text(encoding="utf-8"))
    rows = set(re.findall(r"'id': '([^']+)'", str(plan)))
    pages = {end.name for end in endpoints()}
    for help in helps().values():
        assert help.row in rows, help.code
        assert all([help.title_en, help.title_sq, help.must_en, help.must_sq])
        assert help.title_en != help.title_sq
        assert set(help.pages) & pages, f"{help.code} stands beside no page that there is"
    assert [help.code for help in helps_for("cases:rights_add")] == ["rights"]


@pytest.mark.django_db(databases=["default", "keystore"])
def test_the_file_and_the_count_of_many_say_the_same_in_the_same_queries(
    make_member: MakeMember, django_assert_num_queries: Any
) -> None:
    worker = make_member("municipality")
    cases = [filled(worker) for _number in range(3)]
    at = clock.now()
    with django_assert_num_queries(8):
        many = adherences(Case.objects.all(), at)
    assert many == {case.pk: steps_of(case, at) for case in Case.objects.all()}
    found = {step.code: step.state for step in many[cases[0].pk]}
    assert found["screening"] == found["status"] == found["facts"] == found["reflection"] == Done.IN_TIME
    assert found["child_unit"] == found["rights"] == found["consent"] == Done.MISSING
    assert found["formal"] == Done.WAITING
    assert Counter(step.state for step in many[cases[1].pk]) == Counter(found.values())


@pytest.mark.django_db(databases=["default", "keystore"])
def test_what_was_written_down_later_changes_nothing_that_was_said_before(make_member: MakeMember) -> None:
    worker = make_member("municipality")
    case = filled(worker)
    then, said = clock.now() - 10 * DAY, clock.now() - 5 * DAY
    before = adherences(Case.objects.all(), then)[case.pk]
    assert {step.code: step.state for step in before}["rights"] == Done.MISSING
    identifying.record_rights(case=case, kind="informed", on=(said - 15 * DAY).date(), by=worker, at=said)
    files.move(case=case, verb="close", closing="lost", by=worker, at=said)
    assert adherences(Case.objects.all(), then)[case.pk] == before
    now = {step.code: step.state for step in adherences(Case.objects.all(), clock.now())[case.pk]}
    assert now["rights"] == Done.IN_TIME


def filled(by: Membership) -> Case:
    case = make_case(by, days_ago=20)
    at = clock.now() - 20 * DAY
    usual: dict[str, Any] = {"case": case, "by": by, "at": at}
    identifying.identify(values=Identified(channel="inland", screened_on=at.date()), **usual)
    determine(status="presumed", basis="screening", decided_on=at.date(), **usual)
    facts.edit_facts(version=0, values=Story(forms=["servitude"]), **usual)
    return case
