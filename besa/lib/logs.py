"""Logs that say what failed and where in the code, and nothing about whom: one JSON line a record, by allow-listed keys.

A message, its arguments and the text of an exception may hold a name, an address of a page an identifier, a statement a
value. None of them is ever written. What remains finds the fault: the place in the code that spoke, the classes of the
exceptions, the lines of the code that they passed, and the number that the person reads on the error page.
"""

from __future__ import annotations

import json
import logging
import logging.config
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from django.conf import settings
from django.http import HttpRequest

KEYS = ("time", "level", "logger", "at", "event", "status", "method", "view", "exception", "frames")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
NAME = re.compile(r"[a-zA-Z_][\w.:-]{0,99}", re.ASCII)
EVENT = re.compile(r"[0-9a-f]{12}")
ROOT = Path(__file__).resolve().parent.parent.parent
LIBRARIES = re.compile(r".*/(?:site-packages|lib/python[\d.]+)/")
MOST_FRAMES = 30


class AllowedKeys(logging.Formatter):
    """A record as one JSON line of KEYS; a key that the record does not have is left out."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": _name(record.name),
            "at": f"{place(record.pathname)}:{record.lineno}",
            **_request(record),
            **_exception(record),
        }
        return json.dumps({key: line[key] for key in KEYS if line.get(key)}, ensure_ascii=True)


def place(path: str) -> str:
    """A file of ours from the top of the program, one of a library from the library's name; nothing of the machine."""
    found = Path(path)
    if LIBRARIES.match(path):
        return LIBRARIES.sub("", path)
    return str(found.relative_to(ROOT)) if found.is_relative_to(ROOT) else found.name


def _name(text: str) -> str:
    """The name of a logger or a view; anything that does not look like one is not written."""
    return text if NAME.fullmatch(text) else ""


def _request(record: logging.LogRecord) -> dict[str, Any]:
    request, status = getattr(record, "request", None), getattr(record, "status_code", None)
    found: dict[str, Any] = {"status": status} if isinstance(status, int) else {}
    event = getattr(record, "event", "")
    if isinstance(request, HttpRequest):
        match = request.resolver_match
        found["method"] = request.method if request.method in METHODS else "other"
        found["view"] = _name(match.view_name or "") if match else ""
        event = event or getattr(request, "event", "")
    if isinstance(event, str) and EVENT.fullmatch(event):
        found["event"] = event
    return found


def _exception(record: logging.LogRecord) -> dict[str, Any]:
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if error is None:
        return {}
    chain = list(_chain(error))
    return {
        "exception": [f"{type(one).__module__}.{type(one).__qualname__}" for one in chain],
        "frames": [frame for one in chain for frame in _frames(one.__traceback__)][-MOST_FRAMES:],
    }


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, and those that led to it, the last one first."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _frames(trace: TracebackType | None) -> Iterator[str]:
    """The lines of our own code that the exception passed, and the last line of all."""
    passed = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(trace)]
    for number, (path, line) in enumerate(passed):
        is_ours = Path(path).is_relative_to(ROOT) and not LIBRARIES.match(path)
        if is_ours or number == len(passed) - 1:
            yield f"{place(path)}:{line}"


def configure(config: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: put the settings in force; in production also catch what would be printed in the clear."""
    logging.config.dictConfig(config)
    if settings.TEST:
        return
    logging.captureWarnings(True)
    if settings.PRODUCTION:
        logging.raiseExceptions = False  # a failing log record would print its message
        sys.excepthook = _uncaught
        threading.excepthook = lambda hook: _uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)
        sys.unraisablehook = lambda hook: _uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """What ends a command or a thread is logged like all else, in place of a traceback with its text."""
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        logging.getLogger("besa.uncaught").critical("uncaught", exc_info=(kind, error or kind(), trace))
