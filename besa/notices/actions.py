"""Telling people that something waits: a line on the desk at once, a mail without content when the change is committed."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from besa.audit import actions as audit
from besa.directory.access import Permission, roles_with
from besa.directory.models import Agency, Closing, Membership, User
from besa.directory.queries import people_with
from besa.lib.refusal import Refused
from besa.notices.models import Notice

log = logging.getLogger(__name__)


def send(
    *,
    to: Membership | Iterable[Membership],
    kind: str,
    url_name: str,
    at: datetime,
    url_args: Sequence[Any] = (),
    agency: Agency | None = None,
    period: str = "",
    days_late: int | None = None,
    by: audit.Actor = audit.SYSTEM,
) -> list[Notice]:
    """Put a notice on the desk of each member, in the running transaction; the mails go out when it is committed.

    `url_name` and `url_args` name the page that it is about; `period` is text such as 2009Q2; `days_late` counts days.
    """
    members = [to] if isinstance(to, Membership) else list({member.pk: member for member in to}.values())
    with transaction.atomic():
        sent = [
            Notice.objects.create(
                to=member, kind=kind, url_name=url_name, url_args=list(url_args), agency=agency,
                period=period, days_late=days_late, created_at=at,
            )
            for member in members
        ]  # fmt: skip
        for notice in sent:
            audit.record("notice_sent", notice, by=by, at=at, fields=["kind"])
        if sent:
            transaction.on_commit(partial(mail, [notice.pk for notice in sent], at))
    return sent


def mail(keys: Sequence[int] | None, at: datetime) -> tuple[int, int]:
    """Mail the notices (None: all that wait) that were not mailed yet, one mail a person. Answers (people mailed, people failed).

    Rows are claimed before the mail goes out and given back if it fails, so that two runs never mail the same and a later one
    tries again. The mail says only that something waits.
    """
    people = _claim(keys, at)
    done = failed = 0
    for user, notices in people.items():
        try:
            _message(user).send()
        except OSError as error:  # the mail server; its text may name the person, so only the kind of error is logged
            log.warning("a mail could not be sent: %s", type(error).__name__)
            _mark(notices, None, "notice_not_mailed", at)
            failed += 1
        else:
            done += 1
    return done, failed


def _claim(keys: Sequence[int] | None, at: datetime) -> dict[User, list[Notice]]:
    with transaction.atomic():
        rows = Notice.objects.select_for_update(of=("self",)).filter(mailed_at__isnull=True, read_at__isnull=True)
        rows = rows.filter(to__user__is_active=True, to__state=Membership.State.ACTIVE)
        waiting = list((rows if keys is None else rows.filter(pk__in=keys)).select_related("to__user").order_by("pk"))
        people: dict[User, list[Notice]] = defaultdict(list)
        for notice in waiting:
            people[notice.to.user].append(notice)
        _mark(waiting, at, "notice_mailed", at)
    return people


def _mark(notices: Sequence[Notice], mailed_at: datetime | None, verb: str, at: datetime) -> None:
    with transaction.atomic():
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=mailed_at)
        for notice in notices:
            audit.record(verb, notice, by=audit.SYSTEM, at=at, fields=["mailed_at"])


def _message(user: User) -> EmailMessage:
    with override(user.language):
        text = _("Something waits for you in Besa.")
        return EmailMessage(text, f"{text}\n{settings.BASE_URL}\n", None, [user.email], connection=get_connection())


def mark_read(*, notice: Notice, by: Membership, at: datetime) -> None:
    """The member has seen the notice; only the one it is addressed to can say so."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().get(pk=notice.pk)
        if notice.to_id != by.pk:
            raise Refused(_("This notice is addressed to somebody else."))
        if notice.read_at is None:
            notice.read_at = at
            notice.save(update_fields=["read_at"])
            audit.record("notice_read", notice, by=by, at=at, fields=["read_at"])


def mark_all_read(*, by: Membership, at: datetime) -> int:
    """The member has seen all her notices. Answers how many were new."""
    with transaction.atomic():
        rows = Notice.objects.select_for_update().filter(to=by, read_at__isnull=True)
        notices = list(rows)
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(read_at=at)
        for notice in notices:
            audit.record("notice_read", notice, by=by, at=at, fields=["read_at"])
        return len(notices)


def _holders(*permissions: Permission, at: datetime) -> QuerySet[Membership]:
    """Everybody who holds one of the permissions today."""
    return people_with(roles_with(*permissions), timezone.localdate(at))


def membership_proposed(*, membership: Membership, at: datetime) -> None:
    """Tell everybody who may approve a proposed role, but not who proposed it or would receive it."""
    people = _holders(Permission.MEMBERSHIP_APPROVE, at=at).exclude(
        user__in=[membership.proposed_by_id, membership.user_id]
    )
    send(
        to=people, kind=Notice.Kind.MEMBERSHIP_PROPOSED, url_name="directory:membership", url_args=[membership.pk],
        agency=membership.agency, at=at,
    )  # fmt: skip


def membership_decided(*, membership: Membership, at: datetime) -> None:
    """Tell who proposed a role that it has been approved or refused."""
    people = _holders(Permission.MEMBERSHIP_PROPOSE, at=at).filter(user=membership.proposed_by_id)
    send(
        to=people[:1], kind=Notice.Kind.MEMBERSHIP_DECIDED, url_name="directory:membership", url_args=[membership.pk],
        agency=membership.agency, at=at,
    )  # fmt: skip


def account_closed(*, closing: Closing, by: Membership, at: datetime) -> None:
    """Tell the administrators of users and of security, without who closed it."""
    people = _holders(Permission.MEMBERSHIP_PROPOSE, Permission.MEMBERSHIP_APPROVE, at=at).exclude(user=by.user_id)
    _about_account(people, Notice.Kind.ACCOUNT_CLOSED, closing, at)


def account_reopening_asked(*, closing: Closing, by: Membership, at: datetime) -> None:
    """Tell who may decide that a closed account is opened again, but not who asked."""
    people = _holders(Permission.MEMBERSHIP_APPROVE, at=at).exclude(user=by.user_id)
    _about_account(people, Notice.Kind.ACCOUNT_REOPENING_ASKED, closing, at)


def account_reopening_decided(*, closing: Closing, by: Membership, at: datetime) -> None:
    """Tell who asked what was decided."""
    people = _holders(Permission.MEMBERSHIP_PROPOSE, at=at).filter(user=closing.reopening_by_id)
    _about_account(people[:1], Notice.Kind.ACCOUNT_REOPENING_DECIDED, closing, at)


def _about_account(to: Iterable[Membership], kind: str, closing: Closing, at: datetime) -> None:
    send(to=to, kind=kind, url_name="directory:account", url_args=[closing.user_id], at=at)


def anomalies_noticed(*, at: datetime) -> None:
    """Tell those who watch over the record that something was noticed in it; what, they read there."""
    people = _holders(Permission.AUDIT_VIEW, at=at)
    send(to=people, kind=Notice.Kind.ANOMALIES_NOTICED, url_name="audit:anomalies", at=at)
