"""Delays after failures: they grow, they hit the one who fails, and nobody imposes them on somebody else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.db import connection
from django.test import Client

from besa.audit.models import Event
from besa.directory import attempts
from besa.directory.factors import secrets_of
from besa.directory.models import Attempts, Membership
from besa.lib import clock
from conftest import MakeMember

PASSWORD, WRONG = "correct horse battery", "wrong"
LOGIN = "/account/login/"
STRANGER, OWNER = "192.0.2.7", "192.0.2.8"


class Time:
    """The clock of the tests: it stands until it is put on."""

    def __init__(self) -> None:
        self.now = clock.seconds()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(clock, "seconds", time)
    return time


@pytest.fixture
def member(make_member: MakeMember) -> Membership:
    found = make_member("focal_point")
    found.user.set_password(PASSWORD)
    found.user.save()
    return found


def attempt(email: str, password: str = WRONG, address: str = STRANGER, client: Client | None = None) -> Any:
    client = client or Client()
    return client.post(LOGIN, {"login": email, "password": password}, REMOTE_ADDR=address)


def waits(answer: Any) -> int:
    return int(answer.headers.get("Retry-After", 0)) if answer.status_code == 429 else 0


def wear_out(email: str, time: Time, times: int) -> None:
    """Fail that often from the stranger's address, with all the patience that it takes, and once more."""
    for _ in range(times):
        time.now += waits(attempt(email))
    while not waits(attempt(email)):
        pass


@pytest.mark.parametrize("email", ["", "nobody@example.org"])
def test_each_failure_doubles_the_wait(member: Membership, time: Time, email: str) -> None:
    """The same for an account that there is and one that there is not."""
    email = email or member.user.email
    assert [attempt(email).status_code for _ in range(3)] == [200, 200, 200]
    found = []
    for _ in range(9):
        early = attempt(email)
        found.append(waits(early))
        assert f"possible in {waits(early)} seconds" in early.content.decode()
        time.now += waits(early)
        assert attempt(email).status_code == 200
    assert found == [5, 10, 20, 40, 80, 160, 320, 640, 900]


def test_a_failure_says_how_long_the_next_attempt_waits(member: Membership, time: Time) -> None:
    pages = [attempt(member.user.email).content.decode() for _ in range(3)]
    assert ["next attempt is possible in 5 seconds" in page for page in pages] == [False, False, True]


def test_what_comes_too_early_is_not_looked_at_and_not_counted(member: Membership, time: Time) -> None:
    for _ in range(3):
        attempt(member.user.email)
    before = Event.objects.count()
    assert [waits(attempt(member.user.email, PASSWORD)) for _ in range(20)] == [5] * 20
    assert Event.objects.count() == before
    time.now += 5
    assert attempt(member.user.email, PASSWORD).status_code == 302


def test_a_stranger_delays_neither_the_owner_nor_other_accounts(member: Membership, time: Time) -> None:
    wear_out(member.user.email, time, 40)
    assert waits(attempt(member.user.email, PASSWORD))
    assert attempt(member.user.email, PASSWORD, OWNER).status_code == 302
    assert attempt("other@example.org").status_code == 200


def test_a_browser_that_opened_the_account_is_counted_by_itself(member: Membership, time: Time) -> None:
    """Also where a stranger sits behind the same address, as in one building."""
    mine = Client()
    assert attempt(member.user.email, PASSWORD, STRANGER, mine).status_code == 302
    mine.post("/account/logout/")
    wear_out(member.user.email, time, 30)
    assert waits(attempt(member.user.email, PASSWORD))
    assert attempt(member.user.email, PASSWORD, STRANGER, mine).status_code == 302


def test_the_mark_of_a_browser_is_for_one_account_and_cannot_be_made_up(member: Membership, time: Time) -> None:
    mine = Client()
    attempt(member.user.email, PASSWORD, STRANGER, mine)
    cookie = mine.cookies[attempts.KNOWN_BROWSER]
    assert cookie["httponly"]
    assert member.user.email not in cookie.value
    forged = Client()
    forged.cookies[attempts.KNOWN_BROWSER] = f"x.{cookie.value.partition('.')[2]}"
    for _ in range(3):
        attempt(member.user.email)
    assert waits(attempt(member.user.email, client=forged))
    mine.post("/account/logout/")
    for _ in range(3):
        attempt("other@example.org", client=mine)
    assert waits(attempt("other@example.org", client=mine)), "the mark is of another account"
    for _ in range(3):
        attempt(member.user.email, client=mine)
    assert waits(attempt(member.user.email, client=mine)), "guesses in a stolen browser wait too"


