"""Warn of time limits, tell silence upwards, end what is over; run by the scheduler every five minutes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from besa.cases.actions.ticking import tick
from besa.cases.time_limits import Turn
from besa.lib import clock


class Command(BaseCommand):
    help = "Warn of time limits that run out, tell who is next where nobody has acted, and end periods that are over."

    def handle(self, *args: Any, **options: Any) -> None:
        done = tick(clock.now())
        self.stdout.write(f"{done[Turn.WARN]} warned, {done[Turn.ESCALATE]} escalated, {done[Turn.END]} ended")
