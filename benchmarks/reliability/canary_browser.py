"""A browser that remembers every address it was given, asked for or could have asked for, as logs and histories would hold them."""

from __future__ import annotations

import html
import http.client
import re
import secrets
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path

from benchmarks.reliability.canary_world import HOST

LINK = re.compile(
    r"""\b(?:href|action|src|srcset|formaction|poster|cite|ping|data-[\w-]*|hx-[\w-]*)\s*=\s*("[^"]*"|'[^']*')"""
)
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
NOT_ASKED_FOR = ("tel:", "mailto:", "data:")  # on a page that shows them anyway; no server is asked
SENT_TO_THE_READER = {"set-cookie", "content-disposition", "content-length", "date"}
CSRF = "__Host-csrftoken"
Fields = Mapping[str, str | Sequence[str]]


class Stopped(Exception):
    """The walk met something that it did not expect."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return html.unescape(self.body.decode(errors="replace"))

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass
class Browser:
    """One person's. `addresses` is the file of all addresses, one a line."""

    port: int
    addresses: Path
    page: str = "/"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, expected: int = 200) -> Answer:
        answer = self.send("GET", path)
        self._check(answer, "GET", path, expected)
        if answer.status == 200:
            self.page = path
        return answer

    def post(self, path: str, fields: Fields | None = None, expected: int = 302, **files: tuple[str, bytes]) -> Answer:
        """Send a form from its page; follow where it leads."""
        pairs = [
            (name, one)
            for name, value in (fields or {}).items()
            for one in ([value] if isinstance(value, str) else value)
        ]
        pairs.append(("csrfmiddlewaretoken", self.cookies.get(CSRF, "")))
        body, kind = (
            _parts(pairs, files)
            if files
            else (urllib.parse.urlencode(pairs).encode(), "application/x-www-form-urlencoded")
        )
        answer = self.send("POST", path, body, kind)
        self._check(answer, "POST", path, expected)
        if location := answer.header("location"):
            self.get(urllib.parse.urlsplit(location)._replace(scheme="", netloc="").geturl(), expected=0)
        return answer

    def _check(self, answer: Answer, method: str, path: str, expected: int) -> None:
        if expected and answer.status != expected:
            found = re.findall(r'(?s)class="[^"]*(?:alert|invalid-feedback|error)[^"]*"[^>]*>(.*?)</div>', answer.text)
            raise Stopped(f"{method} {path} answered {answer.status} and not {expected}: {' '.join(found)[:1500]}")

    def send(
        self, method: str, path: str, body: bytes | None = None, kind: str = "", *, is_noted: bool = True
    ) -> Answer:
        """One request, as the proxy would hand it on."""
        headers = {
            "Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7", "User-Agent": "canary",
            "Referer": f"https://{HOST}{self.page}", "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, {**headers, **({"Content-Type": kind} if kind else {})})
            got = connection.getresponse()
            answer = Answer(got.status, got.getheaders(), got.read())
        except ConnectionError:  # the server has not waited for the end of what it does not take
            answer = Answer(413, [], b"")
        finally:
            connection.close()
        self._take_cookies(answer)
        self._note(answer, [f"{method} {path}", headers["Referer"]] if is_noted else [])
        return answer

    def _take_cookies(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    if morsel["max-age"] == "0" or not morsel.value:
                        self.cookies.pop(key, None)
                    else:
                        self.cookies[key] = morsel.value

    def _note(self, answer: Answer, asked: list[str]) -> None:
        """What was asked, where the answer leads, and the page's title, which browsers keep."""
        said = [value for name, value in answer.headers if name.lower() not in SENT_TO_THE_READER]
        links: list[str] = []
        if "html" in answer.header("content-type"):
            page = answer.body.decode(errors="replace")
            links = [html.unescape(link[1:-1]) for link in LINK.findall(page)] + TITLE.findall(page)
        kept = [line for line in (*asked, *said, *links) if not line.startswith(NOT_ASKED_FOR)]
        with self.addresses.open("a") as out:
            for line in kept:
                out.write(f"{line}\n{urllib.parse.unquote_plus(line)}\n")


def _parts(pairs: list[tuple[str, str]], files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """A form with files, as browsers send it."""
    line = secrets.token_hex(16)
    pieces = [
        f'--{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in pairs
    ]
    for name, (file_name, content) in files.items():
        head = f'--{line}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        pieces.append(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(pieces) + f"--{line}--\r\n".encode(), f"multipart/form-data; boundary={line}"
