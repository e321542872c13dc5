"""The plan's fuzzy dates: what each means, in both languages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besa.lib import yaml_text
from besa.lib.timeline import RECURRENCE, Entry, UnknownTime, label, next_due, parse
from besa.plan.tests.country import FOLDER

MEANINGS = [
    ("Mid 2009", None, "2009-06-30", "", "Mesi i vitit 2009"),
    ("Autumn 2008", None, "2008-11-30", "", "Vjeshta e vitit 2008"),
    ("Autumn of 2009", None, "2009-11-30", "", "Vjeshta e vitit 2009"),
    ("Spring 2009", None, "2009-05-31", "", "Pranvera e vitit 2009"),
    ("Beginning of 2009", None, "2009-03-31", "", "Fillimi i vitit 2009"),
    ("Early 2009", None, "2009-03-31", "", "Fillimi i vitit 2009"),
    ("End 2008", None, "2008-12-31", "", "Fundi i vitit 2008"),
    ("By end 2010", None, "2010-12-31", "", "Deri në fund të vitit 2010"),
    ("End 2008 –beginning 2009", "2008-10-01", "2009-03-31", "", "Fundi i vitit 2008 – fillimi i vitit 2009"),
    ("2009", None, "2009-12-31", "", "2009"),
    ("20010", None, "2010-12-31", "", "2010"),
    ("2009-2010", "2009-01-01", "2010-12-31", "", "2009 – 2010"),
    ("2008 to 2010", "2008-01-01", "2010-12-31", "", "2008 – 2010"),
    ("First half 2009", None, "2009-06-30", "", "Gjashtëmujori i parë i vitit 2009"),
    ("First quarter of 2009", None, "2009-03-31", "", "Tremujori i parë i vitit 2009"),
    ("June 2009", None, "2009-06-30", "", "Qershor 2009"),
    ("Until 2010", None, "2010-12-31", "", "Deri në 2010"),
    ("2009-06-30", None, "2009-06-30", "", "30 qershor 2009"),
    ("30 June 2009", None, "2009-06-30", "", "30 qershor 2009"),
    ("2008 onwards", "2008-01-01", None, "", "2008 e në vazhdim"),
    ("2008 -", "2008-01-01", None, "", "2008 e në vazhdim"),
    ("Mid 2008 onwards", "2008-04-01", None, "", "Mesi i vitit 2008 e në vazhdim"),
    ("Starting by end of 2008", None, "2008-12-31", "", "Nis deri në fund të vitit 2008"),
    ("Ongoing", None, None, "", "Në vazhdimësi"),
    ("Continuing", None, None, "", "Në vazhdimësi"),
    ("quarterly", None, None, "quarterly", "Çdo tre muaj"),
    ("Every week", None, None, "weekly", "Çdo javë"),
    (
        "By Febr. of each year for the previous year", None, None, "yearly-02",
        "Deri në fund të muajit shkurt të çdo viti për vitin paraardhës",
    ),
    (
        "June 2008, and by March of each subsequent year", None, "2008-06-30", "yearly-03",
        "Qershor 2008 dhe deri në fund të muajit mars të çdo viti pasues",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "start", "due", "recurrence", "albanian"), MEANINGS)
def test_entry_means(text: str, start: str | None, due: str | None, recurrence: str, albanian: str) -> None:
    days = [date.fromisoformat(day) if day else None for day in (start, due)]
    assert parse(text) == Entry(text, days[0], days[1], recurrence)
    assert label(text, "sq") == albanian
    assert label(text, "en") == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "when ready",
        "Mid",
        "32 June 2009",
        "31 June 2009",
        "2009-13-01",
        "2010 – 2008",
        "12 2009",
        "1 – 2 – 2009",
        "2009, and soon",
    ],
)
def test_unknown_text_is_refused(text: str) -> None:
    with pytest.raises(UnknownTime):
        parse(text)
    assert label(text, "sq") == text


def test_every_printed_entry_of_the_plan_is_read() -> None:
    document, _lines = yaml_text.load((FOLDER / "plan.yaml").read_text("utf-8"))
    entries = [
        parse(text)
        for component in document["components"]
        for aim in component["aims"]
        for objective in aim["objectives"]
        for row in objective["activities"]
        for text in row.get("timeline", [])
    ]
    assert len(entries) > 226
    dues = [entry.due_on for entry in entries if entry.due_on]
    assert min(dues) >= date(2008, 6, 30)
    assert max(dues) == date(2010, 12, 31)
    open_texts = {entry.text for entry in entries if entry.is_open}
    assert open_texts <= {"Ongoing", "Continuing", "2008 -", "Mid 2008 onwards", "First quarter of 2009 -"}
    assert all(label(entry.text, "sq") != entry.text for entry in entries if entry.text[0].isalpha())


DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
RECURRENCES = st.sampled_from(["weekly", "monthly", "quarterly", "half-yearly", "yearly-02", "yearly-12"])


@given(DAYS, RECURRENCES)
def test_recurrence_falls_due_again_within_a_year(today: date, recurrence: str) -> None:
    due = next_due(Entry("x", recurrence=recurrence), today)
    assert due is not None
    assert today <= due
    assert (due - today).days <= 366
    assert RECURRENCE.fullmatch(recurrence)
    assert next_due(Entry("x", recurrence=recurrence), due) == due  # the day itself still counts


@given(DAYS, DAYS)
def test_first_date_comes_before_the_recurrence(due_on: date, today: date) -> None:
    due = next_due(Entry("x", due_on=due_on, recurrence="yearly-03"), today)
    assert due is not None
    if today <= due_on:
        assert due == due_on
    else:
        assert due.month == 3
        assert due >= today


def test_what_does_not_recur_stays_due() -> None:
    assert next_due(parse("Mid 2008"), date(2009, 7, 6)) == date(2008, 6, 30)
    assert next_due(parse("Ongoing"), date(2009, 7, 6)) is None


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        entry = parse(text)
    except UnknownTime:
        return
    assert entry.start_on is None or entry.due_on is None or entry.start_on <= entry.due_on
    assert label(text, "sq")
