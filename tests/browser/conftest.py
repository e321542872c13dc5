"""A server of its own with the demonstration, and a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from besa.demo.build import PASSWORD

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 15_000  # milliseconds that a page may take on a machine with other work to do
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the browser; without one it is left out, and said so."""
    for item in items:
        if Path(str(item.fspath)).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))  # one server for all of them
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@dataclass
class Server:
    """The product on a database of its own. `env` are its settings; a test that needs another day copies it and changes them."""

    url: str
    var: Path
    env: dict[str, str]

    def besa(self, *arguments: str) -> str:
        """Run a command of the product against the server's database."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def running(self) -> Iterator[Server]:
        """Serve it, as `make run` does, until the block ends."""
        address = self.url.replace("http://localhost", "127.0.0.1")
        command = [sys.executable, "manage.py", "runserver", "--noreload", "--insecure", address]
        with (self.var / "server.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
            try:
                _await(self.url, process)
                yield self
            finally:
                process.terminate()
                process.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            raise RuntimeError("the server stopped at its start")
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=2).close()  # noqa: S310
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not answer")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The product as `make run` serves it, on a database of its own with a fresh demonstration."""
    var = tmp_path_factory.mktemp("server")
    port = free_port()
    url = f"http://localhost:{port}"
    env = {key: value for key, value in os.environ.items() if not key.startswith(("BESA_", "DJANGO_"))}
    env |= {"BESA_MODE": "demo", "BESA_VAR": str(var), "BESA_BASE_URL": url}
    made = Server(url, var, env)
    made.besa("migrate", "--verbosity=0")
    made.besa("createcachetable")
    made.besa("demo")
    with made.running():
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield found
        found.close()


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(browser: Browser, server: Server) -> Iterator[SignIn]:
    """`sign_in("coordinator", width=1280, language="en")`: a page of somebody of the cast; `login=""` for nobody."""
    contexts = []

    def signed_in(login: str = "", *, width: int = 1280, language: str = "en", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, base_url=server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        if login:
            page.goto("/account/login/")
            page.fill("input[name=login]", f"{login}@demo.besa")
            page.fill("input[name=password]", PASSWORD)
            page.press("input[name=password]", "Enter")
            page.wait_for_url("**/")
        context.add_cookies([{"name": "django_language", "value": language, "url": server.url}])
        return page

    yield signed_in
    for context in contexts:
        context.close()
