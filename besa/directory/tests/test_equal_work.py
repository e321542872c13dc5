"""A refused sign-in is the same for everybody: same answer, same hash work, same statements, whoever was tried.

What the clock says is measured by `python -m benchmarks.reliability.login_timing`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.db import connection
from django.test import Client

from besa.audit.models import Event
from besa.directory import backends
from besa.directory.factors import secrets_of
from besa.directory.models import User

PASSWORD = "correct horse battery"
UNKNOWN = "nobody.zz@example.org"


def _made(email: str, password: str | None, is_active: bool = True) -> User:
    return User.objects.create_user(email, password, name="Somebody", is_active=is_active)


def _real() -> User:
    return _made("person.re@example.org", PASSWORD)


def _closed() -> User:
    return _made("person.cl@example.org", PASSWORD, is_active=False)


def _without_password() -> User:
    return _made("person.no@example.org", None)


def _with_passkey_only() -> User:
    user = _made("person.pk@example.org", None)
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "key", "credential": {}})
    return user


def _with_app() -> User:
    user = _made("person.to@example.org", PASSWORD)
    with secrets_of(user):
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    return user


def _with_a_hash_of_another_kind() -> User:
    user = _made("person.ot@example.org", None)
    User.objects.filter(pk=user.pk).update(password="unheard_of$1$salt$hash")
    return user


KINDS = [_real, _closed, _without_password, _with_passkey_only, _with_app, _with_a_hash_of_another_kind]


class Work:
    """What one request costs: hashes, statements without their values, and what it answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, email: str, password: str = "wrong") -> None:  # noqa: S107
        self.hashes: list[int] = []
        self.statements: list[str] = []
        encode = MD5PasswordHasher.encode

        def counted(hasher: MD5PasswordHasher, plain: str, salt: str) -> str:
            self.hashes.append(len(plain))
            return encode(hasher, plain, salt)

        def listen(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            self.statements.append(re.sub(r"\"s\d+_x\d+\"", "a savepoint", sql))
            return execute(sql, params, many, context)

        with monkeypatch.context() as patch, connection.execute_wrapper(listen):
            patch.setattr(MD5PasswordHasher, "encode", counted)
            self.answer = Client().post("/account/login/", {"login": email, "password": password})
        page = self.answer.content.decode().replace(email, "")
        self.page = re.sub(r"[A-Za-z0-9]{32,64}", "", page)  # tokens against forged forms
        self.headers = {name: value for name, value in self.answer.headers.items() if name != "Content-Security-Policy"}
        self.headers = {
            name: value for name, value in self.headers.items() if name not in ("Content-Length", "Expires")
        }


@pytest.fixture(autouse=True)
def warm(db: None) -> None:
    """What is made once for the process is made."""
    Client().post("/account/login/", {"login": "first@example.org", "password": "x"})


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_sign_in_is_the_same_for_all(monkeypatch: pytest.MonkeyPatch, kind: Callable[[], User]) -> None:
    user = kind()
    nobody, somebody = Work(monkeypatch, UNKNOWN), Work(monkeypatch, user.email)
    assert somebody.answer.status_code == nobody.answer.status_code == 200
    assert somebody.page == nobody.page
    assert somebody.headers == nobody.headers
    assert somebody.answer.cookies.keys() == nobody.answer.cookies.keys()
    assert somebody.hashes == nobody.hashes == [len("wrong")]
    assert somebody.statements == nobody.statements
    assert len(nobody.statements) > 3


@pytest.mark.parametrize("kind", [_closed, _without_password, _with_passkey_only])
@pytest.mark.parametrize("password", [PASSWORD, "!", ""])
def test_the_right_password_of_what_is_closed_looks_like_a_wrong_one(
    monkeypatch: pytest.MonkeyPatch, kind: Callable[[], User], password: str
) -> None:
    user = kind()
    nobody, somebody = Work(monkeypatch, UNKNOWN, password), Work(monkeypatch, user.email, password)
    assert somebody.page == nobody.page
    assert somebody.hashes == nobody.hashes
    assert somebody.statements == nobody.statements


def test_delayed_answers_are_the_same_too(monkeypatch: pytest.MonkeyPatch) -> None:
    user = _real()
    for email in (UNKNOWN, user.email):
        for _ in range(3):
            Client().post("/account/login/", {"login": email, "password": "wrong"})
    nobody, somebody = Work(monkeypatch, UNKNOWN), Work(monkeypatch, user.email)
    assert somebody.answer.status_code == nobody.answer.status_code == 429
    assert somebody.hashes == nobody.hashes == []
    assert somebody.statements == nobody.statements
    assert re.sub(r"\d+ seconds?", "", somebody.page) == re.sub(r"\d+ seconds?", "", nobody.page)


def test_nobodys_password_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash that is compared where there is no account: even who knew its password would not get in."""
    monkeypatch.setattr(backends, "_nobodys", lambda algorithm: make_password("known"))
    user = _without_password()
    for email in (UNKNOWN, user.email):
        answer = Client().post("/account/login/", {"login": email, "password": "known"})
        assert answer.status_code == 200
    assert not Event.objects.filter(verb="signed_in").exists()


def test_the_events_of_failures_have_one_form(monkeypatch: pytest.MonkeyPatch) -> None:
    user = _real()
    Work(monkeypatch, UNKNOWN)
    Work(monkeypatch, user.email)
    first, second = Event.objects.filter(verb="sign_in_failed").order_by("-id")[:2]
    assert (first.object_id, second.object_id) == (str(user.pk), "")
