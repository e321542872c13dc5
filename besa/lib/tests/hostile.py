"""Tasks for the sandbox that do what a program would do that a hostile file has taken over."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

Told = tuple[dict[str, Any], bytes]


def echo(data: bytes, arguments: dict[str, Any]) -> Told:
    return {"size": len(data), **arguments}, data


def bomb(data: bytes, arguments: dict[str, Any]) -> Told:
    kept = []
    while True:
        kept.append(bytearray(64 * 1024 * 1024))


def loop(data: bytes, arguments: dict[str, Any]) -> Told:
    while True:
        pass


def sleep(data: bytes, arguments: dict[str, Any]) -> Told:
    time.sleep(600)
    return {}, b""


def crash(data: bytes, arguments: dict[str, Any]) -> Told:
    os.kill(os.getpid(), getattr(signal, arguments["signal"]))
    time.sleep(600)
    return {}, b""


def forks(data: bytes, arguments: dict[str, Any]) -> Told:
    made = 0
    for _ in range(1000):
        try:
            if os.fork() == 0:
                time.sleep(600)
        except OSError:
            continue
        made += 1
    return {"made": made}, b""


def writes(data: bytes, arguments: dict[str, Any]) -> Told:
    with open(arguments["path"], "wb") as out:
        out.write(data)
    return {}, b""


def removes(data: bytes, arguments: dict[str, Any]) -> Told:
    os.unlink(arguments["path"])
    return {}, b""


def kills(data: bytes, arguments: dict[str, Any]) -> Told:
    os.kill(arguments["pid"], signal.SIGTERM)
    return {}, b""


def environment(data: bytes, arguments: dict[str, Any]) -> Told:
    return {"names": sorted(os.environ), "words": sys.argv}, b""


def floods(data: bytes, arguments: dict[str, Any]) -> Told:
    while True:
        sys.stdout.buffer.write(bytes(1 << 20))


def lies(data: bytes, arguments: dict[str, Any]) -> Told:
    sys.stdout.buffer.write(arguments["answer"].encode("latin-1"))
    sys.stdout.buffer.flush()
    os._exit(0)


def raises(data: bytes, arguments: dict[str, Any]) -> Told:
    raise RuntimeError(data.decode())
