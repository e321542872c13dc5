"""Consent is a grant: for a purpose and a recipient, parts, until a moment; withdrawn at once; overridden by two, reviewed by a third."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from besa.cases.actions import consents, files, people_on_it, reading
from besa.cases.actions.ticking import tick
from besa.cases.identity import Identity, Part
from besa.cases.models import Case, Consent, Override, Share
from besa.cases.queries_consent import agreed, consented, overrides_waiting, shared_parts
from besa.cases.tests.factory import agree, identity, make_case
from besa.directory.case_policy import SHAREABLE
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.notices.models import Notice
from conftest import MakeMember

DAY = timedelta(days=1)
PARTS = [part.value for part in SHAREABLE]


@pytest.fixture
def adult(worker: Membership) -> Case:
    return make_case(worker, is_child=False)


def guarded(*, is_excluded: bool) -> Identity:
    """An identity with one guardian named by a court."""
    known = identity()
    part = Part({"kind": "guardian", "name": "Aunt", "contact": "", "is_excluded": is_excluded})
    return replace(known, guardians=(part,))


def share(
    case: Case, agency: Agency, by: Membership, *groups: str, days: int = 30, at: datetime | None = None
) -> Share:
    at = at or clock.now()
    return people_on_it.share(
        case=case, agency=agency, purpose="assistance", groups=groups, until_at=at + days * DAY, by=by, at=at
    )


# --- whose word counts


def test_a_grown_up_decides_for_herself(adult: Case, worker: Membership, elsewhere: Agency) -> None:
    for voice in ("guardian", "best_interests"):
        with pytest.raises(Refused, match="for herself"):
            agree(adult, worker, "names", given_as=voice)
    agree(adult, worker, "names")
    assert consented(adult, purpose="assistance", recipient=elsewhere, at=clock.now()) == {"names"}
    assert consented(adult, purpose="return", recipient=elsewhere, at=clock.now()) == frozenset()


@pytest.mark.parametrize("is_child", [True, None])
def test_a_child_is_not_asked_and_an_excluded_guardian_is_not_heard(worker: Membership, is_child: bool | None) -> None:
    case = make_case(worker, is_child=is_child, identity=guarded(is_excluded=True))
    with pytest.raises(Refused, match="not asked"):
        agree(case, worker, "names", given_as="person")
    with pytest.raises(Refused, match="no guardian"):
        agree(case, worker, "names", given_as="guardian")
    decided = agree(case, worker, "names")
    assert (decided.given_as, decided.form, decided.language) == ("best_interests", "", "")


def test_what_a_guardian_agreed_to_ends_when_he_is_excluded(worker: Membership, elsewhere: Agency) -> None:
    case = make_case(worker, identity=guarded(is_excluded=False))
    agree(case, worker, "names", given_as="guardian")
    share(case, elsewhere, worker, "names")
    files.edit_identity(case=case, version=1, identity=guarded(is_excluded=True), by=worker, at=clock.now())
    assert consented(case, purpose="assistance", recipient=elsewhere, at=clock.now()) == frozenset()
    assert not case.shares.filter(ended_at__isnull=True).exists()


def test_when_she_turns_out_to_be_a_child_her_own_word_counts_no_more(
    adult: Case, worker: Membership, elsewhere: Agency
) -> None:
    agree(adult, worker, "names", "birth")
    share(adult, elsewhere, worker, "names")
    files.edit_case(case=adult, version=1, is_child=None, place=None, summary="", by=worker, at=clock.now())
    adult.refresh_from_db()
    assert not adult.shares.filter(ended_at__isnull=True).exists()
    agree(adult, worker, "birth", given_as="best_interests")
    assert consented(adult, purpose="assistance", recipient=elsewhere, at=clock.now()) == {"birth"}


def test_nobody_decides_alone_without_consent(adult: Case, worker: Membership) -> None:
    with pytest.raises(Refused, match="another person approves"):
        agree(adult, worker, "names", given_as="danger")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"days": 400}, "366 days"), ({"days": -1}, "over"), ({"language": ""}, "language"), ({"form": ""}, "how"),
        ({"given_on": clock.today() + DAY}, "still to come"),
    ],
)  # fmt: skip
def test_a_consent_has_a_day_an_end_a_form_and_a_language(
    adult: Case, worker: Membership, wrong: dict[str, Any], why: str
) -> None:
    values: dict[str, Any] = {
        "given_on": clock.today(),
        "given_as": "person",
        "form": "signed",
        "language": "sq",
    } | wrong
    days, at = values.pop("days", 30), clock.now()
    with pytest.raises(Refused, match=why):
        consents.give_consent(
            case=adult, purpose="assistance", recipient=None, groups=["names"], until_at=at + days * DAY, by=worker,
            at=at, **values,
        )  # fmt: skip
    with pytest.raises(Refused, match="at least one"):
        agree(adult, worker)


# --- sharing


def test_only_what_is_agreed_to_is_shared(
    adult: Case, worker: Membership, elsewhere: Agency, make_member: MakeMember
) -> None:
    shelter = make_member("shelter", elsewhere)
    with pytest.raises(Refused, match="told anything"):
        share(adult, elsewhere, worker)
    agree(adult, worker, "names", "contacts", days=40)
    with pytest.raises(Refused, match="all of these parts"):
        share(adult, elsewhere, worker, "names", "papers")
    with pytest.raises(Refused, match="ends before"):
        share(adult, elsewhere, worker, "names", days=41)
    share(adult, elsewhere, worker, "names")
    read = reading.reveal(case=adult, purpose="assistance", by=shelter, at=clock.now())
    assert read.groups == {"names"}
    other = reading.reveal(case=adult, purpose="contact", by=shelter, at=clock.now())
    assert other.groups == frozenset(), "it was not shared for this purpose"


def test_withdrawal_counts_at_once_and_leaves_the_rest(
    adult: Case, worker: Membership, elsewhere: Agency, make_member: MakeMember
) -> None:
    shelter = make_member("shelter", elsewhere)
    agree(adult, worker, "names")
    birth = agree(adult, worker, "birth", to=elsewhere)
    share(adult, elsewhere, worker, "names", "birth")
    now = clock.now()
    consents.withdraw_consent(consent=birth, by=worker, at=now)
    assert [row.groups for row in adult.shares.filter(ended_at__isnull=True)] == [["names"]]
    assert reading.reveal(case=adult, purpose="assistance", by=shelter, at=now).groups == {"names"}
    consents.withdraw_consent(consent=adult.consents.get(withdrawn_at__isnull=True), by=worker, at=now)
    assert not Case.objects.visible_to(shelter, now).exists()
    with pytest.raises(Refused, match="already"):
        consents.withdraw_consent(consent=birth, by=worker, at=now)
    assert set(adult.clocks.values_list("state", flat=True)) == {"stopped"}


def test_a_share_that_outlives_what_it_rests_on_shows_nothing(
    adult: Case, worker: Membership, elsewhere: Agency
) -> None:
    """Past the actions: a row that was put there by hand, or left by an older version."""
    agree(adult, worker, "names", days=10)
    now = clock.now()
    Share.objects.create(
        case=adult, agency=elsewhere, groups=["names", "papers"], purpose="assistance", from_at=now,
        until_at=now + 90 * DAY, given_by=worker,
    )  # fmt: skip
    assert shared_parts(adult, elsewhere, now) == {"names"}
    assert shared_parts(adult, elsewhere, now + 11 * DAY) == frozenset()
    tick(now + 9 * DAY)
    tick(now + 11 * DAY)
    assert not adult.shares.filter(ended_at__isnull=True).exists()


# --- without consent


def ask(case: Case, to: Agency, by: Membership, *groups: str, at: datetime | None = None) -> Override:
    at = at or clock.now()
    return consents.ask_override(
        case=case,
        purpose="assistance",
        recipient=to,
        groups=groups,
        reason="danger",
        until_at=at + 7 * DAY,
        by=by,
        at=at,
    )


def test_two_disclose_without_consent_and_a_third_reviews(
    adult: Case, worker: Membership, elsewhere: Agency, make_member: MakeMember
) -> None:
    officer, second, third = (make_member("data_protection") for _ in range(3))
    asked, now = ask(adult, elsewhere, worker, "names"), clock.now()
    assert {notice.to for notice in Notice.objects.filter(kind="override_asked")} == {officer, second, third}
    assert consented(adult, purpose="assistance", recipient=elsewhere, at=now) == frozenset()
    assert overrides_waiting(officer, now) == [asked]
    consents.decide_override(override=asked, is_granted=True, by=officer, at=now)
    assert consented(adult, purpose="assistance", recipient=elsewhere, at=now) == {"names"}
    told = {notice.to for notice in Notice.objects.filter(kind="override_decided")}
    assert told == {worker, second, third}
    assert (overrides_waiting(officer, now), overrides_waiting(second, now)) == ([], [asked])
    with pytest.raises(Refused, match="another person"):
        consents.review_override(override=asked, is_justified=True, by=officer, at=now)
    consents.review_override(override=asked, is_justified=False, by=second, at=now + DAY)
    assert consented(adult, purpose="assistance", recipient=elsewhere, at=now + DAY) == frozenset()
    assert adult.clocks.get(kind="override_review").state == "met"


def test_who_asks_does_not_decide(adult: Case, worker: Membership, elsewhere: Agency, make_member: MakeMember) -> None:
    asked, now = ask(adult, elsewhere, worker, "names"), clock.now()
    twice = Membership.objects.create(
        user=worker.user, agency=elsewhere, role="data_protection", from_on=worker.from_on, state="active",
        proposed_at=now, decided_at=now,
    )  # fmt: skip
    with pytest.raises(Refused, match="another person"):
        consents.decide_override(override=asked, is_granted=True, by=twice, at=now)
    with pytest.raises(Refused, match="over"):
        consents.decide_override(override=asked, is_granted=True, by=make_member("data_protection"), at=now + 8 * DAY)
    consents.decide_override(override=asked, is_granted=False, by=make_member("data_protection"), at=now)
    assert consented(adult, purpose="assistance", recipient=elsewhere, at=now) == frozenset()


def test_an_unjustified_disclosure_ends_what_was_shared_on_it(
    adult: Case, worker: Membership, elsewhere: Agency, make_member: MakeMember
) -> None:
    asked = ask(adult, elsewhere, worker, "names")
    consents.decide_override(override=asked, is_granted=True, by=make_member("data_protection"), at=clock.now())
    share(adult, elsewhere, worker, "names", days=5)
    consents.review_override(
        override=asked, is_justified=False, by=make_member("responsible_authority"), at=clock.now()
    )
    assert not adult.shares.filter(ended_at__isnull=True).exists()


# --- over random lives of a case


@dataclass
class Said:
    """What was said in the test's own words: purpose, to whom (None: to each), parts, from, until, ended."""

    purpose: str
    to: int | None
    groups: frozenset[str]
    start: datetime
    end: datetime
    row: Any = None
    voice: str = ""


