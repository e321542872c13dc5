"""`besa erase`: a terminal is no second person; she proves that it is she, and the rule of the page holds."""

from __future__ import annotations

import io
import sys

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.core.management import CommandError, call_command
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from besa.audit.models import Event
from besa.cases.actions import erasing, files
from besa.cases.models import Case
from besa.directory.factors import secrets_of
from besa.directory.models import Attempts, Membership
from besa.lib import clock
from besa.vault import keystore
from conftest import MakeMember

PASSWORD = "a long enough sentence"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def factor_is_needed(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    cache.clear()


@pytest.fixture
def officer(make_member: MakeMember) -> Membership:
    return protected(make_member("data_protection"))


def protected(member: Membership) -> Membership:
    member.user.set_password(PASSWORD)
    member.user.save()
    with secrets_of(member.user):
        totp.TOTP.activate(member.user, SECRET)
    return member


@pytest.fixture
def closed(case: Case, worker: Membership) -> Case:
    """A closed case whose erasure the worker has asked for."""
    closed = files.move(case=case, verb="close", closing="withdrawn", by=worker, at=clock.now())
    erasing.ask_erasure(case=closed, reason="wish", by=worker, at=clock.now())
    return closed


def code() -> str:
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return str(totp.format_hotp_value(totp.hotp_value(SECRET, counter)))


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is typed: password and code."""
    typed = io.StringIO()
    monkeypatch.setattr(sys, "stdin", typed)
    return typed


def type_in(typed: io.StringIO, password: str, code: str) -> None:
    typed.write(f"{password}\n{code}\n")
    typed.seek(0)


def erase(case: Case, by: Membership) -> None:
    call_command("erase", case.number, by=by.user.email)


def test_the_second_person_erases(
    closed: Case,
    officer: Membership,
    typed: io.StringIO,
    capsys: pytest.CaptureFixture[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    type_in(typed, PASSWORD, code())
    with django_capture_on_commit_callbacks(execute=True):
        erase(closed, officer)
    closed.refresh_from_db()
    assert (closed.state, keystore.exists(closed.scope)) == ("erased", False)
    assert Event.objects.get(verb="case_erased").actor == officer.audit_name
    assert Event.objects.get(verb="terminal_proof_given").actor == f"user:{officer.user_id}"
    out = capsys.readouterr().out
    assert closed.number in out
    assert officer.user.name not in out


@pytest.mark.parametrize("wrong", ["password", "code", "person"])
def test_who_does_not_prove_it_erases_nothing(
    wrong: str, closed: Case, officer: Membership, typed: io.StringIO, make_member: MakeMember
) -> None:
    by = protected(make_member("donor")) if wrong == "person" else officer
    type_in(typed, "guessed" if wrong == "password" else PASSWORD, "000000" if wrong == "code" else code())
    with pytest.raises(CommandError, match="refused"):
        erase(closed, by)
    closed.refresh_from_db()
    assert (closed.state, keystore.exists(closed.scope)) == ("closed", True)
    verb = "terminal_proof_given" if wrong == "person" else "terminal_proof_failed"
    assert Event.objects.filter(verb=verb, actor=f"user:{by.user_id}").count() == 1


def test_who_asked_is_not_the_second_person(
    make_member: MakeMember, typed: io.StringIO, case: Case, worker: Membership
) -> None:
    """Also not by another role of hers that decides about erasures."""
    files.move(case=case, verb="close", closing="lost", by=worker, at=clock.now())
    erasing.ask_erasure(case=case, reason="retention", by=worker, at=clock.now())
    other = make_member("data_protection")
    Membership.objects.filter(pk=other.pk).update(user=worker.user)
    type_in(typed, PASSWORD, code())
    with pytest.raises(CommandError, match="another person decides"):
        erase(case, protected(Membership.objects.get(pk=other.pk)))
    assert keystore.exists(case.scope)


def test_what_nobody_asked_for_is_not_erased(case: Case, officer: Membership, typed: io.StringIO) -> None:
    type_in(typed, PASSWORD, code())
    with pytest.raises(CommandError, match="nobody has asked"):
        erase(case, officer)
    assert typed.tell() == 0, "nobody was asked for a password"
    with pytest.raises(CommandError, match="nobody has asked that K7M2"):
        call_command("erase", "K7M2", by=officer.user.email)


def test_a_passkey_alone_is_for_the_pages(closed: Case, officer: Membership, typed: io.StringIO) -> None:
    officer.user.authenticator_set.update(type="webauthn")  # type: ignore[attr-defined]
    type_in(typed, PASSWORD, "")
    with pytest.raises(CommandError, match="refused"):
        erase(closed, officer)


def test_guessing_is_delayed(
    closed: Case, officer: Membership, typed: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _attempt in range(3):
        monkeypatch.setattr(sys, "stdin", io.StringIO("guessed\n000000\n"))
        with pytest.raises(CommandError, match="not the password"):
            erase(closed, officer)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n{code()}\n"))
    with pytest.raises(CommandError, match="next attempt"):
        erase(closed, officer)
    assert Attempts.objects.get().failures == 3


def test_a_hold_still_protects(closed: Case, officer: Membership, worker: Membership, typed: io.StringIO) -> None:
    erasing.ask_hold(case=closed, reason="court", by=officer, at=clock.now())
    type_in(typed, PASSWORD, code())
    with pytest.raises(CommandError, match="legal hold"):
        erase(closed, officer)
    assert keystore.exists(closed.scope)


def test_the_list_names_numbers_and_functions(
    closed: Case, worker: Membership, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("erase", list=True)
    line, total = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{closed.number}  wish  asked 20")
    assert worker.user.name not in line
    assert total == "1 erasures wait for a second person"


@pytest.mark.parametrize("words", [[], ["K7M2-9QXA-5"], ["--by", "a@example.org"], ["--list", "K7M2-9QXA-5"]])
def test_wrong_use_is_two(words: list[str]) -> None:
    with pytest.raises(CommandError) as error:
        call_command("erase", *words)
    assert error.value.returncode == 2
