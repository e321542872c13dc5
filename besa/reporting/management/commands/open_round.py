"""`besa open_round 2009Q2`: open a quarter of reporting."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.audit.actions import SYSTEM
from besa.lib import clock
from besa.lib.periods import Period
from besa.lib.refusal import Refused
from besa.plan.models import Plan
from besa.reporting.actions.rounds import open_round


class Command(BaseCommand):
    help = "Open a round: a return for every agency that reports, with an entry for each of its activities."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("period", help="a quarter, such as 2009Q2")
        parser.add_argument("--plan", help="code of the plan; all active plans by default")

    def handle(self, *args: Any, **options: Any) -> None:
        plans = Plan.objects.filter(code=options["plan"]) if options["plan"] else Plan.objects.filter(is_active=True)
        if not plans:
            raise CommandError("there is no such plan" if options["plan"] else "no plan has been loaded")
        try:
            period = Period.parse(options["period"])
            for plan in plans:
                opened = open_round(plan=plan, period=period, by=SYSTEM, at=clock.now(), today=clock.today())
                self.stdout.write(f"{plan.code} {period}: {opened.returns} returns and {opened.entries} entries added")
        except (ValueError, Refused) as refused:
            raise CommandError(str(refused)) from refused