@dataclass
class Life:
    """A case, two institutions, two second persons, and a model of what was agreed to, told apart from the code."""

    case: Case
    by: Membership
    readers: list[Membership]
    seconds: list[Membership]
    at: datetime
    said: list[Said] = field(default_factory=list)
    is_child: bool = False
    has_guardian: bool = True

    def counts(self, one: Said) -> bool:
        if one.voice == "person" and self.is_child:
            return False
        if one.voice == "guardian" and not (self.is_child and self.has_guardian):
            return False
        if one.voice == "best_interests" and not self.is_child:
            return False
        return one.start <= self.at < one.end

    def may_know(self, purpose: str, to: int) -> set[str]:
        return {
            part for one in self.said if self.counts(one) and one.purpose == purpose and one.to in (None, to)
            for part in one.groups
        }  # fmt: skip

    def check(self) -> None:
        for share in self.case.shares.filter(ended_at__isnull=True, until_at__gt=self.at):
            outside = set(share.groups) - self.may_know(share.purpose, share.agency_id)
            assert not outside, f"shared beyond consent: {outside}"
        for reader in self.readers:
            for purpose in ("assistance", "protection"):
                may = self.may_know(purpose, reader.agency_id)
                assert consented(self.case, purpose=purpose, recipient=reader.agency, at=self.at) == may
                assert shared_parts(self.case, reader.agency, self.at, purpose) <= may
                try:
                    read = reading.reveal(case=self.case, purpose=purpose, by=reader, at=self.at)
                except Refused:
                    continue
                assert set(read.groups) <= may, "opened beyond consent"


