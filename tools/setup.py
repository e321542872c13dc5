"""Make the environment: `.tools` (uv), `.venv` (everything in requirements.lock), front-end files, catalogues.

Runs with the machine's own Python and nothing else. Each step leaves a stamp of what it was made from; a step whose stamp
still fits is skipped.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tools import system  # noqa: E402  found only with the path above

TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
STAMPS = TOOLS / "stamps"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def _run(*command: str | Path) -> None:
    words = [str(word) for word in command]
    if subprocess.run(words, cwd=ROOT).returncode:
        sys.exit(
            f"set-up stopped at: {' '.join(words)}\nMend what is said above and start again; what is done stays done."
        )


def _trust_the_machine() -> None:
    """Let the installers trust the authorities that this machine trusts, such as an office's own."""
    if AUTHORITIES.exists():
        os.environ.setdefault("UV_SYSTEM_CERTS", "true")
        os.environ.setdefault("NODE_EXTRA_CA_CERTS", str(AUTHORITIES))
        os.environ.setdefault("PIP_CERT", str(AUTHORITIES))


def _stamp(*paths: Path) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _step(name: str, made_from: list[Path], is_there: bool, make: Callable[[], None]) -> None:
    """Run `make` unless its result is there and was made from the same content."""
    stamp, file = _stamp(*made_from), STAMPS / name
    if is_there and file.is_file() and file.read_text() == stamp:
        return
    print(f"{name} …", file=sys.stderr, flush=True)
    file.unlink(missing_ok=True)
    make()
    STAMPS.mkdir(parents=True, exist_ok=True)
    file.write_text(stamp)


def _make_tools() -> None:
    if system.provide(["python3-venv"]):
        sys.exit("Python's venv is missing. Install it and start again: apt-get install python3-venv")
    shutil.rmtree(TOOLS, ignore_errors=True)
    _run(sys.executable, "-m", "venv", TOOLS)
    _run(TOOLS / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "uv")


def _make_environment() -> None:
    uv = TOOLS / "bin" / "uv"
    if not (VENV / "bin" / "python").exists():
        _run(uv, "venv", "--quiet", "--python", sys.executable, VENV)
    os.environ["VIRTUAL_ENV"] = str(VENV)
    _run(uv, "pip", "sync", "--quiet", "--require-hashes", "requirements.lock")
    _run(uv, "pip", "install", "--quiet", "--no-deps", "--editable", ".")


def _make_frontend() -> None:
    _run(VENV / "bin" / "python", ROOT / "tools" / "frontend.py")


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  asked of the machine's own Python, before anything is installed
        sys.exit(f"Besa needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    if sys.prefix != sys.base_prefix:
        sys.executable = getattr(sys, "_base_executable", sys.executable)
    _trust_the_machine()
    _step("tools", [], (TOOLS / "bin" / "uv").exists(), _make_tools)
    lock = [ROOT / "requirements.lock", ROOT / "pyproject.toml"]
    _step("environment", lock, (VENV / "bin" / "besa").exists(), _make_environment)
    vendor = ROOT / "besa" / "ui" / "static" / "vendor"
    sources = [ROOT / "package-lock.json", ROOT / "besa" / "ui" / "icons.txt", ROOT / "tools" / "frontend.py"]
    _step("front end", sources, vendor.is_dir() and any(vendor.iterdir()), _make_frontend)
    catalogues = sorted((ROOT / "besa").glob("**/locale/*/LC_MESSAGES/*.po"))
    compiled = all(catalogue.with_suffix(".mo").exists() for catalogue in catalogues)
    _step(
        "catalogues", catalogues, compiled, lambda: _run(VENV / "bin" / "python", "-m", "tools.catalogues", "compile")
    )


if __name__ == "__main__":
    main()
