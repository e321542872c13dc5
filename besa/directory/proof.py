"""What somebody has proven lately: a factor, or the password where there is no factor yet.

What protects an account is changed only by who has just shown the factor that protects it; a password alone does not do
(security design, decision 10). Who has no factor yet adds the first one in the minutes after giving the password.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from besa.directory.models import User
from besa.lib import clock

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_factor(user: Any) -> bool:
    """Whether an app or a passkey protects the account; recovery codes alone do not."""
    return isinstance(user, User) and Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def is_fresh(request: HttpRequest) -> bool:
    """Whether what protects the account may be changed now in this session."""
    method, seconds = "password", settings.FIRST_FACTOR_SECONDS
    if has_factor(request.user):
        method, seconds = "mfa", settings.FRESH_FACTOR_SECONDS
    now = clock.seconds()
    return any(record["method"] == method and now - record["at"] < seconds for record in _records(request))


def is_by_factor(request: HttpRequest) -> bool:
    """Whether a factor has been shown in this session."""
    return any(record["method"] == "mfa" for record in _records(request))


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    user = request.user
    return list(get_authentication_records(request, user)) if isinstance(user, User) else []
