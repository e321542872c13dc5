"""Put an account back to its beginning, for a person who has lost all factors."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.audit.actions import SYSTEM
from besa.directory.actions.recovery import forget_factors
from besa.directory.models import User
from besa.lib import clock


class Command(BaseCommand):
    help = (
        "Take all factors, the password and the sessions off an account. An administrator of users then sees the person "
        "and mails a new link."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="of the person")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError("There is no such account.")
        factors = forget_factors(user=user, by=SYSTEM, at=clock.now())
        self.stdout.write(
            f"Took off {factors} factors; the account opens again by a link of the administrator of users."
        )
