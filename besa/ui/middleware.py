"""What every answer has in common: headers, a number for the log, nothing kept; and refusals that become pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from besa.lib.refusal import Conflict, Refused, Unavailable
from besa.ui import errors

Handler = Callable[[HttpRequest], HttpResponseBase]


class Headers:
    """The outermost layer: what browsers may do with any answer of ours, static files and broken requests included."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.event = uuid.uuid4().hex[:12]  # type: ignore[attr-defined]
        response = self.get_response(request)
        for name, value in settings.ANSWER_HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class NothingKept:
    """Behind the static files: no browser and no proxy keeps an answer, whatever a view has said.

    A view may call an answer `public`; that counts for a browser that brings no session.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_public = "public" in response.headers.get("Cache-Control", "")
        if not is_public or settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers["Cache-Control"] = "no-store"
        return response


class RefusalMiddleware:
    """Turn `Refused` into an answer for people, `Unavailable` and a database that is away into 503."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            page = errors.not_allowed(request)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page that says why something was refused: 409, since the thing's present state stands against it.

        A part of a page that htmx asked for is left as it is; the reason appears among the page's messages.
        """
        if isinstance(exception, Unavailable | OperationalError | InterfaceError):
            return errors.unavailable(request, exception)
        if not isinstance(exception, Refused):
            return None
        context = {
            "reason": exception.reason,
            "is_conflict": isinstance(exception, Conflict),
            "back": came_from(request),
            "event": errors.event_of(request),
        }
        if request.headers.get("HX-Request"):
            response = render(request, "ui/refused_part.html", context, status=409)
            response["HX-Retarget"], response["HX-Reswap"] = "#messages", "innerHTML show:#messages:top"
            return response
        return render(request, "ui/refused.html", context, status=409)


def came_from(request: HttpRequest) -> str:
    """The path of our own page that the person was on, or an empty string."""
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        return ""
    parts = urlsplit(referer)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
