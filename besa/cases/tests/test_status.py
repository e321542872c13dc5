"""The status log: which step may follow which, corrections, appeals, and the log on any day as it was known at any moment."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from besa.audit.models import Event
from besa.cases import queries_status, rules_status, status_log
from besa.cases.actions import determinations
from besa.cases.actions.determinations import determine
from besa.cases.actions.ticking import tick
from besa.cases.codes import Basis, Status
from besa.cases.models import Case, Clock, Determination
from besa.cases.status_log import Step
from besa.cases.tests.factory import make_case
from besa.directory.models import Membership
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.vault import cells
from conftest import MakeMember

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture
def authority(make_member: MakeMember) -> Membership:
    return make_member("responsible_authority")


@pytest.fixture
def adult(worker: Membership) -> Case:
    return make_case(worker, days_ago=120, is_child=False)


def say(
    case: Case, status: str, by: Membership, days_ago: int, *, said_ago: int | None = None, **more: object
) -> Determination:
    """A determination of some days ago, recorded on that day, or on the day `said_ago`."""
    at = clock.now() - timedelta(days=days_ago)
    basis = {"identified": "formal_interview", "not_a_victim": "formal_interview", "withdrawn": "wish"}.get(
        status, "initial_interview"
    )
    values: dict[str, object] = {"basis": basis, "decided_on": timezone.localdate(at), "at": at}
    if said_ago is not None:
        values["at"] = clock.now() - timedelta(days=said_ago)
    return determine(case=case, status=status, by=by, **values | more)  # type: ignore[arg-type]


def test_the_way_from_presumed_to_identified_is_in_the_log_and_on_the_case(
    adult: Case, worker: Membership, authority: Membership
) -> None:
    say(adult, "potential", worker, 60, basis="screening")
    say(adult, "presumed", worker, 59)
    row = say(adult, "identified", authority, 5, criteria=["act:recruitment", "form:forced_labour"], reason="All fits.")
    adult.refresh_from_db()
    assert (adult.status, adult.kind) == ("identified", "victim")
    assert (row.body, row.decider, row.criteria) == (
        authority.agency,
        authority,
        ["act:recruitment", "form:forced_labour"],
    )
    assert str(row.reason) == "[sealed]"
    assert cells.open_cells(row, ["reason"]) == {"reason": "All fits."}
    verbs = list(
        Event.objects.filter(object_id__in=[str(row.pk), str(adult.pk)])
        .order_by("-id")
        .values_list("verb", flat=True)[:2]
    )
    assert verbs == ["case_status_changed", "status_determined"]


def test_the_team_does_not_decide_who_is_a_victim_and_the_authority_does_not_presume(
    adult: Case, worker: Membership, authority: Membership
) -> None:
    say(adult, "presumed", worker, 40)
    with pytest.raises(Refused, match="as you stand to it"):
        say(adult, "identified", worker, 0)
    with pytest.raises(Refused, match="as you stand to it"):
        say(adult, "withdrawn", authority, 0)


@pytest.mark.parametrize(
    ("before", "status", "basis"),
    [
        ("", "not_a_victim", "formal_interview"),
        ("", "identified", "formal_interview"),
        ("potential", "identified", "formal_interview"),
        ("presumed", "presumed", "initial_interview"),
        ("presumed", "identified", "screening"),
        ("presumed", "at_risk", "initial_interview"),
        ("presumed", "withdrawn", "screening"),
        ("at_risk", "not_a_victim", "formal_interview"),
    ],
)
def test_a_step_that_the_procedure_does_not_know_is_refused(
    adult: Case, worker: Membership, authority: Membership, before: str, status: str, basis: str
) -> None:
    if before:
        say(adult, before, worker, 50, reason="A word.")
    by = authority if status in rules_status.CONFIRMED else worker
    with pytest.raises(Refused, match="cannot follow"):
        say(adult, status, by, 1, basis=basis, reason="A word.")


def test_a_formal_interview_decides_only_after_the_reflection_period(
    adult: Case, worker: Membership, authority: Membership
) -> None:
    say(adult, "presumed", worker, 29)
    for status in ("identified", "not_a_victim"):
        with pytest.raises(Refused, match="reflection period"):
            say(adult, status, authority, 0, reason="Too early.")
    say(adult, "identified", authority, 0, basis="court")


def test_a_suspended_or_extended_reflection_period_holds_the_decision_back(
    adult: Case, worker: Membership, authority: Membership
) -> None:
    now = clock.now()
    say(adult, "presumed", worker, 90)
    limit = adult.clocks.get(kind="reflection")
    Clock.objects.filter(pk=limit.pk).update(due_at=now + timedelta(days=3))
    with pytest.raises(Refused, match="runs until"):
        say(adult, "identified", authority, 0)
    Clock.objects.filter(pk=limit.pk).update(state="suspended", suspended_at=now, due_at=now - timedelta(days=3))
    with pytest.raises(Refused, match="has not ended"):
        say(adult, "identified", authority, 0)
    Clock.objects.filter(pk=limit.pk).update(state="met", ended_at=now - timedelta(days=3))
    assert say(adult, "identified", authority, 0).pk


def test_a_suspicion_starts_one_period_of_reflection_and_a_decision_meets_its_own_limit(
    adult: Case, worker: Membership, authority: Membership
) -> None:
    say(adult, "potential", worker, 60)
    say(adult, "presumed", worker, 45)
    limit = adult.clocks.get()
    assert (limit.kind, limit.state, (limit.due_at - limit.started_at).days) == ("reflection", "running", 30)
    tick(clock.now() - timedelta(days=29))
    assert adult.clocks.get(kind="identification").state == "running"
    say(adult, "identified", authority, 19)
    assert set(adult.clocks.values_list("kind", "state")) == {("reflection", "met"), ("identification", "met")}
    say(adult, "withdrawn", worker, 10)
    say(adult, "presumed", worker, 5, reason="She rang.")
    assert adult.clocks.filter(kind="reflection", state="running").count() == 1


@pytest.mark.parametrize("is_child", [True, None])
def test_a_child_does_not_withdraw(worker: Membership, is_child: bool | None) -> None:
    case = make_case(worker, days_ago=120, is_child=is_child)
    say(case, "presumed", worker, 5)
    with pytest.raises(Refused, match="A child does not withdraw"):
        say(case, "withdrawn", worker, 0)


def test_who_has_withdrawn_comes_back_to_where_she_stood(
    adult: Case, worker: Membership, authority: Membership
) -> None:
    say(adult, "presumed", worker, 60)
    say(adult, "identified", authority, 20)
    say(adult, "withdrawn", worker, 10)
    with pytest.raises(Refused, match="reasons"):
        say(adult, "identified", authority, 2, basis="wish")
    say(adult, "identified", authority, 2, basis="wish", reason="She rang.")
    adult.refresh_from_db()
    assert adult.status == "identified"
    say(adult, "withdrawn", worker, 1)
    with pytest.raises(Refused, match="cannot follow"):
        say(adult, "potential", worker, 0, basis="wish", reason="Never was.")


def test_a_person_at_risk_becomes_a_victim_by_a_reasoned_determination_and_never_silently(worker: Membership) -> None:
    case = make_case(worker, days_ago=120, kind="at_risk", is_child=False)
    say(case, "at_risk", worker, 20, basis="screening")
    with pytest.raises(Refused, match="counted among"):
        say(case, "presumed", worker, 10)
    say(case, "presumed", worker, 10, reason="She told of the flat.")
    case.refresh_from_db()
    assert (case.status, case.kind) == ("presumed", "victim")
    rows, today = Case.objects.filter(pk=case.pk), clock.today()
    assert queries_status.kinds(rows, today) == {case.pk: "victim"}
    assert queries_status.kinds(rows, today - timedelta(days=15)) == {case.pk: "at_risk"}


def test_a_correction_is_a_new_row_in_the_place_of_the_old_one(
    adult: Case, worker: Membership, authority: Membership
) -> None:
    first = say(adult, "potential", worker, 50, basis="screening")
    say(adult, "presumed", worker, 40)
    before = clock.now() - timedelta(days=2)
    with pytest.raises(Refused, match="corrected"):
        say(adult, "potential", worker, 53, said_ago=0, basis="screening", corrects=first)
    reason = "The day was wrong."
    again = say(adult, "potential", worker, 53, said_ago=0, basis="screening", corrects=first, reason=reason)
    adult.refresh_from_db()
    assert adult.status == "presumed"
    day = first.decided_on - timedelta(days=1)
    assert queries_status.status_at(adult, day) == "potential"
    assert queries_status.status_at(adult, day, before) == ""
    with pytest.raises(Refused, match="corrected already"):
        say(adult, "at_risk", worker, 53, said_ago=0, corrects=first, reason="?")
    other = make_case(worker, days_ago=120, is_child=False)
    with pytest.raises(Refused, match="another case"):
        say(other, "potential", worker, 53, said_ago=0, corrects=again, reason="?")


def test_the_team_does_not_correct_what_the_authority_has_decided(
    adult: Case, worker: Membership, authority: Membership
) -> None:
    say(adult, "presumed", worker, 60)
    held = say(adult, "identified", authority, 5)
    with pytest.raises(Refused, match="does not correct"):
        say(adult, "withdrawn", worker, 0, corrects=held, reason="No.")


def test_a_step_dated_back_must_leave_the_later_ones_possible(adult: Case, worker: Membership) -> None:
    say(adult, "presumed", worker, 20)
    with pytest.raises(Refused, match="cannot follow"):
        say(adult, "presumed", worker, 25, said_ago=0)
    say(adult, "potential", worker, 25, said_ago=0)
    adult.refresh_from_db()
    assert adult.status == "presumed"
    with pytest.raises(Refused, match="not come yet"):
        say(adult, "withdrawn", worker, -1, said_ago=0)


def test_an_appeal_is_decided_by_another_and_overturns_into_a_new_determination(
    adult: Case, worker: Membership, authority: Membership, make_member: MakeMember
) -> None:
    say(adult, "presumed", worker, 60)
    held = say(adult, "not_a_victim", authority, 10, reason="No exploitation was found.")
    appeal = determinations.lodge_appeal(determination=held, lodged_on=clock.today(), by=worker, at=clock.now())
    with pytest.raises(Refused, match="open already"):
        determinations.lodge_appeal(determination=held, lodged_on=clock.today(), by=worker, at=clock.now())
    usual = {"appeal": appeal, "decided_on": clock.today(), "at": clock.now()}
    with pytest.raises(Refused, match="another person decides"):
        determinations.decide_appeal(outcome="upheld", by=authority, **usual)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="as you stand to it"):
        determinations.decide_appeal(outcome="upheld", by=worker, **usual)  # type: ignore[arg-type]
    second = make_member("responsible_authority")
    with pytest.raises(Refused, match="what holds"):
        determinations.decide_appeal(outcome="overturned", status="not_a_victim", by=second, **usual)  # type: ignore[arg-type]
    determinations.decide_appeal(outcome="overturned", status="identified", reason="New papers.", by=second, **usual)  # type: ignore[arg-type]
    adult.refresh_from_db()
    assert adult.status == "identified"
    assert adult.determinations.get(basis="appeal").status == "identified"
    with pytest.raises(Refused, match="decided already"):
        determinations.decide_appeal(outcome="upheld", by=second, **usual)  # type: ignore[arg-type]


def test_an_appeal_that_the_person_takes_back_leaves_the_log_as_it_was(
    adult: Case, worker: Membership, authority: Membership
) -> None:
    presumed = say(adult, "presumed", worker, 60)
    held = say(adult, "identified", authority, 10)
    with pytest.raises(Refused, match="whether the person is a victim"):
        determinations.lodge_appeal(determination=presumed, lodged_on=clock.today(), by=worker, at=clock.now())
    appeal = determinations.lodge_appeal(determination=held, lodged_on=clock.today(), by=worker, at=clock.now())
    determinations.decide_appeal(
        appeal=appeal, outcome="withdrawn", decided_on=clock.today(), by=worker, at=clock.now()
    )
    assert adult.determinations.count() == 2
    with pytest.raises(Refused, match="on the appeal"):
        say(adult, "not_a_victim", authority, 0, basis="appeal")


# --- the log as values

DAYS = st.integers(min_value=0, max_value=12)
START = date(2009, 3, 1)


def moment(days: int, hour: int = 12) -> datetime:
    first = datetime(2009, 3, 1, hour, tzinfo=timezone.get_default_timezone())
    return first + timedelta(days=days)


@st.composite
def logs(draw: st.DrawFn) -> list[Step]:
    """A log as the actions make it: recorded in an order, on any days, some rows taking the place of earlier ones."""
    steps: list[Step] = []
    for number in range(draw(st.integers(min_value=0, max_value=9))):
        free = [step.key for step in steps if step.key not in {other.corrects for other in steps}]
        key, day = uuid.UUID(int=number + 1), START + timedelta(days=draw(DAYS))
        status, basis = draw(st.sampled_from(Status.values)), draw(st.sampled_from(Basis.values))
        corrects = draw(st.sampled_from([None, *free])) if free else None
        steps.append(Step(key, status, basis, day, moment(number) + timedelta(seconds=draw(DAYS)), corrects))
    return steps


def replayed(steps: list[Step], on: date, known_at: datetime) -> str:
    """A second opinion: play the book of records from its beginning, putting each row on the shelf, or in another's place."""
    shelf: list[Step] = []
    for step in sorted(steps, key=lambda step: step.recorded_at):
        if step.recorded_at > known_at:
            break
        if step.corrects is None:
            shelf.append(step)
        else:
            place = [one.key for one in shelf].index(step.corrects)
            shelf[place] = step
    said = ""
    for day in range((on - START).days + 1):
        for step in shelf:  # of one day, in the order of the shelf
            if step.decided_on == START + timedelta(days=day):
                said = step.status
    return said


