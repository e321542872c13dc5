"""The gallery of components, the choice of light or dark, and the pages for errors."""

from __future__ import annotations

import uuid
from datetime import date

from django import forms
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from besa.ui.context import THEMES


class GalleryForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("As it is written in the order."))
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "—"), ("a", _("ministry")), ("b", _("shelter"))])
    due = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(label=_("Remarks"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    sure = forms.BooleanField(label=_("I have checked this"))


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in all its states."""
    statuses = ["not_due", "on_track", "delayed", "constrained", "completed", "dropped", ""]
    states = ["draft", "submitted", "sent_back", "accepted", "locked"]
    context = {
        "form": GalleryForm(),
        "broken": GalleryForm({"name": "", "due": "31.31.2009"}),
        "statuses": [(status, status.replace("_", " ") or "not reported") for status in statuses],
        "states": [(state, state.replace("_", " ")) for state in states],
        "day": date(2009, 7, 6),
    }
    return render(request, "ui/gallery.html", context)


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


def _error(request: HttpRequest, status: int) -> HttpResponse:
    return render(request, "ui/error.html", {"status": status, "event": uuid.uuid4().hex[:12]}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something of ours failed; the page needs neither database nor session."""
    return HttpResponse(
        "<!doctype html><html lang='en'><title>Besa</title><h1>Besa</h1><p>Something went wrong. Nothing was saved half. "
        "Please try again. / Diçka nuk shkoi mirë. Asgjë nuk u ruajt përgjysmë. Ju lutemi provoni përsëri.</p></html>",
        status=500,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old; say so and let the person go back to it."""
    messages.warning(request, _("The page was open for too long. Please send it again."))
    return _error(request, 403)
