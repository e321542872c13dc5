"""`besa find_matches [--days N]`: compare cases with all others and suggest which may be of one person."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from besa.cases.actions.matches import look_through
from besa.lib import clock


class Command(BaseCommand):
    help = "Suggest which cases may be of one person. Without --days every case is compared."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, help="only cases that were opened in the last so many days")

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        since = at - timedelta(days=options["days"]) if options["days"] else None
        cases = new = 0
        for _case, number in look_through(at, since=since):
            cases, new = cases + 1, new + number
        self.stdout.write(f"{cases} cases compared, {new} suggestions are new")
