"""The end of an account: closed at once by one person, opened again by two.

Closing takes away everything that could open it: sessions, factors, password, roles. So an account that is opened again begins like a
new one: a role proposed and approved by two, a link by mail, a first factor. What was stolen before opens nothing after.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from besa.audit import actions as audit
from besa.directory.actions.memberships import end_all
from besa.directory.actions.recovery import forget_factors
from besa.directory.models import Closing, Membership, User
from besa.directory.rules import check_may_ask_reopening, check_may_close, check_may_decide_reopening
from besa.directory.workflow import ACCOUNT
from besa.lib.hooks import hooked


def close_account(*, user: User, reason: str, by: Membership, at: datetime) -> Closing:
    """Close an account; from this moment nothing that belonged to it opens anything."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        check_may_close(by, user)
        closing = Closing.objects.create(
            user=user, state=ACCOUNT.after("open", "close"), reason=Closing.Reason(reason).value,
            closed_by=by.user, closed_at=at,
        )  # fmt: skip
        audit.record("account_closed", closing, by=by, at=at, fields=["user", "state", "reason"])
        _set_active(user, False, by, at)
        end_all(user=user, by=by, at=at)
        forget_factors(user=user, by=by, at=at)
        _tell("on_account_closed", closing, by, at)
        return closing


def ask_reopening(*, closing: Closing, by: Membership, at: datetime) -> Closing:
    """Ask that a closed account be opened again; the administrators of security are told."""
    with transaction.atomic():
        found = _locked(closing)
        check_may_ask_reopening(by, found)
        found.state = ACCOUNT.after(found.state, "ask_reopening")
        found.reopening_by, found.reopening_at, found.decided_by, found.decided_at = by.user, at, None, None
        found.save(update_fields=["state", "reopening_by", "reopening_at", "decided_by", "decided_at"])
        audit.record("reopening_of_account_asked", found, by=by, at=at, fields=["state"])
        _tell("on_account_reopening_asked", found, by, at)
        return found


def decide_reopening(*, closing: Closing, is_granted: bool, by: Membership, at: datetime) -> Closing:
    """Open a closed account again, or keep it closed, as the second person. It has neither roles nor a password then."""
    with transaction.atomic():
        found = _locked(closing)
        check_may_decide_reopening(by, found)
        found.state = ACCOUNT.after(found.state, "reopen" if is_granted else "keep_closed")
        found.decided_by, found.decided_at = by.user, at
        found.save(update_fields=["state", "decided_by", "decided_at"])
        audit.record("account_reopened" if is_granted else "account_kept_closed", found, by=by, at=at, fields=["state"])
        if is_granted:
            _set_active(User.objects.select_for_update().get(pk=found.user_id), True, by, at)
        _tell("on_account_reopening_decided", found, by, at)
        return found


def _locked(closing: Closing) -> Closing:
    return Closing.objects.select_for_update(of=("self",)).select_related("user").get(pk=closing.pk)


def _set_active(user: User, is_active: bool, by: Membership, at: datetime) -> None:
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    audit.record("account_enabled" if is_active else "account_disabled", user, by=by, at=at, fields=["is_active"])


def _tell(hook: str, closing: Closing, by: Membership, at: datetime) -> None:
    for listener in hooked(hook):
        listener(closing=closing, by=by, at=at)
