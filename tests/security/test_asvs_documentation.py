"""The written rules of security (`docs/security/rules.md`) are whole, and their figures are those of the program."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings

from besa.directory import attempts, passwords, proof
from besa.directory.access import ROLES, Permission
from besa.lib.files.caps import CAPS
from besa.lib.files.kinds import ALLOWED
from tests.security.sources import importers, text
from tests.security.test_asvs_configuration import connecting
from tests.security.test_asvs_cryptography import LIBRARIES

RULES = "docs/security/rules.md"
# What each part of the rules must speak of, at the least.
PARTS = {
    "Input": ["server", "list", "greatest length", "date"],
    "Values that belong together": ["currency", "status", "beginning"],
    "Limits of a process": ["two years", "60 minutes", "24 hours", "two persons"],
    "Files": ["PDF", "25 MB", "download", "scanner"],
    "Ways in": ["passkey", "recovery code", "password", "second factor"],
    "Guessing": ["doubles", "stranger", "unknown account"],
    "Sessions": ["15 minutes", "8 hours", "Several sessions", "800-63B", "no other system"],
    "Fields": ["sealed", "purpose", "recorded"],
    "Classes": ["P0", "P1", "P2", "P3"],
    "Keys": ["800-57", "destroyed", "AES-256-GCM", "Ed25519", "Argon2id"],
    "Connections": ["database", "mail server", "verified certificate"],
    "Libraries": ["3 days", "14 days", "60 days", "90 days", "requirements.lock"],
    "Heavy work": ["workbook", "PDF", "120 seconds", "password"],
    "Logs": ["record of events", "proxy", "PostgreSQL", "UTC", "kept"],
}


def part(name: str) -> str:
    found = re.search(rf"^## {name}$(.*?)(?=^## |\Z)", text(RULES), re.MULTILINE | re.DOTALL)
    assert found, f"the rules have no part “{name}”"
    return " ".join(found[1].split())


@pytest.mark.parametrize("name", PARTS)
def test_the_rules_have_their_part(name: str) -> None:
    said = part(name)
    assert [word for word in PARTS[name] if word not in said] == []
    assert len(said) > 300


def test_the_figures_of_the_rules_are_those_of_the_program(production: dict[str, Any]) -> None:
    minimum = next(
        rule["OPTIONS"]["min_length"] for rule in production["AUTH_PASSWORD_VALIDATORS"] if "OPTIONS" in rule
    )
    assert f"at least {minimum} characters" in part("Guessing")
    measure = attempts.ONE
    assert f"from {measure.first} seconds up to {measure.longest // 60} minutes" in part("Guessing")
    assert measure.free == 3
    assert "From the third failure on" in part("Guessing")
    assert f"after {production['SESSION_IDLE_SECONDS'] // 60} minutes without use" in part("Sessions")
    assert f"after {production['SESSION_COOKIE_AGE'] // 3600} hours in any case" in part("Sessions")
    assert f"within {settings.FRESH_FACTOR_SECONDS // 60} minutes of showing" in part("Sessions")
    assert proof.FACTORS
    assert f"at most {production['DATA_UPLOAD_MAX_NUMBER_FIELDS']} fields" in part("Limits of a process")
    assert production["DOCUMENT_MAX_BYTES"] == CAPS.size == 25 * 1024 * 1024
    assert f"{CAPS.expanded // 1024**2} MB, {CAPS.entries} parts" in part("Files")
    assert '"timeout": 120' in text("besa/lib/management/commands/serve.py")
    assert f"fewer than {['', 'one', 'two', 'three'][passwords.FEWEST_PIECES]} pieces" in part("Guessing")


def test_the_rules_name_every_type_of_file() -> None:
    said = part("Files")
    assert [ending for ends in ALLOWED.values() for ending in ends[:1] if ending[1:].upper() not in said] == []


def test_the_rules_list_every_barred_word() -> None:
    listed = set(re.findall(r"[a-z]+", part("Guessing").rpartition("for nothing in a password:")[2]))
    assert listed == set(passwords.BARRED)


def test_the_rules_name_every_way_in(production: dict[str, Any]) -> None:
    words = {"totp": "code of the app", "webauthn": "passkey", "recovery_codes": "recovery code"}
    assert set(words) == set(production["MFA_SUPPORTED_TYPES"])
    assert [word for word in words.values() if word not in part("Ways in")] == []


def test_roles_are_written_down() -> None:
    page = text("docs/reference/roles.md")
    assert [code for code in ROLES if f"`{code}`" not in page] == []
    assert [str(one) for one in Permission if f"`{one}`" not in page] == [], "run `make docs`"


def test_the_rules_list_every_module_with_cryptography() -> None:
    listed = set(re.findall(r"`(besa/[\w/]+\.py)`", part("Keys")))
    assert importers(*LIBRARIES) <= listed, "add the module to the list, and its key to the table"


def test_the_rules_name_every_module_that_connects() -> None:
    listed = set(re.findall(r"`(besa/[\w/]+\.py)`", part("Connections")))
    assert connecting() <= listed, "add the module to the list, and where it connects to the table"


def test_the_rules_protect_every_class() -> None:
    rows = re.findall(r"\| (P\d) \|([^|]+)\|([^|]+)\|", part("Classes"))
    assert [row[0] for row in rows] == ["P0", "P1", "P2", "P3"]
    assert all(len(row[2].split()) > 3 for row in rows)


def test_the_rules_list_every_log(production: dict[str, Any]) -> None:
    """The program writes to standard error and nowhere else; the record of events is the database's."""
    handlers = production["LOGGING"]["handlers"]
    assert {name: handler["class"] for name, handler in handlers.items()} == {"stderr": "logging.StreamHandler"}
    writers = importers("logging.FileHandler", "logging.handlers", "syslog", "sentry_sdk")
    assert writers == set()
    assert "standard error" in part("Logs")
