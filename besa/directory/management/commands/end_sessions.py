"""End the sessions of one person, or of everybody."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.audit.actions import SYSTEM
from besa.directory.actions.recovery import end_sessions
from besa.directory.models import User
from besa.lib import clock


class Command(BaseCommand):
    help = "End all sessions of a person, or of everybody; each of them has to sign in again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--email", help="of the person")
        who.add_argument("--everybody", action="store_true", help="all persons")

    def handle(self, *args: Any, email: str | None, everybody: bool, **options: Any) -> None:
        users = User.objects.order_by("pk") if everybody else User.objects.filter(email=str(email).strip().lower())
        people = list(users)
        if not people:
            raise CommandError("There is no such account.")
        ended = sum(end_sessions(user=user, by=SYSTEM, at=clock.now()) for user in people)
        self.stdout.write(f"Ended {ended} sessions of {len(people)} accounts.")
