"""Which methods of HTTP there are at all: reading, writing, asking what is possible. TRACE and what others invent are refused."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

KNOWN = ("GET", "HEAD", "POST", "OPTIONS")


class KnownMethods:
    """The innermost layer, so that the refusal is a page like every other one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request) if request.method in KNOWN else HttpResponseNotAllowed(KNOWN)
