"""What waits on a member's desk."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from besa.directory.models import Membership
from besa.notices.models import Notice


def unread(member: Membership) -> int:
    """How many notices the member has not seen; the bell."""
    return Notice.objects.filter(to=member, read_at__isnull=True).count()


def of_member(member: Membership) -> QuerySet[Notice]:
    """The member's notices, new ones first."""
    return Notice.objects.filter(to=member).select_related("agency").order_by("-id")


@dataclass(frozen=True)
class Line:
    """A notice with the address of the page that it is about; empty where the page no longer exists."""

    notice: Notice
    url: str


def line(notice: Notice) -> Line:
    try:
        return Line(notice, reverse(notice.url_name, args=notice.url_args))
    except NoReverseMatch:
        return Line(notice, "")
