"""`besa expire_drafts`: remove reports that were begun and not sent in time, with their keys."""

from typing import Any

from django.core.management.base import BaseCommand

from besa.cases.actions.drafts import expire
from besa.lib import clock


class Command(BaseCommand):
    help = "Remove reports that were begun and not sent in time, with their keys."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{expire(clock.now())} reports expired")
