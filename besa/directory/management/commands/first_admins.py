"""Install the first two administrators; from then on, people give roles to people."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from besa.audit.actions import SYSTEM
from besa.directory.actions import install, open_account
from besa.directory.actions.accounts import mail_password_link
from besa.directory.models import Agency, Membership
from besa.directory.rules import latest_until
from besa.lib import clock
from besa.lib.refusal import Refused


class Command(BaseCommand):
    help = "Open the accounts of the administrator of users and of the administrator of security, once; each gets a link by mail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("agency", help="code of the agency that both act for, such as ONAC")
        for who in ("user", "security"):
            parser.add_argument(f"--{who}", nargs=2, metavar=("EMAIL", "NAME"), required=True)

    def handle(self, *args: Any, agency: str, user: list[str], security: list[str], **options: Any) -> None:
        if Membership.objects.exists():
            raise CommandError("There are roles already; the first administrators are installed only once.")
        found = Agency.objects.filter(code=agency).first()
        if found is None:
            raise CommandError(f"There is no agency {agency}; load the country first.")
        at = clock.now()
        today = timezone.localdate(at)
        people = []
        try:
            with transaction.atomic():
                for (email, name), role in ((user, "user_admin"), (security, "security_admin")):
                    language = settings.LANGUAGE_CODE
                    person = open_account(email=email, name=name, language=language, by=SYSTEM, at=at)
                    install(
                        user=person, agency=found, role=role, from_on=today, until_on=latest_until(today), at=at
                    )  # fmt: skip
                    people.append(person)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        for person in people:
            mail_password_link(person)
        self.stdout.write("Both have been mailed a link to set a password.")
