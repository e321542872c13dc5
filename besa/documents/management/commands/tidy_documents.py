"""Remove stored files that no document names; run by the scheduler once a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from besa.documents.actions import tidy
from besa.lib import clock


class Command(BaseCommand):
    help = "Remove stored files that no document names and that are older than a day."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{tidy(seconds=clock.seconds())} removed")
