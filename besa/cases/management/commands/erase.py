"""`besa erase CASE --by EMAIL`: carry out an erasure that somebody else has asked for; `besa erase --list`: what waits.

Erasure takes two persons, and whoever runs a command is neither of them: the administrator of the machine must not become the
second person by having a terminal. So the command refuses unless the erasure was asked for on the pages, and then the second
person proves herself here by her password and a fresh code of her app. From there on it is the same action as on the page, with
the same rule (she may decide about this case, and is not who asked) and the same event, in her name. Nobody asks for an erasure by
a command, so that one terminal never stands for both persons; and no option answers for her.
"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from besa.cases import policy, queries
from besa.cases.actions import erasing
from besa.cases.models import Case, Erasure
from besa.cases.numbers import understood
from besa.directory.case_policy import Deed
from besa.directory.models import Membership, User
from besa.directory.terminal import asked, proven
from besa.lib import clock
from besa.lib.refusal import Refused, Unavailable
from besa.vault.erasures import LedgerBroken
from besa.vault.row_context import reading_as_system


class Command(BaseCommand):
    help = (
        "Carry out, as the second person, an erasure that somebody else has asked for on the pages: the keys of the case are destroyed, "
        "also in every later restore. Asks for her password and a code of her app; without a terminal it reads two lines."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case", nargs="?", default="", metavar="CASE", help="the number of the case")
        parser.add_argument("--by", default="", metavar="EMAIL", help="the second person, who proves that it is she")
        parser.add_argument("--list", action="store_true", help="what waits for a second person")

    def handle(self, *args: Any, **options: Any) -> None:
        number, email, at = options["case"], options["by"], clock.now()
        if options["list"] == bool(number) or bool(number) != bool(email):
            raise CommandError("use: erase CASE --by EMAIL | erase --list", returncode=2)
        with reading_as_system(at):
            lines = [_line(row) for row in _asked()] if options["list"] else []
        if options["list"]:
            self.stdout.write("\n".join([*lines, f"{len(lines)} erasures wait for a second person"]))
            return
        try:
            self._erase(number, email, at)
        except (Refused, Unavailable, LedgerBroken) as problem:
            raise CommandError(str(problem)) from None

    def _erase(self, number: str, email: str, at: datetime) -> None:
        with reading_as_system(at):
            erasure = _asked().filter(case__number=understood(number)).first() if understood(number) else None
        if erasure is None:
            raise Refused(f"nobody has asked that {number} be erased; it is asked for on the page of the case")
        self.stdout.write(f"{_line(erasure)}\nIts keys are destroyed for ever; number, states and the record remain.")
        user = proven(email, password=asked("Password: "), code=asked("Code of the app: "))
        with reading_as_system(at):
            by = _member(user, erasure.case, at)
            erasing.erase(erasure=erasure, by=by, at=at)
        self.stdout.write(f"{erasure.case.number} is erased")


def _asked() -> Any:
    rows = Erasure.objects.filter(state=Erasure.State.ASKED).order_by("asked_at", "id")
    return rows.select_related("case", "asked_by__agency")


def _line(erasure: Erasure) -> str:
    """One wish without names: the number, why, when, by whom as function and institution."""
    day = timezone.localdate(erasure.asked_at).isoformat()
    return f"{erasure.case.number}  {erasure.reason}  asked {day} by {queries.called(erasure.asked_by)}"


def _member(user: User, case: Case, at: datetime) -> Membership:
    """The role by which the person may decide about the case. Raises Refused."""
    held = Membership.objects.active_on(timezone.localdate(at)).filter(user=user).select_related("agency", "user")
    for member in held.order_by("pk"):
        if policy.can(member, Deed.ERASE_CONFIRM, case, at):
            return member
    raise Refused("refused: none of this person's roles decides about the erasure of this case")
