"""`besa migrate`: both databases, the data and the keystore, each with what belongs into it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections

from besa.vault.router import APP, KEYSTORE


class Command(migrate.Command):
    help = "Bring the tables up to date, of the data and of the keystore; --database brings one of them."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        return super().get_check_kwargs({**options, "database": options["database"] or "default"})

    def handle(self, *args: Any, **options: Any) -> None:
        database, app = options.pop("database"), options["app_label"]
        both = ["default", KEYSTORE] if app is None else [KEYSTORE if app == APP else "default"]
        for alias in [database] if database else both:
            if alias == KEYSTORE and connections[alias].vendor == "postgresql":
                with connections[alias].cursor() as cursor:
                    cursor.execute("CREATE SCHEMA IF NOT EXISTS keystore")
            super().handle(*args, database=alias, **options)
