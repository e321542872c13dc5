"""The choice of light or dark; signs of life."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from besa.lib.checks import not_yet
from besa.ui.context import THEMES

YEAR = 365 * 24 * 3600


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or as the machine says, in a cookie, and go back."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    response = redirect(back)
    chosen = request.POST.get("theme", "auto")
    if chosen in THEMES:
        response.set_cookie(
            settings.THEME_COOKIE_NAME,
            chosen,
            max_age=YEAR,
            samesite="Lax",
            httponly=True,
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
    return response


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


def readyz(request: HttpRequest) -> HttpResponse:
    """The process can serve: the database answers, and nothing is to be done first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not_yet():
        return HttpResponse("not yet", content_type="text/plain; charset=utf-8", status=503)
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")
