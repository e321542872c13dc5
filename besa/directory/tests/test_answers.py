"""What every answer has in common: headers, nothing kept, an error page with a number that is in the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from besa.lib.refusal import Refused, Unavailable
from besa.ui import errors
from besa.vault.keystore import KeysUnavailable
from conftest import ClientOf, MakeMember

CANARY = "Canary Kanarini"


def _fails(kind: Callable[[], Exception]) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        raise kind()

    return view


def _cached(request: HttpRequest) -> HttpResponse:
    return HttpResponse("kept", headers={"Cache-Control": "public, max-age=600"})


def _file(request: HttpRequest) -> FileResponse:
    return FileResponse([b"bytes"], as_attachment=True, filename="a.txt", headers={"Cache-Control": "max-age=60"})


urlpatterns = [
    path("broken/", _fails(lambda: ValueError(CANARY))),
    path("keys/", _fails(lambda: KeysUnavailable(CANARY))),
    path("record/", _fails(lambda: Unavailable(CANARY))),
    path("database/", _fails(lambda: OperationalError(CANARY))),
    path("refused/", _fails(lambda: Refused("The round is locked."))),
    path("gone/", _fails(lambda: Http404(CANARY))),
    path("cached/", _cached),
    path("file/", _file),
    path("", include("besa.urls")),
]
handler400, handler403, handler404 = errors.bad_request, errors.forbidden, errors.not_found
handler429, handler500 = errors.too_many, errors.broken


@pytest.fixture
def odd(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


def browser(member: Any = None, client_of: ClientOf | None = None) -> Client:
    client = client_of(member) if client_of else Client()
    client.raise_request_exception = False
    return client


ANSWERS = {
    "/healthz": 200,
    "/account/login/": 200,
    "/nothing/": 404,
    "/ui/theme/": 405,
    "/broken/": 500,
    "/keys/": 503,
    "/record/": 503,
    "/database/": 503,
    "/refused/": 409,
    "/gone/": 404,
    "/file/": 200,
    "/cached/": 200,
    "/directory/agencies/": 302,
    "/static/ui/besa.css": 200,
}


@pytest.mark.parametrize(("address", "status"), ANSWERS.items())
def test_every_answer_says_what_browsers_may_do(db: None, odd: None, address: str, status: int) -> None:
    answer = browser().get(address)
    answer.close()
    assert answer.status_code == status
    headers = answer.headers
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_host_that_is_not_ours_gets_the_headers_and_nothing_of_itself(db: None) -> None:
    answer = browser().get("/account/login/", headers={"host": "kanarini.example"})
    assert answer.status_code == 400
    assert "kanarini" not in answer.content.decode()
    assert {"Permissions-Policy", "Content-Security-Policy", "X-Content-Type-Options"} <= set(answer.headers)
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", [address for address in ANSWERS if not address.startswith("/static/")])
def test_nothing_of_a_signed_in_person_is_kept(
    odd: None, make_member: MakeMember, client_of: ClientOf, address: str
) -> None:
    assert browser(make_member("coordinator"), client_of).get(address)["Cache-Control"] == "no-store"


def test_static_files_and_public_pages_may_be_kept(db: None, odd: None) -> None:
    file = browser().get("/static/ui/besa.css")
    file.close()
    assert "no-store" not in file.headers.get("Cache-Control", "")
    assert browser().get("/cached/")["Cache-Control"] == "public, max-age=600"
    assert browser().get("/account/login/")["Cache-Control"] == "no-store", "what is not called public is not kept"


@pytest.mark.parametrize(
    "address", ["/broken/", "/keys/", "/record/", "/database/", "/gone/", "/nothing/", "/refused/"]
)
def test_an_error_page_has_the_number_of_the_log_and_no_more(
    odd: None, make_member: MakeMember, client_of: ClientOf, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = browser(make_member("coordinator"), client_of).get(address)
    page = answer.content.decode()
    assert CANARY not in page
    event = answer.wsgi_request.event  # type: ignore[attr-defined]
    assert event in page
    logged = [record for record in caplog.records if getattr(getattr(record, "request", None), "event", "") == event]
    assert logged, "Django's line in the log carries the request, and with it the number"


@pytest.mark.parametrize("address", ["/keys/", "/record/", "/database/"])
def test_what_is_away_is_503_and_says_when_to_come_back(db: None, odd: None, address: str) -> None:
    answer = browser().get(address)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert 'lang="sq"' in answer.content.decode()


def test_keys_that_are_away_when_a_session_is_opened_are_503(
    odd: None, make_member: MakeMember, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(make_member("coordinator"), client_of)

    def away(name: str) -> bytes:
        raise KeysUnavailable

    monkeypatch.setattr("besa.vault.keystore.named", away)
    assert client.get("/directory/agencies/").status_code == 503


def test_a_page_that_takes_no_get_is_a_page(db: None) -> None:
    answer = browser().get("/ui/theme/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "<h1" in answer.content.decode()


def test_too_many_requests_are_a_page(db: None, odd: None) -> None:
    request = browser().get("/healthz").wsgi_request
    answer = errors.too_many(request)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert re.search(r"[0-9a-f]{12}", answer.content.decode())
