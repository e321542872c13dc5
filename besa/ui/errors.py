"""The pages for errors: neutral words and a number that is in the log too. They never say what was asked for."""

from __future__ import annotations

import logging
import sys
import uuid

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from besa.lib.refusal import Unavailable

log = logging.getLogger("besa.errors")
RETRY_SECONDS = 30


def event_of(request: HttpRequest) -> str:
    """The number of the request, by which the log finds what happened."""
    return str(getattr(request, "event", "") or uuid.uuid4().hex[:12])


def _error(request: HttpRequest, status: int, heading: str, advice: str) -> HttpResponse:
    """A page with neutral words. Django writes the line in the log, with the same number."""
    context = {"heading": heading, "advice": advice, "event": event_of(request)}
    return render(request, "ui/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Without the frame of a page: it asks for the address that may be the fault, and for a session."""
    lines = [
        ("en", "The request could not be understood", "Check the address, or begin again from the start.", "Event"),
        ("sq", "Kërkesa nuk u kuptua", "Kontrolloni adresën ose filloni përsëri nga fillimi.", "Ngjarja"),
    ]
    return _plain(request, 400, lines)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    advice = _("If your work needs it, ask the administrator of users of your institution for the role.")
    return _error(request, 403, _("Your role does not include this"), advice)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The same words for what does not exist and for what the reader may not know of."""
    advice = _("Check the address, or begin again from the start. What you look for may have moved.")
    return _error(request, 404, _("There is no such page, or not for you"), advice)


def not_allowed(request: HttpRequest) -> HttpResponse:
    advice = _("This address only takes what a form sends. Begin again from the start.")
    return _error(request, 405, _("This page cannot be opened like that"), advice)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    advice = _("Too much was asked in a short time. Wait a minute and try again; nothing was changed.")
    response = _error(request, 429, _("Please wait"), advice)
    response["Retry-After"] = "60"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    advice = _(
        "Nothing was saved. Go back with your browser, copy what you had written, open the page again and send it."
    )
    return _error(request, 403, _("The page was open for too long"), advice)


def unavailable(request: HttpRequest, exception: BaseException | None = None) -> HttpResponse:
    """Keys, the record of events or the database are away: nothing was shown and nothing was done. Needs none of them."""
    extra = {"event": event_of(request), "status_code": 503, "request": request}
    log.error("unavailable", exc_info=exception, extra=extra)
    lines = [
        (
            "en",
            "Not available at the moment",
            "Nothing was shown and nothing was saved. Please try again soon.",
            "Event",
        ),
        (
            "sq",
            "Për momentin nuk është në dispozicion",
            "Asgjë nuk u shfaq dhe asgjë nuk u ruajt. Ju lutemi provoni përsëri së shpejti.",
            "Ngjarja",
        ),
    ]
    response = _plain(request, 503, lines)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def broken(request: HttpRequest) -> HttpResponse:
    """Something of ours failed: a page that needs neither database nor session nor template."""
    error = sys.exc_info()[1]
    if isinstance(error, Unavailable | OperationalError | InterfaceError):  # outside of the views: in a session, say
        return unavailable(request, error)
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
    return _plain(request, 500, lines)


def _plain(request: HttpRequest, status: int, lines: list[tuple[str, str, str, str]]) -> HttpResponse:
    """A page in both languages, since the reader's may not be known, from (language, heading, advice, word for event)."""
    event = event_of(request)
    parts = format_html_join(
        "", '<section lang="{}"><h1>{}</h1><p>{}</p><p>{}: {}</p></section>', [(*line, event) for line in lines]
    )
    page = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Besa</title>{}</head><body><main>{}</main></body></html>'
    style = format_html('<link rel="stylesheet" href="{}ui/plain.css">', settings.STATIC_URL)
    return HttpResponse(format_html(page, style, parts), status=status)
