"""The door: sign-in, second factor, limits of a session, and what the record says of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from besa.audit.models import Event
from besa.directory import actions, sessions
from besa.directory.models import Membership, User
from besa.lib import clock
from conftest import ClientOf, MakeMember

PASSWORD = "correct horse battery"
LOGIN = "/account/login/"


@pytest.fixture
def member(make_member: MakeMember) -> Membership:
    found = make_member("focal_point")
    found.user.set_password(PASSWORD)
    found.user.save()
    cache.clear()
    return found


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def verbs() -> list[str]:
    return list(Event.objects.order_by("id").values_list("verb", flat=True))


def test_sign_in_and_out_are_events(member: Membership) -> None:
    client = Client()
    assert sign_in(client, member.user.email.upper()).headers["Location"] == "/"
    assert client.get("/directory/agencies/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/directory/agencies/").status_code == 302
    assert verbs() == ["signed_in", "signed_out"]
    assert Event.objects.filter(actor=f"user:{member.user_id}").count() == 2


@pytest.mark.parametrize("email", ["", "nobody@example.org"])
def test_wrong_password_and_unknown_account_look_alike(member: Membership, email: str) -> None:
    page = sign_in(Client(), email or member.user.email, "wrong")
    found = re.search(r'<div class="error-summary".*?</div>', page.content.decode(), re.DOTALL)
    assert page.status_code == 200
    assert found
    assert "The email address and/or password you specified are not correct." in found[0]
    event = Event.objects.get(verb="sign_in_failed")
    assert (event.actor, event.object_id) == (
        ("nobody", "") if email else (f"user:{member.user_id}", str(member.user_id))
    )
    assert "nobody@" not in str(Event.objects.values())


def test_session_ends_when_idle_and_when_too_old(
    member: Membership, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.SESSION_IDLE_SECONDS = 900
    start = clock.seconds()
    now = [start]
    monkeypatch.setattr(clock, "seconds", lambda: now[0])
    client = Client()
    sign_in(client, member.user.email)
    now[0] += 800
    assert client.get("/directory/agencies/").status_code == 200
    now[0] += 800
    assert client.get("/directory/agencies/").status_code == 200, "use within the limit keeps the session"
    now[0] += 901
    answer = client.get("/directory/agencies/")
    assert answer.headers["Location"].startswith(LOGIN)
    assert "signed out" in client.get(LOGIN).content.decode()
    sign_in(client, member.user.email)
    for _ in range(40):
        now[0] += 800
        answer = client.get("/directory/agencies/")
    assert answer.status_code == 302, "eight hours are the end, used or not"


def test_language_of_the_person_is_used_from_sign_in_on(member: Membership) -> None:
    client = Client()
    sign_in(client, member.user.email)
    assert client.cookies["django_language"].value == "en"
    client.post("/directory/security/language/", {"language": "sq"})
    assert 'lang="sq"' in client.get("/directory/security/").content.decode()
    other = Client()
    sign_in(other, member.user.email)
    assert other.cookies["django_language"].value == "sq"
    assert "language_set" in verbs()


def test_second_factor_is_asked_for_where_it_is_required(member: Membership, settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    client = Client()
    sign_in(client, member.user.email)
    assert client.get("/directory/agencies/").headers["Location"] == "/directory/security/"
    assert client.get("/directory/security/").status_code == 200
    assert client.get("/account/2fa/app/").status_code in (200, 302)


def test_app_is_added_with_a_code_and_asked_for_at_the_next_sign_in(member: Membership) -> None:
    client = Client()
    sign_in(client, member.user.email)
    page = client.get("/account/2fa/app/").content.decode()
    assert "data:image/svg+xml;base64," in page
    found = re.search(r"<code>(\w+)</code>", page)
    assert found
    secret = found[1]
    assert client.post("/account/2fa/app/", {"code": "000000"}).status_code == 200
    answer = client.post("/account/2fa/app/", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/account/2fa/codes/"
    codes = re.findall(r"<li>(\w{8,})</li>", client.get("/account/2fa/codes/").content.decode())
    assert len(codes) == 10
    assert "second_factor_added" in verbs()
    other = Client()
    assert sign_in(other, member.user.email).headers["Location"] == "/account/2fa/authenticate/"
    assert other.get("/directory/agencies/").status_code == 302, "a password alone does not open"
    assert other.get("/account/2fa/authenticate/").status_code == 200
    assert other.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert verbs()[-1] == "second_factor_failed"
    assert other.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert other.get("/directory/agencies/").status_code == 200
    third = Client()
    sign_in(third, member.user.email)
    assert third.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 200, "a code works once"


def test_pages_of_passkeys_run_no_inline_script(member: Membership) -> None:
    client = Client()
    sign_in(client, member.user.email)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    for path in ("/account/2fa/keys/", "/account/2fa/keys/add/", "/account/sessions/", "/account/password/change/"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        inline = re.findall(r"<script(?![^>]*(?:src=|application/json))", answer.content.decode())
        assert inline == []
    page = Client().get(LOGIN)
    assert "mfa/js/webauthn.js" in page.content.decode()
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    options = Client().get("/account/2fa/keys/login/", headers={"accept": "application/json"})
    assert options.json()["request_options"]["publicKey"]["challenge"]


def test_password_change_signs_out_and_is_an_event(member: Membership) -> None:
    client = Client()
    sign_in(client, member.user.email)
    new = "another long password 7"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/account/password/change/", form | {"password2": "x"}).status_code == 200
    assert client.post("/account/password/change/", form).status_code == 302
    assert client.get("/directory/agencies/").status_code == 302
    assert sign_in(Client(), member.user.email, new).status_code == 302
    assert "password_changed" in verbs()


def test_link_sets_a_password_once(
    make_member: MakeMember,
    member: Membership,
    client_of: ClientOf,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        actions.send_password_link(user=member.user, by=make_member("user_admin"), at=clock.now())
    found = re.search(r"http://[^/]+(/\S+)", str(mail.outbox[0].body))
    assert found
    link = found[1]
    client = Client()
    form_url = client.get(link).headers["Location"]
    assert client.get(form_url).status_code == 200
    weak = client.post(form_url, {"password1": "short", "password2": "short"})
    assert weak.status_code == 200
    new = "another long password 7"
    assert client.post(form_url, {"password1": new, "password2": new}).status_code == 302
    assert sign_in(Client(), member.user.email, new).status_code == 302
    assert "does not work any more" in Client().get(link).content.decode()
    assert "password_set" in verbs()


def test_sessions_are_listed_and_ended(member: Membership) -> None:
    here, there = Client(), Client()
    sign_in(here, member.user.email)
    sign_in(there, member.user.email)
    assert here.get("/account/sessions/").content.decode().count("127.0.0.1") >= 2
    other = UserSession.objects.exclude(session_key=sessions.row_key(here.session.session_key)).get()
    assert here.post(f"/account/sessions/{other.pk}/end/").status_code == 302
    assert there.get("/directory/agencies/").status_code == 302
    assert here.get("/directory/agencies/").status_code == 200
    sign_in(there, member.user.email)
    here.post("/account/sessions/end/")
    assert there.get("/directory/agencies/").status_code == 302
    assert here.get("/account/sessions/").status_code == 200


def test_sessions_of_others_are_not_there(member: Membership, make_member: MakeMember, client_of: ClientOf) -> None:
    client = Client()
    sign_in(client, member.user.email)
    mine = UserSession.objects.get()
    assert client_of(make_member("user_admin")).post(f"/account/sessions/{mine.pk}/end/").status_code == 404


def test_person_chooses_the_role_to_act_under(member: Membership, make_member: MakeMember, client_of: ClientOf) -> None:
    second = _second_role(member)
    client = client_of(member)
    assert client.get("/directory/agencies/add/").status_code == 403
    assert client.post("/directory/act-for/", {"membership": second.pk}).status_code == 302
    assert client.get("/directory/agencies/add/").status_code == 200
    stranger = make_member("user_admin")
    assert client.post("/directory/act-for/", {"membership": stranger.pk}).status_code == 404
    assert client.get("/directory/act-for/").status_code == 405


def _second_role(member: Membership) -> Membership:
    return Membership.objects.create(
        user=member.user, agency=member.agency, role="coordinator", from_on=member.from_on, state="active",
        proposed_at=clock.now(), decided_at=clock.now(),
    )  # fmt: skip


def test_person_without_a_role_sees_why(member: Membership, client_of: ClientOf) -> None:
    client = client_of(member)
    Membership.objects.update(state="ended")
    assert "hold no role" in client.get("/directory/agencies/").content.decode()
    assert client.get("/directory/security/").status_code == 200


def test_closed_account_does_not_open(member: Membership) -> None:
    User.objects.update(is_active=False)
    answer = sign_in(Client(), member.user.email)
    assert answer.status_code == 200
    assert "not correct" in answer.content.decode(), "nobody learns that there is such an account"
    assert verbs() == ["sign_in_failed"]


@pytest.mark.parametrize("path", ["signup/", "email/", "password/reset/", "3rdparty/"])
def test_what_is_switched_off_is_not_there(db: None, path: str) -> None:
    assert Client().get(f"/account/{path}").status_code == 404


def test_demo_lists_its_accounts(member: Membership, settings: Settings) -> None:
    User.objects.create_user("coordinator@demo.besa", name="C")
    assert "@demo.besa" not in Client().get(LOGIN).content.decode()
    settings.DEMO = True
    text = Client().get(LOGIN).content.decode()
    assert "coordinator@demo.besa" in text
    assert "donor@demo.besa" not in text, "only accounts that exist"


def test_sign_in_goes_on_to_the_page_that_was_asked_for(member: Membership) -> None:
    client = Client()
    asked = client.get("/directory/bodies/").headers["Location"]
    assert 'name="next" value="/directory/bodies/"' in client.get(asked).content.decode()
    form = {"login": member.user.email, "password": PASSWORD, "next": "/directory/bodies/"}
    assert client.post(LOGIN, form).headers["Location"] == "/directory/bodies/"
    away = client.get("/account/logout/")
    assert away.status_code == 200
    other = Client().post(LOGIN, form | {"next": "https://elsewhere.example/"})
    assert other.headers["Location"] == "/"
