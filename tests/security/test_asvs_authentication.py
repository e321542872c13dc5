"""ASVS V6: passwords, codes, and the ways in."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from besa.directory.factors import secrets_of
from besa.directory.models import Membership, User
from conftest import MakeMember
from tests.architecture.endpoints import endpoints
from tests.security.signing_in import (
    LOGIN,
    OTHER,
    PASSWORD,
    SECRET,
    add_app,
    code,
    give_password,
    is_inside,
    password_link,
    set_password,
    sign_in,
)

STRANGE = [
    "only lower case letters and blanks",
    "  begins and ends with blanks  ",
    "8361950274650183",
    "ÇËçë fjalëkalim i gjatë ✓ 文字",
    "!£$%^&*()_+{}:@~<>?|\\'\"",
    "".join(chr(33 + place * 37 % 90) for place in range(128)),
]
WEAK = {
    "eleven char": "too short",
    "qwertyuiop123": "common",
    "1q2w3e4r5t6y": "common",
    "password1234": "common",
    "liverpool2009": "common with a year",
    "P4ssw0rd!!!!": "common in disguise",
    "lovelovelove": "one word again and again",
    "123456789012": "a row of digits",
    "111111111111": "one digit",
    "abcdefghijklmn": "a row of letters",
    "besabesabesa": "the name of the system",
    "shqiperia2009": "the country",
    "trafficking1": "the field",
    "antitrafficking": "the field",
    "policiapolicia": "an institution",
}


@pytest.fixture
def member(make_member: MakeMember) -> Membership:
    found = make_member("focal_point")
    give_password(found.user)
    return found


@pytest.mark.parametrize("password", STRANGE)
def test_a_password_of_any_composition_is_taken_as_it_is(password: str, member: Membership) -> None:
    client = sign_in(member.user)
    form = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert client.post("/account/password/change/", form).status_code == 302
    assert is_inside(sign_in(member.user, password))
    for nearly in {password.strip(), password[:-1], password[:64], password.swapcase()} - {password}:
        member.user.refresh_from_db()
        assert not member.user.check_password(nearly), nearly


def test_a_password_that_is_nearly_right_is_wrong(member: Membership) -> None:
    for nearly in (PASSWORD + " ", " " + PASSWORD, PASSWORD.upper(), PASSWORD[:-1]):
        assert not is_inside(sign_in(member.user, nearly)), nearly


@pytest.mark.parametrize("password", WEAK)
def test_a_weak_password_is_refused(password: str, member: Membership) -> None:
    client = sign_in(member.user)
    form = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert client.post("/account/password/change/", form).status_code == 200, WEAK[password]
    member.user.refresh_from_db()
    assert member.user.check_password(PASSWORD)


def test_common_passwords_of_the_library_are_refused(db: None) -> None:
    validator = password_validation.CommonPasswordValidator()
    long = [word for word in validator.passwords if len(word) >= 12]
    assert len(validator.passwords) > 3000
    assert len(long) > 100
    taken = []
    for word in long:
        try:
            password_validation.validate_password(word)
        except ValidationError:
            continue
        taken.append(word)
    assert taken == []


def test_changing_a_password_takes_the_present_one(member: Membership) -> None:
    client = sign_in(member.user)
    form = {"oldpassword": PASSWORD + "x", "password1": OTHER, "password2": OTHER}
    assert client.post("/account/password/change/", form).status_code == 200
    assert client.post("/account/password/change/", form | {"oldpassword": ""}).status_code == 200
    member.user.refresh_from_db()
    assert member.user.check_password(PASSWORD)


def test_password_fields_hide_and_may_be_filled_by_a_manager(member: Membership) -> None:
    pages = [Client().get(LOGIN), sign_in(member.user).get("/account/password/change/")]
    for page in pages:
        fields = [
            field
            for field in re.findall(r"<input[^>]*>", page.content.decode())
            if re.search(r'name="[^"]*password', field)
        ]
        assert fields
        for field in fields:
            assert 'type="password"' in field
            assert not re.search(r'onpaste|autocomplete="(off|false)"|readonly|maxlength', field)
    assert 'autocomplete="current-password"' in pages[0].content.decode()
    assert 'autocomplete="new-password"' in pages[1].content.decode()


def test_an_old_password_still_opens(member: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3 * 365 * 24 * 3600)
    assert is_inside(sign_in(member.user))


def test_a_new_installation_has_no_account(db: None) -> None:
    """Migrations make none; the first two are made by a command, without a password."""
    assert not User.objects.exists()


def test_production_asks_for_a_second_factor(production: dict[str, Any]) -> None:
    assert production["SECOND_FACTOR_REQUIRED"] is True
    assert set(production["MFA_SUPPORTED_TYPES"]) == {"totp", "webauthn", "recovery_codes"}
    assert production["AUTHENTICATION_BACKENDS"], "and no other way than these"
    assert not any(
        "RemoteUser" in name or name.rpartition(".")[2] == "ModelBackend"
        for name in production["AUTHENTICATION_BACKENDS"]
    )
    assert not any("admin" in name for name in production["INSTALLED_APPS"]), "no second door"


def test_no_way_in_beside_the_written_ones() -> None:
    """What begins a session: the password, its second factor, a passkey. Nothing else of the library is switched on."""
    doors = {end.name for end in endpoints() if re.search(r"log_?in|sign_?in|authenticate|token|\botp|sso", end.name)}
    assert doors == {
        "account_login",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
    }


@pytest.mark.parametrize("days", [0, 4])
def test_a_password_link_expires(
    days: int,
    member: Membership,
    make_member: MakeMember,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    assert settings.PASSWORD_RESET_TIMEOUT <= 3 * 24 * 3600
    link = password_link(member.user, make_member("user_admin"), django_capture_on_commit_callbacks)
    if days:
        settings.PASSWORD_RESET_TIMEOUT = -1
    assert set_password(link, OTHER) is (not days)


def test_no_field_asks_for_a_hint() -> None:
    names = {field.name for field in User._meta.get_fields()}
    assert not [name for name in names if re.search(r"hint|question|answer|maiden|pet", name)]


def test_a_new_password_does_not_open_without_the_second_factor(
    member: Membership,
    make_member: MakeMember,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    add_app(member.user)
    link = password_link(member.user, make_member("user_admin"), django_capture_on_commit_callbacks)
    assert set_password(link, OTHER)
    client = sign_in(member.user, OTHER)
    assert not is_inside(client)
    client.post("/account/2fa/authenticate/", {"code": code()})
    assert is_inside(client)


def test_a_code_of_the_app_works_once(member: Membership) -> None:
    add_app(member.user)
    shown = code()
    first, second = sign_in(member.user), sign_in(member.user)
    first.post("/account/2fa/authenticate/", {"code": shown})
    assert is_inside(first)
    second.post("/account/2fa/authenticate/", {"code": shown})
    assert not is_inside(second)


@pytest.mark.parametrize("steps", [1, 2, -1, -2])
def test_a_code_of_the_app_lives_for_its_half_minute(steps: int, member: Membership) -> None:
    add_app(member.user)
    client = sign_in(member.user)
    client.post("/account/2fa/authenticate/", {"code": code(steps)})
    assert not is_inside(client)


def test_secrets_of_second_factors_are_sealed_in_the_database(member: Membership) -> None:
    """Sealed under a key that is in no database: stronger than a hash, which could be searched for codes so short."""
    add_app(member.user)
    with secrets_of(member.user):
        codes = RecoveryCodes.activate(member.user).get_unused_codes()
    stored = [json.dumps(row.data) for row in Authenticator.objects.all()]
    assert len(stored) == 2
    assert not any(secret in row for row in stored for secret in [SECRET, *codes])
    assert not any(re.search(r'"seed": "[0-9a-f]{80}"', row) for row in stored)


def test_codes_and_seeds_are_long_and_differ(make_member: MakeMember) -> None:
    secrets = {generate_totp_secret() for _ in range(200)}
    assert len(secrets) == 200
    assert all(len(secret) * 5 >= 128 for secret in secrets), "base32: five bits a letter"
    codes = []
    for user in [make_member("donor").user for _ in range(5)]:
        with secrets_of(user):
            codes += RecoveryCodes.activate(user).get_unused_codes()
    assert len(set(codes)) == len(codes) == 50
    assert all(re.fullmatch(r"\d{8,}", one) for one in codes), "eight digits are 26 bits"
