"""What is late, what is due, filters and files of lists, the timeline view."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any

import openpyxl
import pytest
from django.apps import apps
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from besa.directory.models import Agency
from besa.lib.periods import Period
from besa.plan.filters import NOT_REPORTED, ActivityFilter
from besa.plan.hooks import LatestStatus
from besa.plan.models import Activity, Duty, Plan, TimelineEntry
from besa.plan.queries import gantt
from besa.plan.queries.plans import SOON_DAYS, Standing, activities_of, standing_of, with_standing
from besa.plan.tests.world import REPORTED, TODAY, add_activities, load_small
from conftest import ClientOf, MakeMember

STATUSES = ["", "on_track", "delayed", "completed", "dropped"]
DAYS = [None, -400, -1, 0, 1, SOON_DAYS, SOON_DAYS + 1, 400]  # from today


@pytest.fixture
def plan(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plan]:
    """A plan with an activity for each status and due day."""
    config = apps.get_app_config("plan")
    monkeypatch.setattr(config, "plan_status_provider", ["besa.plan.tests.world.reported"], raising=False)
    plan = load_small()
    rows = add_activities(plan, len(STATUSES) * len(DAYS))
    for row, (status, days) in zip(rows, product(STATUSES, DAYS), strict=True):
        row.due_on = None if days is None else TODAY + timedelta(days=days)
        row.is_recurrent = days is None and status == "delayed"
        if status:
            REPORTED[row.pk] = LatestStatus(status, status.replace("_", " "), "2009Q1")
    Activity.objects.bulk_update(rows, ["due_on", "is_recurrent"])
    Duty.objects.filter(activity__in=rows[::3], agency__code="MOI").delete()
    yield plan
    REPORTED.clear()


@pytest.fixture
def client(plan: Plan, make_member: MakeMember, client_of: ClientOf) -> Client:
    return client_of(make_member("donor"))


def _wanted(activity: Activity, chosen: dict[str, str], duties: dict[int, list[tuple[str, bool]]]) -> bool:
    """The filters said once more, in the simplest way."""
    status = REPORTED[activity.pk].code if activity.pk in REPORTED else ""
    due, is_open = activity.due_on, status not in ("completed", "dropped")
    agencies = [code for code, is_lead in duties[activity.pk] if is_lead or not chosen["role"]]
    return (
        (not chosen["component"] or activity.identifier.startswith(f"{chosen['component']}."))
        and (not chosen["under"] or activity.identifier.startswith(f"{chosen['under']}."))
        and (not chosen["agency"] or chosen["agency"] in agencies)
        and (not chosen["text"] or "thing" in activity.text_en)
        and (not chosen["status"] or status == chosen["status"].replace(NOT_REPORTED, ""))
        and {
            "": True,
            "late": due is not None and due < TODAY and is_open,
            "soon": due is not None and TODAY <= due <= TODAY + timedelta(days=90) and is_open,
            "year": due is not None and due.year == 2009,
            "none": due is None,
            "recurring": activity.is_recurrent,
        }[chosen["due"]]
    )


def test_every_combination_of_filters(plan: Plan) -> None:
    standing = standing_of(plan, TODAY)
    rows = with_standing(activities_of(plan), standing)
    activities = list(rows)
    duties: dict[int, list[tuple[str, bool]]] = {activity.pk: [] for activity in activities}
    for duty in Duty.objects.select_related("agency"):
        duties[duty.activity_id].append((duty.agency.code, duty.is_lead))
    matrix = product(["", "I"], ["", "I.1.(b)"], ["", "MOI"], ["", "lead"], ["", "thing"], ["", NOT_REPORTED, "completed"],
                     ["", "late", "soon", "year", "none", "recurring"])  # fmt: skip
    names = ["component", "under", "agency", "role", "text", "status", "due"]
    for values in matrix:
        chosen = dict(zip(names, values, strict=True))
        query = QueryDict(mutable=True)
        query.update(chosen)
        found = ActivityFilter(query, queryset=rows, plan=plan, standing=standing)
        expected = {activity.pk for activity in activities if _wanted(activity, chosen, duties)}
        assert {activity.pk for activity in found.qs} == expected, chosen


def test_late_and_due_lists_are_those_of_the_filters(client: Client, plan: Plan) -> None:
    for page, due in (("late", "late"), ("due", "soon")):
        listed = _rows(client, f"/plan/{page}/?export=csv")
        assert listed
        assert sorted(listed) == sorted(_rows(client, f"/plan/table/?due={due}&export=csv"))


def _rows(client: Client, address: str) -> list[tuple[str, ...]]:
    text = client.get(address).content.decode("utf-8-sig")
    return [tuple(row) for row in csv.reader(io.StringIO(text))][1:]


def test_late_means_past_and_not_done(client: Client) -> None:
    html = client.get("/plan/late/").content.decode()
    assert "status-completed" not in html.split("<tbody")[1]
    standing = Standing({1: LatestStatus("completed", "", ""), 2: LatestStatus("delayed", "", "")}, TODAY)
    past, present = TODAY - timedelta(days=1), TODAY
    assert not standing.is_late(Activity(pk=1, due_on=past))
    assert standing.is_late(Activity(pk=2, due_on=past))
    assert standing.is_late(Activity(pk=3, due_on=past))
    assert not standing.is_late(Activity(pk=3, due_on=present))
    assert standing.is_due_soon(Activity(pk=3, due_on=present))
    assert not standing.is_late(Activity(pk=3, due_on=None))


def test_a_filter_that_nobody_knows_is_said(client: Client) -> None:
    html = client.get("/plan/table/?due=never&agency=NOBODY").content.decode()
    assert "never is not one of the available choices" in html


def test_the_address_keeps_filters_order_and_page(client: Client) -> None:
    html = client.get("/plan/table/?due=none&sort=-due_on&text=thing").content.decode()
    assert "without a date" in html.split('class="chips"')[1]
    page = client.get("/plan/table/?sort=-identifier&page=2").content.decode()
    assert "sort=-identifier" in page
    assert 'aria-sort="descending"' in page


@pytest.mark.parametrize("column", ["identifier", "text", "lead", "due_on", "status"])
def test_every_column_sorts_both_ways(column: str, client: Client) -> None:
    up = _rows(client, f"/plan/table/?sort={column}&export=csv")
    down = _rows(client, f"/plan/table/?sort=-{column}&export=csv")
    assert sorted(up) == sorted(down)
    place = ["identifier", "text", "lead", "due_on", "status"].index(column)
    assert up[0][place] != down[0][place]


def test_the_files_hold_every_row_and_more_columns_than_the_page(client: Client, plan: Plan) -> None:
    rows = _rows(client, "/plan/table/?export=csv")
    assert [row[0] for row in rows] == [activity.identifier for activity in activities_of(plan)]
    book = openpyxl.load_workbook(io.BytesIO(client.get("/plan/table/?export=xlsx").content))
    sheet: Any = book.active
    assert sheet.max_row == len(rows) + 1
    assert "Timeline as printed" in [cell.value for cell in sheet[1]]
    assert "Ministry of Interior" in str(rows)


# --- the timeline view

SCALE = gantt.Scale(tuple(Period(2008, "Q", 1).next(step) for step in range(12)))
DATES = st.dates(date(2006, 1, 1), date(2012, 12, 31))


@given(DATES, DATES)
def test_the_scale_keeps_the_order_of_days(first: date, second: date) -> None:
    first, second = sorted([first, second])
    assert 0 <= SCALE.x(first) <= SCALE.x(second) <= SCALE.width


def test_quarters_are_equally_wide() -> None:
    assert [SCALE.x(quarter.end) for quarter in SCALE.quarters] == [100 * number for number in range(1, 13)]
    assert SCALE.years == [(2008, 4), (2009, 4), (2010, 4)]


@given(
    st.builds(
        TimelineEntry,
        text=st.just("x"),
        start_on=st.none() | DATES,
        due_on=st.none() | DATES,
        recurrence=st.sampled_from(["", "weekly", "monthly", "quarterly", "half-yearly", "yearly-02", "yearly-12"]),
    )
)
def test_marks_lie_inside_the_drawing(entry: TimelineEntry) -> None:
    marks = gantt.marks_of([entry], SCALE)
    for mark in marks:
        assert mark.width > 0 or mark.kind == "open"
        assert 0 <= mark.x <= SCALE.width
        assert mark.x + mark.width <= SCALE.width + 0.2 or mark.x == 0
    kinds = {mark.kind for mark in marks}
    assert ("due" in kinds) == (entry.due_on is not None)
    assert ("open" in kinds) == (entry.due_on is None and not entry.recurrence)


@pytest.mark.parametrize(
    ("recurrence", "ticks"),
    [("quarterly", 12), ("half-yearly", 6), ("yearly-12", 3), ("yearly-02", 3), ("monthly", 12)],
)
def test_recurrences_are_ticks(recurrence: str, ticks: int) -> None:
    assert len(gantt.marks_of([TimelineEntry(text="x", recurrence=recurrence)], SCALE)) == ticks


def test_the_timeline_groups_and_filters(client: Client, plan: Plan) -> None:
    html = client.get("/plan/timeline/").content.decode()
    assert html.count('class="gantt-row"') == activities_of(plan).count()
    assert 'class="today"' in html
    grouped = client.get("/plan/timeline/?by=agency&agency=MOI&role=lead").content.decode()
    assert grouped.count("<section><h2>") == 1
    assert "Ministry of Interior" in grouped.split("<section><h2>")[1]
