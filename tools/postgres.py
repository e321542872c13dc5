"""A PostgreSQL of our own for tests: made in a temporary folder, reached by a socket there, gone afterwards.

`python -m tools.postgres COMMAND …` runs the command with BESA_DATABASE_URL naming it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.system import postgres_programs

FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=50"


def _run(programs: Path, program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs, as `postgres` where we are root, since it refuses to run as root."""
    command = [str(programs / program), *words]
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stderr.strip()}")


@contextmanager
def server() -> Iterator[str]:
    """A running server; gives the value of BESA_DATABASE_URL. Raises RuntimeError where there is no PostgreSQL."""
    programs = postgres_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="besa-pg-"))
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    try:
        _run(programs, "initdb", "-D", str(data), "-U", "besa", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        options = f"-k {folder} -c listen_addresses= {FAST}"
        _run(programs, "pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start")
        try:
            _run(programs, "createdb", "-h", str(folder), "-U", "besa", "besa")
            yield f"postgres://besa@/besa?host={folder}"
        finally:
            _run(programs, "pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    with server() as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "BESA_DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
