"""What is a member's on her desk, in a fixed number of queries; and how many time limits were kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from besa.cases import queries_work
from besa.cases.actions import clocks, conferences, people_on_it, tasks
from besa.cases.models import Case
from besa.cases.tests.factory import make_case
from besa.cases.time_limits import Kind
from besa.directory.models import Agency, Membership
from besa.lib import clock
from conftest import MakeMember

DAY = timedelta(days=1)


def burden(case: Case, by: Membership) -> None:
    """A clock, a task and a conference."""
    now = clock.now()
    clocks.start(case=case, kind=Kind.PLAN_REVIEW, agency=case.owner, by=by, at=now)
    tasks.set_task(case=case, title="Ring her.", assigned_to=by, due_on=clock.today(), by=by, at=now)
    conferences.call_conference(case=case, body=None, planned_at=now + DAY, agenda="School.", by=by, at=now)


def test_what_is_mine_is_asked_in_one_query_each(
    worker: Membership, case: Case, django_assert_num_queries: Any, make_member: MakeMember
) -> None:
    other = make_member("municipality")
    for one in (case, make_case(worker), make_case(worker)):
        burden(one, worker)
    burden(make_case(other), other)
    now = clock.now()
    with django_assert_num_queries(3):
        mine: list[list[Any]] = [
            list(found(worker, now))
            for found in (queries_work.clocks_of, queries_work.tasks_of, queries_work.conferences_of)
        ]
        assert [len(rows) for rows in mine] == [3, 3, 3]
        assert len({row.case.number for rows in mine for row in rows}) == 3  # what a line shows takes no further query


def test_what_may_not_be_seen_any_more_is_on_no_desk(worker: Membership, case: Case, make_member: MakeMember) -> None:
    burden(case, worker)
    people_on_it.declare_conflict(
        case=case, user=worker.user, reason="family", by=make_member("data_protection"), at=clock.now()
    )
    now = clock.now()
    for found in (queries_work.clocks_of, queries_work.tasks_of, queries_work.conferences_of):
        assert not found(worker, now).exists()


def test_rates_count_what_was_due_and_call_silence_late(worker: Membership, agency: Agency) -> None:
    start = datetime(2009, 2, 2, 9, tzinfo=timezone.get_default_timezone())
    for met_after in (10, 89, 95, None):
        case = make_case(worker, days_ago=155)
        clocks.start(case=case, kind=Kind.PLAN_REVIEW, agency=agency, by=worker, at=start)
        if met_after is not None:
            clocks.meet(case=case, kind=Kind.PLAN_REVIEW, by=worker, at=start + met_after * DAY)
    called_off = make_case(worker, days_ago=155)
    clocks.start(case=called_off, kind=Kind.PLAN_REVIEW, agency=agency, by=worker, at=start)
    clocks.stop(case=called_off, kind=Kind.PLAN_REVIEW, by=worker, at=start + DAY)
    due = (start + 90 * DAY).date()
    (rate,) = queries_work.on_time(due, due, start + 120 * DAY)
    assert (rate.kind, rate.agency, rate.due, rate.in_time, rate.share) == (Kind.PLAN_REVIEW, "MOI", 4, 2, 50)
    (early,) = queries_work.on_time(due, due, start + 50 * DAY)
    assert (early.due, early.in_time) == (1, 1), "on that day nobody knew yet who would be late"
    assert queries_work.on_time(due + DAY, due + 30 * DAY, start + 120 * DAY) == []
    assert queries_work.on_time(due, due, start + 120 * DAY, kinds=[Kind.FOLLOW_UP]) == []


@pytest.mark.parametrize("kind", [Kind.REFLECTION, Kind.CONSENT])
def test_a_period_is_nobodys_lateness(worker: Membership, case: Case, kind: Kind) -> None:
    now = clock.now()
    row = clocks.start(case=case, kind=kind, agency=case.owner, by=worker, at=now)
    assert queries_work.on_time(row.due_at.date(), row.due_at.date(), now + 400 * DAY) == []
