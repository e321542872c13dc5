"""Notices: on the desk at once, by mail without content when the change is committed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from besa.audit.models import Event
from besa.directory import actions as directory
from besa.directory.models import Membership
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.notices import actions, queries
from besa.notices.models import Notice
from conftest import ClientOf, MakeMember


def send(to: Any, **fields: Any) -> list[Notice]:
    values: dict[str, Any] = {"kind": Notice.Kind.RETURN_LATE, "url_name": "directory:agency", "url_args": ["MOI"]}
    return actions.send(to=to, at=clock.now(), **(values | fields))


def test_one_mail_a_person_that_says_nothing(
    make_member: MakeMember, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    one, two = make_member("focal_point"), make_member("focal_point")
    two.user.language = "sq"
    two.user.save()
    with django_capture_on_commit_callbacks(execute=True):
        send([one, two, one], agency=one.agency, period="2009Q2", days_late=9)
    assert sorted(message.to[0] for message in mail.outbox) == sorted([one.user.email, two.user.email])
    for message in mail.outbox:
        for secret in ("MOI", "Interior", "2009Q2", "late", one.user.name):
            assert secret not in f"{message.subject}{message.body}"
    assert Notice.objects.filter(mailed_at__isnull=False).count() == 2
    assert queries.unread(one) == 1


def test_nothing_is_mailed_when_the_change_fails(
    make_member: MakeMember, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    member = make_member("focal_point")
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        send(member)
        transaction.set_rollback(True)
    assert (mail.outbox, Notice.objects.count(), Event.objects.count()) == ([], 0, 0)


def test_mail_that_fails_is_tried_again(make_member: MakeMember, monkeypatch: pytest.MonkeyPatch) -> None:
    send(make_member("focal_point"))

    def fail(self: EmailMessage, fail_silently: bool = False) -> int:
        raise ConnectionRefusedError("focal.point@example.org refused")

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", fail)
        with pytest.raises(CommandError, match="tries again"):
            call_command("mail_notices")
    assert Notice.objects.get().mailed_at is None
    call_command("mail_notices")
    call_command("mail_notices")
    assert len(mail.outbox) == 1
    assert Notice.objects.get().mailed_at is not None


def test_nobody_is_mailed_who_has_read_it_or_has_left(make_member: MakeMember) -> None:
    one, two = make_member("focal_point"), make_member("focal_point")
    first, _second = send([one, two])
    actions.mark_read(notice=first, by=one, at=clock.now())
    Membership.objects.filter(pk=two.pk).update(state="ended")
    assert actions.mail(None, clock.now()) == (0, 0)


def test_only_the_addressee_reads(make_member: MakeMember, client_of: ClientOf) -> None:
    one, two = make_member("focal_point"), make_member("coordinator")
    (notice,) = send(one)
    with pytest.raises(Refused):
        actions.mark_read(notice=notice, by=two, at=clock.now())
    assert client_of(two).post(f"/notices/{notice.pk}/read/").status_code == 404
    client = client_of(one)
    text = client.get("/notices/").content.decode()
    assert "A return is late" in text
    assert client.get(f"/notices/{notice.pk}/read/").status_code == 405
    answer = client.post(f"/notices/{notice.pk}/read/", {"open": "1"})
    assert answer.headers["Location"] == "/directory/agencies/MOI/"
    assert queries.unread(one) == 0
    assert Event.objects.filter(verb="notice_read", actor=one.audit_name).count() == 1


def test_all_are_read_at_once(make_member: MakeMember, client_of: ClientOf) -> None:
    member = make_member("focal_point")
    send(member)
    send(member, url_name="no:such", url_args=[])
    client = client_of(member)
    assert client.get("/notices/").status_code == 200, "a page that is gone does not break the list"
    assert client.post("/notices/read/").status_code == 302
    assert queries.unread(member) == 0


def test_list_asks_few_questions(
    make_member: MakeMember, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    member = make_member("focal_point")
    for _ in range(30):
        send(member, agency=member.agency)
    client = client_of(member)
    client.get("/notices/")
    with django_assert_max_num_queries(8):
        assert "Older" in client.get("/notices/").content.decode()


def test_roles_wait_on_the_desk_of_who_decides_and_come_back_to_who_proposed(make_member: MakeMember) -> None:
    admin, second, target = make_member("user_admin"), make_member("security_admin"), make_member("focal_point")
    make_member("coordinator")
    proposed = directory.propose(
        user=target.user, agency=admin.agency, role="rcat", from_on=clock.today(), until_on=date(2010, 7, 6), by=admin,
        at=clock.now(),
    )  # fmt: skip
    assert list(Notice.objects.values_list("to", "kind")) == [(second.pk, "membership_proposed")]
    directory.refuse(membership=proposed, reason="No order was shown.", by=second, at=clock.now())
    assert Notice.objects.get(to=admin).kind == "membership_decided"
