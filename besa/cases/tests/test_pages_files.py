"""The pages of attachments and exports, as people use them: handing in, viewing, asking, deciding, fetching once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from besa.audit.models import Event
from besa.cases.models import Attachment, Case, Export
from besa.cases.numbers import new_number
from besa.cases.tests.factory import make_case
from besa.cases.tests.reading import text, url
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.lib.tests import canaries
from besa.vault.models import WrappedKey
from conftest import ClientOf, MakeMember

SLOW = 25  # queries, at most: a page of a file is no report


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return Path(settings.ATTACHMENTS_DIR)


def hand_in(client: Client, case: Case, content: bytes, name: str, title: str = "Photo of May") -> Any:
    return client.post(url(case, "attachments/add/"), {"file": SimpleUploadedFile(name, content), "title": title})


def left(folder: Path) -> tuple[int, int, int]:
    """Files on the disk, rows, and keys in the keystore."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return len(files), Attachment.objects.count(), WrappedKey.objects.count()


# --- attachments


def test_a_file_is_handed_in_listed_and_viewed(
    folder: Path, client_of: ClientOf, worker: Membership, case: Case
) -> None:
    client, photo = client_of(worker), canaries.jpeg()
    assert "sealed while it arrives" in text(client.get(url(case, "attachments/add/")))
    assert hand_in(client, case, photo, "photo.jpg")["Location"] == url(case)
    kept = Attachment.objects.get()
    assert "1 file" in text(client.get(url(case)))
    assert "Photo of May" not in text(client.get(url(case)))
    listed = text(client.post(url(case, "attachments/")))
    assert all(words in listed for words in ("Photo of May", "image/jpeg", "not scanned", worker.user.name))
    copy = client.post(url(case, f"attachments/{kept.pk}/copy/"))
    seen = b"".join(copy)
    assert seen.startswith(b"\xff\xd8")
    assert not canaries.carries(seen)
    assert copy["Content-Disposition"] == 'attachment; filename="photo.jpg"'
    assert copy["Cache-Control"] == "no-store"
    original = client.post(url(case, f"attachments/{kept.pk}/original/"))
    assert b"".join(original) == photo
    verbs = list(Event.objects.filter(verb__startswith="attachment").order_by("id").values_list("verb", "relation"))
    assert verbs == [
        ("attachment_added", "lead"),
        ("attachments_listed", "lead"),
        ("attachment_viewed", "lead"),
        ("attachment_viewed", "lead"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("holiday.exe", b"MZ" + b"\0" * 4000, "not taken"),
        ("photo.jpg", b"%PDF-1.7 nothing", "not what its name says"),
        ("photo.png", canaries.png()[:99], "damaged"),
        ("a.txt", b"", "empty"),
    ],
    ids=["kind", "name", "half", "empty"],
)
def test_a_bad_file_is_refused_in_words_and_leaves_nothing(
    folder: Path, client_of: ClientOf, worker: Membership, case: Case, name: str, content: bytes, words: str
) -> None:
    client = client_of(worker)
    client.get(url(case))
    before = left(folder)
    answer = hand_in(client, case, content, name, title="What she wrote")
    assert answer.status_code == 422
    assert words in text(answer)
    assert "What she wrote" in text(answer), "what was typed survives"
    assert left(folder) == before
    assert not Event.objects.filter(verb="attachment_added").exists()


def test_no_file_and_no_secret_of_the_form_leave_nothing(
    folder: Path, client_of: ClientOf, worker: Membership, case: Case
) -> None:
    client = client_of(worker)
    before = left(folder)
    answer = client.post(url(case, "attachments/add/"), {"title": "Without a file"})
    assert (answer.status_code, "Without a file" in text(answer)) == (422, True)
    client.handler.enforce_csrf_checks = True
    assert hand_in(client, case, canaries.png(), "a.png").status_code == 403
    assert left(folder) == before


def test_files_are_for_the_team(
    folder: Path, client_of: ClientOf, make_member: MakeMember, worker: Membership, case: Case, elsewhere: Agency
) -> None:
    hand_in(client_of(worker), case, canaries.png(), "a.png")
    kept = Attachment.objects.get()
    stranger, officer = client_of(make_member("shelter", elsewhere)), client_of(make_member("data_protection"))
    before = left(folder)
    for client, status in ((stranger, 404), (officer, 403)):
        assert client.post(url(case, "attachments/")).status_code == status
        assert client.post(url(case, f"attachments/{kept.pk}/copy/")).status_code == status
        assert hand_in(client, case, canaries.png(), "b.png").status_code == status
    assert left(folder) == before
    other = make_case(make_member("shelter", elsewhere))
    assert client_of(worker).post(url(other, f"attachments/{kept.pk}/copy/")).status_code == 404
    assert client_of(worker).post(url(case, f"attachments/{kept.pk}/key/")).status_code == 404


# --- exports


@pytest.fixture
def receiver() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


