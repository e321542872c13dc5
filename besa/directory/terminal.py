"""Who sits at a terminal of the machine: proven by the password and a code of the app, like at the door.

Whoever runs a command is only the administrator of the machine. Where a command does what takes a certain person, she proves here that it
is she; attempts are counted and delayed, and each failure is recorded. A passkey needs a browser, so who has nothing else uses the pages.
"""

from __future__ import annotations

import sys
from getpass import getpass

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth import authenticate

from besa.directory import attempts, proof
from besa.directory.actions import record_account_event
from besa.directory.factors import secrets_of
from besa.directory.models import User
from besa.directory.persons import NOBODY, Person
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.vault.envelope import Unopened

WRONG = "refused: this is not the password, or not the code"


def asked(words: str) -> str:
    """What somebody types, unseen; a line of the input where there is no terminal. It never comes from the command line's words."""
    return getpass(words) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def proven(email: str, *, password: str, code: str) -> User:
    """The person whose e-mail, password and fresh code of the app these are. Raises Refused, the same for whatever was wrong."""
    email = email.strip().lower()
    counters = attempts.at_terminal(email)
    try:
        attempts.begin(counters, clock.seconds())
    except attempts.TooEarly as early:
        raise Refused(f"refused: the next attempt is possible in {early.seconds} seconds") from None
    user = authenticate(email=email, password=password)
    if not isinstance(user, User) or not _is_right(user, code):
        tried = User.objects.filter(email=email).first()
        by = Person(tried) if tried else NOBODY
        record_account_event("terminal_proof_failed", tried or User(), by=by, at=clock.now())
        raise Refused(WRONG)
    attempts.passed(counters)
    record_account_event("terminal_proof_given", user, by=Person(user), at=clock.now())
    return user


def _is_right(user: User, code: str) -> bool:
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None:  # without any factor only where the installation asks for none, as in the demo
        return not (settings.SECOND_FACTOR_REQUIRED or proof.has_factor(user))
    try:
        with secrets_of(user):
            return bool(TOTP(app).validate_code(code.strip()))
    except Unopened:  # a secret that was changed in the database opens nothing
        return False
