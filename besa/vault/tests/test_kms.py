"""The adapter of a key management service when the service is slow, gone, wrong or not the one that it should be."""

from __future__ import annotations

import base64
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from besa.lib import checks
from besa.vault import envelope
from besa.vault.providers.errors import KeysUnavailable
from besa.vault.providers.kms import KmsProvider
from besa.vault.tests.services import Service, certificate

KEY, CONTEXT = bytes(range(32)), b"a scope, version 1"
TOKEN = "a-token-of-this-test"
LONG, SHORT = 10.0, 0.5


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short name: that of a socket has room for 100 letters."""
    folder = Path(tempfile.mkdtemp(prefix="kms"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    """The service of this file: starting a process for each test would take long."""
    folder = Path(tempfile.mkdtemp(prefix="kms"))
    made = Service(folder, TOKEN)
    made.start()
    KmsProvider(made.url, TOKEN, seconds=LONG).add()
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def service(running: Service) -> Iterator[Service]:
    """It behaves, and has written nothing yet; afterwards it runs again."""
    running.be("")
    running.forget_log()
    yield running
    if not running.is_running:
        running.start()


@pytest.fixture
def kms(service: Service) -> KmsProvider:
    return KmsProvider(service.url, TOKEN, seconds=LONG)


# --- slow


@pytest.mark.parametrize("mood", ["hangs", "drops"])
def test_what_is_slow_is_away_after_the_limit(service: Service, kms: KmsProvider, mood: str) -> None:
    kek = kms.current()
    service.be(mood)
    begun = time.monotonic()
    with pytest.raises(KeysUnavailable, match="cannot be reached"):
        KmsProvider(service.url, TOKEN, seconds=SHORT).wrap(kek, KEY, CONTEXT)
    assert SHORT <= time.monotonic() - begun < 10 * SHORT, "all tries together wait no longer"


def test_the_limit_is_short_enough_for_somebody_who_waits() -> None:
    assert KmsProvider("unix:/nowhere")._seconds <= 5


# --- gone, and back


def test_a_restart_in_between_is_not_noticed(service: Service, kms: KmsProvider) -> None:
    kek = kms.current()
    wrapped = kms.wrap(kek, KEY, CONTEXT)
    service.stop()
    with pytest.raises(KeysUnavailable, match="cannot be reached"):
        kms.unwrap(kek, wrapped, CONTEXT)
    service.start()
    assert kms.unwrap(kek, wrapped, CONTEXT) == KEY


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_that_passes_is_asked_again(service: Service, kms: KmsProvider, status: int) -> None:
    kek = kms.current()
    wrapped = kms.wrap(kek, KEY, CONTEXT)
    service.be(f"fails once {status}")
    assert kms.unwrap(kek, wrapped, CONTEXT) == KEY


def _told(kms: KmsProvider, verb: str, kek: str) -> None:
    if verb == "add":
        kms.add()
    else:
        kms.retire(kek)


@pytest.mark.parametrize("verb", ["add", "retire"])
def test_a_key_is_made_and_retired_by_one_request(service: Service, kms: KmsProvider, verb: str) -> None:
    old = kms.current()
    kms.add()
    service.be("status 503")
    before = service.log().count("\n")
    with pytest.raises(KeysUnavailable, match="503"):
        _told(kms, verb, old)
    assert service.log().count("\n") == before + 1


# --- wrong


@pytest.mark.parametrize(
    ("mood", "said"),
    [
        *((f"status {status}", str(status)) for status in (201, 301, 302, 307, 400, 401, 403, 404, 405, 418, 501)),
        ("breaks off", "breaks off"),
        ("says no HTTP", "cannot be reached"),
        ("raw ", "without what was asked for"),
        ("raw hello", "not answer in JSON"),
        ("raw [1]", "not answer in JSON"),
        ("raw {}", "without what was asked for"),
        ('raw {"wrapped": 7, "key": 7}', "without what was asked for"),
        ('raw {"wrapped": "", "key": ""}', "without what was asked for"),
        ('raw {"wrapped": "%", "key": "%"}', "without what was asked for"),
        ("raw " + '"' + "a" * 70_000 + '"', "too much"),
    ],
)
def test_whatever_else_it_says_keys_are_away(service: Service, kms: KmsProvider, mood: str, said: str) -> None:
    kek = kms.current()
    wrapped = kms.wrap(kek, KEY, CONTEXT)
    service.be(mood)
    asks: list[Callable[[], bytes]] = [lambda: kms.wrap(kek, KEY, CONTEXT), lambda: kms.unwrap(kek, wrapped, CONTEXT)]
    for ask in asks:
        with pytest.raises(KeysUnavailable, match=said) as refused:
            ask()
        assert base64.b64encode(KEY).decode() not in str(refused.value)


def test_a_service_that_gives_keys_back_as_they_are_wraps_nothing(service: Service, kms: KmsProvider) -> None:
    kek = kms.current()
    service.be("is an echo")
    with pytest.raises(KeysUnavailable, match="as they are"):
        kms.wrap(kek, KEY, CONTEXT)


@pytest.mark.parametrize("text", ["c2hvcnQ=", base64.b64encode(KEY + b"x").decode()])
def test_what_has_not_the_length_of_a_key_is_none(service: Service, kms: KmsProvider, text: str) -> None:
    kek = kms.current()
    service.be(f'raw {{"key": "{text}"}}')
    with pytest.raises(KeysUnavailable, match="not a key"):
        kms.unwrap(kek, b"wrapped", CONTEXT)


@pytest.mark.parametrize(
    "answer",
    ['{"current": "x"}', '{"keys": ["../a"], "current": null}', '{"keys": [1], "current": "x"}', '{"keys": "abc"}'],
)
def test_a_list_of_keys_that_is_none(service: Service, kms: KmsProvider, answer: str) -> None:
    service.be(f"raw {answer}")
    with pytest.raises(KeysUnavailable):
        kms.ids()


def test_the_current_key_is_refused_by_the_service_itself(kms: KmsProvider) -> None:
    with pytest.raises(ValueError, match="current key"):
        kms.retire(kms.current())
    with pytest.raises(KeysUnavailable, match="no key"):
        kms.retire("gone")


# --- who it is, and who we are


@pytest.mark.parametrize("token", ["", "another-token", TOKEN[:-1], TOKEN.upper()])
def test_without_the_token_it_gives_nothing(service: Service, kms: KmsProvider, token: str) -> None:
    kek = kms.current()
    wrapped = kms.wrap(kek, KEY, CONTEXT)
    stranger = KmsProvider(service.url, token, seconds=LONG)
    asks: list[Callable[[], object]] = [stranger.current, stranger.ids, stranger.add]
    asks.append(lambda: stranger.unwrap(kek, wrapped, CONTEXT))
    for ask in asks:
        with pytest.raises(KeysUnavailable, match="401") as refused:
            ask()
        assert not token or token not in str(refused.value)
    assert kms.current() == kek


@pytest.mark.parametrize("token", ["two words", "line\nend", "ë", "\x00"])
def test_a_token_that_no_request_carries_is_refused_unsaid(token: str) -> None:
    with pytest.raises(KeysUnavailable, match="BESA_KMS_TOKEN") as refused:
        KmsProvider("unix:/nowhere", token)
    assert token not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["", "ftp://kms.example.org", "/run/kms", "unix:run/kms", "https://", "kms.example.org"]
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(KeysUnavailable, match="BESA_KMS_URL"):
        KmsProvider(url)


def test_a_certificate_that_nobody_vouches_for_or_for_another_name_is_not_spoken_to(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = certificate(place)
    service = Service(place, TOKEN)
    service.start()
    try:
        with pytest.raises(KeysUnavailable, match="cannot be reached"):
            KmsProvider(service.url, TOKEN, seconds=LONG).ids()
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        with pytest.raises(KeysUnavailable, match="cannot be reached"):
            KmsProvider(service.url.replace("127.0.0.1", "localhost"), TOKEN, seconds=LONG).ids()
        assert service.log() == "", "nothing was asked, no token was sent"
        assert KmsProvider(service.url, TOKEN, seconds=LONG).ids() == []
    finally:
        service.stop()


# --- what is left behind


def test_no_log_holds_a_key_a_context_or_the_token(
    service: Service, kms: KmsProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    kek = kms.current()
    wrapped = kms.wrap(kek, KEY, CONTEXT)
    assert kms.unwrap(kek, wrapped, CONTEXT) == KEY
    with pytest.raises(envelope.Unopened):
        kms.unwrap(kek, wrapped, b"elsewhere")
    said = service.log() + caplog.text + repr(kms) + str(vars(kms)).replace(TOKEN, "", 1)
    assert service.log().count("unwrap") == 2
    for secret in (KEY, CONTEXT, wrapped, TOKEN.encode()):
        ways = (
            repr(secret)[2:-1],
            secret.hex(),
            base64.b64encode(secret).decode(),
            base64.urlsafe_b64encode(secret).decode(),
        )
        assert not [way for way in ways if way in said]


# --- what a production start asks


def _settings(settings: Settings, **values: Any) -> list[str]:
    settings.KEY_PROVIDER = "kms"
    for name, value in {"KMS_URL": "https://kms.example.org/besa", "KMS_TOKEN": TOKEN, **values}.items():
        setattr(settings, name, value)
    return [
        f"{name} {problem}" for name, problem in checks.unsafe_settings() if "KMS" in name or "KEY_PROVIDER" in name
    ]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"KMS_URL": "unix:/run/kms/socket"},
        {"KMS_URL": "unix:/run/kms/socket", "KMS_TOKEN": ""},
        {"KMS_URL": "https://[::1]:8443"},
    ],
)
def test_a_sound_address_starts(settings: Settings, values: dict[str, str]) -> None:
    assert _settings(settings, **values) == []
    KmsProvider(settings.KMS_URL, settings.KMS_TOKEN)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"KMS_URL": ""}, "BESA_KMS_URL is missing"),
        ({"KMS_URL": "http://kms.example.org"}, "BESA_KMS_URL begins with neither"),
        ({"KMS_URL": "http://127.0.0.1:8200"}, "BESA_KMS_URL begins with neither"),
        ({"KMS_URL": "kms.example.org"}, "BESA_KMS_URL begins with neither"),
        ({"KMS_URL": "https://"}, "BESA_KMS_URL begins with neither"),
        ({"KMS_URL": "https://besa:secret@kms.example.org"}, "BESA_KMS_URL begins with neither"),
        ({"KMS_URL": "unix:run/kms"}, "BESA_KMS_URL names no socket"),
        ({"KMS_URL": "unix://run/kms"}, "BESA_KMS_URL names no socket"),
        ({"KMS_TOKEN": ""}, "BESA_KMS_TOKEN is missing"),
        ({"KMS_TOKEN": "two words"}, "BESA_KMS_TOKEN holds a character"),
        ({"KMS_TOKEN": "ë", "KMS_URL": "unix:/run/kms"}, "BESA_KMS_TOKEN holds a character"),
    ],
)
def test_an_unsound_one_does_not(settings: Settings, values: dict[str, str], said: str) -> None:
    found = _settings(settings, **values)
    assert len(found) == 1
    assert found[0].startswith(said)
    assert "secret" not in found[0]


def test_keys_in_the_environment_do_not_start(settings: Settings) -> None:
    settings.KEY_PROVIDER = "env"
    assert "BESA_KEY_PROVIDER" in dict(checks.unsafe_settings())
    settings.KEY_PROVIDER = "cloud"
    assert "BESA_KEY_PROVIDER" in dict(checks.unsafe_settings())
