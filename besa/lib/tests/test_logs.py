"""Logs: only allow-listed keys, whatever is put into them."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from besa.lib import logs
from besa.lib.management.commands.serve import Server, ServerLog

CANARY = "Kanarinë-7719"
ROOT = Path(__file__).resolve().parent.parent.parent.parent


class CanaryError(Exception):
    pass


def _raises(request: HttpRequest, name: str = "") -> HttpResponse:
    try:
        raise CanaryError(f"{CANARY} is hidden in {name}")
    except CanaryError as error:
        raise ValueError(f"about {CANARY}") from error


def _bad_sql(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT no_such_column FROM no_such_table WHERE name = '{CANARY}'")  # noqa: S608
    return HttpResponse()


def _bad_value(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s FROM no_such_table", [CANARY])
    return HttpResponse()


def _suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation(CANARY)


def _missing(request: HttpRequest) -> HttpResponse:
    raise Http404(CANARY)


def _speaks(request: HttpRequest) -> HttpResponse:
    logging.getLogger(f"besa.{CANARY}").error(
        "found %s", CANARY, extra={"name_of_victim": CANARY, "status_code": CANARY}
    )
    return HttpResponse()


urlpatterns = [
    path("raises/<str:name>/", _raises, name="raises"),
    path("sql/", _bad_sql),
    path("value/", _bad_value),
    path("suspicious/", _suspicious),
    path("missing/", _missing),
    path("speaks/", _speaks),
    path("form/", lambda request: HttpResponse()),
    path("", include("besa.urls")),
]
handler400, handler403, handler404, handler500 = (
    f"besa.ui.errors.{page}" for page in ("bad_request", "forbidden", "not_found", "broken")
)


class Lines(logging.Handler):
    """Keeps what would have been written, in the format of the installation."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logs.AllowedKeys())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def written(settings: Settings) -> Iterator[Lines]:
    settings.ROOT_URLCONF = __name__
    lines, root = Lines(), logging.getLogger()
    root.addHandler(lines)
    yield lines
    root.removeHandler(lines)


def ask(path: str, method: str = "get", **extra: Any) -> int:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    agent = {"user-agent": CANARY, "referer": f"http://testserver/{CANARY}"}
    return int(getattr(client, method)(path, headers=agent | extra.pop("headers", {}), **extra).status_code)


