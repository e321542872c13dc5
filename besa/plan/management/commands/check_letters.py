"""`besa check_letters [DIR …] [--source FILE] [--update] [--json]`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from besa.plan.content.problems import Faulty
from besa.plan.content.shape import ACTIVITY, AIM, COMPONENT, OBJECTIVE
from besa.plan.letter_check import (
    FINGERPRINTS,
    Item,
    Result,
    check_with_fingerprints,
    check_with_source,
    dump_fingerprints,
    fingerprints,
    items_of,
)


class Command(BaseCommand):
    requires_system_checks = []  # it needs no pages
    help = "Compare every row of a plan with its source, letter for letter: nothing lost, nothing invented."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", help="folder of the plan; by default those of the country")
        parser.add_argument("--source", type=Path, help="the source text; without it the kept fingerprints are used")
        parser.add_argument("--update", action="store_true", help="write the fingerprints anew from the source")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *, folder: Path | None, source: Path | None, update: bool, **options: Any) -> None:
        folders = [folder] if folder else sorted(file.parent for file in settings.COUNTRY.glob(f"*/{FINGERPRINTS}"))
        if update and source is None:
            raise CommandError("--update needs the text: say --source FILE", returncode=2)
        for path in filter(None, [*folders, source]):
            if not path.exists():
                raise CommandError(f"there is no {path}", returncode=2)
        if not folders:
            raise CommandError(f"no plan under {settings.COUNTRY} has fingerprints; name a folder", returncode=2)
        results = {str(each): self._check(each, source, update, options["json"]) for each in folders}
        if options["json"]:
            self.stdout.write(
                json.dumps({name: asdict(result) for name, result in results.items()}, ensure_ascii=False)
            )
        if bad := [name for name, result in results.items() if not result.is_good]:
            raise CommandError(f"the letters of {', '.join(bad)} do not hold")

    def _check(self, folder: Path, source: Path | None, update: bool, as_json: bool) -> Result:
        try:
            items = items_of(folder)
        except Faulty as faulty:
            raise CommandError("\n".join(map(str, faulty.problems))) from faulty
        if not items:
            raise CommandError(f"{folder} names no source lines", returncode=2)
        kept = folder / FINGERPRINTS
        if source is None:
            if not kept.exists():
                raise CommandError(f"{kept} is missing; say --source FILE", returncode=2)
            result = check_with_fingerprints(items, json.loads(kept.read_text("utf-8")))
        else:
            result = self._with_source(items, source.read_text("utf-8").split("\n"), kept, update)
        self._say(folder, result, self.stderr if as_json else self.stdout)
        return result

    def _with_source(self, items: list[Item], lines: list[str], kept: Path, update: bool) -> Result:
        result = check_with_source(items, lines)
        text = dump_fingerprints(fingerprints(items, lines))
        if update:
            kept.write_text(text, "utf-8")
        elif not kept.exists() or kept.read_text("utf-8") != text:
            result.stale.append(f"{kept.name} is not that of the source; run again with --update")
        return result

    def _say(self, folder: Path, result: Result, out: OutputWrapper) -> None:
        counts = result.counts
        out.write(
            f"{folder.name}: {counts[ACTIVITY.key]} rows, {counts[AIM.key]} aims, {counts[OBJECTIVE.key]} objectives, "
            f"{counts[COMPONENT.key]} components checked; {len(result.failing)} rows failing"
        )
        if result.torn:
            out.write(f"heads with torn labels, checked without them: {', '.join(result.torn)}")
        for said in (*result.failing, *result.overlaps, *result.uncovered, *result.stale):
            self.stderr.write(said, self.style.ERROR)
