"""What every request of a signed-in person passes: the limits of a session, the role acted under, the second factor."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from besa.directory import proof, sessions
from besa.directory.models import Membership, User
from besa.lib import clock

SESSION_KEY = "membership"
TOUCH_SECONDS = 60
Handler = Callable[[HttpRequest], HttpResponseBase]


class SessionLimits:
    """End a session that was idle too long or has lasted too long. Use is noted once a minute, not on every request."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if isinstance(request.user, User):
            now = clock.seconds()
            started, seen = request.session.get("started_at", now), request.session.get("seen_at", now)
            if now - started > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_SECONDS:
                return self._end(request)
            if "started_at" not in request.session or now - seen > TOUCH_SECONDS:
                request.session["started_at"], request.session["seen_at"] = started, now
                sessions.touch(request)
        return self.get_response(request)

    def _end(self, request: HttpRequest) -> HttpResponseBase:
        logout(request)
        messages.info(
            request, _("You were signed out because the time of your session was over. Please sign in again.")
        )
        response = redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        response["Clear-Site-Data"] = '"storage"'  # what was kept there opens for nobody any more
        return response


class MemberMiddleware:
    """Set `request.member` to the membership in force that the person chose, or to the first one, or to None.

    Rights are read on every request, so that a changed role counts from the next one.
    """

    def __init__(self, get_response: Handler) -> None:
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


class SecondFactor:
    """Who has no second factor yet sets one up before anything else, and who has one shows it in every session, where the
    installation asks for it."""

    OPEN = ("/account/", "/directory/security/", "/i18n/", "/ui/theme/", "/static/", "/healthz", "/readyz")

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        needed = settings.SECOND_FACTOR_REQUIRED and request.user.is_authenticated
        if not needed or request.path.startswith(self.OPEN):
            return self.get_response(request)
        if not proof.has_factor(request.user):
            messages.info(request, _("Set up a second factor first. It protects the people in this system."))
            return redirect("directory:security")
        if not proof.is_by_factor(request):
            back = request.get_full_path() if request.method == "GET" else "/"
            return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")
        return self.get_response(request)
