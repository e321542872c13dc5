"""Refusals become pages; signed-in pages are not kept by browsers and proxies."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from besa.lib.refusal import Conflict, Refused


class RefusalMiddleware:
    """Turn `Refused` into an answer for people, and forbid keeping what a signed-in person was shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page that says why something was refused: 409, since the thing's present state stands against it.

        A part of a page that htmx asked for is left as it is; the reason appears among the page's messages.
        """
        if not isinstance(exception, Refused):
            return None
        context = {
            "reason": exception.reason,
            "is_conflict": isinstance(exception, Conflict),
            "back": came_from(request),
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
