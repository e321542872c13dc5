"""The frame, refusals, errors and the choice of light or dark, as a browser meets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from besa.lib.refusal import Conflict, Refused
from besa.ui import errors
from besa.ui.middleware import RefusalMiddleware, came_from

TABS = ["pieces", "lists", "forms"]


def refused(error: Exception, **headers: str) -> HttpResponse | None:
    request = RequestFactory().post("/returns/1/submit/", headers=headers)
    request.user = AnonymousUser()
    return RefusalMiddleware(lambda _request: HttpResponse()).process_exception(request, error)


def test_refusal_is_a_page_with_the_reason() -> None:
    response = refused(Refused("The round is locked."))
    assert response is not None
    assert response.status_code == 409
    assert "The round is locked." in response.content.decode()
    assert "<h1" in response.content.decode()


def test_refusal_leads_back_to_our_own_page_only() -> None:
    ours = refused(Refused("No."), Referer="http://testserver/returns/1/?tab=2")
    theirs = refused(Refused("No."), Referer="https://elsewhere.example/returns/1/")
    assert ours is not None
    assert theirs is not None
    assert 'href="/returns/1/?tab=2"' in ours.content.decode()
    assert "elsewhere" not in theirs.content.decode()


def test_conflict_says_that_somebody_else_was_faster() -> None:
    response = refused(Conflict("Changed at 10:42."))
    assert response is not None
    assert "Somebody else" in response.content.decode()


def test_refusal_for_htmx_is_a_part_among_the_messages() -> None:
    response = refused(Refused("The round is locked."), **{"HX-Request": "true"})
    assert response is not None
    assert response["HX-Retarget"] == "#messages"
    assert "<html" not in response.content.decode()
    assert "The round is locked." in response.content.decode()


def test_other_errors_are_not_swallowed() -> None:
    assert refused(ValueError("bug")) is None


@pytest.mark.parametrize("referer", ["", "javascript:alert(1)", "//elsewhere.example/", "https://testserver.example/"])
def test_came_from_nowhere(referer: str) -> None:
    assert came_from(RequestFactory().get("/", headers={"Referer": referer})) == ""


@pytest.mark.parametrize("tab", [*TABS, "none"])
def test_gallery_shows_every_component(db: None, client: Client, tab: str) -> None:
    html = client.get(f"/ui/?tab={tab}").content.decode()
    assert html.count("<h1") == 1
    assert "<c-" not in html, "a component that was not found stays as it was written"
    assert " style=" not in html
    assert "onclick" not in html


def test_pages_of_members_are_not_kept(make_member: Callable[..., Any], client_of: Callable[..., Client]) -> None:
    assert client_of(make_member("coordinator")).get("/ui/")["Cache-Control"] == "no-store"


def test_menu_holds_what_the_role_allows(make_member: Callable[..., Any], client_of: Callable[..., Client]) -> None:
    office = client_of(make_member("coordinator")).get("/ui/").content.decode()
    donor = client_of(make_member("donor")).get("/ui/").content.decode()
    assert 'href="/directory/people/"' in office or "Persons and roles" in office
    assert "Persons and roles" not in donor
    assert "Returns</span>" in office
    assert "Returns</span>" not in donor


def test_theme_is_remembered(db: None, client: Client) -> None:
    response = client.post("/ui/theme/", {"theme": "dark", "next": "/ui/?tab=forms"})
    assert response["Location"] == "/ui/?tab=forms"
    assert 'data-bs-theme="dark"' in client.get("/ui/").content.decode()


def test_theme_leads_nowhere_else(db: None, client: Client) -> None:
    response = client.post("/ui/theme/", {"theme": "purple", "next": "https://elsewhere.example/"})
    assert response["Location"] == "/"
    assert "theme" not in response.cookies
    assert client.get("/ui/theme/").status_code == 405


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (errors.bad_request, 400),
        (errors.forbidden, 403),
        (errors.csrf_failure, 403),
        (errors.not_found, 404),
        (errors.broken, 500),
    ],
)
def test_error_pages_are_neutral(view: Callable[[HttpRequest], HttpResponse], status: int) -> None:
    request = RequestFactory().get("/cases/secret-name/")
    request.user = AnonymousUser()
    response = view(request)
    html = response.content.decode()
    assert response.status_code == status
    assert html.count('lang="') >= 1
    assert "<h1" in html
    if status == 500:
        assert "secret-name" not in html
        assert 'lang="sq"' in html, "both languages, since the reader's is not known any more"


def test_unknown_address(db: None, client: Client) -> None:
    response = client.get("/nothing/here/")
    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


def test_old_form_is_told_what_to_do(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/ui/theme/", {"theme": "dark"})
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


def test_signs_of_life(db: None, client: Client) -> None:
    assert client.get("/healthz").content == b"ok"
    assert client.get("/readyz").content == b"ok"
