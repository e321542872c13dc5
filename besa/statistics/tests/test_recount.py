"""Every figure counted a second time by plain loops, over random records, by every dimension; and as known on a day it never changes."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from besa.assistance.actions import referrals
from besa.assistance.tests.factory import agree, offer
from besa.cases.actions import clocks, compartments, determinations, facts, files, identifying, merging
from besa.cases.models import Case, Merge
from besa.cases.tests.factory import identity, make_case
from besa.cases.time_limits import Kind
from besa.directory.models import Agency, Place
from besa.lib import clock
from besa.lib.measures import Measure, Span, table
from besa.lib.periods import Period
from besa.lib.refusal import Refused
from besa.plan.models import CountedIndicator, Plan
from besa.statistics import counting
from besa.statistics.tests.recount import RECOUNTS, Line, recount
from conftest import MakeMember

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PERIODS = [Period.parse(name) for name in ("2009Q1", "2009Q2", "2009Q3", "2009H1", "2009")]
FOUND = [
    ("at_risk", "screening"), ("potential", "screening"), ("potential", "screening"), ("presumed", "initial_interview"),
    ("presumed", "initial_interview"), ("identified", "court"), ("withdrawn", "wish"),
]  # fmt: skip

BY_STEPS = ("sop_adherence", "sop_steps")  # they rest on facts and periods of a file, which keep no history


class World:
    """Cases of the last months, made by the real actions, by chance."""

    def __init__(self, make_member: MakeMember, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  what is recorded, no secret
        self.qark = Place.objects.create(code="AL-Q1", kind="qark", name_en="Q1", name_sq="Q1")
        self.town = Place.objects.create(code="AL-M1", kind="municipality", name_en="M", name_sq="M", parent=self.qark)
        self.crossing = Place.objects.create(code="BCP-1", kind="crossing", name_en="B", name_sq="B", parent=self.qark)
        ministry = Agency.objects.create(code="MIN", name_en="Ministry", name_sq="Ministria", kind="ministry")
        above = {"RA": None, "HOUSE": None, "POLICE": ministry, "BORDER": ministry}
        houses = {
            code: Agency.objects.create(code=code, name_en=code, name_sq=code, kind="police", parent=parent)
            for code, parent in above.items()
        }
        self.authority = make_member("responsible_authority", houses["RA"])
        self.host = make_member("shelter", houses["HOUSE"])
        self.police = make_member("police", houses["POLICE"])
        self.officer = make_member("border_police", houses["BORDER"])
        self.watcher = make_member("data_protection")
        self.cases: list[Case] = []
        self.done: defaultdict[str, int] = defaultdict(int)
        self.at = clock.now() - 150 * DAY
        often = [self.open, self.find, self.find, self.correct, self.inform, self.refer, self.answer]
        self.acts = [*often, *often, self.end, self.merge, self.canary, self.limit, self.refuse]

    def go_on(self, steps: int) -> None:
        for _number in range(steps):
            self.at += timedelta(hours=self.chance.randrange(1, 40))
            act = self.chance.choice(self.acts) if self.cases else self.open
            with suppress(Refused):
                if act():
                    self.done[act.__name__] += 1

    def case(self) -> Case:
        return Case.objects.get(pk=self.chance.choice(self.cases).pk)

    def day(self, most: int) -> date:
        """A day of the last ones, by chance."""
        return (self.at - self.chance.randrange(most) * DAY).date()

    def open(self) -> bool:
        chance, by = self.chance, self.chance.choice((self.officer, self.police))
        made = files.open_case(
            kind=chance.choice(("victim", "victim", "at_risk")), is_child=chance.choice((True, False, None)),
            place=chance.choice((None, self.qark, self.town)), summary="",
            identity=identity(sex=chance.choice(("female", "male")), citizenships=chance.choice(([], ["ALB"], ["ITA"]))),
            by=by, at=self.at,
        )  # fmt: skip
        self.cases.append(made)
        if chance.random() < 0.7:
            channel = chance.choice(("border", "border", "self", "inland"))
            values = identifying.Identified(
                screened_on=self.at.date(), channel=channel, age_group=chance.choice(("12_17", "18_24")),
                crossing=self.crossing if channel == "border" else None, reach=chance.choice(("internal", "cross_border", "unknown")),
            )  # fmt: skip
            identifying.identify(case=made, values=values, by=by, at=self.at)
        if chance.random() < 0.5:
            story = facts.Story(
                forms=chance.sample(("forced_begging", "forced_labour"), 2),
                reach=chance.choice(("internal", "unknown")),
            )
            facts.edit_facts(case=made, version=0, values=story, by=by, at=self.at)
        return True

    def find(self) -> bool:
        case, (status, basis) = self.case(), self.chance.choice(FOUND)
        by = self.authority if status == "identified" else case.opened_by
        determinations.determine(
            case=case, status=status, decided_on=self.day(5), basis=basis, body=case.opened_by.agency, reason="So it is.",
            by=by, at=self.at,
        )  # fmt: skip
        return True

    def correct(self) -> bool:
        case = self.case()
        first = case.determinations.filter(corrected_by__isnull=True).order_by("recorded_at").first()
        if first is None:
            return False
        determinations.determine(
            case=case, status=self.chance.choice(("potential", "presumed")), decided_on=first.decided_on - self.chance.randrange(9) * DAY,
            basis="screening", body=first.body, reason="It was not so.", corrects=first, by=case.opened_by, at=self.at,
        )  # fmt: skip
        return True

    def inform(self) -> bool:
        case = self.case()
        kind = self.chance.choice(("informed", "informed", "detained", "complaint"))
        identifying.record_rights(
            case=case, kind=kind, on=self.day(9), language="sq", material="", words="", by=case.opened_by, at=self.at
        )
        return True

    def refer(self) -> bool:
        case = self.case()
        agree(case, case.opened_by, at=self.at)
        services = self.chance.choice((["legal"], ["shelter", "legal"]))
        urgency = self.chance.choice(("now", "routine"))
        offer(case, self.host.agency, case.opened_by, urgency=urgency, services=services, at=self.at)
        return True

    def answer(self) -> bool:
        row = self.case().referrals.filter(state="offered").first()
        if row is None:
            return False
        if self.chance.random() < 0.6:
            referrals.accept(referral=row, by=self.host, at=self.at)
        else:
            referrals.decline(referral=row, reason="full", by=self.host, at=self.at)
        return True

    def end(self) -> bool:
        case = self.case()
        row = case.referrals.filter(state__in=["offered", "accepted"]).first()
        if row is None:
            return False
        if row.state == "accepted" and self.chance.random() < 0.6:
            referrals.finish(referral=row, outcome="provided", by=self.host, at=self.at)
        else:
            referrals.revoke(referral=row, by=case.opened_by, at=self.at)
        return True

    def limit(self) -> bool:
        case = self.case()
        if self.chance.random() < 0.6:
            clocks.start(case=case, kind=Kind.PLAN_REVIEW, agency=case.owner, by=case.opened_by, at=self.at)
        else:
            clocks.meet(case=case, kind=Kind.PLAN_REVIEW, by=case.opened_by, at=self.at)
        return True

    def merge(self) -> bool:
        waits = Merge.objects.filter(state="merged").first()
        if waits is not None and self.chance.random() < 0.5:
            undoing = merging.ask_undoing(merge=waits, by=waits.kept.opened_by, at=self.at)
            merging.decide_undoing(merge=undoing, is_granted=True, by=self.authority, at=self.at)
            return True
        own = [case for case in self.cases if case.opened_by == self.officer]
        if len(own) < 2:
            return False
        kept, merged = (Case.objects.get(pk=case.pk) for case in self.chance.sample(own, 2))
        asked = merging.ask_merge(kept=kept, merged=merged, by=self.officer, at=self.at)
        merging.decide_merge(merge=asked, is_granted=True, by=self.authority, at=self.at)
        return True

    def canary(self) -> bool:
        """A made-up case is so from its beginning."""
        made = make_case(self.officer, days_ago=(clock.now() - self.at).days)
        compartments.set_canary(case=made, by=self.watcher, at=self.at)
        return True

    def refuse(self) -> bool:
        values = identifying.Unnamed(
            on=self.day(5), channel="border", age_group="18_24", crossing=self.crossing, place=self.town, is_another=True,
            sex=self.chance.choice(("female", "")), forms=self.chance.choice(([], ["forced_labour"])),
        )  # fmt: skip
        identifying.record_refusal(values=values, by=self.officer, at=self.at)
        return True


def counted_again(span: Span) -> dict[str, list[Line]]:
    return {code: list(again(span)) for code, again in RECOUNTS.items()}


def divisions(measure: Measure, most: int) -> Iterator[tuple[str, ...]]:
    """The whole, each dimension, and all pairs of them where `most` is 2."""
    names = [one.code for one in measure.dimensions]
    for many in range(most + 1):
        yield from combinations(names, many)


def different(span: Span, again: dict[str, list[Line]], most: int = 1) -> list[Any]:
    """Where the measures and the second count (of all measures or of some) differ: in a row, or in a figure."""
    found: list[Any] = []
    for code, measure in counting.measures().items():
        if code not in again:
            continue
        names, rows = [one.code for one in measure.dimensions], list(measure.rows(span))
        first = sorted((row.key, row.value, tuple(row.codes.get(name, "unknown") for name in names)) for row in rows)
        second = sorted((key, value, tuple(codes[name] for name in names)) for key, value, codes in again[code])
        if first != second:
            found.append(
                (code, [row for row in first if row not in second], [row for row in second if row not in first])
            )
        for by in divisions(measure, most):
            made = {key: (one.value, one.base) for key, one in table(measure, rows, by).items()}
            if made != (expected := recount(code, again[code], by)):
                found.append((code, by, made, expected))
    return found


def test_there_is_a_second_count_of_every_measure() -> None:
    assert set(RECOUNTS) == set(counting.measures())


@pytest.mark.parametrize("seed", [1, 2])
def test_both_counts_agree_on_random_records_at_every_moment(make_member: MakeMember, seed: int) -> None:
    """The second count looks at the records as they are; the measures give the same then, and ever after as known at that moment."""
    world, then = World(make_member, seed), []
    for _stage in range(4):
        world.go_on(45)
        known_at = world.at + timedelta(seconds=1)
        for period in PERIODS:
            span = Span.of(period, known_at)
            then.append((span, counted_again(span)))
            assert different(*then[-1]) == []
    for span, again in then:
        kept = {code: lines for code, lines in again.items() if code not in BY_STEPS}
        assert different(span, kept) == [], f"as it was known at {span.known_at}"
    assert set(world.done) == {act.__name__ for act in world.acts}, "not everything was done"
    span, whole = then[-1]
    assert different(span, whole, most=2) == []
    assert [code for code, lines in whole.items() if not lines] == []
    keys = [key for key, _value, _codes in whole["victims_identified"]]
    assert len(set(keys)) < len(keys), "nobody reached two statuses"


def test_the_figures_that_are_kept_are_those_of_the_second_count(make_member: MakeMember) -> None:
    """Of the country and of each institution with its units: whole, and by each dimension."""
    world = World(make_member, 3)
    world.go_on(80)
    period, known_at = Period.parse("2009H1"), world.at + timedelta(seconds=1)
    plan = Plan.objects.create(
        code="P", title_en="P", period_start=date(2009, 1, 1), period_end=date(2009, 12, 31), loaded_at=world.at
    )
    CountedIndicator.objects.bulk_create(
        CountedIndicator(plan=plan, heading="I", measure=code, position=place) for place, code in enumerate(RECOUNTS)
    )
    kept = {
        (one.measure, one.agency, one.dimension, one.code): (one.value, one.base)
        for one in counting.count(period, known_at)
    }
    assert {made for (_measure, agency, _by, _code), made in kept.items() if agency} != set()
    expected = {}
    for code, lines in counted_again(Span.of(period, known_at)).items():
        names = [one.code for one in counting.measures()[code].dimensions]
        for agency in [None, *Agency.objects.select_related("parent")]:
            own = [line for line in lines if agency is None or agency.code in _whose(line)]
            if agency is not None and not own:
                continue
            key = (code, agency.pk if agency else None)
            expected[*key, "", ""] = recount(code, own, [])[()]
            for name in names:
                expected |= {(*key, name, one): made for (one,), made in recount(code, own, [name]).items() if one}
    assert kept == expected


def _whose(line: Line) -> set[str]:
    """The codes of the institution that did it and of the one that it is a unit of."""
    agency = Agency.objects.select_related("parent").filter(code=line[2]["body"]).first()
    above = agency.parent if agency else None
    return {one.code for one in (agency, above) if one is not None}
