"""What is done when a browser or a factor was lost: sessions end at once, an account begins anew."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.management import CommandError, call_command
from pytest_django import DjangoCaptureOnCommitCallbacks

from besa.audit.models import Event
from besa.directory.factors import secrets_of
from besa.directory.models import Membership
from conftest import MakeMember
from tests.security.signing_in import PASSWORD, add_app, code, give_password, is_inside, sign_in


@pytest.fixture
def member(make_member: MakeMember) -> Membership:
    found = make_member("focal_point")
    give_password(found.user)
    return found


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_all_sessions_of_a_person_are_ended_and_of_nobody_else(member: Membership, make_member: MakeMember) -> None:
    other = make_member("donor")
    give_password(other.user)
    first, second, stranger = sign_in(member.user), sign_in(member.user), sign_in(other.user)
    assert "Ended 2 sessions" in run("end_sessions", "--email", member.user.email.upper())
    assert [is_inside(client) for client in (first, second, stranger)] == [False, False, True]
    event = Event.objects.get(verb="sessions_ended")
    assert (event.actor, event.object_id) == ("system", str(member.user_id))
    assert is_inside(sign_in(member.user))


def test_all_sessions_of_everybody_are_ended(member: Membership, make_member: MakeMember) -> None:
    other = make_member("donor")
    give_password(other.user)
    clients = [sign_in(member.user), sign_in(other.user)]
    assert "Ended 2 sessions of 2 accounts" in run("end_sessions", "--everybody")
    assert not any(is_inside(client) for client in clients)


def test_an_account_begins_anew(
    member: Membership, mailoutbox: list[Any], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    add_app(member.user)
    with secrets_of(member.user):
        RecoveryCodes.activate(member.user)
    client = sign_in(member.user)
    client.post("/account/2fa/authenticate/", {"code": code()})
    assert is_inside(client)
    with django_capture_on_commit_callbacks(execute=True):
        assert "Took off 2 factors" in run("forget_factors", member.user.email)
    assert not is_inside(client)
    assert not Authenticator.objects.exists()
    assert not is_inside(sign_in(member.user, PASSWORD)), "the old password opens nothing"
    assert [mail.to for mail in mailoutbox] == [[member.user.email]]
    assert Event.objects.filter(verb="factors_forgotten", actor="system").count() == 1


@pytest.mark.parametrize(
    "words", [("end_sessions", "--email", "nobody@example.org"), ("forget_factors", "nobody@example.org")]
)
def test_nobody_is_not_there(db: None, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="no such account"):
        run(*words)