def test_one_address_that_tries_many_accounts_waits(member: Membership, time: Time) -> None:
    for number in range(50):
        assert attempt(f"person.{number}@example.org").status_code == 200
    assert 0 < waits(attempt("person.99@example.org")) <= 60
    assert attempt("person.99@example.org", address=OWNER).status_code == 200


def test_success_forgets_the_failures_of_the_account(member: Membership, time: Time) -> None:
    for _ in range(3):
        attempt(member.user.email)
    time.now += 5
    attempt(member.user.email, PASSWORD)
    assert attempt(member.user.email).status_code == 200
    assert Attempts.objects.order_by("-failures")[0].failures == 4, "the address keeps what it failed"


def test_failures_are_forgotten_after_a_day(member: Membership, time: Time) -> None:
    for _ in range(3):
        attempt(member.user.email)
    time.now += 25 * 3600
    assert [attempt(member.user.email).status_code for _ in range(3)] == [200, 200, 200]
    time.now += 8 * 24 * 3600
    assert attempts.tidy(time.now) == 2
    assert not Attempts.objects.exists()


def test_the_table_names_nobody(member: Membership, time: Time) -> None:
    attempt(member.user.email)
    attempt("somebody.private@example.org")
    rows = str(list(Attempts.objects.values()))
    assert "example" not in rows
    assert STRANGER not in rows
    assert not re.search(r"[g-z]{6}", rows.replace("failures", "").replace("'until'", ""))


@pytest.fixture
def with_app(member: Membership) -> Membership:
    with secrets_of(member.user):
        TOTP.activate(member.user, "JBSWY3DPEHPK3PXP")
    return member


def guess(client: Client, address: str) -> Any:
    return client.post("/account/2fa/authenticate/", {"code": "000000"}, REMOTE_ADDR=address)


def test_guesses_of_codes_wait_and_the_password_alone_does_not_take_them_back(with_app: Membership, time: Time) -> None:
    answers = []
    for _ in range(5):
        client = Client()
        assert attempt(with_app.user.email, PASSWORD, client=client).headers["Location"] == "/account/2fa/authenticate/"
        answers.append(guess(client, STRANGER).status_code)
    assert answers == [200, 200, 200, 429, 429]


def test_guesses_of_codes_from_many_addresses_wait_but_not_the_owners_browser(
    with_app: Membership, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Client()
    attempt(with_app.user.email, PASSWORD, OWNER, mine)
    codes = TOTP(with_app.user.authenticator_set.get())  # type: ignore[attr-defined]
    monkeypatch.setattr(TOTP, "validate_code", lambda self, code: code == "123456")
    assert codes
    assert mine.post("/account/2fa/authenticate/", {"code": "123456"}, REMOTE_ADDR=OWNER).status_code == 302
    mine.post("/account/logout/")
    found = []
    for number in range(14):
        client, address = Client(), f"198.51.100.{number}"
        attempt(with_app.user.email, PASSWORD, address, client)
        found.append(guess(client, address).status_code)
    assert found[-1] == 429
    attempt(with_app.user.email, PASSWORD, OWNER, mine)
    assert mine.post("/account/2fa/authenticate/", {"code": "123456"}, REMOTE_ADDR=OWNER).status_code == 302


def test_passkeys_are_asked_for_however_many_failures_there_were(member: Membership, time: Time) -> None:
    wear_out(member.user.email, time, 60)
    answer = Client().get("/account/2fa/keys/login/", headers={"accept": "application/json"}, REMOTE_ADDR=STRANGER)
    assert answer.json()["request_options"]["publicKey"]["challenge"]


def test_many_attempts_at_once_are_no_way_around(member: Membership, time: Time) -> None:
    """Each is counted before it is looked at: the row is there while the password is still being compared."""
    attempt(member.user.email)
    counters = [attempts.Counter("k" * 64, attempts.ONE)]
    found = []
    for _ in range(6):
        try:
            found.append(attempts.begin(counters, time.now))
        except attempts.TooEarly as early:
            found.append(-early.seconds)
    assert found == [0, 0, 5, -5, -5, -5]
    assert connection.in_atomic_block


def test_wrong_passwords_at_reauthentication_wait_too(member: Membership, time: Time) -> None:
    client = Client()
    attempt(member.user.email, PASSWORD, OWNER, client)
    time.now += 700
    asked = client.get("/account/2fa/app/", REMOTE_ADDR=OWNER).headers["Location"]
    answers = [client.post(asked, {"password": "wrong"}, REMOTE_ADDR=OWNER).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_the_daily_command_forgets_what_delays_nobody(
    member: Membership, time: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    attempt(member.user.email)
    time.now += 8 * 24 * 3600
    call_command("tidy_sign_in")
    assert "2 counts" in capsys.readouterr().out
    assert not Attempts.objects.exists()
