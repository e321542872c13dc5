"""ASVS V7: keys of sessions, and their end."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from besa.directory.models import Membership, User
from conftest import ClientOf, MakeMember
from tests.security.signing_in import INSIDE, LOGIN, OTHER, PASSWORD, give_password, is_inside, sign_in

KEY = settings.SESSION_COOKIE_NAME


@pytest.fixture
def member(make_member: MakeMember) -> Membership:
    found = make_member("coordinator")
    give_password(found.user)
    return found


def key_of(client: Client) -> str:
    return client.cookies[KEY].value if KEY in client.cookies else ""


def with_key(key: str) -> Client:
    client = Client()
    client.cookies[KEY] = key
    return client


@pytest.mark.parametrize("made_up", ["", "a" * 32, "0", "x" * 4000, "../../etc/passwd", "' OR 1=1 --"])
def test_a_made_up_session_key_opens_nothing(made_up: str, member: Membership) -> None:
    sign_in(member.user)
    assert not is_inside(with_key(made_up))


def test_what_lies_in_the_database_opens_nothing(member: Membership) -> None:
    client = sign_in(member.user)
    stored = list(Session.objects.values_list("session_key", flat=True))
    assert stored
    assert key_of(client) not in stored
    assert [is_inside(with_key(key)) for key in stored] == [False] * len(stored)


def test_every_sign_in_gives_another_long_key(member: Membership) -> None:
    keys = [key_of(sign_in(member.user)) for _ in range(8)]
    assert len(set(keys)) == 8
    assert all(len(set(key)) > 8 and len(key) * 5 >= 128 for key in keys), (
        "letters and digits: more than five bits each"
    )


def test_signing_in_ends_the_key_from_before(member: Membership) -> None:
    client = Client()
    client.get(INSIDE)
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = key_of(client)
    sign_in(member.user, client=client)
    assert is_inside(client)
    assert before
    assert key_of(client) != before
    assert not is_inside(with_key(before))


def test_a_key_opens_nothing_after_sign_out(member: Membership) -> None:
    client = sign_in(member.user)
    key = key_of(client)
    assert is_inside(with_key(key))
    client.post("/account/logout/")
    assert not is_inside(with_key(key))


def test_closing_an_account_ends_its_sessions(member: Membership) -> None:
    client = sign_in(member.user)
    assert is_inside(client)
    User.objects.filter(pk=member.user_id).update(is_active=False)
    assert not is_inside(client)


def test_a_changed_password_ends_all_other_sessions(member: Membership) -> None:
    here, there = sign_in(member.user), sign_in(member.user)
    form = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    assert here.post("/account/password/change/", form).status_code == 302
    assert not is_inside(there)


def test_the_page_of_security_leads_to_ending_sessions(member: Membership) -> None:
    client, _other = sign_in(member.user), sign_in(member.user)
    assert "/account/sessions/" in client.get("/directory/security/").content.decode()
    assert "/account/sessions/end/" in client.get("/account/sessions/").content.decode()


@pytest.mark.parametrize(
    "path",
    ["/", INSIDE, "/plan/", "/documents/", "/reporting/returns/", "/notices/", "/directory/security/", "/nothing"],
)
def test_every_page_offers_to_sign_out(path: str, member: Membership, client_of: ClientOf) -> None:
    assert "/account/logout/" in client_of(member).get(path, follow=True).content.decode()


def test_no_session_begins_by_itself(member: Membership) -> None:
    """Not by a link, not by a form of another site, not by reading."""
    client = Client(enforce_csrf_checks=True)
    assert not is_inside(client)
    client.get(LOGIN, {"login": member.user.email, "password": PASSWORD})
    assert not is_inside(client)
    forged = client.post(LOGIN, {"login": member.user.email, "password": PASSWORD})
    assert forged.status_code == 403
    assert not is_inside(client)
