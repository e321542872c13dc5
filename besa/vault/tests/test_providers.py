"""One contract for every provider of keys: a folder, the environment, a key management service over a socket and over HTTPS."""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from besa.vault import envelope, providers
from besa.vault.providers import Provider
from besa.vault.providers.environment import EnvironmentProvider
from besa.vault.providers.errors import KeysUnavailable
from besa.vault.providers.file import FileProvider
from besa.vault.providers.kms import KmsProvider
from besa.vault.tests.services import Service, certificate

KEY, CONTEXT = bytes(range(32)), b"a scope, version 1"
TOKEN = "a-token-of-this-test"
PATIENCE = 10.0


class House:
    """Where the keys of a provider are, and what its administrator does there."""

    def open(self) -> Provider:
        """A provider in a process of its own, as it were: it has seen nothing yet."""
        raise NotImplementedError

    def add(self) -> str:
        return self.open().add()

    def retire(self, kek: str) -> None:
        self.open().retire(kek)

    def close(self) -> None:
        """Take the keys out of reach."""
        raise NotImplementedError

    def reopen(self) -> None:
        raise NotImplementedError

    def leave(self) -> None:
        pass


class Folder(House):
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "keys"

    def open(self) -> Provider:
        return FileProvider(str(self.folder), may_begin=False)

    def close(self) -> None:
        self.folder.rename(self.folder.with_name("away"))

    def reopen(self) -> None:
        self.folder.with_name("away").rename(self.folder)


class Environment(House):
    def __init__(self, folder: Path) -> None:
        self.keys: list[str] = []
        self.away: list[str] = []

    def open(self) -> Provider:
        return EnvironmentProvider(",".join(self.keys))

    def add(self) -> str:
        self.keys.append(base64.b64encode(os.urandom(32)).decode())
        return self.open().current()

    def retire(self, kek: str) -> None:
        self.keys = [key for key in self.keys if EnvironmentProvider(key).current() != kek]

    def close(self) -> None:
        self.away, self.keys = self.keys, []

    def reopen(self) -> None:
        self.keys = self.away


class Kms(House):
    def __init__(self, folder: Path) -> None:
        self.service = Service(folder, TOKEN)
        self.service.start()

    def open(self) -> Provider:
        return KmsProvider(self.service.url, TOKEN, seconds=PATIENCE)

    def close(self) -> None:
        self.service.stop()

    def reopen(self) -> None:
        self.service.start()

    def leave(self) -> None:
        self.service.stop()


KINDS = {"file": Folder, "env": Environment, "kms by socket": Kms, "kms by HTTPS": Kms}


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short name: that of a socket has room for 100 letters."""
    folder = Path(tempfile.mkdtemp(prefix="kms"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=list(KINDS))
def house(request: pytest.FixtureRequest, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Each kind of house, with a first key in it."""
    if request.param == "kms by HTTPS":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate(place)))
    made = KINDS[request.param](place)
    try:
        made.add()
        yield made
    finally:
        made.leave()


# --- the contract


def test_a_key_comes_back_from_what_it_was_wrapped_into(house: House) -> None:
    one = house.open()
    wrapped = one.wrap(one.current(), KEY, CONTEXT)
    assert KEY not in wrapped
    assert one.wrap(one.current(), KEY, CONTEXT) != wrapped, "each wrapping differs"
    assert house.open().unwrap(one.current(), wrapped, CONTEXT) == KEY


