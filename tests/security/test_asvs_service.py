"""ASVS V4: messages of HTTP, on the wire."""

from __future__ import annotations

import re

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from besa.directory.accounts import client_ip
from tests.security.conftest import Server

HEAD = b"POST /healthz HTTP/1.1\r\nHost: besa.example.org\r\nX-Forwarded-Proto: https\r\n"
NEXT = b"GET /smuggled HTTP/1.1\r\nHost: besa.example.org\r\n\r\n"
AMBIGUOUS = {
    "length and chunks": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + NEXT,
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(NEXT) + NEXT,
    "chunks under another name": b"Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + NEXT,
    "chunks with a blank": b"Content-Length: 4\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + NEXT,
    "a length that is none": b"Content-Length: +4\r\n\r\n0000" + NEXT,
    "a folded header": b"X-A: b\r\n Content-Length: 40\r\n\r\n" + NEXT,
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_a_message_with_two_lengths_is_refused(case: str, server: Server) -> None:
    """Refused, or ended with the connection: nothing behind it is taken for a second request."""
    answered = server.raw(HEAD + AMBIGUOUS[case])
    lines = re.findall(rb"HTTP/1\.1 (\d{3})", answered)
    assert len(lines) == 1, answered[:400]
    assert lines[0] in (b"400", b"403", b"501"), lines


@pytest.mark.parametrize("path", ["/account/login/", "/nothing-here", "/healthz", "/readyz", "style", "script", "icon"])
def test_every_answer_names_its_type_and_encoding(path: str, server: Server) -> None:
    kinds = {"style": (r'href="(/static/[^"]+\.css)"', "text/css"), "script": (r'src="(/static/[^"]+\.js)"', "text/javascript"),
             "icon": (r'href="(/static/[^"]+\.svg)"', "image/svg+xml")}  # fmt: skip
    expected = "text/html" if path.startswith(("/account", "/nothing")) else "text/plain"
    if path in kinds:
        pattern, expected = kinds[path]
        found = re.search(pattern, server.ask("/account/login/").body.decode())
        assert found
        path = found[1]
    said = server.ask(path).one("Content-Type")
    assert said.startswith(expected), said
    assert said.replace('"', "").endswith("charset=utf-8") or expected == "image/svg+xml", said


def test_forwarding_headers_count_only_behind_the_proxy(settings: Settings, client: Client, db: None) -> None:
    """Without a proxy before it, Besa believes nobody about addresses and schemes."""
    forged = {"x-forwarded-for": "192.0.2.66", "x-forwarded-proto": "https", "x-real-ip": "192.0.2.66"}
    request = RequestFactory().get("/", REMOTE_ADDR="198.51.100.7", headers=forged)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.SECURE_PROXY_SSL_HEADER = 0, None
    assert client_ip(request) == "198.51.100.7"
    assert not request.is_secure()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert client_ip(request) == "192.0.2.66"
    added = RequestFactory().get("/", headers={"x-forwarded-for": "203.0.113.1, 192.0.2.66"})
    assert client_ip(added) == "192.0.2.66", "what the browser put in front counts for nothing"
    assert not settings.USE_X_FORWARDED_HOST
    settings.ALLOWED_HOSTS = ["besa.example.org"]
    assert client.get("/healthz", headers={"host": "elsewhere.example"}).status_code in (200, 400)
