"""Load a country's files: places, agencies, bodies, and what the apps above add, such as its plan."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from besa.audit.actions import SYSTEM
from besa.directory.actions import load_country
from besa.directory.load import read
from besa.lib import clock
from besa.lib.hooks import hooked
from besa.lib.loading import Unloadable


class Command(BaseCommand):
    help = (
        "Load a country's folder; a second time changes nothing. Apps above load theirs by the hook `country_loaders`."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="such as countries/albania")

    def handle(self, *args: Any, folder: Path, verbosity: int, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder", returncode=2)
        at = clock.now()
        try:
            with transaction.atomic():
                lines = load_country(country=read(folder), by=SYSTEM, at=at).lines()
                for loader in hooked("country_loaders"):
                    lines += loader(folder, at=at)
        except Unloadable as unloadable:
            for problem in unloadable.problems:
                print(problem, file=sys.stderr)
            raise CommandError(f"{len(unloadable.problems)} problems; nothing was written") from None
        if verbosity:
            self.stdout.write("\n".join(lines))