def asked(receiver: pyrage.x25519.Identity, *numbers: str, **changed: object) -> dict[str, object]:
    usual = {
        "numbers": ", ".join(numbers), "groups": ["names", "contacts"], "purpose": "assistance", "kind": "csv",
        "recipient": "Court of Vlorë", "recipient_key": str(receiver.to_public()),
    }  # fmt: skip
    return usual | changed


def ask(client: Client, receiver: pyrage.x25519.Identity, case: Case, **changed: object) -> str:
    """The page of the export that was asked for."""
    return str(client.post("/cases/exports/ask/", asked(receiver, case.number, **changed))["Location"])


def test_an_export_is_asked_approved_and_fetched_once(
    client_of: ClientOf, make_member: MakeMember, worker: Membership, case: Case, receiver: pyrage.x25519.Identity
) -> None:
    client, officer, other = (
        client_of(who) for who in (worker, make_member("data_protection"), make_member("shelter"))
    )
    assert client.get("/cases/exports/ask/").status_code == 200
    page = ask(client, receiver, case)
    assert page in text(officer.get("/cases/exports/"))
    assert "Court of Vlorë" in text(officer.get(page))
    assert other.get(page).status_code == 404
    assert client.post(f"{page}download/").status_code == 409, "not approved yet"
    assert client.post(f"{page}decide/", {"decision": "approve"}).status_code == 403
    assert officer.post(f"{page}decide/", {"decision": "approve"})["Location"] == page
    assert f"{page}download/" in text(client.get(page))
    assert officer.post(f"{page}download/").status_code == 403
    fetched = client.post(f"{page}download/")
    assert (fetched["Content-Disposition"], fetched["Cache-Control"]) == (
        'attachment; filename="export.csv.age"',
        "no-store",
    )
    rows = bytes(pyrage.decrypt(fetched.content, [receiver])).decode("utf-8-sig")
    assert "Gjonaj" in rows
    assert case.number in rows
    assert client.post(f"{page}download/").status_code == 409
    assert f"{page}download/" not in text(client.get(page))
    assert Event.objects.filter(verb="export_taken", object_id=str(case.pk)).count() == 1


def test_nobody_approves_what_she_asked_for(
    client_of: ClientOf, make_member: MakeMember, receiver: pyrage.x25519.Identity
) -> None:
    authority = make_member("responsible_authority")
    client = client_of(authority)
    page = ask(client, receiver, make_case(authority), purpose="coordination")
    assert "another person decides" in text(client.get(page))
    answer = client.post(f"{page}decide/", {"decision": "approve"})
    assert (answer.status_code, Export.objects.get().state) == (409, "asked")


def test_a_refused_and_a_late_export_are_not_fetched(
    client_of: ClientOf, make_member: MakeMember, worker: Membership, case: Case, receiver: pyrage.x25519.Identity
) -> None:
    client, officer = client_of(worker), client_of(make_member("data_protection"))
    refused = ask(client, receiver, case)
    officer.post(f"{refused}decide/", {"decision": "refuse"})
    assert client.post(f"{refused}download/").status_code == 409
    late = ask(client, receiver, case)
    officer.post(f"{late}decide/", {"decision": "approve"})
    Export.objects.filter(state="approved").update(until_at=clock.now() - timedelta(seconds=1))
    assert f"{late}download/" not in text(client.get(late))
    answer = client.post(f"{late}download/")
    assert (answer.status_code, "ask again" in text(answer)) == (409, True)
    assert sorted(Export.objects.values_list("state", flat=True)) == ["approved", "refused"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"numbers": "K7M2-XXXX-X"}, "There is a slip in: K7M2-XXXX-X"),
        ({"numbers": new_number()}, "There is no such case, or not for you"),
        ({"recipient_key": "ssh-rsa AAAA"}, "not a public key of age"),
        ({"groups": ["papers"]}, "none of the chosen parts"),
        ({"purpose": "return"}, "Select a valid choice"),
    ],
    ids=["slip", "unknown", "key", "parts", "purpose"],
)
def test_a_half_filled_form_survives(
    client_of: ClientOf,
    worker: Membership,
    case: Case,
    receiver: pyrage.x25519.Identity,
    changed: dict[str, Any],
    words: str,
) -> None:
    answer = client_of(worker).post("/cases/exports/ask/", asked(receiver, case.number, **changed))
    assert (answer.status_code, Export.objects.count()) == (422, 0)
    assert words in text(answer)
    assert 'value="Court of Vlorë"' in text(answer)
    assert answer.context["form"]["purpose"].value() == changed.get("purpose", "assistance")


def test_the_list_of_exports_asks_the_same_number_of_questions_for_many(
    client_of: ClientOf,
    worker: Membership,
    case: Case,
    receiver: pyrage.x25519.Identity,
    django_assert_max_num_queries: Any,
) -> None:
    client = client_of(worker)
    for _time in range(12):
        ask(client, receiver, case)
    with django_assert_max_num_queries(SLOW):
        assert text(client.get("/cases/exports/")).count("Court of Vlorë") == 12
