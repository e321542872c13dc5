"""Files of strangers are read in a process of their own, which may compute and nothing else, and which is killed in time.

A hostile file may at worst make that process fail. Nothing of it touches a disk: it comes through a pipe and its answer leaves
through another. The keys of the process that serves, its database, its sockets and its environment are out of reach.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from besa.lib.files import child
from besa.lib.files.caps import MEBIBYTE, NotTaken

ROOT = Path(__file__).resolve().parent.parent.parent.parent
_START = "import sys; sys.path.insert(0, sys.argv[1]); from besa.lib.files.child import main; main(sys.argv[2:])"
_PIECE = 65_536
_HEADER = 64 * 1024
_TURNS = threading.BoundedSemaphore(2)  # so many at once in one process of the server
NOT_SHUT_IN = "a process that reads files of strangers is not shut in on this machine"
_NAMESPACES = ("--net", "--ipc", "--pid", "--fork", "--kill-child")


@dataclass(frozen=True)
class Limits:
    """What one child may use."""

    memory: int = 1024 * MEBIBYTE  # bytes of address space
    cpu: int = 30  # seconds of the processor
    wall: float = 60  # seconds until it is killed
    output: int = 64 * MEBIBYTE  # bytes of its answer
    wait: float = 20  # seconds for one's turn


@dataclass(frozen=True)
class Answer:
    facts: dict[str, Any]
    body: bytes


@dataclass(frozen=True)
class SandboxState:
    """What a child of this process cannot do, as tried from inside. Whatever is False stands open on this machine."""

    memory: bool  # grow beyond its limit
    processes: bool  # start others
    files: bool  # open a file
    sockets: bool  # make a socket
    folders: bool  # reach a path, and so remove or rename anything
    network: bool  # use the network of the machine: it is in a network namespace of its own
    strangers: bool  # send signals to the server

    @property
    def open(self) -> list[str]:
        """What stands open; empty when everything holds."""
        return [field.name for field in fields(self) if not getattr(self, field.name)]

    @property
    def is_bearable(self) -> bool:
        """Memory, processes, files and sockets are closed, without which nothing is read at all."""
        return self.memory and self.processes and self.files and self.sockets


@cache
def sandbox_state() -> SandboxState:
    """The state of the sandbox on this machine, tried once for each process. Raises NotTaken when no child can be started."""
    arguments = {"net": child.namespace("net"), "parent": os.getpid(), "root": str(ROOT)}
    answer = run("besa.lib.files.child:probe", (), arguments=arguments, limits=Limits(wall=20))
    return SandboxState(**answer.facts)


@cache
def _known() -> SandboxState | None:
    """The state, or None where no child could be started; tried once for each process, whoever asks for it how often."""
    try:
        return sandbox_state()
    except NotTaken as problem:
        if problem.code == "busy":  # known when there is a turn again
            raise
        return None


def refusals() -> Iterator[str]:
    """Why this process must not serve: hostile files would be read without walls, or not at all."""
    try:
        state = _known()
    except NotTaken:
        return
    yield from problems(state) if state else ["no process can be started in which files of strangers are read"]


def problems(state: SandboxState) -> Iterator[str]:
    """What cannot be borne. Pure."""
    if not state.is_bearable:
        yield f"{NOT_SHUT_IN}; open: {', '.join(state.open)}"


def left_open() -> list[str]:
    """What stands open and can be borne, for the administrator of the machine; never told on a page."""
    state = _known()
    return state.open if state is not None else []


def run(
    task: str, source: Iterable[bytes], *, arguments: Mapping[str, Any] | None = None, limits: Limits | None = None
) -> Answer:
    """Give the bytes of `source` to `task` (`module:function` of ours, `(data, arguments) -> (facts, body)`) in a child.

    Raises NotTaken when the task refuses the file, fails, dies, answers nonsense or takes too much; and whatever `source` raises.
    """
    limits = limits or Limits()
    if not _TURNS.acquire(timeout=limits.wait):
        raise NotTaken("busy")
    start = time.monotonic()
    try:
        process = _started(task, arguments or {}, limits)
        try:
            answer = _exchanged(process, iter(source), limits)
        finally:
            _ended(process)
    finally:
        _TURNS.release()
    if process.returncode and time.monotonic() - start >= limits.cpu:
        raise NotTaken("time")
    return _understood(answer, process.returncode)


@cache
def wrapper() -> tuple[str, ...]:
    """The command that starts a child without the machine's network and processes; empty where the machine does not allow it."""
    command = shutil.which("unshare", path="/usr/bin:/bin")
    if command is None:
        return ()
    for rights in ((), ("--user", "--map-root-user")) if os.geteuid() == 0 else (("--user", "--map-root-user"),):
        words = (command, *rights, *_NAMESPACES)
        tried = subprocess.run(  # noqa: S603 - fixed words
            [*words, "/bin/true"], env={}, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False
        )
        if tried.returncode == 0:
            return words
    return ()


