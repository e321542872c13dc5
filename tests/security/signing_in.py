"""Signing in by the pages, for the tests that ask what these do."""

from __future__ import annotations

import re
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client

from besa.directory import actions
from besa.directory.factors import secrets_of
from besa.directory.models import Membership, User
from besa.lib import clock

PASSWORD = "correct horse battery"
OTHER = "violet gravel under seven moons"
LOGIN = "/account/login/"
INSIDE = "/directory/agencies/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def give_password(user: User, password: str = PASSWORD) -> None:
    user.set_password(password)
    user.save()


def sign_in(user: User, password: str = PASSWORD, client: Client | None = None) -> Client:
    """A browser in which the person has given this password."""
    browser = client or Client()
    browser.post(LOGIN, {"login": user.email, "password": password})
    return browser


def is_inside(client: Client) -> bool:
    return client.get(INSIDE).status_code == 200


def add_app(user: User) -> None:
    """Give the person an authenticator app with SECRET."""
    with secrets_of(user):
        TOTP.activate(user, SECRET)


def code(steps: int = 0) -> str:
    """The code that the app shows now, or showed this many half-minutes ago."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(SECRET, counter - steps)))


def password_link(user: User, by: Membership, capture: Any) -> str:
    """The path of the link in the mail that lets the person set a password."""
    with capture(execute=True):
        actions.send_password_link(user=user, by=by, at=clock.now())
    found = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def set_password(link: str, password: str) -> bool:
    """Open the link and set the password; whether the form was there and took it."""
    client = Client()
    answer = client.get(link)
    if answer.status_code != 302:
        return False
    return client.post(answer.headers["Location"], {"password1": password, "password2": password}).status_code == 302
