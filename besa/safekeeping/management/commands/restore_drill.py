"""`besa restore_drill`: does a backup of this installation restore, and how long does it take?"""

from __future__ import annotations

import json
from argparse import SUPPRESS, ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.audit.actions import SYSTEM
from besa.lib import clock
from besa.safekeeping.archive import Failed
from besa.safekeeping.drill import drill
from besa.safekeeping.look import look


class Command(BaseCommand):
    help = "Back up with keys made for it, restore into a place of its own, verify, print loss and time; throws all away again."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--sample", type=int, default=50, metavar="ROWS", help="sealed rows of each kind that are opened (50)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        parser.add_argument("--look", action="store_true", help=SUPPRESS)  # what the drill runs in the restored place

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["look"]:
                self.stdout.write(json.dumps(asdict(look(options["sample"]))))
                return
            done = drill(sample=options["sample"], by=SYSTEM, at=clock.now())
        except Failed as problem:
            raise CommandError(f"the drill FAILED ({problem.code}): {problem}") from problem
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
            return
        self.stdout.write(f"backup: {done.bytes} bytes, read back, in {done.backup:.1f} s")
        self.stdout.write(f"restore: {done.restore:.1f} s with the ledger replayed and everything verified")
        self.stdout.write(f"loss: {done.loss:.1f} s, beside the pause between two backups")
        self.stdout.write(f"chain: {done.chain}")
        self.stdout.write(f"rows opened: {done.opened}, erased: {done.erased}, files as their rows say: {done.files}")
        self.stdout.write(f"sealed files opened: {done.containers}")