@settings(max_examples=150, deadline=None)
@given(steps=logs(), on=DAYS, known=DAYS)
def test_the_log_on_any_day_as_known_at_any_moment_is_what_replaying_it_gives(
    steps: list[Step], on: int, known: int
) -> None:
    day = START + timedelta(days=on)
    known_at = moment(known, 23)
    found = status_log.status_on(status_log.in_force(steps, known_at), day)
    assert found == replayed(steps, day, known_at)
    earlier = [step for step in steps if step.recorded_at <= known_at]
    assert found == status_log.status_on(status_log.in_force(earlier, known_at), day)


@pytest.fixture
def three(worker: Membership) -> list[Case]:
    return [make_case(worker) for _number in range(3)]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories=st.tuples(logs(), logs(), logs()), on=DAYS, known=DAYS)
def test_many_cases_at_once_say_what_each_says_by_itself(
    three: list[Case], worker: Membership, histories: tuple[list[Step], ...], on: int, known: int
) -> None:
    Determination.objects.update(corrects=None)
    Determination.objects.all().delete()
    expected, day, known_at = {}, START + timedelta(days=on), moment(known, 23)
    who = {"body": worker.agency, "decider": worker, "recorded_by": worker}
    for one, steps in zip(three, histories, strict=True):
        keys: dict[uuid.UUID | None, uuid.UUID | None] = {None: None, **{step.key: uuid.uuid4() for step in steps}}
        for step in steps:
            Determination.objects.create(
                id=keys[step.key], scope=one.scope, case=one, status=step.status, basis=step.basis, **who,
                decided_on=step.decided_on, recorded_at=step.recorded_at, corrects_id=keys[step.corrects],
            )  # fmt: skip
        if said := replayed(steps, day, known_at):
            expected[one.pk] = said
    assert queries_status.statuses(Case.objects.all(), day, known_at) == expected
    assert queries_status.statuses([one.pk for one in three], day, known_at) == expected
    assert {one.pk: queries_status.status_at(one, day, known_at) for one in three} == {
        one.pk: "" for one in three
    } | expected


