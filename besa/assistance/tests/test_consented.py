"""What a referral offers and opens never goes beyond what is agreed to, whatever is agreed, withdrawn, referred and answered when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from besa.assistance.actions import referrals
from besa.assistance.forms import SendForm
from besa.assistance.models import Referral
from besa.assistance.views.referrals import agreed_parts
from besa.cases.models import Share
from besa.cases.tests.conftest import elsewhere, worker
from besa.cases.tests.factory import make_case
from besa.cases.tests.test_consents import PARTS, Life, change, consent, end, guarded, override, wait
from besa.directory.models import Agency, Membership
from besa.lib.refusal import Refused
from conftest import MakeMember

__all__ = ["elsewhere", "worker"]


def ask(life: Life, purpose: str, to: int, groups: frozenset[str], days: int) -> None:
    agency = life.readers[to % 2].agency
    may = life.may_know(purpose, agency.pk)
    wanted = referrals.Wanted(services=("legal",), urgency="routine", purpose=purpose, groups=tuple(groups))
    try:
        row = referrals.refer(case=life.case, to=agency, provider=None, wanted=wanted, by=life.by, at=life.at)
    except Refused:
        waits = life.case.referrals.filter(to_agency=agency, state="offered").exists()
        assert waits or not may or not groups <= may, "refused although it was agreed to"
        raise
    assert set(row.groups) <= may, "offered beyond consent"


def answer(life: Life, _purpose: str, to: int, _groups: frozenset[str], _days: int) -> None:
    reader = life.readers[to % 2]
    row = life.case.referrals.filter(to_agency=reader.agency, state="offered").first()
    if row is not None:
        done = referrals.accept(referral=row, by=reader, at=life.at)
        assert set(done.groups) <= life.may_know(done.purpose, reader.agency_id), "accepted beyond consent"


def finish(life: Life, _purpose: str, to: int, _groups: frozenset[str], days: int) -> None:
    reader = life.readers[to % 2]
    row = life.case.referrals.filter(to_agency=reader.agency, state="accepted").first()
    if row is not None and days % 2:
        referrals.finish(referral=row, outcome="provided", by=reader, at=life.at)
    elif row is not None:
        referrals.revoke(referral=row, by=life.by, at=life.at)


def check(life: Life) -> None:
    """What a referral opened is open as long as the referral is, and no longer; the page offers no part that nobody agreed to."""
    for row in Referral.objects.filter(case=life.case).select_related("share"):
        if row.state != Referral.State.ACCEPTED:
            assert row.share is None or row.share.ended_at is not None
        elif row.share is not None and row.share.ended_at is None:
            assert set(row.share.groups) == set(row.groups)
    linked = Share.objects.filter(case=life.case, ended_at__isnull=True, until_at__gt=life.at, referral__isnull=True)
    assert not linked.exists(), "open without a referral"
    for purpose in ("assistance", "protection"):
        may = life.may_know(purpose, life.readers[0].agency_id) | life.may_know(purpose, life.readers[1].agency_id)
        form = SendForm(consented=agreed_parts(life.case, purpose, life.at))
        offered: Any = form.fields["groups"]
        assert {code for code, _words in offered.choices} <= may


STEPS = st.lists(
    st.tuples(
        st.sampled_from([consent, consent, override, end, end, ask, ask, ask, answer, answer, finish, wait, change]),
        st.sampled_from(["assistance", "protection"]),
        st.integers(0, 5),
        st.frozensets(st.sampled_from(PARTS), min_size=0, max_size=3),
        st.integers(1, 60),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_nothing_is_offered_or_opened_beyond_what_is_agreed_to_at_that_moment(
    make_member: MakeMember, agency: Agency, worker: Membership, elsewhere: Agency, steps: list[Any]
) -> None:
    with transaction.atomic():
        other = Agency.objects.create(code="OTHER", name_en="Other", name_sq="Tjetra", kind="municipality")
        readers = [make_member("municipality", elsewhere), make_member("municipality", other)]
        seconds = [make_member("data_protection"), make_member("responsible_authority")]
        case = make_case(worker, is_child=False, identity=guarded(is_excluded=False))
        life = Life(case, worker, readers, seconds, case.opened_at)
        for step, *values in steps:
            try:
                with transaction.atomic():
                    step(life, *values)
            except Refused:
                pass
            life.at += timedelta(minutes=1)
            life.check()
            check(life)
        transaction.set_rollback(True)
