"""Tells PostgreSQL who reads, for the whole of a member's request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from besa.directory.models import Membership
from besa.lib import clock
from besa.vault.row_context import Reader, reading_as

Handler = Callable[[HttpRequest], HttpResponseBase]


def reader_of(member: Membership) -> Reader:
    """The member as row-level security knows her."""
    return Reader(member.pk, member.user_id, member.agency_id, member.place_id or 0, member.role)


class RowSecurity:
    """On PostgreSQL each request of a member is one transaction, bound to her; the answer leaves after it is committed."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        member: Membership | None = getattr(request, "member", None)
        if member is None:
            return self.get_response(request)
        with reading_as(reader_of(member), clock.now()):
            return self.get_response(request)
