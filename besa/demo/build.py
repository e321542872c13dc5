"""The whole demonstration, from an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.core.management import call_command

from besa.audit.actions import SYSTEM
from besa.demo import casework, consents, people, quarters, referrals
from besa.demo.people import moment
from besa.lib.periods import Period
from besa.plan.models import Plan
from besa.reporting.models import Return, Round
from besa.statistics.actions import count_indicators

PASSWORD = "besa-demo-2009"  # noqa: S105  (printed at every start; the demonstration refuses to run in production)


def build(country: Path, today: date) -> Iterator[str]:
    """Load the country, settle the people, play the quarters; says after each step what was done."""
    call_command("load_country", str(country), verbosity=0)
    plan = Plan.objects.get(is_active=True)
    yield f"{plan.code}: {plan.activities.count()} activities"
    members = people.settle(PASSWORD, today)
    people.seat()
    yield f"{len(members)} accounts"
    quarters.play(plan, members, today)
    yield f"{casework.play(members, today)} cases"
    yield f"{consents.play(members, today)} consents"
    yield f"{referrals.play(members, today)} referrals"
    yield f"{_figures(today)} counted figures"
    yield f"{Round.objects.count()} rounds with {Return.objects.count()} returns"


def _figures(today: date) -> int:
    """The indicators of the last quarters are counted, so that the returns have them beside them."""
    at = moment(today, 8)
    last = Period.containing(today).next(-1)
    return sum(
        count_indicators(period=period, known_at=at, by=SYSTEM, at=at).observations.count()
        for period in (last.next(-1), last)
    )
