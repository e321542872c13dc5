"""An installation whose backups are sabotaged: prepared once, copied for each round, driven by Besa's own commands."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyrage

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = 24
DOCUMENT_BYTES = 1024 * 1024
PREPARE = """
import datetime, hashlib, os, sys, django
django.setup()
from pathlib import Path
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from besa.audit import actions as audit
from besa.directory.models import Agency, Membership, User
from besa.documents.models import Document
from besa.documents.store import path_of
from besa.lib import clock
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
agency = Agency.objects.create(code="MOI", name_en="Ministry", name_sq="Ministria", kind="ministry")
user = User.objects.create_user("clerk@example.org", name="Clerk")
now = clock.now()
member = Membership.objects.create(
    user=user, agency=agency, role="focal_point", from_on=now.date(), state="active", proposed_at=now, decided_at=now
)
def known(obj):
    with transaction.atomic():
        audit.record("prepared", obj, by=audit.SYSTEM, at=now)
for obj in (agency, user, member):
    known(obj)
for number in range(int(sys.argv[1])):
    data = os.urandom(int(sys.argv[2]))
    sha256 = hashlib.sha256(data).hexdigest()
    path_of(sha256).parent.mkdir(parents=True, exist_ok=True)
    path_of(sha256).write_bytes(data)
    known(Document.objects.create(
        kind="report", title=f"Report {number}", dated_on=now.date(), issuer=agency, file_name="r.pdf", size=len(data),
        media_type="application/pdf", sha256=sha256, added_by=member, added_at=now,
    ))
"""


@dataclass
class World:
    """One copy of the installation."""

    var: Path
    changed: dict[str, str] = field(default_factory=dict)  # variables that the round sets

    @property
    def backups(self) -> Path:
        return self.var / "backups"

    def environment(self) -> dict[str, str]:
        ours = {"BESA_MODE": "demo", "BESA_VAR": str(self.var), "DJANGO_SETTINGS_MODULE": "besa.settings"}
        public = (self.var / "public").read_text()
        ours |= {"BESA_BACKUP_TO": public, "BESA_BACKUP_KEYSTORE_TO": public}
        return {**os.environ, **ours, **self.changed}

    def start(self, *words: str, before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "from besa.cli import main; main()", *words]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment(), text=True, preexec_fn=before,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def besa(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from besa.cli import main; main()", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environment(), capture_output=True, text=True)

    def document(self, number: int) -> Path:
        """The file of one of the documents."""
        return sorted(path for path in (self.var / "documents").rglob("*") if path.is_file())[number]

    def failures(self) -> list[str]:
        """The reasons of all events `backup_failed`."""
        query = "SELECT flags FROM audit_event WHERE verb = 'backup_failed' ORDER BY id"
        address = os.environ.get("BESA_DATABASE_URL", "")
        if address.startswith("postgres"):
            done = subprocess.run(["psql", "-At", "-c", query, address], capture_output=True, text=True, check=True)
            rows = done.stdout.splitlines()
        else:
            with sqlite3.connect(self.var / "besa.sqlite3") as opened:
                rows = [row[0] for row in opened.execute(query)]
        return [json.loads(row)[0] for row in rows]


def prepare(var: Path, *, documents: int = DOCUMENTS) -> World:
    """The installation that rounds copy: migrated, with documents, and with keys that can open its backups."""
    var.mkdir(parents=True)
    identity = pyrage.x25519.Identity.generate()
    (var / "identity").write_text(str(identity))
    (var / "public").write_text(str(identity.to_public()))
    (var / "backups").mkdir()
    world = World(var)
    words = [sys.executable, "-c", PREPARE, str(documents), str(DOCUMENT_BYTES)]
    subprocess.run(words, cwd=ROOT, env=world.environment(), check=True)
    return world


def copy_of(world: World, var: Path) -> World:
    shutil.copytree(world.var, var)
    return World(var)


def is_whole(file: Path) -> bool:
    """Whether a document's file still has the hash that it is named by."""
    return hashlib.sha256(file.read_bytes()).hexdigest() == file.name
