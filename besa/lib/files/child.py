"""The other side of the sandbox: a process that loads what it needs, locks itself in, and only then reads the file.

After `lock` it can open no file and no socket, start no process and grow no further; what it may still do is compute, read
its input and write its answer. It says nothing else: an error leaves as one word.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pkgutil
import resource
import socket
import sys
from typing import Any

from besa.lib.files.caps import NotTaken

NOBODY = 65_534
_EMPTY = "/proc/self/fdinfo"  # a folder in which nothing can be made


def lock(memory: int, seconds: int) -> None:
    """Give up everything that reading a file does not need. What the machine does not allow to give up, `probe` finds out."""
    if sys.version_info >= (3, 12):  # before, the parent asks the command `unshare`
        with contextlib.suppress(OSError):
            os.unshare(os.CLONE_NEWNET | os.CLONE_NEWIPC)  # type: ignore[attr-defined,unused-ignore]
    with contextlib.suppress(OSError):
        os.chroot(_EMPTY)
        os.chdir("/")
    with contextlib.suppress(OSError):
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def probe(data: bytes, arguments: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Try what must not work, from inside; each is true when it did not."""
    return {
        "memory": _fails(lambda: bytearray(8 << 30)),
        "processes": _fails(_fork),
        "files": _fails(lambda: os.open("/dev/null", os.O_RDONLY)) and _fails(lambda: os.open(".", os.O_RDONLY)),
        "sockets": _fails(socket.socket),
        "folders": _fails(lambda: os.stat("/proc/self")) and _fails(lambda: os.stat(arguments["root"])),
        "network": not _can_see(arguments["net"], "net"),
        "strangers": _fails(lambda: os.kill(arguments["parent"], 0)),
    }, b""


def _can_see(outer: str, kind: str) -> bool:
    return outer == _NAMESPACES.get(kind, outer)


def _fails(attempt: Any) -> bool:
    try:
        attempt()
    except (OSError, MemoryError):
        return True
    return False


def _fork() -> None:
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def namespace(kind: str) -> str:
    """The name of the namespace in which this process runs; an empty text where there are none."""
    try:
        return os.readlink(f"/proc/self/ns/{kind}")
    except OSError:
        return ""


_NAMESPACES: dict[str, str] = {}


def _answered(task: Any, data: bytes, arguments: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        facts, body = task(data, arguments)
    except NotTaken as refused:
        return {"refused": refused.code, "detail": refused.detail}, b""
    except (MemoryError, RecursionError):
        return {"refused": "memory", "detail": {}}, b""
    except OSError as error:
        return {"refused": "memory" if error.errno == errno.ENOMEM else "broken", "detail": {}}, b""
    return {"facts": facts}, body


def main(words: list[str]) -> None:
    """`task memory seconds arguments`: load the task, lock, read the input to its end, answer on the output."""
    name, memory, seconds, arguments = words
    task = pkgutil.resolve_name(name)
    _NAMESPACES["net"] = namespace("net")
    lock(int(memory), int(seconds))
    answer, body = _answered(task, sys.stdin.buffer.read(), json.loads(arguments))
    header = json.dumps(answer).encode()
    sys.stdout.buffer.write(len(header).to_bytes(4, "big") + header)
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is cleared away in a process that ends
