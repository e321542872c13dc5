"""By which codes a case is counted is kept whenever one of them changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from besa.audit.models import Event
from besa.cases.actions import facts, files, identifying, referring
from besa.cases.actions.facts import Story
from besa.cases.actions.identifying import Identified
from besa.cases.models import Case, CountedAs
from besa.cases.queries_counted import codes_known, codes_now
from besa.cases.tests.factory import identity, make_case, qark
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.lib.measures import UNKNOWN
from conftest import MakeMember

DAY = timedelta(days=1)


def kept(case: Case) -> list[dict[str, str]]:
    return list(CountedAs.objects.filter(case=case).values_list("codes", flat=True))


def test_each_change_of_a_code_is_kept_and_nothing_else(worker: Membership) -> None:
    case = make_case(worker, days_ago=30)
    at = case.opened_at
    seen: list[Any] = [codes_now([case.pk])[case.pk]]
    assert kept(case) == seen
    values = Identified(channel="border", age_group="12_17", screened_on=at.date())

    def changed(number: int) -> None:
        """What has just been done was kept once, with an event, and what was known before is still known."""
        seen.append(codes_now([case.pk])[case.pk])
        assert kept(case) == seen
        assert seen[-1] != seen[-2]
        assert codes_known([case.pk], at + number * DAY)[case.pk] == seen[-1]
        assert codes_known([case.pk], at + number * DAY - timedelta(seconds=1))[case.pk] == seen[-2]
        assert Event.objects.filter(verb="codes_kept").count() == len(seen)

    row = identifying.identify(case=case, values=values, by=worker, at=at + DAY)
    changed(1)
    row = identifying.correct_identification(
        case=case, seen=row.recorded_at, values=replace(values, needs=["shelter"]), by=worker, at=at + 2 * DAY
    )
    assert kept(case) == seen  # needs are not counted by
    identifying.correct_identification(
        case=case, seen=row.recorded_at, values=replace(values, age_group="18_24"), by=worker, at=at + 3 * DAY
    )
    changed(3)
    facts.edit_facts(
        case=case, version=0, values=Story(forms=["forced_begging"], reach="internal"), by=worker, at=at + 4 * DAY
    )
    changed(4)
    case.refresh_from_db()
    files.edit_case(
        case=case, version=case.version, is_child=False, place=qark(), summary="", by=worker, at=at + 5 * DAY
    )
    changed(5)
    case.refresh_from_db()
    other = identity(sex="male", citizenships=["ITA"])
    files.edit_identity(case=case, version=case.version, identity=other, by=worker, at=at + 6 * DAY)
    changed(6)
    assert {name for name, code in seen[-1].items() if code == UNKNOWN} == {"crossing", "municipality"}


def test_a_file_of_which_nothing_was_kept_is_counted_as_it_is(worker: Membership) -> None:
    case = make_case(worker)
    CountedAs.objects.all().delete()
    assert codes_known([case.pk], clock.now()) == codes_now([case.pk])


def test_a_file_that_was_handed_over_counted_for_who_had_it(
    worker: Membership, make_member: MakeMember, elsewhere: Agency
) -> None:
    case = make_case(worker, days_ago=3)
    at = case.opened_at
    referring.hand_over(case=case, lead=make_member(worker.role, elsewhere), by=worker, at=at + DAY)
    bodies = [codes_known([case.pk], at + days * DAY)[case.pk]["body"] for days in (0, 1)]
    assert bodies == [worker.agency.code, elsewhere.code]
