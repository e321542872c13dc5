"""The second factor: needed on every page, sealed at rest, and changed only by who has just shown it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from besa.audit.models import Event
from besa.directory import actions
from besa.directory.accounts import SecondFactorAdapter
from besa.directory.factors import secrets_of
from besa.directory.middleware import SecondFactor
from besa.directory.models import Membership
from besa.lib import clock
from besa.vault import envelope
from conftest import MakeMember
from tests.architecture.endpoints import endpoints

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXP"
OTHER_SECRET = "KRSXG5CTMVRXEZLU"
PAGE = "/directory/agencies/"
LOGIN = "/account/login/"
CHANGES = [
    "/account/2fa/app/remove/",
    "/account/2fa/codes/",
    "/account/2fa/codes/new/",
    "/account/2fa/codes/file/",
    "/account/2fa/keys/add/",
    "/account/password/change/",
]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [clock.seconds()]
    monkeypatch.setattr(clock, "seconds", lambda: now[0])
    return now


@pytest.fixture
def member(make_member: MakeMember) -> Membership:
    cache.clear()
    found = make_member("focal_point")
    found.user.set_password(PASSWORD)
    found.user.save()
    return found


@pytest.fixture
def with_app(member: Membership) -> Membership:
    with secrets_of(member.user):
        totp.TOTP.activate(member.user, SECRET)
        RecoveryCodes.activate(member.user)
    return member


def code(secret: str = SECRET) -> str:
    cache.clear()  # a code counts once; the tests are quicker than a new one
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def by_password(member: Membership) -> Client:
    client = Client()
    client.post(LOGIN, {"login": member.user.email, "password": PASSWORD})
    return client


def by_app(member: Membership) -> Client:
    client = by_password(member)
    assert client.post("/account/2fa/authenticate/", {"code": code()}).status_code == 302
    assert client.get(PAGE).status_code == 200
    return client


def _addresses() -> list[str]:
    """An address of every page that is not part of signing in."""
    found = {re.sub(r"\([^)]*\)+|<[^>]*>", "1", end.route) for end in endpoints()}
    return sorted(route for route in found if not route.startswith(SecondFactor.OPEN))


def test_no_page_opens_without_a_second_factor(member: Membership, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = by_password(member)
    found = {address: client.get(address) for address in _addresses()}
    assert len(found) > 40
    assert {address for address, answer in found.items() if answer.status_code != 302} == set()
    assert {answer.headers["Location"] for answer in found.values()} == {"/directory/security/"}
    posted = {address: client.post(address).headers.get("Location") for address in _addresses()}
    assert set(posted.values()) == {"/directory/security/"}


def test_recovery_codes_alone_are_no_factor(member: Membership, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    with secrets_of(member.user):
        RecoveryCodes.activate(member.user)
    assert by_password(member).get(PAGE).headers["Location"] == "/directory/security/"


def test_a_session_without_the_factor_shows_it_first(member: Membership, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = by_password(member)
    with secrets_of(member.user):
        totp.TOTP.activate(member.user, SECRET)
    answer = client.get(PAGE)
    assert answer.headers["Location"] == f"/account/reauthenticate/?next={PAGE.replace('/', '%2F')}"
    asked = client.get(answer.headers["Location"]).headers["Location"]
    assert asked.startswith("/account/2fa/reauthenticate/")
    assert client.post(asked, {"code": code()}).headers["Location"] == PAGE
    assert client.get(PAGE).status_code == 200


def test_the_first_factor_is_added_in_the_minutes_after_the_password(member: Membership, now: list[float]) -> None:
    client = by_password(member)
    assert client.get("/account/2fa/app/").status_code == 200
    now[0] += 601
    asked = client.get("/account/2fa/app/").headers["Location"]
    assert asked.startswith("/account/reauthenticate/")
    assert client.post("/account/2fa/app/", {"code": "1"}).headers["Location"].startswith("/account/reauthenticate/")
    assert client.post(asked, {"password": "wrong"}).status_code == 200
    assert "reauthentication_failed" in set(Event.objects.values_list("verb", flat=True))


@pytest.mark.parametrize("path", CHANGES)
def test_what_protects_an_account_is_changed_by_a_fresh_factor_only(
    with_app: Membership, now: list[float], path: str
) -> None:
    client = by_app(with_app)
    assert client.get(path).status_code == 200, "the factor was shown at sign-in, a moment ago"
    now[0] += 301
    for method in ("get", "post"):
        asked = getattr(client, method)(path).headers["Location"]
        assert asked.startswith("/account/2fa/reauthenticate/"), "not by the password"
    password = client.post(f"/account/reauthenticate/?next={path}", {"password": PASSWORD})
    assert password.headers["Location"].startswith("/account/2fa/reauthenticate/")
    assert client.get(path).status_code == 302
    assert Authenticator.objects.count() == 2
    assert client.post("/account/2fa/reauthenticate/", {"code": "000000"}).status_code == 200
    assert client.get(path).status_code == 302


def test_after_the_code_the_change_is_made(
    with_app: Membership,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = by_app(with_app)
    later = clock.seconds() + 301
    monkeypatch.setattr(clock, "seconds", lambda: later)
    asked = client.get("/account/2fa/app/remove/").headers["Location"]
    monkeypatch.undo()
    assert client.post(asked, {"code": code()}).headers["Location"] == "/account/2fa/app/remove/"
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/account/2fa/app/remove/").status_code == 302
    assert not Authenticator.objects.exists()
    assert "second_factor_removed" in set(Event.objects.values_list("verb", flat=True))
    _is_neutral(with_app, "app", "authenticator", "factor", "code")


def _is_neutral(member: Membership, *words: str) -> None:
    letter = mail.outbox[-1]
    assert letter.to == [member.user.email]
    text = f"{letter.subject}\n{letter.body}".casefold()
    for word in (member.user.name, member.role.replace("_", " "), member.role, member.agency.name, *words):
        assert word.casefold() not in text


def test_a_link_for_the_password_does_not_pass_the_second_factor(
    with_app: Membership,
    make_member: MakeMember,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    old = by_app(with_app)
    with django_capture_on_commit_callbacks(execute=True):
        actions.send_password_link(user=with_app.user, by=make_member("user_admin"), at=clock.now())
    _is_neutral(with_app, "victim", "case", "returns")
    found = re.search(r"http://[^/]+(/\S+)", str(mail.outbox[0].body))
    assert found
    client, new = Client(), "another long password 7"
    form = client.get(found[1]).headers["Location"]
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(form, {"password1": new, "password2": new}).status_code == 302
    _is_neutral(with_app, "victim", "case", "password")
    assert client.get(PAGE).status_code == 302, "the link signs nobody in"
    assert old.get(PAGE).status_code == 302, "and ends what was open"
    answer = client.post(LOGIN, {"login": with_app.user.email, "password": new})
    assert answer.headers["Location"] == "/account/2fa/authenticate/"
    assert client.get(PAGE).status_code == 302


def test_rows_of_the_database_hold_no_secret_of_a_factor(with_app: Membership) -> None:
    kept = {row.type: row for row in Authenticator.objects.all()}
    with secrets_of(with_app.user):
        opened = SecondFactorAdapter().decrypt(kept["recovery_codes"].data["seed"])
        codes = RecoveryCodes(kept["recovery_codes"]).generate_codes()
        secret, padded = (
            SecondFactorAdapter().decrypt(kept["totp"].data["secret"]),
            SecondFactorAdapter().encrypt("A" * 32),
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM mfa_authenticator")
        rows = str(cursor.fetchall())
    assert len(rows) > 200
    for hidden in (SECRET, opened, *codes):
        assert len(hidden) >= 8
        assert hidden not in rows
    assert secret == SECRET
    assert len(kept["totp"].data["secret"]) == len(padded)


@pytest.mark.parametrize("text", [SECRET, "", "AAAA", "é", "=", "A" * 41])
def test_a_secret_that_was_not_sealed_does_not_open(member: Membership, text: str) -> None:
    """Who writes a secret of his own into the database does not get in by it."""
    with secrets_of(member.user), pytest.raises(envelope.Unopened):
        SecondFactorAdapter().decrypt(text)


def test_a_secret_opens_for_its_person_alone(member: Membership, make_member: MakeMember) -> None:
    other = make_member("auditor").user
    with secrets_of(member.user):
        text = SecondFactorAdapter().encrypt(SECRET)
        assert SecondFactorAdapter().decrypt(text) == SECRET
        with secrets_of(other), pytest.raises(envelope.Unopened):
            SecondFactorAdapter().decrypt(text)
        assert SecondFactorAdapter().decrypt(text) == SECRET
    for act in (SecondFactorAdapter().decrypt, SecondFactorAdapter().encrypt):
        with pytest.raises(RuntimeError, match="somebody's"):
            act(text)


@pytest.mark.parametrize("kind", ["totp", "recovery_codes"])
def test_a_factor_put_into_another_persons_row_lets_nobody_in(
    with_app: Membership, make_member: MakeMember, kind: str
) -> None:
    """Who may write to the database and has a factor of his own does not get into another's account by it."""
    mine = make_member("system_administrator").user
    with secrets_of(mine):
        row = (totp.TOTP.activate(mine, OTHER_SECRET) if kind == "totp" else RecoveryCodes.activate(mine)).instance
        known = code(OTHER_SECRET) if kind == "totp" else RecoveryCodes(row).generate_codes()[0]
    Authenticator.objects.filter(user=with_app.user, type=kind).update(data=row.data)
    client = by_password(with_app)
    assert client.post("/account/2fa/authenticate/", {"code": known}).status_code == 200
    assert client.get(PAGE).status_code == 302
    assert Event.objects.filter(verb="second_factor_failed", object_id=with_app.user.pk).exists()


def test_codes_that_were_changed_in_the_database_are_said_to_be_broken(with_app: Membership) -> None:
    client = by_app(with_app)
    Authenticator.objects.filter(type="recovery_codes").update(data={"seed": "AAAA", "used_mask": 0})
    assert client.get("/account/2fa/codes/").status_code == 404
    assert client.get("/account/2fa/codes/file/").status_code == 404


def test_signing_in_by_a_code_with_a_put_in_secret_fails(with_app: Membership) -> None:
    Authenticator.objects.filter(type="totp").update(data={"secret": SECRET})
    client: Any = by_password(with_app)
    client.raise_request_exception = False
    assert client.post("/account/2fa/authenticate/", {"code": code()}).status_code == 200
    assert client.get(PAGE).status_code == 302
