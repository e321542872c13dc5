"""Two people at once: one outcome, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from besa.cases.actions import clocks, consents, files, people_on_it, tasks
from besa.cases.actions.ticking import tick
from besa.cases.models import Case, Clock, Consent, Match, Task
from besa.cases.queries_consent import shared_parts
from besa.cases.tests.factory import agree, identity, make_case
from besa.cases.time_limits import Kind
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.lib.refusal import Conflict, Refused
from conftest import MakeMember

pytestmark = pytest.mark.usefixtures("transactional_db")
DAY = timedelta(days=1)
ROUNDS = 3


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do all of it at the same moment, each on a connection of its own; what each gave, or how it was refused."""
    together = threading.Barrier(len(acts), timeout=20)
    found: list[object] = [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        try:
            together.wait()
            found[number] = act()
        except Refused as refused:
            found[number] = refused
        except BaseException as error:
            found[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


@pytest.fixture
def worker(make_member: MakeMember) -> Membership:
    return make_member("municipality")


@pytest.fixture
def colleague(worker: Membership, make_member: MakeMember, case: Case) -> Membership:
    other = make_member("municipality")
    people_on_it.add_to_team(
        case=case, membership=other, is_lead=True, until_at=clock.now() + 90 * DAY, by=worker, at=clock.now()
    )
    return other


def test_a_consent_that_is_withdrawn_while_it_is_shared_on_leaves_no_share(
    worker: Membership, elsewhere: Agency, agency: Agency
) -> None:
    for _round in range(ROUNDS):
        case = make_case(worker, is_child=False)
        given: Consent = agree(case, worker, "names")
        now = clock.now()
        shared, withdrawn = at_once(
            lambda case=case, now=now: people_on_it.share(  # type: ignore[misc]
                case=case,
                agency=elsewhere,
                purpose="assistance",
                groups=["names"],
                until_at=now + DAY,
                by=worker,
                at=now,
            ),
            lambda given=given, now=now: consents.withdraw_consent(consent=given, by=worker, at=now),  # type: ignore[misc]
        )
        assert isinstance(withdrawn, Consent)
        assert isinstance(shared, Refused) or not case.shares.filter(ended_at__isnull=True).exists()
        assert shared_parts(case, elsewhere, now + timedelta(minutes=1)) == frozenset()


def test_two_who_write_down_one_person_in_two_cases_do_not_wait_for_each_other(worker: Membership) -> None:
    """Each holds her own case and writes down that it is like the other's."""
    for number in range(2 * ROUNDS):
        first, second = (make_case(worker, identity=identity(surname=f"{name}{number}")) for name in ("Alp", "Bor"))
        Match.objects.all().delete()
        found = at_once(
            *(
                lambda case=case: files.edit_identity(
                    case=case, version=case.version, identity=identity(), by=worker, at=clock.now()
                )
                for case in (first, second)
            )
        )
        assert [type(one) for one in found] == [Case, Case], found


def test_of_two_who_lengthen_a_time_limit_at_once_one_is_told(
    case: Case, worker: Membership, colleague: Membership
) -> None:
    row, now = clocks.start(case=case, kind=Kind.PLAN_REVIEW, agency=case.owner, by=worker, at=clock.now()), clock.now()
    due = row.due_at

    def lengthen(by: Membership, days: int) -> Clock:
        return clocks.extend(clock=row, version=1, due_at=due + days * DAY, reason="More time.", by=by, at=now)

    found = at_once(lambda: lengthen(worker, 5), lambda: lengthen(colleague, 9))
    assert sorted(type(one).__name__ for one in found) == ["Clock", "Conflict"]
    row.refresh_from_db()
    won = 5 if isinstance(found[0], Clock) else 9
    assert (row.due_at, row.version) == (due + won * DAY, 2)
    assert isinstance(found[0 if won == 9 else 1], Conflict)


def test_two_machines_that_tick_at_once_tell_everybody_once(case: Case, worker: Membership) -> None:
    row = clocks.start(case=case, kind=Kind.PLAN_REVIEW, agency=case.owner, by=worker, at=clock.now())
    late = row.due_at + 40 * DAY
    done = at_once(lambda: tick(late), lambda: tick(late))
    assert [one for one in done if isinstance(one, BaseException)] == []
    tick(late)
    row.refresh_from_db()
    assert row.level == 3
    assert row.changes.filter(verb="escalated").count() == 1
    assert worker.notices.filter(kind="clock_late").count() == 1


def test_a_clock_that_two_start_at_once_runs_once(case: Case, worker: Membership) -> None:
    now = clock.now()
    begin = lambda: clocks.start(case=case, kind=Kind.REFLECTION, agency=case.owner, by=worker, at=now)  # noqa: E731
    first, second = at_once(begin, begin)
    assert isinstance(first, Clock)
    assert first == second
    assert case.clocks.count() == 1


def test_a_task_ends_once(case: Case, worker: Membership, colleague: Membership) -> None:
    now = clock.now()
    task = tasks.set_task(
        case=case, title="Ring her.", assigned_to=worker, due_on=clock.today() + DAY, by=worker, at=now
    )
    found = at_once(
        lambda: tasks.end_task(task=task, is_done=True, by=worker, at=now),
        lambda: tasks.end_task(task=task, is_done=False, by=colleague, at=now),
    )
    assert sorted(type(one).__name__ for one in found) == ["Refused", "Task"]
    assert [one.state for one in found if isinstance(one, Task)] == [Task.objects.get().state]
