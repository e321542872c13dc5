"""Sessions at rest: a copy of the database opens nothing; sessions end when the account does, when it should and at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client

from besa.directory import sessions
from besa.directory.models import Membership, User
from conftest import ClientOf, MakeMember

PASSWORD = "correct horse battery"
PAGE = "/directory/agencies/"


@pytest.fixture
def member(make_member: MakeMember) -> Membership:
    found = make_member("focal_point")
    found.user.set_password(PASSWORD)
    found.user.save()
    return found


def signed_in(member: Membership) -> Client:
    client = Client()
    client.post("/account/login/", {"login": member.user.email, "password": PASSWORD})
    assert client.get(PAGE).status_code == 200
    return client


def cells() -> Iterator[str]:
    """Every value of every row of every table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            yield from (_text(value) for row in cursor.fetchall() for value in row)


def _text(value: Any) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)


def opens(key: str) -> bool:
    client = Client()
    client.cookies["sessionid"] = key
    return client.get(PAGE).status_code == 200


def test_a_copy_of_the_database_opens_nothing(member: Membership) -> None:
    client = signed_in(member)
    key = client.cookies["sessionid"].value
    held = [text for text in cells() if text]
    assert opens(key)
    assert [text for text in held if key in text] == []
    words = {word for text in held for word in re.findall(r"[\w-]{8,}", text)} | set(held)
    assert sessions.row_key(key) in words, "the copy does hold the session"
    assert [word for word in words if len(word) < 200 and opens(word)] == []


def test_the_cache_holds_no_key(member: Membership) -> None:
    key = signed_in(member).cookies["sessionid"].value
    assert key not in str(vars(cache).get("_cache", {})) + str(getattr(cache, "_cache", {}))


def test_a_row_of_another_session_does_not_open(member: Membership, make_member: MakeMember) -> None:
    """Who can write to the database cannot give one person's session to another."""
    mine, theirs = signed_in(member), Client()
    theirs.get("/account/login/")
    session = theirs.session
    session["theme"] = "dark"
    session.save()
    names = [sessions.row_key(client.cookies["sessionid"].value) for client in (mine, theirs)]
    data = Session.objects.get(pk=names[0]).session_data
    Session.objects.filter(pk=names[1]).update(session_data=data)
    assert theirs.get(PAGE).status_code == 302
    assert mine.get(PAGE).status_code == 200


def test_the_content_of_a_session_is_sealed(member: Membership) -> None:
    client = signed_in(member)
    client.get("/account/2fa/app/")
    secret = client.session["mfa.totp.secret"]
    assert secret
    row = Session.objects.get(pk=sessions.row_key(client.session.session_key))
    assert row.get_decoded() == {}, "without the key of the cookie it does not open either"
    assert [text for text in cells() if secret in text] == []


def test_a_changed_row_is_an_empty_session(member: Membership, caplog: pytest.LogCaptureFixture) -> None:
    client = signed_in(member)
    Session.objects.update(session_data="AAAA")
    assert client.get(PAGE).status_code == 302
    assert "django.security.SuspiciousSession" in {record.name for record in caplog.records}


def test_sessions_in_threads_of_asynchronous_servers_are_named_alike(member: Membership) -> None:
    store = sessions.SessionStore()
    assert {name for name in vars(sessions.SessionStore) if name in ("aload", "aexists", "adelete")} == {
        "aload", "aexists", "adelete",
    }  # fmt: skip
    store["a"] = 1
    store.save()
    assert store.exists(store.session_key or "")
    store.delete()
    assert not Session.objects.exists()
    store.delete()


def test_the_list_names_this_session_and_forgets_the_others(member: Membership) -> None:
    here, there = signed_in(member), signed_in(member)
    page = here.get("/account/sessions/").content.decode()
    assert page.count("this session") == 1
    assert len(re.findall(r"/account/sessions/\d+/end/", page)) == 1
    there.post("/account/logout/")
    assert UserSession.objects.count() == 1, "a session that was signed out leaves the list"
    Session.objects.exclude(pk=sessions.row_key(here.session.session_key)).delete()
    signed_in(member)
    assert UserSession.objects.count() == 2


def test_a_closed_account_loses_its_sessions_at_once(member: Membership) -> None:
    client = signed_in(member)
    User.objects.filter(pk=member.user_id).update(is_active=False)
    assert client.get(PAGE).status_code == 302
    assert client.get("/directory/security/").status_code == 302


def test_a_changed_role_counts_from_the_next_request(member: Membership) -> None:
    client = signed_in(member)
    assert client.get("/directory/agencies/add/").status_code == 403
    Membership.objects.filter(pk=member.pk).update(role="coordinator")
    assert client.get("/directory/agencies/add/").status_code == 200
    Membership.objects.filter(pk=member.pk).update(role="focal_point")
    assert client.get("/directory/agencies/add/").status_code == 403
    Membership.objects.filter(pk=member.pk).update(state="ended")
    assert "hold no role" in client.get(PAGE).content.decode()


def test_a_changed_password_ends_every_session(member: Membership) -> None:
    here, there = signed_in(member), signed_in(member)
    new = "another long password 7"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/account/password/change/", form).status_code == 302
    assert there.get(PAGE).status_code == 302
    assert here.get(PAGE).status_code == 302
    assert not UserSession.objects.exists()


def test_a_new_factor_ends_the_sessions_opened_without_it(member: Membership, client_of: ClientOf) -> None:
    here, there = signed_in(member), signed_in(member)
    here.get("/account/2fa/app/")
    secret = here.session["mfa.totp.secret"]
    here.post("/account/2fa/app/", {"code": _code(secret)})
    assert Authenticator.objects.filter(type="totp").exists()
    assert there.get(PAGE).status_code == 302
    assert here.get(PAGE).status_code == 200


def _code(secret: str) -> str:
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))
