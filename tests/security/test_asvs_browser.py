"""ASVS V3: what browsers are told, asked from the production server over a socket."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie

import pytest

from tests.security.conftest import Answer, Server
from tests.security.sources import scripts, templates

# path, method, headers: an answer of every kind that the server gives.
KINDS = {
    "page": ("/account/login/", "GET", {}),
    "onwards": ("/", "GET", {}),
    "not found": ("/nothing-here", "GET", {}),
    "alive": ("/healthz", "GET", {}),
    "style": ("/static/", "GET", {}),
    "forged": ("/account/login/", "POST", {"Content_Type": "application/x-www-form-urlencoded"}),
    "other host": ("/account/login/", "GET", {"Host": "elsewhere.example"}),
    "wrong method": ("/i18n/setlang/", "PUT", {}),
}


@pytest.fixture(params=KINDS)
def answer(request: pytest.FixtureRequest, server: Server) -> Answer:
    path, method, headers = KINDS[request.param]
    if request.param == "style":
        page = server.ask("/account/login/").body.decode()
        path = re.findall(r'rel="stylesheet" href="(/static/[^"]+)"', page)[0]
    return server.ask(path, method, "login=a" if method == "POST" else None, **headers)


def policy(answer: Answer) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.one("Content-Security-Policy").split(";") if part.strip()]
    return {words[0]: words[1:] for words in parts}


def test_every_answer_forbids_guessing_its_type(answer: Answer) -> None:
    assert answer.one("X-Content-Type-Options") == "nosniff"


def test_every_answer_demands_https_for_a_year(answer: Answer) -> None:
    words = [word.strip() for word in answer.one("Strict-Transport-Security").split(";")]
    assert int(words[0].removeprefix("max-age=")) >= 31536000
    assert "includeSubDomains" in words


def test_no_answer_is_opened_to_other_origins(answer: Answer, server: Server) -> None:
    foreign = server.ask("/account/login/", Origin="https://elsewhere.example")
    for found in (answer, foreign):
        assert found.all("Access-Control-Allow-Origin") == []
        assert found.all("Access-Control-Allow-Credentials") == []


def test_no_page_can_be_framed(answer: Answer) -> None:
    assert policy(answer)["frame-ancestors"] == ["'none'"]


def test_the_content_policy_allows_only_what_is_ours(answer: Answer) -> None:
    said = policy(answer)
    assert (said["default-src"], said["object-src"], said["base-uri"]) == (["'none'"],) * 3
    assert "unsafe" not in answer.one("Content-Security-Policy")
    sources = {word for name, words in said.items() if name.endswith("-src") for word in words}
    assert all(word in ("'none'", "'self'", "data:") or word.startswith("'nonce-") for word in sources), sources
    assert "data:" not in said["script-src"]


def test_addresses_are_not_told_to_other_sites(answer: Answer) -> None:
    assert answer.one("Referrer-Policy") in ("same-origin", "no-referrer", "strict-origin")


def test_every_cookie_is_bound_to_host_and_https(server: Server) -> None:
    """Also those that a visitor gets before signing in: the token against forged requests, the language, the look."""
    page = server.ask("/account/login/")
    found: dict[str, str] = {}
    jar = "; ".join(value.split(";")[0] for value in page.all("Set-Cookie"))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.body.decode())
    assert token
    form = f"csrfmiddlewaretoken={token[1]}&language=sq&theme=dark&next=/account/login/"
    sent = {"Cookie": jar, "Content_Type": "application/x-www-form-urlencoded", "Referer": "https://besa.example.org/"}
    answers = [page] + [server.ask(path, "POST", form, **sent) for path in ("/i18n/setlang/", "/ui/theme/")]
    assert [answer.status for answer in answers] == [200, 302, 302]
    for answer in answers:
        found |= {value.partition("=")[0]: value for value in answer.all("Set-Cookie")}
    assert len(found) >= 3
    for name, value in found.items():
        morsel = next(iter(SimpleCookie(value).values()))
        assert name.startswith("__Host-"), name
        assert morsel["secure"] is True, name
        assert morsel["httponly"] is True, name
        assert (morsel["path"], morsel["domain"]) == ("/", ""), name
        assert morsel["samesite"] in ("Lax", "Strict"), name


def test_plain_http_is_led_to_https(server: Server) -> None:
    answer = server.ask("/account/login/", X_Forwarded_Proto="http")
    assert (answer.status, answer.one("Location")) == (301, "https://besa.example.org/account/login/")


def test_a_post_without_token_is_refused(server: Server) -> None:
    form = "application/x-www-form-urlencoded"
    for kind in (form, "text/plain", "application/json", "multipart/form-data; boundary=x"):
        for path in ("/account/login/", "/ui/theme/", "/i18n/setlang/"):
            assert server.ask(path, "POST", "login=a", Content_Type=kind).status == 403, (path, kind)
    page = server.ask("/account/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.body.decode())
    assert token
    jar = "; ".join(value.split(";")[0] for value in page.all("Set-Cookie"))
    sent = {"Cookie": jar, "Content_Type": form}
    body = f"csrfmiddlewaretoken={token[1]}&theme=dark"
    assert server.ask("/ui/theme/", "POST", body, Origin="https://elsewhere.example", **sent).status == 403
    assert server.ask("/ui/theme/", "POST", body, Origin="https://besa.example.org", **sent).status == 302


FORBIDDEN = {
    "storage of the browser": r"localStorage|sessionStorage|indexedDB|caches\.|document\.cookie",
    "messages between windows": r"postMessage|onmessage|[\"']message[\"']",
    "text as HTML": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment",
    "text as code": r"\beval\b|new Function|setTimeout\(\s*[\"']|setInterval\(\s*[\"']",
    "keys from outside": r"__proto__|Object\.assign|\bprototype\b|\[[\"']?constructor|JSON\.parse",
    "windows of others": r"window\.open|opener",
}


# What a report keeps while the line is lost is sealed (docs/decisions/0012); the page without a line is counted, and both wiped.
KEEPERS = {
    "storage of the browser": {f"besa/ui/static/ui/{name}.js" for name in ("report", "shell", "wipe", "worker")},
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_scripts_of_ours_do_not_use(what: str) -> None:
    assert scripts()
    assert {path for path, code in scripts().items() if re.search(FORBIDDEN[what], code)} == KEEPERS.get(what, set())


def test_scripts_of_ours_write_text_and_not_html() -> None:
    assert not any(re.search(FORBIDDEN["text as HTML"], code) for code in scripts().values())
    swaps = re.compile(r'hx-on|hx-vals="js:|hx-vals=\'js:|hx-ext')
    assert [path for path, page in templates().items() if swaps.search(page)] == []
    frame = templates()["besa/ui/templates/ui/base.html"]
    assert '"allowEval":false' in frame
    assert '"selfRequestsOnly":true' in frame


def test_pages_need_no_plugin() -> None:
    old = re.compile(r"<(object|embed|applet|iframe|frame|keygen)\b", re.IGNORECASE)
    assert [path for path, page in templates().items() if old.search(page)] == []
