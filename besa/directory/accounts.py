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
from django.urls import reverse

from besa.directory import attempts, factors, proof, sessions
from besa.directory.actions import record_account_event, tell_of_change
from besa.directory.models import User
from besa.directory.persons import NOBODY, Person
from besa.lib import clock


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in, sign-out and failures as events; the person's language from the first page on."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by himself; an administrator of users opens the account."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The person whose e-mail and password these are. The same work whether there is such an account or not.

        Raises TooEarly while failures from the same place still delay the next attempt.
        """
        email = str(credentials.get("email", "")).strip().lower()
        counters = attempts.at_password(request, email, client_ip(request))
        request.wait_after = attempts.begin(counters, clock.seconds())  # type: ignore[attr-defined]
        user = authenticate(request, email=email, password=credentials.get("password"))
        if isinstance(user, User):
            attempts.passed(counters)
            return user
        self.authentication_failed(request, email=email)
        return None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """One event, whether the account exists or not; the address that was tried is not kept."""
        user = User.objects.filter(email=credentials["email"]).first()
        record_account_event("sign_in_failed", user or User(), by=Person(user) if user else NOBODY, at=clock.now())

    def reauthenticate(self, user: User, password: str) -> bool:
        """Is this the password of the person who is signed in?"""
        found = self.authenticate(self.request, email=user.email, password=password)
        if found is None:
            record_account_event("reauthentication_failed", user, by=Person(user), at=clock.now())
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not proof.is_fresh(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """By the factor where there is one, then not by the password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if proof.has_factor(user):
            return [method for method in methods if method["url"] != reverse("account_reauthenticate")]
        return methods

    def login(self, request: HttpRequest, user: User) -> None:
        with transaction.atomic():
            super().login(request, user)
            record_account_event("signed_in", user, by=Person(user), at=clock.now())
        request.session["started_at"] = request.session["seen_at"] = clock.seconds()

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        sessions.note(request, user, client_ip(request))
        attempts.remember_browser(request, response, user)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            samesite="Lax",
            httponly=True,
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
        return response

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        with transaction.atomic():
            if isinstance(user, User):
                sessions.end(row for row in sessions.open_sessions(user) if sessions.is_this(row, request))
                record_account_event("signed_out", user, by=Person(user), at=clock.now())
            super().logout(request)

    def send_notification_mail(self, template_prefix: str, user: User, *rest: Any, **kwargs: Any) -> bool:
        """A mail that says that something about the sign-in was changed, and not what."""
        transaction.on_commit(lambda: tell_of_change(user))
        return True

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Only what the library says in words of its own to this person; not that she has signed in, which she sees."""
        template = args[0] if args else kwargs.get("message_template")
        if template not in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            super().add_message(request, level, *args, **kwargs)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keys of apps and seeds of recovery codes lie sealed; the QR code comes without styles in it."""

    def encrypt(self, text: str) -> str:
        return factors.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed for this person. Raises Unopened, also for a text that was never sealed."""
        return factors.opened(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        out = BytesIO()
        segno.make(url, error="m").save(out, kind="svg", scale=5, border=3, dark="#000", light="#fff")
        return out.getvalue().decode()


def client_ip(request: HttpRequest) -> str | None:
    """Where the request comes from; behind the proxy of the installation, the address that the proxy saw. None: not from a net."""
    try:
        return str(AccountAdapter(request).get_client_ip(request))
    except PermissionDenied:
        return None
