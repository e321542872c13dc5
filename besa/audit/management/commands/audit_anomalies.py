"""`besa audit_anomalies`: look for what is unusual in a day's events; run it each morning."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.audit import watching
from besa.lib import clock


class Command(BaseCommand):
    help = "Look for what is unusual in the events of a day; the auditor and the data protection officer are told."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--day", metavar="DATE", help="which day (2009-07-05); yesterday when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            day = date.fromisoformat(options["day"]) if options["day"] else clock.today() - timedelta(days=1)
        except ValueError as error:
            raise CommandError(f"“{options['day']}” is not a date; write 2009-07-05", returncode=2) from error
        found = watching.look(day=day, at=clock.now())
        for anomaly in found:
            self.stdout.write(f"{anomaly.rule} {anomaly.actor} {anomaly.count}")
        self.stdout.write(f"{len(found)} noticed on {day}")
