"""`besa flush`: Django's own, which the record of events would refuse; never in production."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import flush
from django.db import connections

from besa.audit import guard


class Command(flush.Command):
    help = "Empty the database, the record of events too. Refused in production."

    def handle(self, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("a production is never emptied; its record of events is append-only")
        with guard.taken_off(connections[options["database"]]):
            super().handle(**options)
