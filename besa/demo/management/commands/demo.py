"""`besa demo`: the demonstration country."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from besa.audit.models import Event
from besa.demo import build, load
from besa.demo.cast import CAST
from besa.demo.people import DOMAIN
from besa.directory.models import Membership, User
from besa.lib import clock


class Command(BaseCommand):
    help = "Prepare the demonstration: a country's plan, agencies, places, users of every role and four quarters of returns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="begin anew: everything in the database is deleted")
        parser.add_argument(
            "--people", type=int, default=0, metavar="N", help="so many made-up cases beside it, for measuring"
        )
        parser.add_argument("--seed", type=int, default=load.SEED, help="the same seed makes the same cases")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MODE == "production":
            raise CommandError("the demonstration never runs in production; set BESA_MODE=demo")
        if options["people"] < 0:
            raise CommandError("--people takes a number of cases", returncode=2)
        if options["reset"]:
            call_command("flush", interactive=False, verbosity=0)
        if User.objects.exists():
            self.stdout.write("The demonstration is there already; --reset begins anew.")
        else:
            for line in build.build(settings.COUNTRY, clock.today()):
                self.stdout.write(line)
        if options["people"]:
            self._load(options["people"], options["seed"])
        self.stdout.write(f"Sign in as <role>@demo.besa, password: {build.PASSWORD}")
        self.stdout.write("Roles: " + ", ".join(person.login for person in CAST if "." not in person.login))

    def _load(self, count: int, seed: int) -> None:
        """Once: what the same seed makes again would be there twice."""
        if Event.objects.filter(verb=load.VERB).exists():
            self.stdout.write("The made-up cases are there already; --reset begins anew.")
            return
        cast = Membership.objects.filter(user__email__endswith=f"@{DOMAIN}").select_related("user", "agency", "place")
        members = {member.user.email.removesuffix(f"@{DOMAIN}"): member for member in cast}
        begin = time.monotonic()

        def show(done: int) -> None:
            if self.stderr.isatty():
                rate = done / max(time.monotonic() - begin, 0.001)
                self.stderr.write(
                    f"\r{done} of {count} cases, {rate:.0f} a second ", ending="" if done < count else "\n"
                )

        rows = load.play(members, count, clock.today(), seed=seed, progress=show)
        rate = count / max(time.monotonic() - begin, 0.001)
        self.stdout.write(f"{count} made-up cases in {rows} rows, {rate:.0f} cases a second")
