"""`besa count_indicators 2009Q2 [--as-known-on DATE]`: run the measures, write the observations, print a table."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.audit.actions import SYSTEM
from besa.lib import clock
from besa.lib.periods import Period
from besa.lib.refusal import Refused
from besa.reporting.models import Counting
from besa.statistics import counting
from besa.statistics.actions import count_indicators


class Command(BaseCommand):
    help = "Count the indicators of a period from the records, and put the figures beside its returns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("period", help="2009Q2, 2009H1 or 2009")
        parser.add_argument("--as-known-on", help="year-month-day: count as the records were known on that day")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        try:
            period = Period.parse(options["period"])
            day = date.fromisoformat(options["as_known_on"]) if options["as_known_on"] else None
        except ValueError as problem:
            raise CommandError(str(problem), returncode=2) from problem
        if unknown := counting.unknown_measures():
            raise CommandError(f"the plan asks for measures that nobody counts: {', '.join(unknown)}")
        try:
            run = count_indicators(period=period, known_at=counting.known_by(day, at), by=SYSTEM, at=at)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self._print(run, as_json=options["json"])

    def _print(self, run: Counting, *, as_json: bool) -> None:
        whole = run.observations.filter(agency__isnull=True, dimension="").order_by("id")
        if as_json:
            figures = [
                {"measure": row.measure, "value": None if row.value is None else float(row.value), "missing": row.missing, "base": row.base}
                for row in whole
            ]  # fmt: skip
            head = {"period": run.period, "known_at": run.known_at.isoformat(), "digest": run.digest}
            self.stdout.write(json.dumps({**head, "figures": figures}, indent=2))
            return
        for row in whole:
            value = "–" if row.value is None else f"{row.value:f}"
            self.stdout.write(f"{row.measure:24} {value:>10}  {row.unit.get('en', '')}, made of {row.base}")
        self.stdout.write(
            f"{run.observations.count()} figures for {run.period}, as known at {run.known_at:%Y-%m-%d %H:%M}"
        )
