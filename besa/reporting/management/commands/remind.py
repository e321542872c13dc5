"""`besa remind`: send the reminders that are due; run it once a day."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.lib import clock
from besa.reporting.actions.reminders import remind


class Command(BaseCommand):
    help = "Remind agencies whose return is due or late, 21, 14, 7 and 0 days before and every 7 days after."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", metavar="DATE", help="as if it were this day (2009-07-27)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            today = date.fromisoformat(options["on"]) if options["on"] else clock.today()
        except ValueError as error:
            raise CommandError(f"“{options['on']}” is not a date; write 2009-07-27") from error
        sent = remind(today=today, at=clock.now())
        for reminder in sent:
            self.stdout.write(f"{reminder.to.agency.code} {reminder.day_offset:+d} → {reminder.to_agency.code}")
        self.stdout.write(f"{len(sent)} reminders sent")
