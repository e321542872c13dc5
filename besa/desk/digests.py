"""A mail a day that says how many things wait, and nothing of what they are."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from besa.audit import actions as audit
from besa.desk.queries import tasks
from besa.directory.models import Membership, User

log = logging.getLogger(__name__)


def waiting(at: datetime) -> Iterator[tuple[User, int, int]]:
    """Each person for whom something waits: how many things, and how many of them are late, in all her roles together."""
    day = timezone.localdate(at)
    roles: dict[User, list[Membership]] = defaultdict(list)
    for member in (
        Membership.objects.active_on(day).filter(user__is_active=True).select_related("user", "agency").order_by("pk")
    ):
        roles[member.user].append(member)
    for user, members in roles.items():
        found = {(task.title, task.detail, task.url): task for member in members for task in tasks(member, day, at)}
        if found:
            yield user, len(found), sum(task.is_late for task in found.values())


def message(user: User, number: int, late: int) -> EmailMessage:
    """The mail, in the language of the person."""
    with override(user.language):
        text = ngettext("%(n)s thing waits for you in Besa.", "%(n)s things wait for you in Besa.", number) % {
            "n": number
        }
        if late:
            text += " " + ngettext("%(n)s of them is late.", "%(n)s of them are late.", late) % {"n": late}
        subject = _("What waits for you in Besa")
    return EmailMessage(subject, f"{text}\n{settings.BASE_URL}\n", None, [user.email], connection=get_connection())


def send_digests(at: datetime) -> Counter[str]:
    """Mail everybody for whom something waits; gives how many were sent and how many failed."""
    done: Counter[str] = Counter()
    for user, number, late in waiting(at):
        try:
            message(user, number, late).send()
        except OSError as error:  # the mail server; its text may name the person, so only the kind of error is logged
            log.warning("a digest could not be sent: %s", type(error).__name__)
            done["failed"] += 1
            continue
        with transaction.atomic():
            audit.record("digest_sent", user, by=audit.SYSTEM, at=at)
        done["sent"] += 1
    return done
