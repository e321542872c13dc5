"""`make test`: the whole suite on SQLite, then on PostgreSQL without the tests of the browser.

What these need and is not here is installed where this user may; else it is left out and said so. With BESA_CI_STRICT=1
nothing may be left out. ARGS="…" is handed to pytest.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tools import postgres, system

NEEDED = {
    "gettext": "the check that catalogues are complete",
    "chromium": "the tests in a real browser",
    "postgresql": "the run on PostgreSQL",
}


def _pytest(*words: str, **variables: str) -> int:
    workers = str(min(8, max(2, os.cpu_count() or 2)))
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "--dist", "loadgroup", *words, *sys.argv[1:]]
    return subprocess.run(command, env={**os.environ, **variables}).returncode


def main() -> int:
    missing = system.provide(NEEDED)
    for package in missing:
        print(f"LEFT OUT: {NEEDED[package]} (install the Debian package {package})", file=sys.stderr)
    if missing and system.STRICT:
        return 1
    print("— on SQLite", flush=True)
    without_browser = ["-m", "not browser"]
    failed = _pytest(*(without_browser if "chromium" in missing else []))
    if failed or "postgresql" in missing:
        return failed
    print("— on PostgreSQL", flush=True)
    with postgres.server() as url:
        return _pytest(*without_browser, BESA_DATABASE_URL=url)


if __name__ == "__main__":
    sys.exit(main())
