"""The scanner's protocol, against a stand-in that speaks it over a socket."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from besa.lib.files.scan import Result, Scan, scan

Answer = Callable[[bytes], bytes | None]


class Scanner:
    """Reads one INSTREAM and answers as it is told; hangs up in the middle when `limit` bytes have come."""

    def __init__(self, server: socket.socket, answer: Answer, limit: int = 1 << 40) -> None:
        self.server, self.answer, self.limit = server, answer, limit
        self.got = b""
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        line, _ = self.server.accept()
        with line, line.makefile("rb") as file:
            if file.read(10) != b"zINSTREAM\0":
                return
            while length := int.from_bytes(file.read(4), "big"):
                self.got += file.read(length)
                if len(self.got) > self.limit:
                    line.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                    return
            if (answer := self.answer(self.got)) is not None:
                line.sendall(answer)


def _eicar_like(data: bytes) -> bytes:
    return b"stream: Test.Signature FOUND\0" if b"harmful" in data else b"stream: OK\0"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[str, Scanner]]]:
    servers: list[tuple[socket.socket, Scanner]] = []

    def starting(answer: Answer = _eicar_like, **rest: int) -> tuple[str, Scanner]:
        server = socket.socket(socket.AF_UNIX)
        path = str(tmp_path / f"clamd{len(servers)}")
        server.bind(path)
        server.listen()
        servers.append((server, Scanner(server, answer, **rest)))
        return path, servers[-1][1]

    yield starting
    for server, scanner in servers:
        server.close()
        scanner.thread.join(5)


def test_a_file_is_clean_or_infected(start: Callable[..., tuple[str, Scanner]]) -> None:
    data = os.urandom(300_000)
    path, scanner = start()
    assert scan([data[:200_000], b"", data[200_000:]], address=path) == Scan(Result.CLEAN)
    assert scanner.got == data, "an empty chunk does not end the stream early"
    path, _ = start()
    assert scan([b"a harmful", b" file"], address=path) == Scan(Result.INFECTED, name="Test.Signature")


def test_over_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        scanner = Scanner(server, _eicar_like)
        assert scan([b"x"], address=f"127.0.0.1:{server.getsockname()[1]}").result == Result.CLEAN
        scanner.thread.join(5)


@pytest.mark.parametrize(
    "answer",
    [
        b"stream: OK", b"OK\0", b"stream: OK stream: OK\0", b"\xff\xfe\0", b"stream: ERROR\0", b"x" * 5000, b"UNKNOWN COMMAND\0",
        b"stream: OK\0more",
    ],
)  # fmt: skip
def test_any_other_answer_is_not_clean(start: Callable[..., tuple[str, Scanner]], answer: bytes) -> None:
    path, _ = start(lambda data: answer)
    assert scan([b"x"], address=path) == Scan(Result.NOT_SCANNED, why="answer")


def test_a_name_from_outside_is_made_harmless(start: Callable[..., tuple[str, Scanner]]) -> None:
    path, _ = start(lambda data: b"stream: <b>\r\nx</b> FOUND\0")
    assert scan([b"x"], address=path).result != Result.CLEAN
    path, _ = start(lambda data: b"stream: <b>x FOUND\0")
    assert scan([b"x"], address=path) == Scan(Result.INFECTED, name="_b_x")


def test_too_large_for_the_scanner(start: Callable[..., tuple[str, Scanner]]) -> None:
    path, _ = start(limit=1000)
    pieces = (bytes(100_000) for _ in range(200))
    assert scan(pieces, address=path).result == Result.NOT_SCANNED
    path, _ = start(limit=1000)
    assert scan([bytes(2000)], address=path) == Scan(Result.NOT_SCANNED, why="size")


def test_a_silent_scanner_is_not_waited_for(start: Callable[..., tuple[str, Scanner]]) -> None:
    held = threading.Event()

    def wait(data: bytes) -> None:
        held.wait(10)

    path, _ = start(wait)
    begin = time.monotonic()
    assert scan([b"x"], address=path, seconds=0.3) == Scan(Result.NOT_SCANNED, why="time")
    assert time.monotonic() - begin < 2
    held.set()


def test_one_that_hangs_up_or_is_not_there(start: Callable[..., tuple[str, Scanner]], tmp_path: Path) -> None:
    path, _ = start(lambda data: None)
    assert scan([b"x"], address=path) == Scan(Result.NOT_SCANNED, why="unreachable")
    for address in (str(tmp_path / "nobody"), "127.0.0.1:1", "nonsense", "127.0.0.1:x"):
        assert scan([b"x"], address=address) == Scan(Result.NOT_SCANNED, why="unreachable")


def test_without_a_scanner_nothing_is_scanned(settings: Settings) -> None:
    settings.CLAMAV = ""
    assert scan([b"x"]) == Scan(Result.NOT_SCANNED, why="none")