MOVES = st.lists(
    st.tuples(st.sampled_from(Status.values), st.sampled_from(Basis.values), st.integers(0, 80), st.booleans(), st.booleans()),
    min_size=3, max_size=8,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_the_case_always_says_the_logs_last_word(
    adult: Case, worker: Membership, authority: Membership, moves: list[tuple[str, str, int, bool, bool]]
) -> None:
    """Whatever is tried, in whatever order, taken or refused."""
    Determination.objects.update(corrects=None)
    Determination.objects.all().delete()
    Case.objects.update(status="", kind="victim")
    case, now, taken = adult, clock.now() - timedelta(days=1), 0
    for number, (status, basis, days_ago, is_correction, has_reason) in enumerate(moves):
        at = now + timedelta(minutes=number)
        last = case.determinations.filter(corrected_by=None).order_by("-recorded_at").first() if is_correction else None
        try:
            determine(
                case=case, status=status, basis=basis, decided_on=timezone.localdate(at) - timedelta(days=days_ago),
                corrects=last, reason="Why." if has_reason else "",
                by=authority if status in rules_status.CONFIRMED else worker, at=at,
            )  # fmt: skip
            taken += 1
        except Refused:
            pass
        case.refresh_from_db()
        assert case.status == queries_status.status_at(case, clock.today())
        assert case.status == (queries_status.statuses([case.pk], clock.today()) or {case.pk: ""})[case.pk]
        assert case.determinations.count() == taken
        rules_status.check_order(queries_status.log_of(case))
