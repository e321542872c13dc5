"""`besa measure CODE --period P [--by DIM,…] [--as-known-on DATE] [--agency CODE] [--json]`: one figure with its definition."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.directory.models import Agency
from besa.lib import clock
from besa.lib.measures import MOST_DIMENSIONS, Figure, Measure, table
from besa.lib.periods import Period
from besa.lib.refusal import Refused
from besa.statistics import counting


class Command(BaseCommand):
    help = "Count one measure."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", nargs="?", help="left out, all measures are listed")
        parser.add_argument("--period", help="2009Q2, 2009H1 or 2009")
        parser.add_argument("--by", default="", help="dimensions, parted by commas, three at most")
        parser.add_argument("--agency", default="", help="only this institution and its units")
        parser.add_argument("--as-known-on", help="year-month-day")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        every = counting.measures()
        if not options["code"]:
            for one in every.values():
                self.stdout.write(f"{one.code:24} {one.title}; by {', '.join(d.code for d in one.dimensions)}")
            return
        measure = every.get(options["code"])
        if measure is None:
            raise CommandError(f"there is no measure {options['code']}; there are {', '.join(every)}", returncode=2)
        by = [code for code in options["by"].split(",") if code]
        period, day = self._asked(measure, by, options)
        try:
            known_at = counting.known_by(day, clock.now())
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        cells = table(measure, counting.rows_of(measure, period, known_at, options["agency"]), by)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(measure, period, by, cells, known_at.isoformat()), indent=2))
            return
        self.stdout.write(f"{measure.title}, {period} ({measure.unit})\n{measure.definition}")
        words = counting.named(counting.dimensions_of(measure, by), cells, "all")
        for named, made in zip(words, cells.values(), strict=True):
            value = "–" if made.value is None else f"{made.value:f}"
            self.stdout.write(f"{value:>10}  {' · '.join(named)}".rstrip())

    def _asked(self, measure: Measure, by: list[str], options: dict[str, Any]) -> tuple[Period, date | None]:
        """The period and the day of knowledge; whatever was written wrongly is said, with what there is."""
        if not options["period"]:
            raise CommandError("say --period, such as 2009Q2", returncode=2)
        known = [one.code for one in measure.dimensions]
        if wrong := [code for code in by if code not in known]:
            raise CommandError(f"{measure.code} is not broken down by {wrong[0]}; by {', '.join(known)}", returncode=2)
        if len(by) > MOST_DIMENSIONS or len(set(by)) < len(by):
            raise CommandError(f"--by names {MOST_DIMENSIONS} different dimensions at most", returncode=2)
        if options["agency"] and not Agency.objects.filter(code=options["agency"]).exists():
            raise CommandError(f"there is no institution {options['agency']}", returncode=2)
        try:
            day = date.fromisoformat(options["as_known_on"]) if options["as_known_on"] else None
            return Period.parse(options["period"]), day
        except ValueError as problem:
            raise CommandError(str(problem), returncode=2) from problem


def _as_json(
    measure: Measure, period: Period, by: list[str], cells: dict[tuple[str, ...], Figure], known_at: str
) -> dict[str, Any]:
    return {
        "measure": measure.code, "title": str(measure.title), "definition": str(measure.definition), "unit": str(measure.unit),
        "method": measure.version, "period": str(period), "known_at": known_at, "by": by,
        "cells": [
            {
                "codes": dict(zip(by, key, strict=True)),
                "value": None if made.value is None else float(made.value),
                "missing": "" if made.value is not None else "nothing", "base": made.base,
            }
            for key, made in cells.items()
        ],
    }  # fmt: skip
