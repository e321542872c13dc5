"""`besa audit_anchor`: give signed heads of the chain to another institution; run it every minute with --due."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from besa.audit import anchor, anchoring
from besa.audit.chain import Broken
from besa.lib import clock
from besa.lib.refusal import Refused


class Command(BaseCommand):
    help = "Sign the heads of the record of events and bring them to the folder or the receiver of another institution."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", metavar="DIR|URL", default=settings.ANCHORS, help="default: BESA_ANCHORS")
        parser.add_argument("--due", action="store_true", help="only after 1,000 events or 10 minutes since the last")
        parser.add_argument(
            "--public-key", action="store_true", help="print the key that verifies anchors, and no more"
        )
        parser.add_argument(
            "--after-restore", action="store_true", help="declare, for all to see, that a restore has lost events"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["public_key"]:
            self.stdout.write(anchor.pem(anchoring.public_key()), ending="")
            return
        if not options["to"]:
            raise CommandError("say where to, with --to or BESA_ANCHORS", returncode=2)
        if options["due"] and not anchoring.is_due(clock.now()):
            return
        try:
            said = anchoring.give(to=options["to"], at=clock.now(), is_after_restore=options["after_restore"])
        except Broken as problem:
            raise CommandError(f"NOT whole, nothing was signed: {problem}") from problem
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"anchor {said['number']}: {said['events']} events")
