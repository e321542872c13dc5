"""Figures are functions of the records at a moment: what is added later never changes what was counted before."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from besa.assistance.tests.factory import agree, offer
from besa.cases.actions import compartments, determinations, identifying
from besa.cases.models import Case
from besa.cases.tests.factory import make_case
from besa.directory.models import Agency, Membership, Place
from besa.lib import clock
from besa.lib.measures import Dimension, Figure, Kind, Measure, Row, Span, choice, figure, table
from besa.lib.periods import Period
from besa.plan.models import CountedIndicator, Plan
from besa.statistics import counting
from conftest import ClientOf, MakeMember

ROWS = st.lists(
    st.builds(
        Row,
        key=st.text("abc", min_size=1, max_size=3),
        codes=st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from(["a", "b", ""])),
        value=st.integers(0, 1),
    )
)
X, Y = Dimension("x", "x", choice({})), Dimension("y", "y", choice({}))  # type: ignore[arg-type]


def _measure(kind: Kind) -> Measure:
    return Measure("m", "m", "m", "m", lambda span: [], (X, Y), kind)  # type: ignore[arg-type]


@given(ROWS)
def test_margins_are_the_sums_of_their_cells(rows: list[Row]) -> None:
    cells = table(_measure(Kind.COUNT), rows, ["x", "y"])
    for (x, y), made in cells.items():
        if not x:
            inside = [one.value for (a, b), one in cells.items() if a and b == y]
            assert sum((value for value in inside if value is not None), Decimal(0)) == made.value or not y
    assert cells["", ""].value == sum(row.value for row in rows)
    assert sum(one.base for (x, y), one in cells.items() if x and y) == len(rows)


@given(ROWS)
def test_a_share_lies_between_none_and_all_and_nothing_is_not_zero(rows: list[Row]) -> None:
    made = figure(Kind.SHARE, rows)
    assert (made.value is None) == (not rows)
    assert made.value is None or 0 <= made.value <= 100


FOUND = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.sampled_from(["p", "q"]), st.sets(st.sampled_from("123"), min_size=1))
)  # persons by key: what they are, and which statuses they reached


@given(FOUND)
def test_a_person_is_one_wherever_statuses_are_not_told_apart(persons: dict[str, tuple[str, set[str]]]) -> None:
    rows = [Row(key, {"x": is_, "y": status}) for key, (is_, statuses) in persons.items() for status in statuses]
    cells = table(_measure(Kind.DISTINCT), rows, ["x", "y"])
    for (x, y), made in cells.items():
        expected = sum(x in ("", is_) and (not y or y in statuses) for is_, statuses in persons.values())
        assert made == Figure(Decimal(expected), expected), (x, y)
    by_status = [made.base for (x, y), made in cells.items() if y and not x]
    assert max(by_status, default=0) <= len(persons) <= sum(by_status)
    assert sum(made.base for (x, y), made in cells.items() if x and not y) == len(persons)


def test_each_measure_has_a_code_of_its_own_and_counts_nothing_of_nothing(db: None) -> None:
    span = Span(date(2009, 1, 1), date(2009, 12, 31), clock.now())
    for measure in counting.measures().values():
        assert list(measure.rows(span)) == []
        for dimension in measure.dimensions:
            assert set(dimension.words(["unknown"])) == {"unknown"}


# --- of real records


@pytest.fixture
def officer(make_member: MakeMember) -> Membership:
    return make_member("border_police")


@pytest.fixture
def authority(make_member: MakeMember) -> Membership:
    agency = Agency.objects.create(code="RA", name_en="Authority", name_sq="Autoriteti", kind="state_agency")
    return make_member("responsible_authority", agency)


PERIOD = Period.containing(clock.today())


def presume(case: Case, by: Membership, at: datetime | None = None, on: date | None = None) -> Any:
    at = at or clock.now()
    return determinations.determine(
        case=case, status="presumed", decided_on=on or at.date(), basis="initial_interview", criteria=(), body=by.agency,
        reason="", by=by, at=at,
    )  # fmt: skip


def count(code: str, known_at: datetime | None = None, agency: str = "") -> Decimal | None:
    measure = counting.measures()[code]
    rows = counting.rows_of(measure, PERIOD, known_at or clock.now() + timedelta(minutes=1), agency)
    return figure(measure.kind, rows).value


@pytest.fixture
def qark(db: None) -> Place:
    return Place.objects.create(code="AL-Q1", kind="qark", name_en="Q1", name_sq="Q1")


def test_a_person_is_counted_once_for_each_status(officer: Membership, qark: Place) -> None:
    case = make_case(officer, place=qark)
    presume(case, officer)
    assert count("victims_identified") == 1
    assert count("victims_identified", agency=officer.agency.code) == 1
    assert count("victims_identified", agency="RA") == 0


def test_a_person_who_reached_two_statuses_in_the_period_is_one_and_is_shown_under_each(
    officer: Membership, client_of: ClientOf, make_member: MakeMember
) -> None:
    case, at = make_case(officer), clock.now()
    make_case(officer)  # of whom nothing was found
    values = identifying.Identified(screened_on=at.date(), channel="self", reach="internal")
    identifying.identify(case=case, values=values, by=officer, at=at)
    determinations.determine(
        case=case, status="potential", decided_on=at.date(), basis="screening", criteria=(), body=officer.agency, reason="",
        by=officer, at=at,
    )  # fmt: skip
    presume(case, officer, at + timedelta(seconds=1))
    known_at = at + timedelta(minutes=1)
    for code in ("victims_identified", "self_identifications"):
        measure = counting.measures()[code]
        cells = table(measure, counting.rows_of(measure, PERIOD, known_at), ["status", "channel"])
        assert {key: made.value for key, made in cells.items()} == {
            (status, channel): 1 for status in ("", "potential", "presumed") for channel in ("", "self")
        }
    plan = Plan.objects.create(
        code="P", title_en="P", period_start=PERIOD.start, period_end=PERIOD.end, loaded_at=at
    )  # fmt: skip
    CountedIndicator.objects.create(plan=plan, heading="I", measure="victims_identified", position=1)
    kept = {(one.agency, one.dimension, one.code): one.value for one in counting.count(PERIOD, known_at)}
    for agency in (None, officer.agency_id):
        assert kept[agency, "", ""] == 1
        assert {code: kept[key] for key in kept if key[:2] == (agency, "status") for code in key[2:]} == {
            "potential": 1, "presumed": 1,
        }  # fmt: skip
        assert [value for (who, by, _code), value in kept.items() if (who, by) == (agency, "sex")] == [1]
    address = f"/figures/self_identifications/?period={PERIOD}&by=status"
    page = client_of(make_member("statistician")).get(address).content.decode()
    assert "Made of 1 record," in page
    assert "Each is counted once" in page


def test_a_figure_can_be_counted_again_as_it_was_known(officer: Membership) -> None:
    before = clock.now() - timedelta(seconds=1)
    case = make_case(officer)
    first = presume(case, officer)
    known = clock.now() + timedelta(seconds=1)
    determinations.determine(
        case=case, status="potential", decided_on=first.decided_on, basis="screening", criteria=(), body=officer.agency,
        reason="It was not an interview.", corrects=first, by=officer, at=known + timedelta(seconds=1),
    )  # fmt: skip
    measure = counting.measures()["victims_identified"]
    cells = {
        at: table(measure, counting.rows_of(measure, PERIOD, at), ["status"])
        for at in (before, known, known + timedelta(hours=1))
    }
    said = [sorted(code for (code,) in found if code) for found in cells.values()]
    assert said == [[], ["presumed"], ["potential"]]


def test_canaries_and_persons_at_risk_are_no_victims(officer: Membership, make_member: MakeMember) -> None:
    canary = make_case(officer)
    presume(canary, officer)
    compartments.set_canary(case=canary, by=make_member("data_protection"), at=clock.now())
    risky = make_case(officer, kind="at_risk")
    determinations.determine(
        case=risky, status="at_risk", decided_on=clock.today(), basis="screening", criteria=(), body=officer.agency, reason="",
        by=officer, at=clock.now(),
    )  # fmt: skip
    assert count("victims_identified") == 0
    assert count("at_risk_identified") == 1


def test_referrals_are_counted_by_outcome(officer: Membership, authority: Membership) -> None:
    case = make_case(officer)
    agree(case, officer)
    offer(case, authority.agency, officer)
    assert count("referrals") == 1
    assert count("services_asked") == 2
    assert count("referral_hours") is None


def test_every_measure_that_a_plan_asks_for_is_declared() -> None:
    """In the lists of every country that comes with Besa."""
    asked: set[str] = set()
    for path in settings.COUNTRY.parent.glob("*/measures.yaml"):
        for headings in yaml.safe_load(path.read_text(encoding="utf-8")).values():
            asked |= {code for codes in headings.values() for code in codes}
    assert len(asked) > 5
    assert asked <= set(counting.measures())


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_the_commands_say_what_was_counted(officer: Membership) -> None:
    presume(make_case(officer), officer)
    asked = ("measure", "victims_identified", "--period", str(PERIOD))
    found = json.loads(said(*asked, "--by", "status,sex", "--json"))
    assert found["by"] == ["status", "sex"]
    assert {"codes": {"status": "presumed", "sex": ""}, "value": 1.0, "missing": "", "base": 1} in found["cells"]
    before = (PERIOD.start - timedelta(days=1)).isoformat()
    assert json.loads(said(*asked, "--as-known-on", before, "--json"))["cells"][0]["value"] == 0
    assert "Victims found, by status" in said("measure")


@pytest.mark.parametrize(
    ("words", "why", "code"),
    [
        (("measure", "nothing"), "no measure nothing", 2),
        (("measure", "referrals"), "--period", 2),
        (("measure", "referrals", "--period", "soon"), "not a period", 2),
        (("measure", "referrals", "--period", "2009Q2", "--by", "colour"), "broken down by colour", 2),
        (("measure", "referrals", "--period", "2009Q2", "--by", "outcome,outcome"), "3 different", 2),
        (("measure", "referrals", "--period", "2009Q2", "--agency", "NOBODY"), "no institution NOBODY", 2),
        (("measure", "referrals", "--period", "2009Q2", "--as-known-on", "tomorrow"), "tomorrow", 2),
        (("measure", "referrals", "--period", "2009Q2", "--as-known-on", "2099-01-01"), "not come yet", 1),
        (("count_indicators", "soon"), "not a period", 2),
        (("count_indicators", "2009Q2", "--as-known-on", "2099-01-01"), "not come yet", 1),
    ],
)
def test_the_commands_say_what_is_wrong(db: None, words: tuple[str, ...], why: str, code: int) -> None:
    with pytest.raises(CommandError, match=why) as problem:
        call_command(*words)
    assert problem.value.returncode == code


def test_a_figure_opens_as_far_as_the_reader_may_see(
    officer: Membership, authority: Membership, make_member: MakeMember, client_of: ClientOf
) -> None:
    case = make_case(officer)
    presume(case, officer)
    address = f"/figures/victims_identified/?period={PERIOD}&by=status"
    assert case.number in client_of(authority).get(address).content.decode()
    page = client_of(make_member("statistician")).get(address).content.decode()
    assert case.number not in page
    assert "1 record that is not for you" in page
    assert client_of(authority).get("/figures/victims_identified/?period=soon").status_code == 422
