"""The choice of light or dark; signs of life; the pages for errors."""

from __future__ import annotations

import logging
import uuid

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from besa.ui.context import THEMES

log = logging.getLogger("besa")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or as the machine says, in a cookie, and go back."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    response = redirect(back)
    chosen = request.POST.get("theme", "auto")
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=365 * 24 * 3600, samesite="Lax", httponly=True)
    return response


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """The process can serve: the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


def _error(request: HttpRequest, status: int, heading: str, advice: str) -> HttpResponse:
    """A page with neutral words and a number that is in the log too, without anything about the request."""
    event = uuid.uuid4().hex[:12]
    log.warning("event %s status %s", event, status)
    return render(request, "ui/error.html", {"heading": heading, "advice": advice, "event": event}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(
        request, 400, _("The request could not be understood"), _("Check the address, or begin again from the start.")
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    advice = _("If your work needs it, ask the administrator of users of your institution for the role.")
    return _error(request, 403, _("Your role does not include this"), advice)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The same words for what does not exist and for what the reader may not know of."""
    advice = _("Check the address, or begin again from the start. What you look for may have moved.")
    return _error(request, 404, _("There is no such page, or not for you"), advice)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    advice = _(
        "Nothing was saved. Go back with your browser, copy what you had written, open the page again and send it."
    )
    return _error(request, 403, _("The page was open for too long"), advice)


def broken(request: HttpRequest) -> HttpResponse:
    """Something of ours failed: a page that needs neither database nor session nor template."""
    event = uuid.uuid4().hex[:12]
    log.error("event %s status 500", event)
    lines = [
        (
            "en",
            "Something went wrong",
            "Your last step may not have been saved. Please go back and try again.",
            "Event",
        ),
        (
            "sq",
            "Diçka nuk shkoi mirë",
            "Hapi i fundit mund të mos jetë ruajtur. Ju lutemi kthehuni dhe provoni përsëri.",
            "Ngjarja",
        ),
    ]
    parts = format_html_join(
        "", '<section lang="{}"><h1>{}</h1><p>{}</p><p>{}: {}</p></section>', [(*x, event) for x in lines]
    )
    page = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Besa</title>{}</head><body><main>{}</main></body></html>'
    style = format_html('<link rel="stylesheet" href="{}ui/plain.css">', settings.STATIC_URL)
    return HttpResponse(format_html(page, style, parts), status=500)
