"""How sign-in works here: accounts are given, never taken; every way in and out is recorded."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from besa.directory.actions import record_account_event
from besa.directory.models import User
from besa.directory.persons import NOBODY, Person
from besa.lib import clock


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in, sign-out and failures as events; the person's language from the first page on."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by himself; an administrator of users opens the account."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """The delay after failures is counted by axes, by person and address together, so that a stranger cannot lock one out."""

    def login(self, request: HttpRequest, user: User) -> None:
        with transaction.atomic():
            super().login(request, user)
            record_account_event("signed_in", user, by=Person(user), at=clock.now())
        request.session["started_at"] = request.session["seen_at"] = clock.seconds()

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax", httponly=True)
        return response

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        with transaction.atomic():
            if isinstance(user, User):
                record_account_event("signed_out", user, by=Person(user), at=clock.now())
            super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """One event, whether the account exists or not; the address that was tried is not kept."""
        user = User.objects.filter(email=str(credentials.get("email", "")).lower()).first()
        record_account_event("sign_in_failed", user or User(), by=Person(user) if user else NOBODY, at=clock.now())

    def reauthenticate(self, user: User, password: str) -> bool:
        """Is this the password of the person who is signed in?"""
        found = authenticate(self.request, email=user.email, password=password)
        if found is None:
            record_account_event("reauthentication_failed", user, by=Person(user), at=clock.now())
        return found is not None and found.pk == user.pk

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Only what the library says in words of its own to this person; not that she has signed in, which she sees."""
        template = args[0] if args else kwargs.get("message_template")
        if template not in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            super().add_message(request, level, *args, **kwargs)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The QR code of the second factor without styles in it."""

    def build_totp_svg(self, url: str) -> str:
        out = BytesIO()
        segno.make(url, error="m").save(out, kind="svg", scale=5, border=3, dark="#000", light="#fff")
        return out.getvalue().decode()


def tried_email(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The account that somebody tries to open, written one way."""
    tried = (credentials or {}).get("email") or request.POST.get("login", "")
    return str(tried).strip().lower()


def client_ip(request: HttpRequest) -> str | None:
    """Where the request comes from; behind the proxy of the installation, the address that the proxy saw. None: not from a net."""
    try:
        return str(AccountAdapter(request).get_client_ip(request))
    except PermissionDenied:
        return None


def wait(request: HttpRequest, *rest: Any) -> HttpResponse:
    """The page after too many failures: this address has to wait before it tries this account again."""
    return render(request, "directory/account/wait.html", {"minutes": 15}, status=429)
