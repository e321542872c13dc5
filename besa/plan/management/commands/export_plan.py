"""`besa export_plan CODE [--format json|yaml|xlsx|iati] [-o FILE] [--version N]`; `besa export_plan --template -o FILE`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from besa.directory.models import Agency
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.plan.content.files import dump_folder, dump_json, dump_yaml
from besa.plan.content.iati import dump_iati
from besa.plan.content.roster import DirectoryRoster
from besa.plan.content.shape import Content, activities
from besa.plan.content.workbook_out import dump_workbook
from besa.plan.models import Plan
from besa.plan.versions import content_of


class Command(BaseCommand):
    requires_system_checks = []  # it needs no pages
    help = (
        "Export a plan, in any of its versions; a folder as FILE gets the YAML parted over files as people edit them."
    )

    def add_base_argument(self, parser: CommandParser, *args: Any, **kwargs: Any) -> None:
        """`--version` asks for a version of the plan here, not of the framework."""
        if args != ("--version",):
            super().add_base_argument(parser, *args, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", nargs="?", help="code of the plan, such as ALB-2008-2010")
        parser.add_argument("--format", choices=("json", "yaml", "xlsx", "iati"), help="by default json")
        parser.add_argument("-o", "--output", help="file; a folder (with / at its end) for YAML")
        parser.add_argument("--version", type=int, help="number of the version; by default the current one")
        parser.add_argument("--template", action="store_true", help="an empty workbook to fill in")

    def handle(self, **options: Any) -> None:
        output, kind = options["output"], options["format"] or ("xlsx" if options["template"] else "json")
        if kind == "xlsx" and not output:
            raise CommandError("a workbook needs a file: say -o FILE", returncode=2)
        if options["template"]:
            return self._write(output, dump_workbook(None, list))
        if not options["code"]:
            raise CommandError("name a plan, or ask for the --template", returncode=2)
        try:
            content = content_of(self._plan(options["code"]), options["version"])
            return self._export(content, kind, output)
        except Refused as refused:
            raise CommandError(str(refused)) from refused

    def _plan(self, code: str) -> Plan:
        plan = Plan.objects.filter(code=code).first()
        if plan is None:
            known = ", ".join(Plan.objects.values_list("code", flat=True)) or "none"
            raise CommandError(f"there is no plan {code}; known: {known}")
        return plan

    def _export(self, content: Content, kind: str, output: str | None) -> None:
        derive = DirectoryRoster().derive
        if kind == "yaml" and output and (output.endswith("/") or Path(output).is_dir()):
            Path(output).mkdir(parents=True, exist_ok=True)
            for name, text in dump_folder(content, derive).items():
                Path(output, name).write_text(text, "utf-8")
        elif kind == "yaml":
            self._write(output, dump_yaml(content, derive).encode())
        elif kind == "xlsx":
            self._write(output, dump_workbook(content, derive))
        elif kind == "iati":
            self._write(output, dump_iati(content, _agencies(content), clock.now()).encode())
        else:
            self._write(output, dump_json(content).encode())

    def _write(self, output: str | None, data: bytes) -> None:
        if not output:
            self.stdout.write(data.decode(), ending="")
            return
        try:
            Path(output).write_bytes(data)
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}") from error


def _agencies(content: Content) -> dict[str, str]:
    """Names of the agencies that lead activities, the one that leads most first."""
    leads = [row["agencies"][0] for _, row in activities(content) if row["agencies"]]
    names = dict(Agency.objects.values_list("code", "name_en"))
    return {
        code: names[code] for code in sorted(set(leads), key=lambda code: (-leads.count(code), code)) if code in names
    }
