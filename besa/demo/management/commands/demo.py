"""`besa demo`: the demonstration country."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from besa.demo import build
from besa.demo.cast import CAST
from besa.directory.models import User
from besa.lib import clock


class Command(BaseCommand):
    help = "Prepare the demonstration: a country's plan, agencies, places, users of every role and four quarters of returns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="begin anew: everything in the database is deleted")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MODE == "production":
            raise CommandError("the demonstration never runs in production; set BESA_MODE=demo")
        if options["reset"]:
            call_command("flush", interactive=False, verbosity=0)
        if User.objects.exists():
            self.stdout.write("The demonstration is there already; --reset begins anew.")
        else:
            for line in build.build(settings.COUNTRY, clock.today()):
                self.stdout.write(line)
        self.stdout.write(f"Sign in as <role>@demo.besa, password: {build.PASSWORD}")
        self.stdout.write("Roles: " + ", ".join(person.login for person in CAST if "." not in person.login))
