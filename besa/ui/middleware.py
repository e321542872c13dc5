"""Refusals become pages; signed-in pages are not kept by browsers and proxies."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from besa.lib.refusal import Conflict, Refused


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page that says why something was refused: 409, since the thing's present state stands against it."""
        if not isinstance(exception, Refused):
            return None
        context = {"reason": exception.reason, "is_conflict": isinstance(exception, Conflict)}
        return render(request, "ui/refused.html", context, status=409)
