"""`besa report KIND --period P`: a report as a file or on standard output."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.lib import clock
from besa.plan.models import Plan
from besa.reporting.figures import round_figures
from besa.reporting.models import Report, Round
from besa.reporting.monitoring import text as monitoring
from besa.reporting.reports import LANGUAGES, MEDIA, document_of, is_intact, render


class Command(BaseCommand):
    help = "Print a report of a period: the frozen one if a body has adopted it, else one built from the returns as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "kind", choices=[str(kind) for kind in Report.Kind.values], metavar="KIND", help="monitoring"
        )
        parser.add_argument("--period", required=True, help="a quarter, such as 2009Q2")
        parser.add_argument("--plan", help="code of the plan; the active one by default")
        parser.add_argument("--lang", choices=LANGUAGES, default="en")
        parser.add_argument("--format", choices=sorted(MEDIA), default="html")
        parser.add_argument("-o", "--output", metavar="FILE", help="write here instead of to standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan.objects.filter(code=options["plan"]) if options["plan"] else Plan.objects.filter(is_active=True)
        rounds = Round.objects.filter(plan__in=plan, period=options["period"]).select_related("plan")
        round = rounds.first()
        if round is None:
            raise CommandError(
                f"there is no round {options['period']}; open it with: besa open_round {options['period']}"
            )
        report = Report.objects.filter(plan=round.plan, kind=options["kind"], period=round.period).first()
        if report is not None and not is_intact(report):
            raise CommandError(
                "the adopted report is not what was adopted: its content does not have the recorded hash"
            )
        if report is not None:
            document = document_of(report, options["lang"], clock.today())
        else:
            figures = round_figures(round, clock.today())
            document = monitoring.build(round, figures, options["lang"], monitoring.proposals(round, figures))
        content = render(document, options["format"])
        if options["output"]:
            Path(options["output"]).write_bytes(content)
        else:
            sys.stdout.buffer.write(content)
