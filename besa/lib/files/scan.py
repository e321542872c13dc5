"""Asking ClamAV whether a file does harm, over its socket, in its own protocol (INSTREAM of clamd).

Without a scanner, or when it gives no clear answer, the file is *not scanned*; that is never the same as clean.
The bytes go to the scanner in the clear: it stands on the same machine or behind a private line.
"""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

_PIECE = 65_536
_LONGEST = 1024  # bytes of an answer
_FOUND = re.compile(r"stream: (.{1,200}) FOUND")


class Result(StrEnum):
    CLEAN = "clean"
    INFECTED = "infected"
    NOT_SCANNED = "not scanned"


@dataclass(frozen=True)
class Scan:
    """What the scanner said. `name`: what it found; `why`: why there was no scan (none, unreachable, time, size, answer)."""

    result: Result
    name: str = ""
    why: str = ""


def scan(source: Iterable[bytes], *, address: str | None = None, seconds: float = 60) -> Scan:
    """Send the bytes to the scanner at `address` (`/path/of/socket` or `host:port`; else BESA_CLAMAV) and read its answer.

    `seconds` is the time for all of it. Raises only what `source` raises.
    """
    address = settings.CLAMAV if address is None else address
    if not address:
        return Scan(Result.NOT_SCANNED, why="none")
    until = time.monotonic() + seconds
    try:
        with _connected(address, seconds) as line:
            _send(line, source, until)
            answer = _read(line, until)
    except TimeoutError:
        return Scan(Result.NOT_SCANNED, why="time")
    except _Unreachable:
        return Scan(Result.NOT_SCANNED, why="unreachable")
    return _understood(answer)


class _Unreachable(Exception):
    """There is no line to the scanner, or it was cut."""


def _connected(address: str, seconds: float) -> socket.socket:
    try:
        if not address.startswith("/"):
            host, _, port = address.rpartition(":")
            return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.settimeout(seconds)
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    except TimeoutError:
        raise
    except (OSError, ValueError):
        raise _Unreachable from None


def _limit(line: socket.socket, until: float) -> None:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    line.settimeout(left)


def _send(line: socket.socket, source: Iterable[bytes], until: float) -> None:
    """The command, the bytes in pieces with their length in front, and an empty piece at the end.

    A scanner for which the file is too large says so and hangs up in the middle; its answer is then still to be read.
    """
    pieces = (chunk[start : start + _PIECE] for chunk in source for start in range(0, len(chunk), _PIECE))
    is_heard = _sent(line, b"zINSTREAM\0", until)
    for piece in pieces:
        is_heard = is_heard and _sent(line, len(piece).to_bytes(4, "big") + piece, until)
        if not is_heard:
            return
    _sent(line, bytes(4), until)


def _sent(line: socket.socket, data: bytes, until: float) -> bool:
    _limit(line, until)
    try:
        line.sendall(data)
    except (BrokenPipeError, ConnectionError):
        return False
    return True


def _read(line: socket.socket, until: float) -> bytes:
    answer = b""
    with contextlib.suppress(ConnectionError):
        while b"\0" not in answer and len(answer) <= _LONGEST:
            _limit(line, until)
            if not (piece := line.recv(_LONGEST)):
                break
            answer += piece
    if not answer:
        raise _Unreachable
    return answer


def _understood(answer: bytes) -> Scan:
    text = answer.decode("ascii", "replace")
    if text == "stream: OK\0":
        return Scan(Result.CLEAN)
    if text.endswith("\0") and (found := _FOUND.fullmatch(text[:-1])):
        return Scan(Result.INFECTED, name=re.sub(r"[^A-Za-z0-9._-]", "_", found[1]))
    return Scan(Result.NOT_SCANNED, why="size" if "size limit exceeded" in text else "answer")
