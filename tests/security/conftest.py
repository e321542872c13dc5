"""Besa as production runs it: its settings, and a server of its own that is spoken to over a socket."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from tests.security.sources import ROOT

HOST = "besa.example.org"
HTTPS = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
SHOW = """
import json, pathlib, besa.settings as s
plain = lambda value: str(value) if isinstance(value, pathlib.PurePath) else type(value).__name__
print(json.dumps({name: getattr(s, name) for name in dir(s) if name.isupper()}, default=plain))
"""


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Limits of the library count in the cache; each test begins without a past."""
    cache.clear()


@pytest.fixture(scope="session")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of a production behind a proxy, on SQLite."""
    folder = tmp_path_factory.mktemp("production")
    (folder / "keys").mkdir(mode=0o700)
    (folder / "var").mkdir(mode=0o700)
    rest = {name: value for name, value in os.environ.items() if not name.startswith(("BESA_", "DJANGO_"))}
    return rest | {
        "BESA_MODE": "production",
        "BESA_SECRET_KEY": secrets.token_urlsafe(64),
        "BESA_KEYS": str(folder / "keys"),
        "BESA_ALLOWED_HOSTS": HOST,
        "BESA_BASE_URL": f"https://{HOST}",
        "BESA_MAIL_URL": "smtp+tls://mail.example.org:587",
        "BESA_VAR": str(folder / "var"),
        "BESA_BEHIND_PROXY": "true",
    }


@pytest.fixture(scope="session")
def production(variables: dict[str, str]) -> dict[str, Any]:
    """The settings of production."""
    done = subprocess.run([sys.executable, "-c", SHOW], cwd=ROOT, env=variables, capture_output=True, check=True)
    return dict(json.loads(done.stdout))


@dataclass
class Answer:
    """What came back: status, headers as they were sent, body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str:
        """The header's value; it must have been sent exactly once."""
        found = self.all(name)
        assert len(found) == 1, f"{name}: {found}"
        return found[0]


@dataclass
class Server:
    """The production server; only the proxy is missing, whose headers the requests carry."""

    port: int
    log: Path

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        """One request; header names are written with _ for -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = HTTPS | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {name: value for name, value in sent.items() if value})
        answer = connection.getresponse()
        found = Answer(answer.status, answer.getheaders(), answer.read())
        connection.close()
        return found

    def raw(self, data: bytes) -> bytes:
        """Everything that the server answers to these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(600):
        if process.poll() is not None:
            raise RuntimeError("the server stopped at its start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not answer")


def prepare(variables: dict[str, str], *commands: tuple[str, ...]) -> None:
    for command in commands:
        words = [sys.executable, "manage.py", *command]
        done = subprocess.run(words, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def server(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`besa serve` in production."""
    prepare(
        variables,
        ("migrate", "--verbosity=0"),
        ("migrate", "--verbosity=0", "--database=keystore"),
        ("createcachetable",),
        ("collectstatic", "--noinput", "--verbosity=0"),
    )
    port, log = _free_port(), tmp_path_factory.mktemp("served") / "log"
    words = [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    with log.open("wb") as out:
        process = subprocess.Popen(words, cwd=ROOT, env=variables, stdout=out, stderr=out)
        try:
            _wait(port, process)
            yield Server(port, log)
        finally:
            process.terminate()
            process.wait(timeout=30)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that ask the server share one."""
    for item in items:
        if "server" in getattr(item, "fixturenames", ()) and Path(str(item.fspath)).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group("production"))
