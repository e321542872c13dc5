"""Programs that Debian packages bring: which are missing, and installing them where this user may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

STRICT = os.environ.get("BESA_CI_STRICT") == "1"


def postgres_programs() -> Path | None:
    """The folder with `initdb` and `pg_ctl` of the newest PostgreSQL here, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: float(folder.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def browser() -> str | None:
    """The path of Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def is_here(package: str) -> bool:
    """Whether what the Debian package brings can be used."""
    if package == "python3-venv":
        return subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True).returncode == 0
    if package == "postgresql":
        return postgres_programs() is not None
    return bool(browser() if package == "chromium" else shutil.which("msgfmt"))


def _as_root() -> list[str] | None:
    """The prefix of a command that needs root: nothing, sudo without a password, or None where neither is possible."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def _apt_get(prefix: list[str], *words: str) -> bool:
    command = [*prefix, "apt-get", "-qq", "-o", "Acquire::Retries=3", *words]
    done = subprocess.run(
        command,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        print(done.stdout[-3000:], file=sys.stderr)
    return done.returncode == 0


def provide(packages: Iterable[str]) -> list[str]:
    """Install what is missing of `packages`; gives back those that are missing still."""
    missing = [package for package in packages if not is_here(package)]
    prefix = _as_root()
    if not missing or prefix is None or not shutil.which("apt-get"):
        return missing
    print(f"installing {', '.join(missing)} …", file=sys.stderr, flush=True)
    if _apt_get(prefix, "update"):
        _apt_get(prefix, "install", "--yes", "--no-install-recommends", *missing)
    return [package for package in missing if not is_here(package)]
