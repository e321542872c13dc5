"""An installation of its own beside this one, with the same keys and settings and other databases and folders."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connections

PROGRAM = "from besa.cli import main; main()"


@dataclass(frozen=True)
class Apart:
    """A folder, and on PostgreSQL a file with the address of its database (an address holds a password: never an argument)."""

    folder: Path
    address: Path | None = None

    def besa(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of Besa's commands there, in a process of its own."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = ["/usr/bin/env", *self._variables(), sys.executable, "-c", PROGRAM, *words]
        return subprocess.run(command, cwd=settings.ROOT, capture_output=True, text=True)  # noqa: S603

    def _variables(self) -> list[str]:
        addresses = self.folder / "addresses"
        addresses.mkdir(exist_ok=True, mode=0o700)
        if self.address:
            data = keys = self.address
        else:
            data, keys = addresses / "data", addresses / "keystore"
            data.write_text(f"sqlite:///{self.folder / 'besa.sqlite3'}")
            keys.write_text(f"sqlite:///{self.folder / 'keystore.sqlite3'}")
        changed = {
            "BESA_VAR": self.folder,
            "BESA_ERASURES": self.folder / "erasures.jsonl",
            "BESA_BACKUPS": self.folder / "backups",
            "BESA_DATABASE_URL_FILE": data.absolute(),
            "BESA_KEYSTORE_URL_FILE": keys.absolute(),
            "BESA_KEYS": settings.KEYS,
        }
        return [f"{name}={value}" for name, value in changed.items()]


def address_of(name: str) -> str:
    """The address of another database on Besa's own PostgreSQL server."""
    held = connections["default"].settings_dict
    who = quote(held.get("USER") or "", safe="")
    if held.get("PASSWORD"):
        who += ":" + quote(held["PASSWORD"], safe="")
    host, port = held.get("HOST") or "", held.get("PORT") or ""
    if host.startswith("/"):
        return f"postgres://{who}@/{name}?{urlencode({'host': host})}"
    wanted = {key: value for key, value in held.get("OPTIONS", {}).items() if key == "host" or key.startswith("ssl")}
    place = f"{host}:{port}" if port else host
    return f"postgres://{who}@{place}/{name}" + (f"?{urlencode(wanted)}" if wanted else "")
