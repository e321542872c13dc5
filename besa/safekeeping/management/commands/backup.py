"""`besa backup`: online, encrypted, read back; and how safe the data is now."""

from __future__ import annotations

import json
import signal
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from besa.audit.actions import SYSTEM
from besa.lib import clock
from besa.safekeeping import backup, queries
from besa.safekeeping.archive import Failed


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(1)


class Command(BaseCommand):
    help = "Back up databases and files, encrypted to keys that are not here; good only after it was read back."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, metavar="DIR", help="instead of BESA_BACKUPS")
        parser.add_argument("--deep", action="store_true", help="open every sealed file too, chunk by chunk; slower")
        parser.add_argument(
            "--status", action="store_true", help="say how old the last good backup is; 1 when that is bad"
        )
        parser.add_argument(
            "--older-than", type=float, default=60, metavar="MINUTES", help="what --status calls bad (60)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["status"]:
            self._status(options["older_than"] * 60, options["json"])
            return
        folder = options["to"] or settings.BACKUPS
        if not options["to"]:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        signal.signal(signal.SIGTERM, _stop)  # stopped by the system: cleaned up and recorded as failed
        begun = clock.seconds()
        try:
            made = backup.make(to=folder, by=SYSTEM, at=clock.now(), is_deep=options["deep"])
        except Failed as problem:
            raise CommandError(f"the backup FAILED ({problem.code}): {problem}") from problem
        seconds = clock.seconds() - begun
        if options["json"]:
            files = {kind: str(made.file(kind)) for kind in made.archives}
            said = {"name": made.name, "bytes": made.size, "seconds": seconds, "files": files, "opened": made.opened}
            self.stdout.write(json.dumps(said))
            return
        for kind in made.archives:
            self.stdout.write(f"{made.file(kind)}")
        deep = f", {made.opened} sealed files opened" if options["deep"] else ""
        self.stdout.write(f"ok: {made.size} bytes in {seconds:.1f} s, read back{deep}")

    def _status(self, oldest: float, is_json: bool) -> None:
        found = queries.status(real=clock.seconds(), is_running=backup.is_running())
        said = {
            "age": found.age,
            "failed_since": found.failed_since,
            "broken_off": found.is_broken_off,
            "bytes": found.last_good and found.last_good.bytes,
            "seconds": found.last_good and found.last_good.seconds,
            "drilled_at": found.last_drill and found.last_drill.begun_at.isoformat(),
        }
        if is_json:
            self.stdout.write(json.dumps(said))
        else:
            self.stdout.write(
                "\n".join(f"{name}: {'none' if value is None else value}" for name, value in said.items())
            )
        bad = []
        if found.age is None or found.age > oldest:
            bad.append(
                "there is no good backup"
                if found.age is None
                else f"the last good backup is {found.age / 60:.0f} min old"
            )
        if found.failed_since or found.is_broken_off:
            bad.append(f"{found.failed_since + found.is_broken_off} failed or were broken off since")
        if bad:
            raise CommandError("; ".join(bad))