def test_it_opens_only_in_its_place_with_its_key_and_whole(house: House) -> None:
    one, old = house.open(), house.open().current()
    wrapped, new = one.wrap(old, KEY, CONTEXT), house.add()
    one = house.open()
    flipped = [
        bytes([*wrapped[:at], wrapped[at] ^ 1, *wrapped[at + 1 :]])
        for at in (0, 1, len(wrapped) // 2, -1 % len(wrapped))
    ]
    cases = [
        (old, wrapped, b"another scope, version 1"),
        (old, wrapped, b""),
        (new, wrapped, CONTEXT),
        *((old, changed, CONTEXT) for changed in flipped),
        (old, wrapped[:-1], CONTEXT),
        (old, wrapped[:5], CONTEXT),
        (old, wrapped + b"\0", CONTEXT),
    ]
    for kek, box, context in cases:
        with pytest.raises(envelope.Unopened) as refused:
            one.unwrap(kek, box, context)
        assert KEY.hex() not in str(refused.value)
    assert one.unwrap(old, wrapped, CONTEXT) == KEY


def test_a_key_that_is_not_there_is_unavailable(house: House) -> None:
    one = house.open()
    wrapped = one.wrap(one.current(), KEY, CONTEXT)
    for kek in ("00000000", "", "../current", "a/b", "é", "x" * 81, "no-such-key", "line\nend"):
        with pytest.raises(KeysUnavailable):
            one.wrap(kek, KEY, CONTEXT)
        with pytest.raises(KeysUnavailable):
            one.unwrap(kek, wrapped, CONTEXT)


def test_a_newer_key_wraps_and_the_older_still_opens_until_it_goes(house: House) -> None:
    old = house.open().current()
    wrapped = house.open().wrap(old, KEY, CONTEXT)
    new = house.add()
    one = house.open()
    assert old != new
    assert (one.current(), one.ids()) == (new, [old, new])
    anew = one.wrap(new, one.unwrap(old, wrapped, CONTEXT), CONTEXT)
    house.retire(old)
    one = house.open()
    assert (one.current(), one.ids()) == (new, [new])
    assert one.unwrap(new, anew, CONTEXT) == KEY
    with pytest.raises(KeysUnavailable):
        one.unwrap(old, wrapped, CONTEXT)


def test_the_current_key_is_not_retired(house: House) -> None:
    one = house.open()
    with pytest.raises((ValueError, KeysUnavailable)):
        one.retire(one.current())
    assert one.unwrap(one.current(), one.wrap(one.current(), KEY, CONTEXT), CONTEXT) == KEY


def test_out_of_reach_is_unavailable_and_back_again_it_opens(house: House) -> None:
    kek = house.open().current()
    wrapped = house.open().wrap(kek, KEY, CONTEXT)
    house.close()
    with pytest.raises(KeysUnavailable):
        house.open().unwrap(kek, wrapped, CONTEXT)
    with pytest.raises(KeysUnavailable):
        house.open().wrap(kek, KEY, CONTEXT)
    with pytest.raises(KeysUnavailable):
        house.open().current()
    house.reopen()
    assert house.open().unwrap(kek, wrapped, CONTEXT) == KEY


def test_without_a_first_key_nothing_is_wrapped(place: Path) -> None:
    with pytest.raises(KeysUnavailable, match="besa keys begin"):
        FileProvider(str(place / "keys"), may_begin=False).current()
    assert FileProvider(str(place / "keys"), may_begin=True).current()
    with pytest.raises(KeysUnavailable, match="empty"):
        EnvironmentProvider("")
    service = Service(place)
    service.start()
    try:
        with pytest.raises(KeysUnavailable, match="besa keys begin"):
            KmsProvider(service.url).current()
    finally:
        service.stop()


# --- what the settings name


@pytest.mark.parametrize(
    ("kind", "what"),
    [("file", FileProvider), ("env", EnvironmentProvider), ("kms", KmsProvider), ("vault", None), ("", None)],
)
def test_the_settings_name_the_provider(settings: Settings, tmp_path: Path, kind: str, what: type | None) -> None:
    settings.KEY_PROVIDER, settings.KEYS = kind, str(tmp_path)
    settings.KEYS_FROM_ENVIRONMENT = base64.b64encode(KEY).decode()
    settings.KMS_URL, settings.KMS_TOKEN = "unix:/run/kms", TOKEN
    providers.provider.cache_clear()
    try:
        if what is None:
            with pytest.raises(ImproperlyConfigured, match="BESA_KEY_PROVIDER"):
                providers.provider()
        else:
            assert type(providers.provider()) is what
    finally:
        providers.provider.cache_clear()
