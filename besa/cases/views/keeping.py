"""What lets a report live through a lost line: the key of this session for what the device keeps, the page without a line."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.views.decorators.http import require_GET

import besa.ui
from besa.cases.models import Draft
from besa.directory.guard import MemberRequest
from besa.vault import envelope

LANGUAGES = ("sq", "en")
SESSION_KEY = "report_key"


def key_for(request: MemberRequest) -> str:
    """The key for what this device keeps of reports: made once in a session, and gone with it."""
    found = request.session.get(SESSION_KEY)
    if found is None:
        found = request.session[SESSION_KEY] = base64.b64encode(envelope.new_key()).decode()
    return str(found)


def line(
    request: MemberRequest, draft: Draft | None = None, slug: str = "", *, lists_all: bool = False
) -> dict[str, Any]:
    """What the script of a page is told; see besa/ui/static/ui/report.js."""
    language = "sq" if get_language() == "sq" else "en"
    return {
        "key": key_for(request), "draft": draft, "slug": slug, "lists_all": lists_all, "language": language,
        "worker": f"{reverse('cases:report_worker')}?language={language}", "scope": reverse("cases:reports"),
    }  # fmt: skip


@cache
def _worker() -> bytes:
    return (Path(str(besa.ui.__file__)).parent / "static" / "ui" / "worker.js").read_bytes()


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The script between the pages of reports and the line; it must come from their own address. No data."""
    return HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")


@require_GET
def offline(request: HttpRequest, language: str) -> HttpResponse:
    """The page that stands in where there is no line. It is the same for everybody and holds no data."""
    if language not in LANGUAGES:
        raise Http404
    with override(language):
        return render(request, "cases/report_offline.html", {"language": language})