def consent(life: Life, purpose: str, to: int, groups: frozenset[str], days: int) -> None:
    voices = (["guardian"] * life.has_guardian + ["best_interests"]) if life.is_child else ["person"]
    voice, agency = voices[days % len(voices)], (None, *(r.agency for r in life.readers))[to % 3]
    row = agree(life.case, life.by, *groups, purpose=purpose, to=agency, days=days, at=life.at, given_as=voice)
    life.said.append(Said(purpose, agency.pk if agency else None, groups, life.at, life.at + days * DAY, row, voice))


def override(life: Life, purpose: str, to: int, groups: frozenset[str], days: int) -> None:
    agency = life.readers[to % 2].agency
    days = days % 30 + 1
    row = consents.ask_override(
        case=life.case, purpose=purpose, recipient=agency, groups=groups, reason="court", until_at=life.at + days * DAY,
        by=life.by, at=life.at,
    )  # fmt: skip
    is_granted = days % 3 > 0
    consents.decide_override(override=row, is_granted=is_granted, by=life.seconds[0], at=life.at)
    if is_granted:
        life.said.append(Said(purpose, agency.pk, groups, life.at, life.at + days * DAY, row))


def end(life: Life, _purpose: str, to: int, _groups: frozenset[str], days: int) -> None:
    """Withdraw a consent, or review a disclosure."""
    if not life.said:
        return
    one = life.said[(to * 7 + days) % len(life.said)]
    if isinstance(one.row, Consent):
        consents.withdraw_consent(consent=one.row, by=life.by, at=life.at)
        one.end = min(one.end, life.at)
    else:
        is_justified = days % 2 == 0
        consents.review_override(override=one.row, is_justified=is_justified, by=life.seconds[1], at=life.at)
        one.end = one.end if is_justified else min(one.end, life.at)


