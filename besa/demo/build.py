"""The whole demonstration, from an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.core.management import call_command

from besa.demo import people, quarters
from besa.plan.models import Plan
from besa.reporting.models import Return, Round

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
    yield f"{Round.objects.count()} rounds with {Return.objects.count()} returns"
