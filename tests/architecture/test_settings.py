"""Settings: the sample lists what is read; production does not start on what is unsafe."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from besa.lib import checks
from besa.lib.management.commands.serve import is_loopback

ROOT = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r'"(BESA_[A-Z_]+)"')


@pytest.fixture
def safe(tmp_path: Path) -> dict[str, str]:
    """The variables of a production that starts."""
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    (tmp_path / "secret").write_text(secrets.token_urlsafe(64) + "\n")
    return {
        "BESA_MODE": "production",
        "BESA_SECRET_KEY_FILE": str(tmp_path / "secret"),
        "BESA_KEYS": str(keys),
        "BESA_ALLOWED_HOSTS": "besa.example.org",
        "BESA_BASE_URL": "https://besa.example.org",
        "BESA_MAIL_URL": "smtp+tls://mail.example.org:587",
        "BESA_VAR": str(tmp_path / "var"),
    }


def besa(variables: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with these variables of ours and no other."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith(("BESA_", "DJANGO_"))}
    words = [sys.executable, "manage.py", *command]
    return subprocess.run(words, cwd=ROOT, env=rest | variables, capture_output=True, text=True, timeout=120)


def test_the_sample_lists_what_the_settings_read() -> None:
    read = set(READ.findall((ROOT / "besa" / "settings.py").read_text()))
    sample = (ROOT / ".env.sample").read_text()
    listed = re.findall(r"^#?(BESA_\w+)=", sample, re.MULTILINE)
    assert read == set(listed)
    assert len(listed) == len(set(listed))


def test_only_the_settings_read_variables() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "besa").rglob("*.py")
        if re.search(r"os\.(environ|getenv)", path.read_text()) and "tests" not in path.parts
    ]
    assert set(readers) <= {"besa/settings.py", "besa/cli.py", "besa/wsgi.py"}


def test_a_safe_production_passes_its_check(safe: dict[str, str]) -> None:
    done = besa(safe, "check", "--deploy", "--fail-level", "ERROR", "--tag", "security", "--tag", "models")
    assert done.returncode == 0, done.stderr


def test_production_names_every_unsafe_setting_and_does_not_serve() -> None:
    unsafe = {
        "BESA_MODE": "production",
        "BESA_DEBUG": "true",
        "BESA_ALLOWED_HOSTS": "*",
        "BESA_TODAY": "2009-07-06",
    }
    done = besa(unsafe, "serve", "--bind", "127.0.0.1:0")
    assert done.returncode == 1
    missing = {"BESA_SECRET_KEY", "BESA_KEYS", "BESA_MAIL_URL", "BESA_BASE_URL"}
    assert set(re.findall(r"^- (\w+) ", done.stderr, re.MULTILINE)) == unsafe.keys() - {"BESA_MODE"} | missing


def refused() -> list[str]:
    return [name for name, _ in checks.unsafe_settings()]


@pytest.mark.parametrize(
    ("setting", "value", "name"),
    [
        ("DEBUG", True, "BESA_DEBUG"),
        ("ALLOWED_HOSTS", [], "BESA_ALLOWED_HOSTS"),
        ("ALLOWED_HOSTS", ["besa.example.org", ".example.org"], "BESA_ALLOWED_HOSTS"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "BESA_MAIL_URL"),
        ("KEYS", "", "BESA_KEYS"),
        ("KEYS", "/nowhere/to/be/found", "BESA_KEYS"),
        ("TODAY", date(2009, 7, 6), "BESA_TODAY"),
        ("BASE_URL", "http://besa.example.org", "BESA_BASE_URL"),
    ],
)
def test_one_unsafe_setting_is_enough(
    settings: Settings, tmp_path: Path, setting: str, value: object, name: str
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    sound: dict[str, object] = {
        "DEBUG": False,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": ["besa.example.org"],
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "KEYS": str(keys),
        "TODAY": None,
        "BASE_URL": "https://besa.example.org",
    }
    for key, sound_value in sound.items():
        setattr(settings, key, sound_value)
    assert refused() == []
    setattr(settings, setting, value)
    assert refused() == [name]


@pytest.mark.parametrize("secret", ["", "short", "a" * 80, "not-a-secret-" * 5, "django-insecure-" + "x1y2z3" * 10])
def test_a_guessable_secret_is_refused(settings: Settings, secret: str) -> None:
    settings.SECRET_KEY = secret
    assert "BESA_SECRET_KEY" in refused()


def test_a_random_secret_is_taken(settings: Settings) -> None:
    settings.SECRET_KEY = secrets.token_urlsafe(64)
    assert "BESA_SECRET_KEY" not in refused()


def test_keys_that_others_can_open_are_refused(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o750)
    folder.chmod(0o750)
    settings.KEYS = str(folder)
    assert "BESA_KEYS" in refused()


def test_the_server_gateway_does_not_start_unsafe() -> None:
    rest = {name: value for name, value in os.environ.items() if not name.startswith(("BESA_", "DJANGO_"))}
    words = [sys.executable, "-c", "import besa.wsgi"]
    done = subprocess.run(words, cwd=ROOT, env=rest, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "Besa does not start" in done.stderr


@pytest.mark.parametrize("bind", ["0.0.0.0:8000", "192.0.2.1:8000", "[::]:8000", "example.org:80"])
def test_outside_production_besa_serves_this_machine_only(bind: str) -> None:
    with pytest.raises(CommandError, match="published passwords") as refusal:
        call_command("serve", bind=bind)
    assert refusal.value.returncode == 1


@pytest.mark.parametrize("bind", ["8000", "localhost", "host:port", ":8000"])
def test_a_bind_that_is_none_is_wrong_use(bind: str) -> None:
    with pytest.raises(CommandError, match="HOST:PORT") as refusal:
        call_command("serve", bind=bind)
    assert refusal.value.returncode == 2


def test_loopback() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "[::1]", "localhost")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "10.0.0.1", "[::]", "besa.example.org")] == [False] * 4  # noqa: S104