def give(life: Life, purpose: str, to: int, groups: frozenset[str], days: int) -> None:
    people_on_it.share(
        case=life.case, agency=life.readers[to % 2].agency, purpose=purpose, groups=groups, until_at=life.at + days * DAY,
        by=life.by, at=life.at,
    )  # fmt: skip


def wait(life: Life, _purpose: str, to: int, _groups: frozenset[str], days: int) -> None:
    life.at += timedelta(days=days, hours=to)
    if to % 2:
        tick(life.at)


def change(life: Life, _purpose: str, to: int, _groups: frozenset[str], _days: int) -> None:
    """Who decides for her is another one: she is a child or not, her guardian is excluded or not."""
    version = Case.objects.get(pk=life.case.pk).version
    if to % 2:
        life.is_child = not life.is_child
        files.edit_case(
            case=life.case, version=version, is_child=life.is_child, place=None, summary="", by=life.by, at=life.at
        )
    else:
        life.has_guardian = not life.has_guardian
        shown = guarded(is_excluded=not life.has_guardian)
        files.edit_identity(case=life.case, version=version, identity=shown, by=life.by, at=life.at)
    life.case.refresh_from_db()


STEPS = st.lists(
    st.tuples(
        st.sampled_from([consent, consent, override, end, give, give, give, wait, change]),
        st.sampled_from(["assistance", "protection"]),
        st.integers(0, 5),
        st.frozensets(st.sampled_from(PARTS), min_size=1, max_size=4),
        st.integers(1, 60),
    ),
    min_size=2,
    max_size=8,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_nothing_is_ever_shared_or_opened_beyond_what_is_agreed_to_at_that_moment(
    make_member: MakeMember, agency: Agency, worker: Membership, elsewhere: Agency, steps: list[Any]
) -> None:
    with transaction.atomic():
        other = Agency.objects.create(code="OTHER", name_en="Other", name_sq="Tjetra", kind="municipality")
        readers = [make_member("municipality", elsewhere), make_member("municipality", other)]
        seconds = [make_member("data_protection"), make_member("responsible_authority")]
        case = make_case(worker, is_child=False, identity=guarded(is_excluded=False))
        life = Life(case, worker, readers, seconds, clock.now())
        for step, *values in steps:
            try:
                with transaction.atomic():
                    step(life, *values)
            except Refused:
                pass
            life.at += timedelta(minutes=1)
            life.check()
        transaction.set_rollback(True)


def test_the_end_of_what_is_agreed_to_is_known(adult: Case, worker: Membership, elsewhere: Agency) -> None:
    short, long = agree(adult, worker, "names", days=10), agree(adult, worker, "names", "birth", days=40)
    now = agreed(adult, clock.now())
    assert now.until("assistance", elsewhere.pk, ["names"]) == long.until_at
    assert now.until("assistance", elsewhere.pk, []) == long.until_at
    assert now.until("assistance", elsewhere.pk, ["papers"]) is None
    assert short.until_at < long.until_at
