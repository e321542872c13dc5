"""Attachments sealed on their way, exports that take two persons and leave sealed."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from pathlib import Path

import openpyxl
import pyrage
import pytest
from django.core.files.uploadhandler import StopFutureHandlers
from django.core.management import call_command
from pytest_django import Settings

from besa.audit.models import Event
from besa.cases.actions import attachments, exports, files
from besa.cases.models import Attachment, Case, Export
from besa.cases.tests.factory import identity, make_case
from besa.directory.models import Membership
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.vault import keystore
from besa.vault.upload import Incoming, SealingHandler
from conftest import MakeMember

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
TEXT = ("She was taken to the house behind the mill. " * 40).encode()


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return Path(settings.ATTACHMENTS_DIR)


def hand_in(case: Case, by: Membership, content: bytes = TEXT, name: str = "statement.txt") -> Attachment:
    now = clock.now()
    draft, place = attachments.prepare(case=case, by=by, at=now)
    handler = SealingHandler(place)
    handler.handle_raw_input(io.BytesIO(), {}, len(content), "")
    with pytest.raises(StopFutureHandlers):
        handler.new_file("file", name, "text/plain", len(content))
    handler.receive_data_chunk(content, 0)
    return attachments.add(draft=draft, upload=handler.file_complete(len(content)), title="Statement", by=by, at=now)


def test_a_file_is_sealed_and_read_again(folder: Path, make_member: MakeMember) -> None:
    worker = make_member("municipality")
    kept = hand_in(make_case(worker), worker)
    raw = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert raw
    assert b"mill" not in raw
    name, pieces = attachments.read(attachment=kept, part="original", by=worker, at=clock.now())
    assert (name, b"".join(pieces)) == ("statement.txt", TEXT)
    assert Event.objects.latest("id").verb == "attachment_viewed"


def test_what_is_refused_leaves_no_key_and_no_file(folder: Path, make_member: MakeMember) -> None:
    worker = make_member("municipality")
    case = make_case(worker)
    with pytest.raises(Refused):
        hand_in(case, worker, b"MZ" + b"\0" * 4000, "holiday.exe")
    assert not Attachment.objects.exists()
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_erasure_takes_the_files_along(folder: Path, make_member: MakeMember) -> None:
    worker = make_member("municipality")
    kept = hand_in(make_case(worker), worker)
    attachments.discard(kept)
    assert not keystore.exists(kept.scope)
    with pytest.raises(keystore.KeyGone):
        attachments.read(attachment=kept, part="copy", by=worker, at=clock.now())


@pytest.fixture
def receiver() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


def asked_for(case: Case, by: Membership, receiver: pyrage.x25519.Identity) -> Export:
    return exports.ask(
        cases=[case], groups=["names", "contacts"], purpose="assistance", kind="xlsx", recipient="Court of Vlorë",
        recipient_key=str(receiver.to_public()), by=by, at=clock.now(),
    )  # fmt: skip


def test_an_export_takes_two_and_leaves_once(make_member: MakeMember, receiver: pyrage.x25519.Identity) -> None:
    worker, officer = make_member("municipality"), make_member("data_protection")
    case = make_case(worker, identity=identity(surname="=HYPERLINK(1)"))
    asked = asked_for(case, worker, receiver)
    with pytest.raises(Refused):
        exports.download(export=asked, by=worker, at=clock.now())
    exports.decide(export=asked, is_granted=True, by=officer, at=clock.now())
    sealed = exports.download(export=asked, by=worker, at=clock.now())
    assert b"Luli" not in sealed
    book = openpyxl.load_workbook(io.BytesIO(pyrage.decrypt(sealed, [receiver])))
    rows = list(book.active.iter_rows(values_only=True))  # type: ignore[union-attr]
    cell = book.active.cell(2, 2)  # type: ignore[union-attr]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")
    assert rows[1][-1] == exports.mark(asked, case)
    with pytest.raises(Refused):
        exports.download(export=asked, by=worker, at=clock.now())


def test_who_asks_does_not_approve(make_member: MakeMember, receiver: pyrage.x25519.Identity) -> None:
    authority = make_member("responsible_authority")
    asked = exports.ask(
        cases=[make_case(authority)], groups=["names"], purpose="coordination", kind="csv", recipient="Court",
        recipient_key=str(receiver.to_public()), by=authority, at=clock.now(),
    )  # fmt: skip
    with pytest.raises(Refused, match="another person"):
        exports.decide(export=asked, is_granted=True, by=authority, at=clock.now())


def test_an_approval_is_for_the_cases_as_they_were(make_member: MakeMember, receiver: pyrage.x25519.Identity) -> None:
    worker, officer = make_member("municipality"), make_member("data_protection")
    case = make_case(worker)
    asked = asked_for(case, worker, receiver)
    exports.decide(export=asked, is_granted=True, by=officer, at=clock.now())
    files.edit_identity(case=case, version=1, identity=identity(surname="Other"), by=worker, at=clock.now())
    with pytest.raises(Refused, match="changed"):
        exports.download(export=asked, by=worker, at=clock.now())


def test_the_day_is_over(make_member: MakeMember, receiver: pyrage.x25519.Identity) -> None:
    worker, officer = make_member("municipality"), make_member("data_protection")
    asked = asked_for(make_case(worker), worker, receiver)
    exports.decide(export=asked, is_granted=True, by=officer, at=clock.now())
    with pytest.raises(Refused, match="over"):
        exports.download(export=asked, by=worker, at=clock.now() + timedelta(hours=25))


def test_a_wrong_key_is_said_kindly(make_member: MakeMember) -> None:
    worker = make_member("municipality")
    with pytest.raises(Refused, match="age1"):
        exports.ask(
            cases=[make_case(worker)], groups=["names"], purpose="contact", kind="csv", recipient="x",
            recipient_key="ssh-rsa AAAA", by=worker, at=clock.now(),
        )  # fmt: skip


def test_what_broken_uploads_left_is_removed_after_a_day(
    folder: Path, make_member: MakeMember, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = make_member("municipality")
    case = make_case(worker)
    kept = hand_in(case, worker)
    _draft, place = attachments.prepare(case=case, by=worker, at=clock.now())
    arriving = Incoming(place)
    arriving.write(TEXT)
    gone = attachments.path_of(uuid.uuid4(), "copy")  # its process died before the row was committed
    gone.parent.mkdir(parents=True, exist_ok=True)
    gone.write_bytes(b"sealed")
    call_command("tidy_attachments")
    later = clock.seconds() + 25 * 3600
    assert attachments.tidy(seconds=later, at=clock.now()) == 2
    assert capsys.readouterr().out == "0 removed\n"
    there = {path for path in folder.rglob("*") if path.is_file()}
    assert there == {attachments.path_of(kept.pk, part) for part in ("original", "copy")}
    arriving.discard()
