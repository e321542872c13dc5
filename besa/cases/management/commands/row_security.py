"""`besa row_security`: the second wall on PostgreSQL."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.cases import row_security
from besa.vault.row_context import is_guarded


class Command(BaseCommand):
    help = "Write roles, functions and policies of row-level security into PostgreSQL; run it as the owner after each migration."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--print", action="store_true", help="print the statements and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_guarded():
            raise CommandError("this database has no row-level security; only PostgreSQL has")
        if options["print"]:
            self.stdout.write(";\n".join(row_security.statements()) + ";")
            return
        self.stdout.write(f"{row_security.install()} tables are under guard")
