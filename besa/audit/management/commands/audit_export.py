"""`besa audit_export`: the record of events as a file that an outsider verifies with `python -m besa.audit.verifier`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from besa.audit import actions, anchoring, chain, verification, verifier
from besa.audit.chain import Broken
from besa.lib import clock


class Command(BaseCommand):
    help = "Write all events, one JSON object a line, for somebody who verifies them without this database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="must not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        at, count = clock.now(), 0
        with transaction.atomic():
            actions.record("events_exported", anchoring.state(), by=actions.SYSTEM, at=at)
        try:
            with options["output"].open("x", encoding="utf-8") as out, verification.snapshot():
                out.write(chain.canonical({"format": verifier.FORMAT, "at": chain.moment(at)}) + "\n")
                for event in verification.events():
                    del event["mac"]
                    out.write(chain.canonical(event) + "\n")
                    count += 1
        except (Broken, TypeError, ValueError) as problem:
            raise CommandError(f"the record of events is NOT whole: run besa audit_verify ({problem})") from problem
        except OSError as error:
            raise CommandError(f"{options['output']} could not be written ({error.strerror})") from error
        self.stdout.write(f"{count} events")
