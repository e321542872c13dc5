"""The check of a password: the same work whoever is tried."""

from __future__ import annotations

from functools import cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.hashers import get_hasher, identify_hasher, is_password_usable, make_password, verify_password
from django.http import HttpRequest
from django.utils.crypto import get_random_string

from besa.directory.models import User


@cache
def _nobodys(algorithm: str) -> str:
    """The hash of a password that nobody has, compared where there is no account or it has no password."""
    return make_password(get_random_string(40), hasher=algorithm)


def _is_a_hash(text: str) -> bool:
    """Whether this can be compared; Django would do other work for what cannot."""
    try:
        return is_password_usable(text) and bool(identify_hasher(text))
    except ValueError:
        return False


class PasswordBackend(AuthenticationBackend):  # type: ignore[misc]
    """Finds the account by its e-mail and compares one hash, also where there is no account, no password or it is closed."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        email, password = str(credentials.get("email") or ""), str(credentials.get("password") or "")
        user = User.objects.filter(email=email.strip().lower()).first()
        encoded = user.password if user is not None and _is_a_hash(user.password) else ""
        is_right, _must_update = verify_password(password, encoded or _nobodys(get_hasher().algorithm))
        return user if is_right and encoded and user is not None and user.is_active else None
