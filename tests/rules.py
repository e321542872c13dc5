"""Rules that fail a test by themselves: no network; no undefined variable in a template of ours; a GET writes nothing (but the event
that somebody has looked for what is not there, where the answer is 404) and does not ask the database the same question over and over; a
POST that writes records an audit event in that transaction.
"""

from __future__ import annotations

import re
import socket
import sys
from collections import Counter
from collections.abc import Callable, Generator
from types import FrameType
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.template import engines
from django.test import Client

# --- no network but this machine


class NetworkBlocked(AssertionError):
    """A test has tried to leave this machine."""


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):  # a Unix socket
        return True
    host = str(address[0])
    return host in ("", "localhost", "::1") or host.startswith("127.")


def _guard(method: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: object, *rest: object) -> Any:
        if not _is_local(address):
            raise NetworkBlocked(f"a test connects to {address}; tests stay on this machine")
        return method(self, address, *rest)

    return guarded


# --- undefined template variables


class UndefinedVariable(AssertionError):
    """A template of ours names a variable that nobody has given it."""


def _template_of(frame: FrameType | None) -> str:
    """The file of the innermost template node that is being rendered."""
    while frame is not None:
        origin = getattr(frame.f_locals.get("self"), "origin", None)
        if origin is not None and frame.f_code.co_name in ("render", "render_annotated"):
            return str(origin)
        frame = frame.f_back
    return ""


class StrictString(str):
    """Django's `string_if_invalid`: raises in our templates, stays empty in those of libraries."""

    def __contains__(self, key: object) -> bool:
        return key == "%s"

    def __mod__(self, variable: Any) -> str:
        template = _template_of(sys._getframe(1))
        if "site-packages" in template:
            return ""
        raise UndefinedVariable(f"undefined variable “{variable}” in {template or 'a template'}")


# --- what a request may do to the database

WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+["`]?(\w+)', re.IGNORECASE)
BOOKKEEPING = ("django_session", "usersessions_", "directory_attempts", "cache", "django_content_type")
SIGN_IN = re.compile(r'\s*UPDATE "directory_user" SET "last_login"')
RECORD = {
    "audit_event",
    "audit_head",
}  # that somebody looked for what is not there, or not for her, is recorded at once
REPEATED = 10


class RequestRule(AssertionError):
    """A request did to the database what no request may do."""


class Watch:
    """Listens to the statements of one request and judges them when it is over."""

    def __init__(self, method: str, path: str, depth: int) -> None:
        self.method, self.path, self.depth = method, path, depth
        self.writes: dict[str, set[str]] = {}  # transaction of the request -> tables written in it
        self.reads: Counter[str] = Counter()

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith("SELECT"):
            self.reads[sql] += 1
        elif sql.startswith("ROLLBACK TO SAVEPOINT"):
            self.writes.pop(sql.rpartition(" ")[2].strip('"'), None)
        elif (match := WRITE.match(sql)) and not match[1].startswith(BOOKKEEPING) and not SIGN_IN.match(sql):
            opened = context["connection"].savepoint_ids[self.depth :]
            self.writes.setdefault(opened[0] if opened else "outermost", set()).add(match[1])
        return result

    def judge(self, status: int, is_ours: Callable[[str], bool]) -> None:
        if self.method in ("GET", "HEAD", "OPTIONS"):
            self._judge_read(status)
        elif status < 400:
            for tables in self.writes.values():
                ours = sorted(table for table in tables if is_ours(table))
                if ours and "audit_event" not in tables:
                    raise RequestRule(
                        f"{self.method} {self.path} writes {', '.join(ours)} without an audit event in that transaction"
                    )

    def _judge_read(self, status: int) -> None:
        written = sorted(set().union(*self.writes.values()) - (RECORD if status == 404 else set()))
        if written:
            raise RequestRule(
                f"{self.method} {self.path} writes {', '.join(written)}; reading must not change anything"
            )
        sql, times = next(iter(self.reads.most_common(1)), ("", 0))
        if times > REPEATED:
            raise RequestRule(f"{self.method} {self.path} asks the same {times} times (N+1 queries): {sql[:400]}")


def _watched(request: Callable[..., Any]) -> Callable[..., Any]:
    ours: set[str] = set()

    def is_ours(table: str) -> bool:
        if not ours:
            ours.update(
                model._meta.db_table
                for model in apps.get_models(include_auto_created=True)
                if model.__module__.startswith("besa.")
            )
        return table in ours

    def watched(self: Any, **environ: Any) -> Any:
        watch = Watch(
            environ.get("REQUEST_METHOD", "GET"), environ.get("PATH_INFO", "/"), len(connection.savepoint_ids)
        )
        with connection.execute_wrapper(watch):
            response = request(self, **environ)
        watch.judge(response.status_code, is_ours)
        return response

    return watched


@pytest.fixture(autouse=True, scope="session")
def strict_rules() -> Generator[None]:
    """Put the rules in force for the whole session."""
    django: Any = engines["django"]
    options: Any = settings.TEMPLATES[0]["OPTIONS"]
    strict = StrictString("undefined")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guard(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _guard(socket.socket.connect_ex))
        patch.setattr(django.engine, "string_if_invalid", strict)
        patch.setitem(options, "string_if_invalid", strict)  # for an engine made anew
        patch.setattr(Client, "request", _watched(Client.request))
        yield
