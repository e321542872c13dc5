"""Who is told what: notices to an agency's members and to those who hold a permission."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission, roles_with
from besa.directory.models import Agency, Membership
from besa.notices import actions as notices
from besa.notices.models import Notice
from besa.reporting.models import Return

NOT_YOURS = _("Your role does not include this.")
NOT_ALL = _("Not all returns have been accepted. Confirm that the round is locked without them.")


def office() -> Agency | None:
    """The office of those who review returns; it also answers for activities whose responsible agencies make no returns."""
    reviewers = Membership.objects.filter(role__in=roles_with(Permission.RETURN_REVIEW), state=Membership.State.ACTIVE)
    member = reviewers.select_related("agency").order_by("pk").first()
    return member.agency if member else None


def members_of(agency: Agency | int, permission: Permission, today: date) -> list[Membership]:
    """The members of an agency who may do such a deed."""
    rows = Membership.objects.active_on(today).filter(agency=agency, role__in=roles_with(permission))
    return list(rows.select_related("user", "agency"))


def tell_agency(
    item: Return,
    kind: Notice.Kind,
    *,
    at: datetime,
    today: date,
    to: Agency | None = None,
    days_late: int | None = None,
) -> None:
    """A notice about a return to those who report for its agency, or for the agency `to` above it."""
    permission = Permission.RETURN_EDIT if to is None else Permission.RETURN_VIEW
    people = members_of(to or item.agency, permission, today)
    _send(people, kind, "reporting:return", [item.pk], item.agency, item.round.period, at, days_late)


def tell_role(
    permission: Permission,
    kind: Notice.Kind,
    url_name: str,
    url_args: list[int],
    *,
    at: datetime,
    today: date,
    agency: Agency | None = None,
    period: str = "",
    days_late: int | None = None,
) -> None:
    """A notice to everybody whose role holds the permission."""
    people = (
        Membership.objects.active_on(today).filter(role__in=roles_with(permission)).select_related("user", "agency")
    )
    _send(people, kind, url_name, url_args, agency, period, at, days_late)


def _send(
    people: Iterable[Membership],
    kind: Notice.Kind,
    url_name: str,
    url_args: list[int],
    agency: Agency | None,
    period: str,
    at: datetime,
    days_late: int | None,
) -> None:
    notices.send(
        to=list(people),
        kind=kind,
        url_name=url_name,
        url_args=url_args,
        agency=agency,
        period=period,
        days_late=days_late,
        at=at,
    )
