"""`besa import_plan FILE [--dry-run] [--format yaml|json|xlsx] [--replace] [--json]`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from besa.audit.actions import SYSTEM
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.plan.actions import load_plan
from besa.plan.content.problems import Faulty
from besa.plan.content.shape import Content, activities
from besa.plan.loading import FORMATS, format_of, read_content


class Command(BaseCommand):
    requires_system_checks = []  # it needs no pages
    help = "Import a strategy's plan from a workbook, a YAML file or folder, or JSON; lists every problem, writes nothing if there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file, or the folder of YAML files")
        parser.add_argument("--dry-run", action="store_true", help="check and say what would happen, write nothing")
        parser.add_argument("--format", choices=FORMATS, help="by default the ending of the file tells")
        parser.add_argument("--replace", action="store_true", help="load anew a plan on which no round was opened yet")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *, file: Path, dry_run: bool, replace: bool, **options: Any) -> None:
        kind = options["format"] or format_of(file)
        if not file.exists():
            raise CommandError(f"there is no file {file}", returncode=2)
        if not kind:
            raise CommandError(
                f"the ending of {file.name} tells no format; say --format yaml, json or xlsx", returncode=2
            )
        try:
            content = read_content(file, kind)
            said = self._load(content, dry_run, replace)
        except Faulty as faulty:
            self._refuse(file, faulty, as_json=options["json"])
            return
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        count = sum(1 for _ in activities(content))
        code = content["plan"]["code"]
        if options["json"]:
            self.stdout.write(json.dumps({"plan": code, "done": said, "activities": count, "dry_run": dry_run}))
        else:
            would = "would be " if dry_run else ""
            self.stdout.write(f"{code}: {would}{said}, {count} activities")

    def _load(self, content: Content, dry_run: bool, replace: bool) -> str:
        with transaction.atomic():
            _, said = load_plan(content, by=SYSTEM, at=clock.now(), replace=replace)
            if dry_run:
                transaction.set_rollback(True)
        return said

    def _refuse(self, file: Path, faulty: Faulty, *, as_json: bool) -> None:
        if as_json:
            problems = [asdict(problem) for problem in faulty.problems]
            self.stdout.write(json.dumps({"problems": problems}, ensure_ascii=False))
        else:
            for problem in faulty.problems:
                self.stderr.write(str(problem), self.style.ERROR)
        count = len(faulty.problems)
        raise CommandError(f"{file.name}: {count} problem{'s' if count > 1 else ''}; nothing was written")
