"""Giving roles: what happens in the database, the record, on desks and in the mail."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from besa.audit.models import Event
from besa.directory import actions
from besa.directory.models import Agency, Membership, User
from besa.lib import clock
from besa.lib.refusal import Refused
from conftest import ClientOf, MakeMember

SOON = date(2010, 7, 6)


def proposal(by: Membership, **fields: Any) -> Membership:
    values: dict[str, Any] = {
        "agency": by.agency,
        "role": "focal_point",
        "from_on": date(2009, 7, 6),
        "until_on": SOON,
        "new_email": "Arta@example.org",
        "new_name": "Arta Kola",
    }
    return actions.propose(by=by, at=clock.now(), **(values | fields))


def test_propose_and_approve_open_an_account(
    make_member: MakeMember, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    admin, second = make_member("user_admin"), make_member("security_admin")
    with django_capture_on_commit_callbacks(execute=True):
        proposed = proposal(admin)
    assert proposed.state == "proposed"
    assert [message.to for message in mail.outbox] == [[second.user.email]]
    assert "Arta" not in f"{mail.outbox[0].body}{mail.outbox[0].subject}"
    with django_capture_on_commit_callbacks(execute=True):
        actions.approve(membership=proposed, by=second, at=clock.now())
    assert list(Membership.objects.active_on(clock.today()).filter(user__email="arta@example.org")) == [proposed]
    link = next(message for message in mail.outbox if message.to == ["arta@example.org"])
    assert "/account/password/reset/key/" in link.body
    verbs = list(Event.objects.filter(verb__startswith="membership").order_by("id").values_list("verb", "actor"))
    assert verbs == [("membership_proposed", admin.audit_name), ("membership_approved", second.audit_name)]


def test_refuse_is_final(make_member: MakeMember) -> None:
    admin, second = make_member("user_admin"), make_member("security_admin")
    refused = actions.refuse(membership=proposal(admin), reason="No order was shown.", by=second, at=clock.now())
    assert (refused.state, refused.refusal) == ("refused", "No order was shown.")
    with pytest.raises(Refused):
        actions.approve(membership=refused, by=second, at=clock.now())


def test_end_counts_from_the_next_request(make_member: MakeMember, client_of: ClientOf) -> None:
    admin, member = make_member("user_admin"), make_member("focal_point")
    client = client_of(member)
    assert client.get("/directory/agencies/").status_code == 200
    actions.end(membership=member, by=admin, at=clock.now())
    assert client.get("/directory/agencies/").status_code == 403


def test_the_same_role_twice_is_refused(make_member: MakeMember) -> None:
    admin, member = make_member("user_admin"), make_member("focal_point")
    with pytest.raises(Refused, match="already holds"):
        proposal(admin, user=member.user, new_email="", new_name="")


def test_a_known_address_opens_no_second_account(make_member: MakeMember) -> None:
    admin, member = make_member("user_admin"), make_member("focal_point")
    with pytest.raises(Refused, match="already an account"):
        proposal(admin, new_email=member.user.email.upper())


def test_auditor_cannot_become_administrator(make_member: MakeMember) -> None:
    admin, auditor = make_member("user_admin"), make_member("auditor")
    with pytest.raises(Refused, match="different people"):
        proposal(admin, user=auditor.user, role="system_admin", new_email="", new_name="")


def test_two_proposals_that_clash_cannot_both_pass(make_member: MakeMember) -> None:
    admin, second, other = make_member("user_admin"), make_member("security_admin"), make_member("focal_point")
    first = proposal(admin, user=other.user, role="auditor", new_email="", new_name="")
    with pytest.raises(Refused, match="different people"):
        proposal(admin, user=other.user, role="system_admin", new_email="", new_name="")
    assert actions.approve(membership=first, by=second, at=clock.now()).state == "active"


def test_an_action_that_fails_leaves_no_event(make_member: MakeMember) -> None:
    admin, second = make_member("user_admin"), make_member("security_admin")
    proposed = proposal(admin)
    before = Event.objects.count()
    with transaction.atomic():
        actions.approve(membership=proposed, by=second, at=clock.now())
        transaction.set_rollback(True)
    proposed.refresh_from_db()
    assert (proposed.state, Event.objects.count()) == ("proposed", before)


def test_install_needs_no_second_person_and_keeps_offices_apart(make_member: MakeMember) -> None:
    auditor = make_member("auditor")
    until = date(2010, 12, 31)
    with pytest.raises(Refused, match="different people"):
        actions.install(
            user=auditor.user, agency=auditor.agency, role="user_admin", from_on=until, until_on=until, at=clock.now()
        )


# --- pages


def test_pages_walk_from_proposal_to_approval(make_member: MakeMember, client_of: ClientOf) -> None:
    admin, second = make_member("user_admin"), make_member("security_admin")
    one, two = client_of(admin), client_of(second)
    form = {
        "new_name": "Arta Kola", "new_email": "arta@example.org", "new_language": "sq", "agency": admin.agency.pk,
        "role": "focal_point", "from_on": "2009-07-06", "until_on": "2010-07-06",
    }  # fmt: skip
    answer = one.post("/directory/memberships/propose/", form | {"until_on": "2019-07-06"})
    assert "two years at most" in answer.content.decode()
    assert "Arta Kola" in answer.content.decode()  # what was typed survives
    answer = one.post("/directory/memberships/propose/", form)
    proposed = Membership.objects.get(user__email="arta@example.org")
    assert answer.headers["Location"] == f"/directory/memberships/{proposed.pk}/"
    page = f"/directory/memberships/{proposed.pk}/"
    assert one.post(f"{page}approve/").status_code == 403
    assert "Arta Kola" in two.get("/directory/memberships/?state=proposed").content.decode()
    assert two.post(f"{page}approve/").status_code == 302
    assert two.get(page).status_code == 200
    assert two.post(f"{page}approve/").status_code == 409
    assert one.post(f"{page}password-link/").status_code == 302
    assert two.post(f"{page}end/").status_code == 302
    proposed.refresh_from_db()
    assert proposed.state == "ended"


def test_refuse_page_asks_for_a_reason(make_member: MakeMember, client_of: ClientOf) -> None:
    proposed = proposal(make_member("user_admin"))
    client = client_of(make_member("security_admin"))
    page = f"/directory/memberships/{proposed.pk}/refuse/"
    assert client.get(page).status_code == 200
    assert "required" in client.post(page, {"reason": ""}).content.decode()
    assert client.post(page, {"reason": "no order"}).status_code == 302


@pytest.mark.parametrize(
    ("role", "status"), [("user_admin", 200), ("security_admin", 403), ("coordinator", 403), ("focal_point", 403)]
)
def test_only_administrators_of_users_propose(
    role: str, status: int, make_member: MakeMember, client_of: ClientOf
) -> None:
    assert client_of(make_member(role)).get("/directory/memberships/propose/").status_code == status


def test_list_asks_the_same_number_of_questions_for_many(
    make_member: MakeMember, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client = client_of(make_member("user_admin"))
    for _ in range(40):
        make_member("focal_point")
    with django_assert_max_num_queries(16):
        assert client.get("/directory/memberships/").status_code == 200


def test_filters_of_the_list(make_member: MakeMember, client_of: ClientOf, agency: Agency) -> None:
    client = client_of(make_member("user_admin"))
    User.objects.create_user("a@example.org", name="Dëshira Çela")
    until = clock.today() + timedelta(days=30)
    member = User.objects.get(email="a@example.org")
    actions.install(user=member, agency=agency, role="rcat", from_on=clock.today(), until_on=until, at=clock.now())
    text = client.post("/directory/memberships/", {"q": "deshira cela", "role": "rcat"}, follow=True).content.decode()
    assert "Dëshira Çela" in text
    assert "User Admin" not in text.partition("<main")[2]
    exported = client.get("/directory/memberships/", {"export": "csv"}).content.decode("utf-8-sig")
    assert "Dëshira Çela" in exported
    assert Client().get("/directory/memberships/").status_code == 302
