"""`besa audit_verify`: is the record of events whole?"""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from besa.audit import anchoring
from besa.audit.chain import Broken
from besa.audit.models import ChainState
from besa.audit.verification import Whole, verify
from besa.lib import clock


class Command(BaseCommand):
    help = "Verify the record of events: exit 0 only if it is whole, else 1 and the first thing that is not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--anchors", type=Path, metavar="DIR", help="the folder of the anchors, as held outside")
        parser.add_argument("--data", action="store_true", help="compare also each row with the last event about it")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["anchors"]
        if folder and not folder.is_dir():
            raise CommandError(f"{folder} is not a folder", returncode=2)
        key = anchoring.public_key() if folder else None
        try:
            found = verify(anchors=folder, key=key, is_with_data=options["data"], progress=self._progress())
        except Broken as problem:
            self._keep(None, str(problem), options)
            if options["json"]:
                self.stdout.write(json.dumps({"whole": False, "problem": str(problem)}))
            raise CommandError(f"the record of events is NOT whole: {problem}") from problem
        self._keep(found, "", options)
        self._print(found, options)

    def _progress(self) -> Any:
        """Says every second, on a terminal, how far it is."""
        begin = last = time.monotonic()

        def show(events: int) -> None:
            nonlocal last
            now = time.monotonic()
            if self.stderr.isatty() and now - last >= 1:
                last = now
                self.stderr.write(f"\r{events} events, {events / (now - begin):.0f} a second", ending="")

        return show

    def _keep(self, found: Whole | None, problem: str, options: dict[str, Any]) -> None:
        """For the page of the record. A copy that may only be read is verified all the same."""
        values: dict[str, Any] = {"verified_at": clock.now(), "is_whole": found is not None, "problem": problem[:200]}
        values |= {"verified_events": found.events if found else 0, "verified_with_data": options["data"]}
        try:
            ChainState.objects.update_or_create(pk=1, defaults=values)
        except Error:
            self.stderr.write("The result could not be kept: the database takes no writing.")

    def _print(self, found: Whole, options: dict[str, Any]) -> None:
        rate = found.events / max(found.seconds, 0.001)
        if options["json"]:
            said = {"whole": True, "events": found.events, "streams": found.streams, "anchors": found.anchors}
            said |= {"rows": found.rows, "declared_lost": found.declared_lost, "events_per_second": round(rate)}
            self.stdout.write(json.dumps(said))
            return
        self.stdout.write(f"whole: {found.events} events in {found.streams} streams, {rate:.0f} events a second")
        if options["anchors"]:
            self.stdout.write(f"{found.anchors} anchors, each in the chain")
        if options["data"]:
            self.stdout.write(f"{found.rows} rows as they were last recorded")
        if found.declared_lost:
            self.stdout.write(f"{found.declared_lost} events were lost by restores that anchors declare")
