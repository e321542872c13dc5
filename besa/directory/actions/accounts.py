"""Accounts: opening one, the link that sets its first password, the language, and what is recorded at the door."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils.http import int_to_base36
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from besa.audit import actions as audit
from besa.directory.models import Membership, User
from besa.directory.rules import check_may_send_link
from besa.lib.refusal import Refused


def open_account(
    *, email: str, name: str, language: str, by: audit.Actor, at: datetime, password: str | None = None
) -> User:
    """Open an account for a person. Without a password (the usual way) it opens by the link that is mailed on approval."""
    with transaction.atomic():
        if User.objects.filter(email__iexact=email.strip()).exists():
            raise Refused(gettext_lazy("There is already an account with this e-mail address."))
        user = User.objects.create_user(email.strip(), password, name=name.strip(), language=language)
        audit.record("account_opened", user, by=by, at=at, fields=["email", "name", "language"])
        return user


def record_account_event(verb: str, user: User, *, by: audit.Actor, at: datetime) -> None:
    """Record what happened at the door (signed in, signed out, failed); the library has changed whatever it changes."""
    with transaction.atomic():
        audit.record(verb, user, by=by, at=at)


def set_language(*, user: User, language: str, by: audit.Actor, at: datetime) -> None:
    """Remember the language in which the person wants pages and mails."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(language=language)
        audit.record("language_set", user, by=by, at=at, fields=["language"])


def send_password_link(*, user: User, by: Membership, at: datetime) -> None:
    """Mail a link with which the person sets a password, once; it dies with its use or after PASSWORD_RESET_TIMEOUT."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        check_may_send_link(by, user)
        audit.record("password_link_sent", user, by=by, at=at)
        transaction.on_commit(partial(mail_password_link, user))


def mail_password_link(user: User) -> None:
    """Send the mail with the link; it names neither role nor agency."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": int_to_base36(user.pk), "key": default_token_generator.make_token(user)},
    )
    days = settings.PASSWORD_RESET_TIMEOUT // 86400
    with override(user.language):
        body = _("Set your password here: %(url)s\nThe link works once, for %(days)s days.") % {
            "url": settings.BASE_URL.rstrip("/") + path,
            "days": days,
        }
        send_mail(_("Your access to Besa"), body, None, [user.email])


def tell_of_change(user: User) -> None:
    """Mail the person that something about the sign-in was changed; the mail does not say what."""
    with override(user.language):
        body = _(
            "Something about your sign-in to Besa was changed. If it was not you, tell the administrator of users at once."
        )
        send_mail(_("Your access to Besa"), f"{body}\n{settings.BASE_URL}\n", None, [user.email])
