"""`besa tidy_sign_in`: forget sessions that are over and failures that delay nobody any more; run daily."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from besa.directory import attempts, sessions
from besa.lib import clock


class Command(BaseCommand):
    help = "Forget sessions that are over and failed attempts that delay nobody any more."

    def handle(self, *args: Any, **options: Any) -> None:
        sessions.SessionStore.clear_expired()
        gone = attempts.tidy(clock.seconds())
        self.stdout.write(f"{gone} counts of failed attempts forgotten")
