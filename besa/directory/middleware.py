"""Which of a person's memberships this request acts under."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from besa.directory.models import Membership
from besa.lib import clock

SESSION_KEY = "membership"


class MemberMiddleware:
    """Set `request.member` to the membership in force that the person chose, or to the first one, or to None.

    Rights are read on every request, so that a changed role counts from the next one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.member = None  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            memberships = list(
                Membership.objects.active_on(clock.today())
                .filter(user=request.user)
                .select_related("agency", "place", "user")
            )
            chosen = request.session.get(SESSION_KEY)
            request.member = next((m for m in memberships if m.pk == chosen), memberships[0] if memberships else None)  # type: ignore[attr-defined]
            request.memberships = memberships  # type: ignore[attr-defined]
        return self.get_response(request)
