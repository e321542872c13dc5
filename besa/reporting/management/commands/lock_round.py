"""`besa lock_round 2009Q2`: lock a quarter."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.audit.actions import SYSTEM
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.reporting.actions.rounds import lock_round
from besa.reporting.models import Round


class Command(BaseCommand):
    help = "Lock a round: its accepted returns can no longer change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("period")
        parser.add_argument("--plan")
        parser.add_argument(
            "--without-missing", action="store_true", help="lock although returns have not been accepted"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rounds = Round.objects.filter(period=options["period"])
        rounds = rounds.filter(plan__code=options["plan"]) if options["plan"] else rounds.filter(plan__is_active=True)
        if not rounds:
            raise CommandError(f"there is no round {options['period']}")
        try:
            for round in rounds:
                lock_round(
                    round=round,
                    by=SYSTEM,
                    at=clock.now(),
                    today=clock.today(),
                    is_acknowledged=options["without_missing"],
                )
                self.stdout.write(f"{round.period} locked")
        except Refused as refused:
            raise CommandError(str(refused)) from refused
