"""The end of an account: at once, by one; opened again by two, with nothing of what it had before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from besa.audit.models import Event
from besa.directory import actions
from besa.directory.models import Closing, Membership, User
from besa.lib import clock
from besa.lib.refusal import Refused
from conftest import ClientOf, MakeMember
from tests.security.signing_in import (
    PASSWORD,
    add_app,
    code,
    give_password,
    is_inside,
    password_link,
    set_password,
    sign_in,
)


@pytest.fixture
def person(make_member: MakeMember) -> Membership:
    found = make_member("police")
    give_password(found.user)
    return found


@pytest.fixture
def security(make_member: MakeMember) -> Membership:
    return make_member("security_admin")


@pytest.fixture
def users(make_member: MakeMember) -> Membership:
    return make_member("user_admin")


def close(person: Membership, by: Membership, reason: str = "stolen") -> Closing:
    return actions.close_account(user=person.user, reason=reason, by=by, at=clock.now())


def test_closing_ends_everything_at_once(
    person: Membership,
    security: Membership,
    users: Membership,
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    add_app(person.user)
    browser = sign_in(person.user)
    browser.post("/account/2fa/authenticate/", {"code": code()})
    assert is_inside(browser)
    link = password_link(person.user, users, django_capture_on_commit_callbacks)
    mailoutbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        closing = close(person, security)
    assert not is_inside(browser)
    assert not is_inside(sign_in(person.user, PASSWORD))
    assert not Authenticator.objects.filter(user=person.user_id).exists()
    person.refresh_from_db()
    assert not set_password(link, PASSWORD[::-1]), "a link that was mailed before opens nothing"
    assert (person.state, person.user.is_active) == ("ended", False)
    about = Event.objects.filter(
        actor=security.audit_name, verb__in=["account_closed", "account_disabled", "membership_ended"]
    )
    assert about.count() == 3
    assert Event.objects.get(verb="account_closed").object_id == str(closing.pk)
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted([person.user.email, users.user.email])
    assert not any("closed" in f"{mail.subject}{mail.body}" for mail in mailoutbox)


def test_a_session_in_the_hand_of_somebody_else_ends_too(
    person: Membership, security: Membership, client_of: ClientOf
) -> None:
    """Also one that is on no list: a closed account counts on each request."""
    stolen = client_of(person)
    assert stolen.get("/plan/").status_code == 200
    close(person, security)
    assert stolen.get("/plan/").status_code == 302


def test_it_takes_two_to_open_it_again_and_nothing_of_it_comes_back(
    person: Membership, security: Membership, users: Membership
) -> None:
    closing = close(person, security)
    with pytest.raises(Refused):
        actions.decide_reopening(closing=closing, is_granted=True, by=security, at=clock.now())
    with pytest.raises(Refused):
        actions.ask_reopening(closing=closing, by=security, at=clock.now())
    actions.ask_reopening(closing=closing, by=users, at=clock.now())
    with pytest.raises(Refused):
        actions.decide_reopening(closing=closing, is_granted=True, by=users, at=clock.now())
    actions.decide_reopening(closing=closing, is_granted=True, by=security, at=clock.now())
    person.user.refresh_from_db()
    assert person.user.is_active
    assert not person.user.has_usable_password()
    assert not Membership.objects.active_on(clock.today()).filter(user=person.user_id).exists()
    assert not is_inside(sign_in(person.user, PASSWORD))


def test_who_asked_does_not_decide_in_another_role(person: Membership, security: Membership, users: Membership) -> None:
    closing = close(person, security)
    actions.ask_reopening(closing=closing, by=users, at=clock.now())
    Membership.objects.filter(pk=security.pk).update(user=users.user)
    both = Membership.objects.select_related("user", "agency").get(pk=security.pk)
    with pytest.raises(Refused, match="another person decides"):
        actions.decide_reopening(closing=closing, is_granted=True, by=both, at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Closing.objects.filter(pk=closing.pk).update(decided_by=users.user, decided_at=clock.now())


def test_kept_closed_it_can_be_asked_for_again(person: Membership, security: Membership, users: Membership) -> None:
    closing = close(person, security)
    for _time in range(2):
        actions.ask_reopening(closing=closing, by=users, at=clock.now())
        kept = actions.decide_reopening(closing=closing, is_granted=False, by=security, at=clock.now())
        assert kept.state == "closed"
    assert not User.objects.get(pk=person.user_id).is_active


@pytest.mark.parametrize("role", ["user_admin", "system_admin", "auditor", "coordinator", "police"])
def test_only_the_administrator_of_security_closes(role: str, person: Membership, make_member: MakeMember) -> None:
    with pytest.raises(Refused, match="Your role"):
        close(person, make_member(role))


def test_nobody_closes_her_own_and_nobody_twice(person: Membership, security: Membership) -> None:
    with pytest.raises(Refused, match="of his own"):
        close(security, security)
    close(person, security)
    with pytest.raises(Refused, match="closed"):
        close(person, security)
    assert Closing.objects.count() == 1


def test_a_role_that_waits_is_not_given_to_a_closed_account(
    person: Membership, security: Membership, users: Membership
) -> None:
    waiting = actions.propose(
        user=person.user, agency=person.agency, role="shelter", from_on=clock.today(),
        until_on=clock.today() + timedelta(days=30), by=users, at=clock.now(),
    )  # fmt: skip
    close(person, security)
    with pytest.raises(Refused, match="closed"):
        actions.approve(membership=waiting, by=security, at=clock.now())


def test_with_the_last_role_the_sessions_end(person: Membership, users: Membership, make_member: MakeMember) -> None:
    second = make_member("shelter")
    Membership.objects.filter(pk=second.pk).update(user=person.user)
    browser = sign_in(person.user)
    actions.end(membership=second, by=users, at=clock.now())
    assert is_inside(browser), "another role is in force"
    actions.end(membership=person, by=users, at=clock.now())
    assert not is_inside(browser)
    assert Event.objects.filter(verb="sessions_ended", object_id=str(person.user_id)).count() == 1
    assert User.objects.get(pk=person.user_id).is_active, "the account is open; it has no role"


def test_the_pages_walk_from_closing_to_opening(
    person: Membership, security: Membership, users: Membership, client_of: ClientOf, make_member: MakeMember
) -> None:
    one, two = client_of(security), client_of(users)
    page = f"/directory/accounts/{person.user_id}/"
    assert person.user.name in one.get("/directory/accounts/?roles=some").content.decode()
    assert one.get(page).status_code == 200
    assert "passkeys" in one.get(f"{page}close/").content.decode()
    answer = one.post(f"{page}close/", {"reason": "because"})
    assert (answer.status_code, User.objects.get(pk=person.user_id).is_active) == (422, True)
    assert one.post(f"{page}close/", {"reason": "left"}).headers["Location"] == page
    assert one.post(f"{page}close/", {"reason": "left"}).status_code == 409
    assert two.get(f"{page}close/").status_code == 403
    assert "has left the service" in one.get(page).content.decode()
    assert two.post(f"{page}reopening/").status_code == 302
    assert one.get("/directory/accounts/?state=asked").content.decode().count(person.user.email) == 1
    assert two.post(f"{page}reopening/decide/", {"decision": "reopen"}).status_code == 403
    assert one.post(f"{page}reopening/decide/", {"decision": "reopen"}).status_code == 302
    assert User.objects.get(pk=person.user_id).is_active
    assert one.post(f"{page}reopening/decide/", {"decision": "reopen"}).status_code == 404
    assert "never" in two.get(f"/directory/accounts/{make_member('donor').user_id}/").content.decode()
    assert "Nobody closes" in one.get(f"/directory/accounts/{security.user_id}/").content.decode()
    assert one.get("/directory/accounts/?roles=none").content.decode().count(person.user.email) == 1
    kept = one.post("/directory/accounts/", {"q": person.user.email}, follow=True)
    assert person.user.email not in kept.redirect_chain[-1][0]


def test_the_list_asks_the_same_number_of_questions_for_many(
    security: Membership, make_member: MakeMember, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client = client_of(security)
    for _ in range(20):
        make_member("donor")
    with django_assert_max_num_queries(16):
        assert client.get("/directory/accounts/").status_code == 200


@pytest.mark.parametrize("role", ["police", "donor", "auditor", "system_admin"])
def test_others_see_no_accounts(role: str, make_member: MakeMember, client_of: ClientOf) -> None:
    assert client_of(make_member(role)).get("/directory/accounts/").status_code == 403
