"""`make check`: everything that is looked at without running Besa; all of it, with every failure at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import system

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CODE = ["besa", "tests", "tools", "benchmarks", "conftest.py"]


def templates() -> list[str]:
    """Every template of ours."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "besa").glob("**/templates/**/*.html"))


def commands() -> dict[str, list[str]]:
    python = [str(BIN / "python"), "-m"]
    return {
        "types": [str(BIN / "mypy"), *CODE],
        "style": [str(BIN / "ruff"), "check", "."],
        "format": [str(BIN / "ruff"), "format", "--check", "."],
        "templates": [str(BIN / "djade"), "--check", "--target-version", "5.2", *templates()],
        "layers": [str(BIN / "lint-imports")],
        "system checks": [str(BIN / "besa"), "check"],
        "migrations": [str(BIN / "besa"), "makemigrations", "--check", "--dry-run"],
        "catalogues": [*python, "tools.catalogues", "check"],
        "generated pages": [*python, "tools.reference", "check"],
    }


def _look(name: str, command: list[str]) -> tuple[str, int, str]:
    start = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "BESA_MODE": "test", "DJANGO_SETTINGS_MODULE": "besa.settings"},
    )
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name} ({time.monotonic() - start:.1f} s)", flush=True)
    return name, done.returncode, done.stdout


def main() -> int:
    wanted = commands()
    if system.provide(["gettext"]):
        print("LEFT OUT: catalogues (install the Debian package gettext)", file=sys.stderr)
        if system.STRICT:
            return 1
        del wanted["catalogues"]
    with ThreadPoolExecutor(2) as pool:
        failed = [(name, text) for name, code, text in pool.map(_look, wanted, wanted.values()) if code]
    for name, text in failed:
        print(f"\n--- {name}\n{text.strip()}")
    print(f"\n{len(wanted) - len(failed)} of {len(wanted)} checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
