"""The figures of a round against a recount that walks over everything by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from besa.plan.models import Activity
from besa.reporting.figures import StatusCounts, round_figures
from besa.reporting.models import Entry, Return, Round
from besa.reporting.tests.factory import AT, EXPECTED, Q1, TODAY, World, many

COUNT = Entry.objects  # entries are read anew by the recount, never through the figures
HEARD = ("submitted", "sent_back", "accepted", "locked")
SPENT = st.none() | st.decimals(0, 10**6, places=2)


def reported(activity: str, round: Round) -> str:
    """The status that counts, found the slow way."""
    for entry in COUNT.filter(to__round=round).select_related("activity", "to"):
        if entry.activity.identifier == activity and entry.is_lead and entry.to.state in HEARD:
            return entry.status
    return ""


@pytest.fixture
def two(world: World) -> World:
    """Two rounds."""
    world.open(Q1)
    world.open()
    return world


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    states=st.lists(st.sampled_from(("draft", *HEARD)), min_size=10, max_size=10),
    statuses=st.lists(st.sampled_from(["", *Entry.Status.values]), min_size=22, max_size=22),
    spent=st.lists(SPENT, min_size=22, max_size=22),
)
def test_figures_agree_with_a_recount(
    two: World, states: list[str], statuses: list[str], spent: list[Decimal | None]
) -> None:
    for item, state in zip(Return.objects.order_by("pk"), states, strict=True):
        version = 0 if state == "draft" else 1
        Return.objects.filter(pk=item.pk).update(state=state, version=version, submitted_at=AT if version else None)
    rows = list(Entry.objects.order_by("pk"))
    assert len(rows) == 22
    for entry, status, amount in zip(rows, statuses, spent, strict=True):
        troubled = status in ("delayed", "constrained")
        Entry.objects.filter(pk=entry.pk).update(
            status=status if entry.is_lead else "",
            obstacle_type="money" if troubled and entry.is_lead else "",
            spent=amount,
            currency="" if amount is None else "ALL",
            money_source="" if amount is None else "donor",
        )
    first, second = two.rounds["2009Q1"], two.rounds["2009Q2"]
    figures = round_figures(second, TODAY)
    now = {code: reported(code, second) for code in EXPECTED}
    then = {code: reported(code, first) for code in EXPECTED}
    assert Counter(figures.status.counts) == Counter(now.values())
    assert figures.status.total == len(EXPECTED)
    assert figures.status.reported == sum(1 for status in now.values() if status)
    for group in figures.components:
        mine = [status for code, status in now.items() if code.split(".")[0] == group.code]
        assert Counter(group.status.counts) == Counter(mine)
    heard = [entry for entry in COUNT.filter(to__round=second).select_related("to") if entry.to.state in HEARD]
    amounts = [entry.spent for entry in heard if entry.spent is not None]
    assert sum(figures.spending.amounts.values(), Decimal(0)) == sum(amounts, Decimal(0))
    assert (figures.spending.stated, figures.spending.silent) == (len(amounts), len(heard) - len(amounts))
    assert sum(figures.obstacles.values()) == sum(status in ("delayed", "constrained") for status in now.values())
    assert {change.activity.identifier for change in figures.changes} <= {
        code for code in now if now[code] and now[code] != then[code]
    }
    assert [(period, Counter(counts.counts)) for period, counts in figures.development] == [
        ("2009Q1", Counter(then.values())),
        ("2009Q2", Counter(now.values())),
    ]
    assert figures.submitted == sum(item.state in HEARD for item in Return.objects.filter(round=second))


def test_missing_is_not_reported_and_has_no_share(opened: World) -> None:
    status = round_figures(opened.rounds["2009Q2"], TODAY).status
    assert (status.total, status.reported, status[""]) == (6, 0, 6)
    assert status.share("completed") is None
    assert StatusCounts({}).share("completed") is None
    opened.submitted(status="on_track")
    status = round_figures(opened.rounds["2009Q2"], TODAY).status
    assert status.share("completed") == 0
    assert status.share("on_track") == 100
    assert status[""] == 3


def test_a_draft_is_not_reported(opened: World) -> None:
    opened.write(opened.entry(), status="completed", spent=Decimal(7), currency="ALL")
    figures = round_figures(opened.rounds["2009Q2"], TODAY)
    assert figures.status["completed"] == 0
    assert not figures.spending.amounts


def test_contributions_do_not_change_the_status(opened: World) -> None:
    opened.submitted("MOLSA", status="completed", outputs="One")
    figures = round_figures(opened.rounds["2009Q2"], TODAY)
    assert figures.status["completed"] == 1  # the one that it leads
    assert figures.status[""] == 5


def test_removed_activities_are_not_counted(opened: World) -> None:
    opened.submitted(status="on_track")
    Activity.objects.filter(identifier="II.1.(a).4").update(last_version=1)
    figures = round_figures(opened.rounds["2009Q2"], TODAY)
    assert (figures.status.total, figures.status["on_track"]) == (5, 2)
    assert figures.development[-1][1].total == 5


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("on_track", "delayed", "worse"),
        ("delayed", "constrained", "worse"),
        ("delayed", "completed", "better"),
        ("dropped", "on_track", "better"),
        ("", "delayed", "new"),
        ("on_track", "not_due", None),
        ("delayed", "delayed", None),
        ("delayed", "", None),
    ],
)
def test_changes_since_the_round_before(two: World, before: str, after: str, kind: str | None) -> None:
    two.submitted(period="2009Q1")
    two.submitted(period="2009Q2")
    for period, status in (("2009Q1", before), ("2009Q2", after)):
        Entry.objects.filter(pk=two.entry(period=period).pk).update(status=status)
    changes = round_figures(two.rounds["2009Q2"], TODAY).changes
    assert [change.kind for change in changes if change.activity.identifier == "I.1.(a).1"] == ([kind] if kind else [])


def test_discipline_counts_days_from_the_first_submission(opened: World) -> None:
    round = opened.rounds["2009Q2"]
    opened.submitted("MOI")
    late = round.due_on + timedelta(days=9)
    lines = {line.agency.code: line for line in round_figures(round, late).agencies}
    assert (lines["MOI"].days_late, lines["MOI"].submitted_on) == (0, date(2009, 7, 6))
    assert (lines["MOLSA"].days_late, lines["MOLSA"].submitted_on) == (9, None)
    assert (lines["MOI"].leads, lines["MOI"].contributes) == (3, 0)
    assert (lines["RC-TIR"].leads, lines["RC-TIR"].contributes) == (0, 2)
    figures = round_figures(round, late)
    assert {line.agency.code for line in figures.late} == {"MOLSA", "RC-TIR", "RC-VLO", "ONAC"}
    assert not round_figures(round, round.due_on).late


def test_queries_do_not_grow_with_the_plan(world: World, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    many(world, 60)
    world.open()
    with django_assert_max_num_queries(12):
        round_figures(world.rounds["2009Q2"], TODAY)
