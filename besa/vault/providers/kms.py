"""A key management service, over HTTPS or a Unix socket: keys never leave it, and it is asked for each wrapping.

What it must answer is five requests, in JSON; bytes are base64, a key is known by its id (letters, digits, `._:-`, at most 80):

| request | answer |
|---|---|
| `GET /keys` | `200 {"current": ID, "keys": [ID, …]}`, the oldest first; `current` is null before the first |
| `POST /keys {}` | `201 {"id": ID}`: a new key, which is the current one from then on |
| `DELETE /keys/ID` | `204`; `409` for the current key |
| `POST /keys/ID/wrap {"key", "context"}` | `200 {"wrapped"}`: sealed by the key and bound to the context |
| `POST /keys/ID/unwrap {"wrapped", "context"}` | `200 {"key"}`; `422` when it was wrapped elsewhere, for another context, or changed |

A key that is not there is `404`. Requests carry `Authorization: Bearer …` where a token is set. Everything else that comes back, or
nothing whole within the time limit, means that keys are unavailable. Reading and wrapping change nothing there and are asked for
again, within the same limit, after a failure that may pass; making and retiring a key are asked for once.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import io
import json
import re
import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

from django.views.decorators.debug import sensitive_variables

from besa.vault import envelope
from besa.vault.providers.errors import KeysUnavailable

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,79}")
TOKEN = re.compile(r"[\x21-\x7e]*")
SECONDS = 3.0  # for all tries together: a page waits no longer for its keys
TRIES = 3
LARGEST = 65_536  # bytes of an answer
PASSING = (429, 500, 502, 503, 504)


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Until(io.RawIOBase):
    """What arrives on a socket until a moment; a service that answers drop by drop gets no more time than any other."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until
        self._stream = sock.makefile("rb", buffering=0)  # keeps the socket open after the connection has let go of it

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(_left(self._until))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _left(until: float) -> float:
    """The seconds that are left. Raises TimeoutError."""
    if (left := until - time.monotonic()) <= 0:
        raise TimeoutError
    return left


class _Passing(Exception):
    """A failure that may be over at the next try."""


class KmsProvider:
    """Speaks the protocol above. `url` is `https://host/path`, or `unix:/path/of/the/socket`."""

    def __init__(self, url: str, token: str = "", *, seconds: float = SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http", "unix") or not (parts.netloc or parts.path.startswith("/")):
            raise KeysUnavailable("BESA_KMS_URL begins with https:// or unix:/")
        self._parts, self._seconds = parts, seconds
        self._base = "" if parts.scheme == "unix" else parts.path.rstrip("/")
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if not TOKEN.fullmatch(token):
            raise KeysUnavailable("BESA_KMS_TOKEN holds a character that a request cannot carry")
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    # --- what Besa asks for

    def current(self) -> str:
        kek = self._keys()[0]
        if not kek:
            raise KeysUnavailable("the key management service has no key; run besa keys begin")
        return kek

    def ids(self) -> list[str]:
        return self._keys()[1]

    def add(self) -> str:
        return _id(self._ask("POST", "/keys", {}, {201}, tries=1)[1].get("id"))

    def retire(self, kek: str) -> None:
        status, _answer = self._ask("DELETE", f"/keys/{_id(kek)}", None, {204, 404, 409}, tries=1)
        if status == 409:
            raise ValueError("the current key is not retired")
        if status == 404:
            raise KeysUnavailable(f"the key management service has no key {kek}")

    def left_over(self) -> list[str]:
        return []  # the service keeps its own house

    def tidy(self) -> None:
        return None

    @sensitive_variables()
    def wrap(self, kek: str, key: bytes, context: bytes) -> bytes:
        body = {"key": _text(key), "context": _text(context)}
        wrapped = _bytes(self._ask("POST", f"/keys/{_id(kek)}/wrap", body, {200})[1].get("wrapped"))
        if key in wrapped:
            raise KeysUnavailable("the key management service gives keys back as they are")
        return wrapped

    @sensitive_variables()
    def unwrap(self, kek: str, wrapped: bytes, context: bytes) -> bytes:
        body = {"wrapped": _text(wrapped), "context": _text(context)}
        status, answer = self._ask("POST", f"/keys/{_id(kek)}/unwrap", body, {200, 422})
        if status == 422:
            raise envelope.Unopened
        key = _bytes(answer.get("key"))
        if len(key) != envelope.KEY_BYTES:
            raise KeysUnavailable("the key management service gave something that is not a key")
        return key

    def _keys(self) -> tuple[str, list[str]]:
        answer = self._ask("GET", "/keys", None, {200})[1]
        current, keys = answer.get("current"), answer.get("keys")
        if not isinstance(keys, list):
            raise KeysUnavailable("the key management service does not list its keys")
        return _id(current) if current else "", [_id(key) for key in keys]

    # --- how it is asked

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "unix":
            return _SocketConnection(self._parts.path, seconds)
        if self._parts.scheme == "https":
            trusted = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=seconds, context=trusted)
        return http.client.HTTPConnection(host, port, timeout=seconds)

    @sensitive_variables()
    def _ask(
        self, method: str, path: str, body: dict[str, str] | None, expected: set[int], *, tries: int = TRIES
    ) -> tuple[int, dict[str, Any]]:
        """Status and content of the answer. Raises KeysUnavailable; it names no key and repeats nothing that was sent."""
        problem = ""
        until = time.monotonic() + self._seconds
        for _try in range(tries):
            try:
                status, content = self._once(method, path, body, until)
            except _Passing as failure:
                problem = str(failure)
                continue
            if status not in expected:
                raise KeysUnavailable(f"the key management service answers {status}")
            return status, _parsed(content) if content else {}
        raise KeysUnavailable(problem)

    @sensitive_variables()
    def _once(self, method: str, path: str, body: dict[str, str] | None, until: float) -> tuple[int, bytes]:
        sent = None if body is None else json.dumps(body).encode()
        connection = self._connection(max(until - time.monotonic(), 0.001))
        try:
            connection.request(method, self._base + path, body=sent, headers=self._headers)
            with _response(connection, until) as response:
                content = response.read(LARGEST + 1)
        except (OSError, http.client.HTTPException):
            raise _Passing("the key management service cannot be reached") from None
        finally:
            connection.close()
        if response.status in PASSING:
            raise _Passing(f"the key management service answers {response.status}")
        if len(content) > LARGEST:
            raise KeysUnavailable("the key management service answers too much")
        if response.length:  # it said that there was more
            raise _Passing("the key management service breaks off")
        return response.status, content


def _response(connection: http.client.HTTPConnection, until: float) -> http.client.HTTPResponse:
    """The beginning of the answer; what follows is read until the same moment."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self.fp.close()
            self.fp = io.BufferedReader(_Until(sock, until))

    connection.response_class = Response
    return connection.getresponse()


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise KeysUnavailable("the key management service does not answer in JSON") from None
    return answer


def _id(value: object) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise KeysUnavailable("that is not the id of a key of a key management service")
    return value


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: object) -> bytes:
    try:
        found = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except binascii.Error:
        found = b""
    if not found:
        raise KeysUnavailable("the key management service answers without what was asked for")
    return found
