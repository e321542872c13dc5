"""The first identification, what happened, the stages of the way, rights, and an adult who refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from besa.audit.models import Event
from besa.cases import time_limits
from besa.cases.actions import facts, identifying
from besa.cases.actions.facts import Stage, Story
from besa.cases.actions.identifying import Identified, Unnamed
from besa.cases.models import Case, Facts, Leg, Refusal
from besa.cases.rules_facts import elements
from besa.cases.tests.factory import make_case, qark
from besa.directory.models import Membership, Place
from besa.lib import clock
from besa.lib.refusal import Conflict, Refused
from besa.vault import cells
from conftest import MakeMember

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def crossing() -> Place:
    return Place.objects.get_or_create(
        code="AL-X-KAKAVIJE", defaults={"kind": "crossing", "name_en": "K", "name_sq": "K"}
    )[0]


def found(**values: object) -> Identified:
    usual: dict[str, object] = {
        "channel": "border", "screened_on": clock.today(), "crossing": crossing(), "reach": "cross_border", "present": ["female_officer"],
        "needs": ["shelter", "medical"], "risk": "high", "language": "sq", "age_group": "18_24", "words": "A lorry at night.",
    }  # fmt: skip
    return Identified(**usual | values)  # type: ignore[arg-type]


def test_the_first_identification_is_recorded_once_sealed_and_sets_the_risk(worker: Membership) -> None:
    case = make_case(worker, is_child=False)
    row = identifying.identify(case=case, values=found(), by=worker, at=clock.now())
    case.refresh_from_db()
    assert (case.risk, row.body, row.present) == ("high", worker.agency, ["female_officer"])
    assert str(row.words) == "[sealed]"
    assert cells.open_cells(row, ["words"])["words"] == "A lorry at night."
    with pytest.raises(Refused, match="already"):
        identifying.identify(case=case, values=found(), by=worker, at=clock.now())


def test_a_doubt_about_the_age_counts_for_the_child(worker: Membership) -> None:
    case = make_case(worker, is_child=False)
    identifying.identify(case=case, values=found(is_age_in_doubt=True), by=worker, at=clock.now())
    case.refresh_from_db()
    assert case.is_child is None


def test_two_who_correct_the_same_identification_lose_nothing(worker: Membership) -> None:
    case = make_case(worker)
    seen = identifying.identify(case=case, values=found(), by=worker, at=clock.now()).recorded_at
    again = {"case": case, "seen": seen, "by": worker}
    identifying.correct_identification(values=found(channel="inland", crossing=None), at=clock.now(), **again)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        identifying.correct_identification(values=found(channel="self"), at=clock.now(), **again)  # type: ignore[arg-type]
    case.identification.refresh_from_db()
    assert case.identification.channel == "inland"


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "rumour"}, {"present": ["journalist"]}, {"needs": ["money"]}, {"risk": "extreme"}, {"age_group": "old"},
        {"reach": "far"}, {"found_by": "x"},
    ],
)  # fmt: skip
def test_what_is_counted_comes_from_the_lists(worker: Membership, wrong: dict[str, object]) -> None:
    case = make_case(worker)
    with pytest.raises(Refused, match="from the list"):
        identifying.identify(case=case, values=found(**wrong), by=worker, at=clock.now())
    with pytest.raises(Refused, match="not come yet"):
        identifying.identify(
            case=case, values=found(screened_on=clock.today() + timedelta(days=1)), by=worker, at=clock.now()
        )
    with pytest.raises(Refused, match="crossing point"):
        identifying.identify(case=case, values=found(crossing=qark()), by=worker, at=clock.now())


@pytest.mark.parametrize(
    ("act", "means", "purpose", "is_child"), list(product([0, 1], [0, 1], [0, 1], [True, False, None]))
)
def test_under_18_no_means_is_needed_and_a_doubt_counts_for_the_child(
    act: int, means: int, purpose: int, is_child: bool | None
) -> None:
    known = elements(
        acts=["transport"] * act, means=["fraud"] * means, forms=["servitude"] * purpose, is_child=is_child
    )
    wanted = 3 if is_child is False else 2
    present = act + purpose + (means if is_child is False else 0)
    assert known.is_complete == (present == wanted)
    assert len(list(known.missing())) == wanted - present


def test_facts_are_changed_by_version_and_the_story_is_sealed(worker: Membership, make_member: MakeMember) -> None:
    case = make_case(worker)
    story = Story(
        forms=["forced_begging", "servitude"], acts=["transport"], countries=["GRC"], words="He kept the money."
    )
    row = facts.edit_facts(case=case, version=0, values=story, by=worker, at=clock.now())
    assert (row.version, row.forms) == (1, ["forced_begging", "servitude"])
    assert cells.open_cells(row, ["words"])["words"] == "He kept the money."
    facts.edit_facts(case=case, version=1, values=replace(story, means=["threat"]), by=worker, at=clock.now())
    with pytest.raises(Conflict):
        facts.edit_facts(case=case, version=1, values=story, by=worker, at=clock.now())
    with pytest.raises(Conflict):
        facts.edit_facts(case=case, version=0, values=story, by=worker, at=clock.now())
    assert Facts.objects.get().means == ["threat"]
    stranger = make_member("shelter")
    with pytest.raises(Refused, match="as you stand to it"):
        facts.edit_facts(case=case, version=2, values=story, by=stranger, at=clock.now())


@pytest.mark.parametrize("wrong", [{"acts": ["sold"]}, {"forms": ["?"]}, {"exit": "flown"}, {"countries": ["Greece"]}])
def test_facts_come_from_the_lists(case: Case, worker: Membership, wrong: dict[str, object]) -> None:
    with pytest.raises(Refused, match="from the list"):
        facts.edit_facts(case=case, version=0, values=Story(**wrong), by=worker, at=clock.now())  # type: ignore[arg-type]
    today = clock.today()
    late = Story(from_on=today, until_on=today - timedelta(days=1))
    with pytest.raises(Refused, match="before the beginning"):
        facts.edit_facts(case=case, version=0, values=late, by=worker, at=clock.now())


def test_stages_keep_their_order_and_the_record_knows_what_was_taken_out(case: Case, worker: Membership) -> None:
    usual = {"case": case, "by": worker, "at": clock.now()}
    first = facts.add_leg(values=Stage("recruitment", "ALB"), **usual)  # type: ignore[arg-type]
    facts.add_leg(values=Stage("transit", "ALB", crossing=crossing()), **usual)  # type: ignore[arg-type]
    facts.add_leg(values=Stage("exploitation", "ITA"), **usual)  # type: ignore[arg-type]
    assert list(case.legs.values_list("position", "country")) == [(1, "ALB"), (2, "ALB"), (3, "ITA")]
    key = str(first.pk)
    facts.remove_leg(leg=first, by=worker, at=clock.now())
    assert not Leg.objects.filter(pk=key).exists()
    assert Event.objects.get(verb="leg_removed").object_id == key
    with pytest.raises(Refused, match="not there any more"):
        facts.remove_leg(leg=first, by=worker, at=clock.now())


def test_rights_are_recorded_and_their_words_sealed(case: Case, worker: Membership) -> None:
    row = identifying.record_rights(
        case=case, kind="informed", on=clock.today(), language="sq", material="spoken", words="She asked twice.", by=worker, at=clock.now()
    )  # fmt: skip
    assert str(row.words) == "[sealed]"
    with pytest.raises(Refused, match="from the list"):
        identifying.record_rights(case=case, kind="praised", on=clock.today(), by=worker, at=clock.now())


def test_a_residence_permit_runs_from_its_day_until_it_is_renewed(case: Case, worker: Membership) -> None:
    today, runs = clock.today(), time_limits.length_of("permit", "")
    for days_ago, states in ((100, ["running"]), (1, ["met", "running"]), (400, ["met", "met"])):
        on = today - timedelta(days=days_ago)
        identifying.record_rights(case=case, kind="permit", on=on, by=worker, at=clock.now())
        rows = list(case.clocks.filter(kind="permit").order_by("started_at", "id"))
        assert sorted(row.state for row in rows) == states
        for row in rows:
            if row.state == "running":
                assert timezone.localdate(row.due_at) == on + runs


def test_an_adult_who_refuses_is_counted_once_without_identity(worker: Membership, make_member: MakeMember) -> None:
    seen = Unnamed(
        on=clock.today(), channel="border", age_group="25_34", crossing=crossing(), sex="male", forms=["forced_labour"]
    )
    identifying.record_refusal(values=seen, by=worker, at=clock.now())
    with pytest.raises(Refused, match="another person"):
        identifying.record_refusal(values=seen, by=worker, at=clock.now())
    identifying.record_refusal(values=replace(seen, is_another=True), by=worker, at=clock.now())
    assert Refusal.objects.count() == 2
    for age in ("12_17", "under_12", "unknown"):
        with pytest.raises(Refused, match="Only an adult"):
            identifying.record_refusal(values=replace(seen, age_group=age), by=worker, at=clock.now())
    with pytest.raises(Refused, match="does not include"):
        identifying.record_refusal(
            values=replace(seen, sex="female"), by=make_member("data_protection"), at=clock.now()
        )