def _started(task: str, arguments: Mapping[str, Any], limits: Limits) -> subprocess.Popen[bytes]:
    words = [*wrapper(), sys.executable, "-I", "-B", "-c", _START, str(ROOT), task]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own task; of the file there are only the bytes in the pipe
        [*words, str(limits.memory), str(limits.cpu), json.dumps(dict(arguments))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        bufsize=0,
        start_new_session=True,
    )


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Kill the child and all that belongs to it, unless it has ended; leave no zombie and no open pipe."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()


def _exchanged(process: subprocess.Popen[bytes], source: Iterator[bytes], limits: Limits) -> bytes:
    """Feed the child and collect its answer at the same time, until it closes its output or its time is over."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError
    until = time.monotonic() + limits.wall
    answer, waiting = bytearray(), memoryview(b"")
    os.set_blocking(process.stdin.fileno(), False)
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdin, selectors.EVENT_WRITE)
        ready.register(process.stdout, selectors.EVENT_READ)
        while (left := until - time.monotonic()) > 0:
            for key, _ in ready.select(left):
                if key.fileobj is process.stdin:
                    waiting = _fed(process, ready, waiting, source)
                elif piece := process.stdout.read(_PIECE):
                    answer += piece
                    if len(answer) > limits.output + _HEADER:
                        raise NotTaken("memory")
                else:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(max(0.1, until - time.monotonic()))
                    return bytes(answer)
    raise NotTaken("time")


def _fed(
    process: subprocess.Popen[bytes], ready: selectors.BaseSelector, waiting: memoryview, source: Iterator[bytes]
) -> memoryview:
    """Write what the pipe takes; close it behind the last byte, or when the child does not read any more."""
    assert process.stdin is not None  # noqa: S101
    try:
        if not waiting:
            waiting = memoryview(next(source))
        return waiting[process.stdin.write(waiting) or 0 :]
    except BlockingIOError:
        return waiting
    except (StopIteration, BrokenPipeError):
        ready.unregister(process.stdin)
        with contextlib.suppress(OSError):
            process.stdin.close()
        return memoryview(b"")


def _understood(answer: bytes, code: int) -> Answer:
    length = int.from_bytes(answer[:4], "big")
    if code != 0 or len(answer) < 4 + length or not 0 < length <= _HEADER:
        raise NotTaken("broken")
    try:
        header = json.loads(answer[4 : 4 + length])
    except ValueError:
        raise NotTaken("broken") from None
    if not isinstance(header, dict) or not isinstance(facts := header.get("facts"), dict):
        raise _refused(header)
    return Answer(facts, answer[4 + length :])


def _refused(header: object) -> NotTaken:
    """What the child says against the file; of a child that a file has taken over, no more than a known word."""
    code, detail = (header.get("refused"), header.get("detail")) if isinstance(header, dict) else (None, None)
    numbers = {"limit": detail["limit"]} if isinstance(detail, dict) and isinstance(detail.get("limit"), int) else {}
    texts = (
        {name: str(detail[name]) for name in ("types", "ending") if name in detail} if isinstance(detail, dict) else {}
    )
    return NotTaken(code, **numbers, **texts) if isinstance(code, str) else NotTaken("broken")


def as_arguments(caps: Any) -> dict[str, Any]:
    """A dataclass of limits in the form in which a child takes it."""
    return asdict(caps)
