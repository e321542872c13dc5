"""Mail the notices whose mail has not gone out; run by the scheduler every few minutes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.lib import clock
from besa.notices.actions import mail


class Command(BaseCommand):
    help = "Mail people for whom something waits; tries again what failed before."

    def handle(self, *args: Any, **options: Any) -> None:
        done, failed = mail(None, clock.now())
        self.stdout.write(f"{done} mailed, {failed} failed")
        if failed:
            raise CommandError(f"{failed} mails could not be sent; the next run tries again")
