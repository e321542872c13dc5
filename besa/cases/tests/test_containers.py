"""Sealed files that have gone bad are found while an older backup still holds them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from besa.cases.actions import attachments
from besa.cases.containers import opened
from besa.cases.models import Attachment, Case
from besa.directory.models import Membership
from besa.lib import clock
from besa.safekeeping.archive import Failed
from besa.safekeeping.look import look
from besa.safekeeping.queries import kept_files, opened_files
from besa.safekeeping.readback import opened_and_there
from besa.vault import cells, erasures, keystore

TEXT = b"She was taken to the house behind the mill. " * 2000


def hand_in(case: Case, by: Membership, content: bytes = TEXT) -> Attachment:
    draft, _place = attachments.prepare(case=case, by=by, at=clock.now())
    return attachments.add(draft=draft, upload=[content], name="a.txt", title="", by=by, at=clock.now())


@pytest.fixture
def kept(settings: Settings, tmp_path: Path, case: Case, worker: Membership) -> Attachment:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    settings.KEPT_FOLDERS = {**settings.KEPT_FOLDERS, "attachments": settings.ATTACHMENTS_DIR}
    hand_in(case, worker, b"Another file.\n" * 9)
    return hand_in(case, worker)


def manifest() -> dict[str, dict[str, tuple[int, str]]]:
    """What an archive made now would say of the files."""
    root = attachments.folder()
    files = {kept.place: root / kept.place.removeprefix("files/attachments/") for kept in kept_files()}
    return {
        "members": {
            place: (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
            for place, path in files.items()
            if path.exists()
        }
    }


def test_all_open_and_are_in_the_archive(kept: Attachment) -> None:
    assert [problem for *_place, problem in opened()] == [""] * 4
    assert opened_and_there(manifest(), opened_files()) == 4
    assert len(list(opened(1))) == 2
    assert look(5).containers == 4


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


BAD: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "a bit": (lambda path, other: flip(path), "does not open"),
    "its end": (lambda path, other: path.write_bytes(path.read_bytes()[:-1]), "does not open"),
    "its beginning": (lambda path, other: path.write_bytes(b""), "does not open"),
    "another file": (lambda path, other: path.write_bytes(other.read_bytes()), "does not open"),
    "nothing": (lambda path, other: path.unlink(), "is missing"),
}


@pytest.mark.parametrize("what", sorted(BAD))
def test_a_bad_one_fails_the_backup(kept: Attachment, what: str) -> None:
    spoil, words = BAD[what]
    spoil(attachments.path_of(kept.pk, "original"), attachments.path_of(kept.pk, "copy"))
    with pytest.raises(Failed, match=words):
        opened_and_there(manifest(), opened_files())
    with pytest.raises(Failed, match=words):
        look(5)


def test_an_older_file_of_the_same_row_is_another_one(kept: Attachment) -> None:
    """It opens with the key of the row; only the sealed hash tells that it is not the one."""
    cells.seal(kept, digest="0" * 64)
    kept.save()
    with pytest.raises(Failed, match="is another one"):
        opened_and_there(manifest(), opened_files())


def test_what_changed_between_archive_and_opening_fails(kept: Attachment) -> None:
    before = manifest()
    place = next(iter(before["members"]))
    before["members"][place] = (1, "0" * 64)
    with pytest.raises(Failed, match="not the one that opens"):
        opened_and_there(before, opened_files())
    assert opened_and_there({"members": {}}, opened_files()) == 0, "what came after the archive waits for the next"


def test_a_lost_key_is_said_and_an_erased_file_is_left_out(kept: Attachment) -> None:
    keystore.destroy(kept.scope)
    assert {problem for *_place, problem in opened()} == {"", "has lost its key"}
    erasures.record([kept.scope], by="system", at=clock.now(), reason="wish")
    assert {problem for *_place, problem in opened()} == {""}
    assert len(list(opened())) == 2
