"""A PostgreSQL of our own for tests: made in a temporary folder, reached by a socket there, gone afterwards.

`python -m tools.postgres COMMAND …` runs the command with BESA_DATABASE_URL naming it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.system import postgres_programs

FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c max_connections=50"
SECONDS = 60  # that a server may take to come up


def _command(programs: Path, program: str, *words: str) -> list[str]:
    """One of PostgreSQL's programs, as `postgres` where we are root, since it refuses to run as root."""
    command = [str(programs / program), *words]
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _run(programs: Path, program: str, *words: str) -> None:
    command = _command(programs, program, *words)
    done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stderr.strip()}")


@dataclass
class Cluster:
    """A server in a folder of its own, and what it is told on its command line. It is our child, so that its end is noticed."""

    programs: Path
    folder: Path
    options: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The value of BESA_DATABASE_URL."""
        return f"postgres://besa@/besa?host={self.folder}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def make(self) -> None:
        words = ("-U", "besa", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        _run(self.programs, "initdb", "-D", str(self.data), *words)

    def start(self) -> None:
        """Start, and return when the server takes connections. Raises RuntimeError when it ends or does not come up."""
        words = ["-D", str(self.data), "-k", str(self.folder), "-c", "listen_addresses=", *self.options.split()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                _command(self.programs, "postgres", *words), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        ready = [str(self.programs / "pg_isready"), "-q", "-h", str(self.folder), "-U", "besa", "-d", "postgres"]
        until = time.monotonic() + SECONDS
        while subprocess.run(ready, cwd="/").returncode:
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("postgres: " + (self.folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            _run(self.programs, "pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
            self.process.wait()

    def kill(self) -> None:
        """End the server and all its processes by SIGKILL, as a machine that fails does; `start` then recovers from the log."""
        head = int((self.data / "postmaster.pid").read_text().split()[0])
        pids = [head, *_children(head)]
        for pid in pids:  # the head first: it begets no more, and a child that it had just begotten goes by itself
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
        while any(_is_alive(pid) for pid in pids):
            time.sleep(0.002)


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(word) for word in task.read_text().split()]
    return found


def _is_alive(pid: int) -> bool:
    """Whether the process is there and is more than a name that nobody has asked about yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@contextmanager
def cluster(options: str = FAST) -> Iterator[Cluster]:
    """A running server with an empty database. Raises RuntimeError where there is no PostgreSQL."""
    programs = postgres_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="besa-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    made = Cluster(programs, folder, options)
    try:
        made.make()
        made.start()
        try:
            _run(programs, "createdb", "-h", str(folder), "-U", "besa", "besa")
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """A running server; gives the value of BESA_DATABASE_URL. Raises RuntimeError where there is no PostgreSQL."""
    with cluster() as made:
        yield made.url


def main() -> int:
    with server() as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "BESA_DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
