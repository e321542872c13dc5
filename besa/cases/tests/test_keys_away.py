"""When the key management service is away, pages that need keys answer 503 and show nothing; when it is back, they work."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from besa.audit.models import Event
from besa.cases.models import Case
from besa.cases.tests.factory import make_case
from besa.directory.models import Membership
from besa.vault import keystore
from besa.vault.providers import provider
from besa.vault.tests.services import Service
from conftest import ClientOf

TOKEN = "a-token-of-this-test"


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    """Besa with its keys in the service, and a first key there."""
    folder = Path(tempfile.mkdtemp(prefix="kms"))  # its name must be short, for the socket in it
    made = Service(folder, TOKEN)
    made.start()
    settings.KEY_PROVIDER, settings.KMS_URL, settings.KMS_TOKEN = "kms", made.url, TOKEN
    _forget()
    provider().add()
    yield made
    made.stop()
    shutil.rmtree(folder)
    _forget()


def _forget() -> None:
    provider.cache_clear()
    keystore.named.cache_clear()


@pytest.fixture
def case(service: Service, worker: Membership) -> Case:
    return make_case(worker)


@pytest.mark.parametrize("mood", ["stopped", "status 401", "status 500", "raw hello"])
def test_a_page_that_needs_keys_says_that_it_cannot(
    service: Service, case: Case, worker: Membership, client_of: ClientOf, mood: str
) -> None:
    client, purpose = client_of(worker), {"purpose": "protection"}
    before = Event.objects.count()
    service.stop() if mood == "stopped" else service.be(mood)
    answer = client.post(f"/cases/{case.number}/reveal/", purpose)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert b"Gjonaj" not in answer.content
    assert Event.objects.count() == before, "nothing was read, so nothing is recorded"
    assert client.get("/cases/").status_code == 200, "what needs no key is there"

    service.be("")
    if mood == "stopped":
        service.start()
    assert b"Gjonaj" in client.post(f"/cases/{case.number}/reveal/", purpose).content
    assert Event.objects.count() > before
