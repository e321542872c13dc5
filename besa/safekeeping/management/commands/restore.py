"""`besa restore`: put a backup back, on this installation or into a place of its own."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.audit.actions import SYSTEM
from besa.lib import clock
from besa.safekeeping import apart
from besa.safekeeping.archive import Failed, identities_of
from besa.safekeeping.backup import as_failed
from besa.safekeeping.restore import restore
from besa.safekeeping.sources import DATA, KEYSTORE
from besa.vault import erasures


class Command(BaseCommand):
    help = "Restore both archives of a backup, replay the ledger of erasures, and let Besa serve only then."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", type=Path, metavar="DATA_ARCHIVE")
        parser.add_argument("keystore", type=Path, metavar="KEYSTORE_ARCHIVE")
        parser.add_argument(
            "--identity", type=Path, action="append", default=[], metavar="FILE", help="age private keys"
        )
        parser.add_argument(
            "--into", type=Path, metavar="DIR", help="a place of its own, in place of this installation"
        )
        parser.add_argument(
            "--database", default="", metavar="FILE", help="with --into, a file with PostgreSQL's address"
        )
        parser.add_argument("--ledger", type=Path, metavar="FILE", help="a copy of the ledger of erasures")
        parser.add_argument("--without-ledger", action="store_true", help="nothing was erased since the backup")
        parser.add_argument("--replace", metavar="NAME", help="the name of the database that is to be replaced")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["identity"]:
            raise CommandError("name the files with the private keys: --identity FILE", returncode=2)
        if options["into"]:
            sys.exit(self._elsewhere(options))
        begun = clock.seconds()
        try:
            done = restore(
                archives={DATA: options["data"], KEYSTORE: options["keystore"]},
                identities=identities_of(options["identity"]),
                ledger=options["ledger"],
                is_without_ledger=options["without_ledger"],
                typed=options["replace"],
                by=SYSTEM,
                at=clock.now(),
            )
        except Exception as problem:
            failed = as_failed(problem)
            rest = "; Besa does not serve until a restore has succeeded" if erasures.marker().exists() else ""
            raise CommandError(f"the restore FAILED ({failed.code}): {failed}{rest}") from problem
        self.stdout.write(
            f"{done.name}: {done.rows} rows and {done.files} files restored in {clock.seconds() - begun:.1f} s; "
            f"{done.erasures} erasures replayed, {done.destroyed} keys destroyed again"
        )

    def _elsewhere(self, options: dict[str, Any]) -> int:
        """Run again with the settings of a place of its own."""
        into = options["into"].absolute()
        words = ["restore", str(options["data"].absolute()), str(options["keystore"].absolute())]
        for file in options["identity"]:
            words += ["--identity", str(file.absolute())]
        ledger = options["ledger"] or (erasures.path() if erasures.path().exists() else None)
        words += ["--ledger", str(ledger.absolute())] if ledger else []
        words += ["--without-ledger"] if options["without_ledger"] else []
        words += ["--replace", options["replace"]] if options["replace"] else []
        try:
            place = apart.Apart(into, Path(options["database"]) if options["database"] else None)
            done = place.besa(*words)
        except Failed as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(done.stdout, ending="")
        self.stderr.write(done.stderr, ending="")
        return done.returncode
