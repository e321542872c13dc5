"""A hostile file may make its own process fail, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from django.test import Client

from besa.lib.files import sandbox
from besa.lib.files.caps import NotTaken
from besa.lib.files.sandbox import Limits

QUICK = Limits(memory=256 << 20, cpu=2, wall=6)


def run(name: str, data: bytes = b"", limits: Limits = QUICK, **arguments: object) -> sandbox.Answer:
    return sandbox.run(f"besa.lib.tests.hostile:{name}", [data], arguments=arguments, limits=limits)


def reason(name: str, data: bytes = b"", limits: Limits = QUICK, **arguments: object) -> str:
    with pytest.raises(NotTaken) as refused:
        run(name, data, limits, **arguments)
    return refused.value.code


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    before, files = children(), set(os.listdir("/proc/self/fd"))
    yield
    assert children() == before, "a child outlived its file"
    assert len(os.listdir("/proc/self/fd")) <= len(files)


def test_bytes_pass_in_both_directions() -> None:
    data = os.urandom(9_000_000)
    pieces = (data[start : start + 65_000] for start in range(0, len(data), 65_000))
    answer = sandbox.run("besa.lib.tests.hostile:echo", pieces, arguments={"a": 1})
    assert answer.body == data
    assert answer.facts == {"size": len(data), "a": 1}


@pytest.mark.parametrize(
    ("name", "code"),
    [("bomb", "memory"), ("loop", "time"), ("sleep", "time"), ("raises", "broken"), ("floods", "memory")],
)
def test_what_takes_too_much_is_ended(name: str, code: str) -> None:
    start = time.monotonic()
    assert reason(name) == code
    assert time.monotonic() - start < 12


@pytest.mark.parametrize("signal", ["SIGSEGV", "SIGABRT", "SIGKILL", "SIGSTOP"])
def test_a_crash_is_a_refusal(signal: str) -> None:
    assert reason("crash", signal=signal) in ("broken", "time")


def test_no_process_is_started() -> None:
    assert run("forks").facts == {"made": 0}


def test_no_file_is_written_or_removed(tmp_path: Path) -> None:
    kept, new = tmp_path / "kept", tmp_path / "new"
    tmp_path.chmod(0o777)
    kept.write_bytes(b"kept")
    assert reason("writes", b"x", path=str(new)) == "broken"
    assert not new.exists()
    if sandbox.sandbox_state().folders:
        assert reason("removes", path=str(kept)) == "broken"
        assert kept.read_bytes() == b"kept"


def test_nobody_else_is_killed() -> None:
    if not sandbox.sandbox_state().strangers:
        pytest.skip("this machine gives no namespaces")
    with subprocess.Popen(["sleep", "60"]) as other:  # noqa: S607
        try:
            assert reason("kills", pid=other.pid) == "broken"
            assert other.poll() is None
        finally:
            other.kill()


def test_the_environment_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BESA_SECRET_KEY", "canary")
    facts = run("environment").facts
    assert not [name for name in facts["names"] if name not in ("LC_CTYPE", "PWD", "SHLVL", "_")]
    assert "canary" not in str(facts)


@pytest.mark.parametrize(
    "answer", ["", "\0\0\0\x05[1,2]", "\0\0\0\x04null", "\0\0\0\x10nonsense", "\xff\xff\xff\xff{}"]
)
def test_nonsense_is_a_refusal(answer: str) -> None:
    assert reason("lies", answer=answer) == "broken"


def test_a_child_cannot_choose_strange_words() -> None:
    header = '{"refused": 7, "detail": {"code": 1, "limit": "x"}}'
    assert reason("lies", answer=f"\0\0\0{chr(len(header))}{header}") == "broken"


def test_what_the_source_raises_comes_through() -> None:
    def source() -> Iterator[bytes]:
        yield b"a"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        sandbox.run("besa.lib.tests.hostile:echo", source(), limits=QUICK)


def test_the_state_is_tried_and_bearable() -> None:
    state = sandbox.sandbox_state()
    assert state.is_bearable
    assert state.open == [name for name, closed in vars(state).items() if not closed]


def test_without_namespaces_the_state_says_so_and_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "wrapper", lambda: ())
    sandbox.sandbox_state.cache_clear()
    try:
        state = sandbox.sandbox_state()
        assert "network" in state.open
        assert state.is_bearable
        assert run("forks").facts == {"made": 0}
        assert reason("loop") == "time"
    finally:
        sandbox.sandbox_state.cache_clear()


def test_one_waits_for_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox._TURNS, "acquire", lambda timeout: False)
    assert reason("echo") == "busy"


@pytest.fixture
def untried() -> Iterator[None]:
    """The state of the sandbox is tried anew in the test, and again after it."""
    for known in (sandbox.sandbox_state, sandbox._known):
        known.cache_clear()
    yield
    for known in (sandbox.sandbox_state, sandbox._known):
        known.cache_clear()


@pytest.mark.usefixtures("untried", "db")
def test_where_no_child_starts_nothing_is_served_and_a_stranger_is_not_told_why(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (list(sandbox.refusals()), client.get("/readyz").content) == ([], b"ok")
    sandbox.sandbox_state.cache_clear()
    sandbox._known.cache_clear()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    (reason,) = sandbox.refusals()
    assert "no process can be started" in reason
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not yet")
    assert client.get("/healthz").content == b"ok"
    assert sandbox.left_open() == []


@pytest.mark.parametrize(("wall", "is_bearable"), [("files", False), ("memory", False), ("network", True)])
def test_without_its_walls_the_sandbox_is_no_reason_to_serve(wall: str, is_bearable: bool) -> None:
    names = [field.name for field in fields(sandbox.SandboxState)]
    state = sandbox.SandboxState(**{name: name != wall for name in names})
    assert (state.is_bearable, state.open) == (is_bearable, [wall])
    assert list(sandbox.problems(state)) == ([] if is_bearable else [f"{sandbox.NOT_SHUT_IN}; open: {wall}"])
