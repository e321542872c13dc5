"""Roles: proposed by one person, approved or refused by another, ended by either."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.directory.actions.accounts import mail_password_link, open_account
from besa.directory.actions.recovery import end_sessions
from besa.directory.models import Agency, Membership, Place, User
from besa.directory.rules import check_apart, check_may_approve, check_may_end, check_may_propose, check_may_refuse
from besa.directory.workflow import MEMBERSHIP
from besa.lib.hooks import hooked
from besa.lib.refusal import Refused

GRANT = ("user", "agency", "role", "place", "from_on", "until_on")


def propose(
    *,
    agency: Agency,
    role: str,
    from_on: date,
    until_on: date,
    by: Membership,
    at: datetime,
    user: User | None = None,
    new_email: str = "",
    new_name: str = "",
    new_language: str = "sq",
    place: Place | None = None,
) -> Membership:
    """Propose that a person, known or new, acts for `agency` in `role`; somebody else decides. The approvers get a notice."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk) if user else None
        held = _held(user, timezone.localdate(at)) if user else []
        check_may_propose(
            by, user=user, role=role, from_on=from_on, until_on=until_on, today=timezone.localdate(at), held=held
        )
        if user is None:
            user = open_account(email=new_email, name=new_name, language=new_language, by=by, at=at)
        _check_not_twice(user, agency, role, from_on)
        membership = Membership.objects.create(
            user=user, agency=agency, role=role, place=place, from_on=from_on, until_on=until_on,
            proposed_by=by.user, proposed_at=at,
        )  # fmt: skip
        audit.record("membership_proposed", membership, by=by, at=at, fields=GRANT)
        _tell("on_membership_proposed", membership, at)
        return membership


def approve(*, membership: Membership, by: Membership, at: datetime) -> Membership:
    """Put a proposed role in force. A person who has no password yet gets the link to set one."""
    with transaction.atomic():
        membership = _locked(membership)
        held = _held(membership.user, timezone.localdate(at))
        check_may_approve(by, membership, today=timezone.localdate(at), held=held)
        _decide(membership, "approve", by, at)
        audit.record("membership_approved", membership, by=by, at=at, fields=["state"])
        if not membership.user.has_usable_password():
            transaction.on_commit(partial(mail_password_link, membership.user))
        _tell("on_membership_decided", membership, at)
        return membership


def refuse(*, membership: Membership, reason: str, by: Membership, at: datetime) -> Membership:
    """Refuse a proposed role, with the reason."""
    with transaction.atomic():
        membership = _locked(membership)
        check_may_refuse(by, membership, reason=reason)
        membership.refusal = reason.strip()
        _decide(membership, "refuse", by, at)
        audit.record("membership_refused", membership, by=by, at=at, fields=["state", "refusal"])
        _tell("on_membership_decided", membership, at)
        return membership


def end(*, membership: Membership, by: Membership, at: datetime) -> Membership:
    """Take a role away; it no longer counts from the person's next request. With the last one the person's sessions end."""
    with transaction.atomic():
        membership = _locked(membership)
        check_may_end(by, membership)
        _end(membership, by, at)
        if not Membership.objects.active_on(timezone.localdate(at)).filter(user=membership.user_id).exists():
            end_sessions(user=membership.user, by=by, at=at)
        return membership


def end_all(*, user: User, by: Membership, at: datetime) -> None:
    """Take away every role of a person whose account is being closed."""
    with transaction.atomic():
        for membership in Membership.objects.select_for_update().filter(user=user, state=Membership.State.ACTIVE):
            _end(membership, by, at)


def _end(membership: Membership, by: Membership, at: datetime) -> None:
    membership.state = MEMBERSHIP.after(membership.state, "end")
    membership.until_on = max(membership.from_on, min(membership.until_on or date.max, timezone.localdate(at)))
    membership.save(update_fields=["state", "until_on"])
    audit.record("membership_ended", membership, by=by, at=at, fields=["state", "until_on"])


def install(
    *,
    user: User,
    agency: Agency,
    role: str,
    from_on: date,
    until_on: date,
    at: datetime,
    by: audit.System = audit.SYSTEM,
    place: Place | None = None,
) -> Membership:
    """Give a role from the command line of the installation: the first administrators, and the cast of the demo."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        check_apart(role, _held(user, timezone.localdate(at)))
        _check_not_twice(user, agency, role, from_on)
        membership = Membership.objects.create(
            user=user, agency=agency, role=role, place=place, from_on=from_on, until_on=until_on,
            state=Membership.State.ACTIVE, proposed_at=at, decided_at=at,
        )  # fmt: skip
        audit.record("membership_installed", membership, by=by, at=at, fields=GRANT)
        return membership


def _locked(membership: Membership) -> Membership:
    found = Membership.objects.select_for_update(of=("self",)).select_related("user", "agency").get(pk=membership.pk)
    # Two roles of one person that are approved at the same moment must see each other.
    User.objects.select_for_update().get(pk=found.user_id)
    return found


def _decide(membership: Membership, verb: str, by: Membership, at: datetime) -> None:
    membership.state = MEMBERSHIP.after(membership.state, verb)
    membership.decided_by, membership.decided_at = by.user, at
    membership.save(update_fields=["state", "decided_by", "decided_at", "refusal"])


def _held(user: User, today: date) -> list[str]:
    """The roles that the person holds or that are proposed for her."""
    states = [Membership.State.ACTIVE, Membership.State.PROPOSED]
    rows = Membership.objects.filter(user=user, state__in=states)
    return [row.role for row in rows if row.until_on is None or row.until_on >= today]


def _check_not_twice(user: User, agency: Agency, role: str, from_on: date) -> None:
    states = [Membership.State.ACTIVE, Membership.State.PROPOSED]
    same = Membership.objects.filter(user=user, agency=agency, role=role, state__in=states)
    if any(row.until_on is None or row.until_on >= from_on for row in same):
        raise Refused(_("This person already holds the role for this agency, or it has been proposed."))


def _tell(hook: str, membership: Membership, at: datetime) -> None:
    for listener in hooked(hook):
        listener(membership=membership, at=at)