REQUESTS: dict[str, tuple[str, dict[str, Any], int]] = {
    "an exception": ("get", {"path": f"/raises/{CANARY}/?q={CANARY}"}, 500),
    "bad SQL": ("get", {"path": "/sql/"}, 503),
    "a value in SQL": ("get", {"path": "/value/"}, 503),
    "something suspicious": ("get", {"path": "/suspicious/"}, 400),
    "what is not there": ("get", {"path": "/missing/"}, 404),
    "an address that is not there": ("get", {"path": f"/{CANARY}/"}, 404),
    "a host that is not ours": ("get", {"path": "/form/", "headers": {"host": "kanarine-7719.example"}}, 400),
    "a form without its token": ("post", {"path": "/form/", "data": {"name": CANARY}}, 403),
    "a method of its own": ("generic", {"method": CANARY, "path": "/raises/x/"}, 405),
    "our own code that says too much": ("get", {"path": "/speaks/"}, 200),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_nothing_of_a_request_or_an_exception_is_written(db: None, written: Lines, what: str) -> None:
    method, how, status = REQUESTS[what]
    found = _ask(method, dict(how))
    postgres = connection.vendor == "postgresql" and "SQL" in what
    assert found == (500 if postgres else status)
    assert written.lines, "something is written"
    for line in written.lines:
        assert "anarin" not in line.casefold()
        assert set(json.loads(line)) <= set(logs.KEYS)


def _ask(method: str, how: dict[str, Any]) -> int:
    if method != "generic":
        return ask(how.pop("path"), method, **how)
    client = Client(raise_request_exception=False)
    return int(client.generic(how["method"], how["path"]).status_code)


def test_an_exception_is_found_by_its_classes_its_lines_and_the_number_of_the_page(db: None, written: Lines) -> None:
    client = Client(raise_request_exception=False)
    page = client.get(f"/raises/{CANARY}/")
    line = next(json.loads(line) for line in written.lines if "exception" in line)
    assert line["exception"] == ["builtins.ValueError", "besa.lib.tests.test_logs.CanaryError"]
    first = _raises.__code__.co_firstlineno
    assert f"besa/lib/tests/test_logs.py:{first + 2}" in line["frames"]
    assert (line["view"], line["method"], line["status"]) == ("raises", "GET", 500)
    assert line["event"] in page.content.decode()
    assert line["logger"] == "django.request"


def test_the_frames_of_libraries_name_no_folder_of_the_machine(written: Lines) -> None:
    try:
        json.loads(CANARY)
    except ValueError:
        logging.getLogger("besa").exception("x")
    line = json.loads(written.lines[-1])
    assert line["frames"][-1].startswith("json/decoder.py:")
    assert str(ROOT) not in written.lines[-1]


def test_every_handler_of_the_settings_writes_by_the_list() -> None:
    config: dict[str, Any] = settings.LOGGING
    assert {handler["formatter"] for handler in config["handlers"].values()} == {"allowed"}
    assert config["formatters"]["allowed"] == {"()": "besa.lib.logs.AllowedKeys"}
    named = [logging.getLogger(name) for name in (*logging.root.manager.loggerDict, "django", "django.server")]
    ours = [handler for one in named if not one.name.startswith(("pytest", "asyncio")) for handler in one.handlers]
    assert [handler for handler in ours if not isinstance(handler, logging.NullHandler)] == [], (
        "no handler beside the root's"
    )


def test_the_servers_own_log_writes_by_the_list() -> None:
    server = Server({"logger_class": ServerLog, "loglevel": "warning"})
    log = server.cfg.logger_class(server.cfg)
    try:
        assert [type(handler.formatter) for handler in log.error_log.handlers] == [logs.AllowedKeys]
    finally:
        log.error_log.handlers.clear()


PROGRAM = f"""
import django, logging, threading, warnings
django.setup()
warnings.warn("{CANARY}")
logging.getLogger("gunicorn.error").error("Error handling request /persons/{CANARY}")
logging.getLogger("besa").error("%d", "{CANARY}")
def fails():
    raise RuntimeError("{CANARY}")
thread = threading.Thread(target=fails); thread.start(); thread.join()
class Odd:
    def __del__(self):
        raise RuntimeError("{CANARY}")
odd = Odd(); del odd
raise KeyError("{CANARY}")
"""


def test_production_prints_no_text_of_warnings_threads_or_crashes(tmp_path: Path) -> None:
    rest = {name: value for name, value in os.environ.items() if not name.startswith(("BESA_", "DJANGO_"))}
    env = rest | {
        "BESA_MODE": "production", "BESA_SECRET_KEY": "x" * 60, "BESA_VAR": str(tmp_path), "BESA_KEYS": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "besa.settings",
    }  # fmt: skip
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)  # noqa: S603
    assert done.returncode == 1
    assert "anarin" not in done.stdout + done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert {line["logger"] for line in lines} == {"py.warnings", "gunicorn.error", "besa", "besa.uncaught"}
    assert [line["exception"] for line in lines if line["logger"] == "besa.uncaught"] == [
        ["builtins.RuntimeError"],
        ["builtins.RuntimeError"],
        ["builtins.KeyError"],
    ]


def test_warnings_are_caught_where_python_would_print_them() -> None:
    record = logging.LogRecord("py.warnings", logging.WARNING, "/usr/lib/python3.11/warnings.py", 1, CANARY, None, None)
    assert json.loads(logs.AllowedKeys().format(record))["at"] == "warnings.py:1"
