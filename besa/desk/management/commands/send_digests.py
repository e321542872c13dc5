"""`besa send_digests`: mail everybody how many things wait for her; run once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.desk.digests import send_digests
from besa.lib import clock


class Command(BaseCommand):
    help = "Mail everybody how many things wait for her, and nothing of what they are."

    def handle(self, *args: Any, **options: Any) -> None:
        done = send_digests(clock.now())
        self.stdout.write(f"{done['sent']} digests sent")
        if done["failed"]:
            raise CommandError(f"{done['failed']} digests could not be sent")
