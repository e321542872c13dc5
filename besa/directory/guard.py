"""The door of every page: who is signed in, for which agency, and whether the role allows the page at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from besa.directory.access import Permission
from besa.directory.models import Membership

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

Q = ParamSpec("Q")


class MemberRequest(HttpRequest):
    """A request of a signed-in person who acts for an agency."""

    member: Membership
    if TYPE_CHECKING:
        htmx: HtmxDetails


View = Callable[Concatenate[MemberRequest, Q], HttpResponseBase]


def needs(
    permission: Permission | None,
) -> Callable[[View[Q]], Callable[Concatenate[HttpRequest, Q], HttpResponseBase]]:
    """Let only members in whose role holds `permission` (None: any member); others are sent to sign-in or refused.

    The declaration stays on the view as `view.permission`, for the sweep test and the manual.
    """

    def decorate(view: View[Q]) -> Callable[Concatenate[HttpRequest, Q], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Q.args, **kwargs: Q.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            member: Membership | None = getattr(request, "member", None)
            if member is None:
                return no_membership(request)
            if permission is not None and not member.can(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)  # type: ignore[arg-type]

        declared: Any = guarded
        declared.permission = permission
        declared.is_guarded = True
        return declared  # type: ignore[no-any-return]

    return decorate


def no_membership(request: HttpRequest) -> HttpResponse:
    """The page for somebody with an account and no role in force."""
    return render(request, "directory/no_membership.html", status=403)
