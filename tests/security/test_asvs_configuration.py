"""ASVS V13: what a deployment opens, and what it keeps shut."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.security.conftest import Server
from tests.security.sources import ROOT, directives, importers, text, unit

# Modules that open connections to elsewhere, each to one place that the settings name (docs/security/rules.md lists them).
CONNECTS = (
    "socket",
    "http.client",
    "urllib.request",
    "urllib3",
    "requests",
    "httpx",
    "aiohttp",
    "smtplib",
    "ftplib",
    "ssl",
)
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AGE-SECRET-KEY-1[A-Z0-9]{20}|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{30}|xox[bp]-\d{8}"
)


def connecting() -> set[str]:
    return importers(*CONNECTS)


def test_only_the_named_modules_open_connections() -> None:
    listed = set(re.findall(r"`(besa/[\w/]+\.py)`", text("docs/security/rules.md")))
    assert connecting() <= listed
    assert importers("requests", "httpx", "aiohttp", "urllib3", "ftplib", "paramiko", "telnetlib") == set()


def test_the_service_is_confined() -> None:
    made = unit()
    assert (made["User"], made["UMask"], made["StateDirectoryMode"]) == ("besa", "0077", "0700")
    assert (made["ProtectSystem"], made["NoNewPrivileges"], made["CapabilityBoundingSet"]) == ("strict", "yes", "")
    for name in (
        "ProtectHome",
        "PrivateTmp",
        "PrivateDevices",
        "RestrictNamespaces",
        "RestrictSUIDSGID",
        "LockPersonality",
    ):
        assert made[name] == "yes", name
    assert (made["IPAddressDeny"], made["IPAddressAllow"]) == ("any", "localhost"), "nothing but what is listed"
    assert made["LimitCORE"] == "0"


def test_the_service_is_no_owner_of_its_tables() -> None:
    sql = text("deploy/roles.sql")
    for role in ("besa_owner", "besa_app", "besa_backup"):
        made = re.search(rf"ALTER ROLE {role} (NOSUPERUSER [^;]+);", sql)
        assert made
        assert "NOCREATEROLE" in made[1].split()
        assert "PASSWORD" not in made[1]
    assert "ALTER ROLE besa_app NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;" in sql
    assert "REVOKE ALL ON DATABASE besa FROM PUBLIC" in sql
    assert "REVOKE ALL ON SCHEMA public FROM PUBLIC" in sql
    granted = " ".join(re.findall(r"GRANT ([^;]*) TO besa_app", sql))
    assert not re.search(r"\bALL\b|TRUNCATE|CREATE|TRIGGER|REFERENCES", granted)


def test_no_password_is_shipped() -> None:
    for path in ("deploy/compose.yaml", "deploy/roles.sql", "deploy/besa.service", "deploy/Dockerfile"):
        assert not re.search(r"(?i)password\s*[:=]\s*['\"]?\w", text(path).replace("PASSWORD_FILE:", "")), path
    assert re.search(r"^#BESA_SECRET_KEY=$", text(".env.sample"), re.MULTILINE)


def test_no_secret_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name and not name.endswith("test_asvs_configuration.py")]
    held = [
        str(path) for path in paths if path.is_file() and SECRET.search(path.read_bytes().decode("utf-8", "ignore"))
    ]
    assert held == []
    assert SECRET.search("-----BEGIN " + "RSA PRIVATE KEY-----"), "it would be found"


@pytest.mark.parametrize(
    "path",
    ["/.git/config", "/.env", "/.git/", "/.svn/entries", "/manage.py", "/besa/settings.py", "/var/besa.sqlite3", "/static/",
     "/static/ui/", "/static/../manage.py", "/static/%2e%2e/manage.py", "/static/..%2fmanage.py",
     "/media/", "/documents/../../etc/passwd", "/server-status", "/metrics", "/debug", "/admin/", "/__debug__/"],
)  # fmt: skip
def test_the_server_gives_no_files_of_its_own(path: str, server: Server) -> None:
    answer = server.ask(path)
    assert answer.status in (404, 400, 302), answer.status
    for inside in (
        b"[core]",
        b"BESA_SECRET",
        b"SQLite format",
        b"Index of",
        b"Directory listing",
        b"root:",
        b"environ",
    ):
        assert inside not in answer.body


def test_the_image_leaves_out_what_is_ours_alone() -> None:
    left_out = text("deploy/Dockerfile.dockerignore").split()
    assert {".git", "var", "deploy/secrets", "deploy/keys", "deploy/env"} <= set(left_out)


def test_the_proxy_serves_no_files() -> None:
    names = {name for _, name, _ in directives()}
    assert not names & {"root", "alias", "autoindex", "try_files", "index", "stub_status", "include"}
    assert ("", "server_tokens", "off") in directives()


@pytest.mark.parametrize("path", ["/", "/account/login/", "/healthz", "/ui/", "/plan/", "/static/ui/besa.css"])
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "DEBUG"])
def test_trace_is_refused(path: str, method: str, server: Server) -> None:
    answer = server.ask(path, method, X_Secret="echoed-back")
    assert answer.status >= 400, answer.status
    assert b"echoed-back" not in answer.body


@pytest.mark.parametrize("path", ["/ui/", "/ui/?tab=forms", "/ui/?tab=lists"])
def test_pages_for_developers_are_not_served(path: str, server: Server) -> None:
    assert server.ask(path).status == 404
