"""The forms of signing in, with labels of our own."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from besa.directory import attempts
from besa.directory.accounts import SecondFactorAdapter, client_ip
from besa.directory.actions import record_account_event
from besa.directory.factors import secrets_of
from besa.directory.models import User
from besa.directory.persons import Person
from besa.lib import clock
from besa.vault.envelope import Unopened


class SignInForm(LoginForm):  # type: ignore[misc]
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        self.fields["password"].label = _("Password")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["login"].widget.attrs.update(autocomplete="username", autofocus=True)

    def clean(self) -> Any:
        """Says after a failure how long the next attempt has to wait, the same for every address that was tried."""
        try:
            return super().clean()
        except ValidationError as error:
            wait = getattr(self.request, "wait_after", 0)
            if not wait:
                raise
            then = ngettext(
                "The next attempt is possible in %(seconds)s second.",
                "The next attempt is possible in %(seconds)s seconds.",
                wait,
            )
            raise ValidationError([*error.messages, then % {"seconds": wait}]) from None


class _Counted:
    """A code whose attempts are counted; a wrong one is recorded. Raises TooEarly where it comes too early."""

    user: User
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].widget.attrs.pop("placeholder", None)
        self.fields["code"].widget.attrs.update(autofocus=True)

    def clean_code(self) -> str:
        request = context.request
        counters = attempts.at_code(request, self.user, client_ip(request))
        attempts.begin(counters, clock.seconds())
        try:
            with secrets_of(self.user):
                code = str(super().clean_code())  # type: ignore[misc]
        except (ValidationError, Unopened) as error:  # a secret that was changed in the database opens nothing
            record_account_event("second_factor_failed", self.user, by=Person(self.user), at=clock.now())
            raise SecondFactorAdapter().validation_error("incorrect_code") from error
        attempts.passed(counters)
        return code


class CodeForm(_Counted, AuthenticateForm):  # type: ignore[misc]
    """A code of the authenticator app, or a recovery code, at sign-in."""


class CodeAgainForm(_Counted, ReauthenticateForm):  # type: ignore[misc]
    """A code of somebody who is signed in and is about to change what protects the account."""
