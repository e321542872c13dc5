"""`besa tidy_attachments`: remove what uploads that were broken off have left behind; run daily."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from besa.cases.actions import attachments
from besa.lib import clock


class Command(BaseCommand):
    help = "Remove sealed files that arrived by half or that no attachment names, older than a day."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{attachments.tidy(seconds=clock.seconds(), at=clock.now())} removed")
