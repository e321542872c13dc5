"""Files of a case: handed in sealed, viewed as a copy without metadata."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from besa.audit import actions as audit
from besa.cases import policy
from besa.cases.actions.common import locked
from besa.cases.actions.reading import flags_of, record_reading
from besa.cases.models import Attachment, Case
from besa.directory.case_policy import Deed
from besa.directory.models import Membership
from besa.lib.files.scan import Result
from besa.vault import cells, chunks, envelope, erasures, keystore
from besa.vault.attach import attach, copy_context, original_context, original_place
from besa.vault.row_context import reading_as_system
from besa.vault.upload import Place, SealedUpload, sweep

PARTS = ("original", "copy")
YOUNG_SECONDS = 24 * 3600


def folder() -> Path:
    return Path(settings.ATTACHMENTS_DIR)


def context_of(pk: uuid.UUID) -> bytes:
    """What binds a file to its row."""
    return envelope.context("attachment", pk)


def path_of(pk: uuid.UUID, part: str) -> Path:
    """Where the `original` or the `copy` of an attachment lies; its name says nothing."""
    name = str(pk)
    return folder() / name[:2] / f"{name}.{part}"


def prepare(*, case: Case, by: Membership, at: datetime) -> tuple[Attachment, Place]:
    """Make the key of a file that is about to arrive, and say where it is sealed. Raises Refused before a byte is read."""
    policy.check_may(by, Deed.ATTACHMENT_ADD, case, at)
    draft = Attachment(case=case, scope=keystore.new_scope(at=at), added_by=by, added_at=at)
    place = original_place(folder(), keystore.data_key(draft.scope).key, context_of(draft.pk))
    return draft, place


def add(
    *,
    draft: Attachment,
    upload: SealedUpload | Iterable[bytes],
    title: str,
    by: Membership,
    at: datetime,
    name: str = "",
) -> Attachment:
    """Take a file that has arrived into the case. Raises Refused with words for the person; then nothing is left of it.

    `name` is for bytes that no form has brought.
    """
    key = keystore.data_key(draft.scope).key
    name = Path((upload.name if isinstance(upload, SealedUpload) else name) or "").name[-200:]
    try:
        with (
            attach(upload, name=name, folder=folder(), key=key, context=context_of(draft.pk)) as taken,
            transaction.atomic(),
        ):
            case, standing = locked(draft.case, by, Deed.ATTACHMENT_ADD, at)
            draft.case, draft.media_type = case, taken.media_type
            draft.size, draft.copy_size = taken.size, taken.copy_size
            draft.scan = Attachment.Scan.CLEAN if taken.scan.result == Result.CLEAN else Attachment.Scan.NOT_SCANNED
            cells.seal(
                draft, title=title.strip() or name, file_name=name, digest=taken.sha256, copy_digest=taken.copy_sha256
            )
            taken.keep(path_of(draft.pk, "original"), path_of(draft.pk, "copy"))
            draft.save(force_insert=True)
            audit.record(
                "attachment_added", draft, by=by, at=at, fields=["title", "file_name", "media_type", "size", "scan"],
                relation=standing.relation,
            )  # fmt: skip
    except BaseException:
        discard(draft)
        raise
    return draft


def discard(draft: Attachment) -> None:
    """Destroy the key of a file that was not taken, and what may lie of it."""
    keystore.destroy(draft.scope)
    for part in PARTS:
        path_of(draft.pk, part).unlink(missing_ok=True)


def read(*, attachment: Attachment, part: str, by: Membership, at: datetime) -> tuple[str, Iterator[bytes]]:
    """The file name and the bytes of the `copy` or the `original`; recorded before a byte leaves. Raises KeyGone, Refused."""
    with transaction.atomic():
        case = attachment.case
        standing = policy.check_may(by, Deed.ATTACHMENT_VIEW, case, at)
        name = cells.open_cells(attachment, ["file_name"])["file_name"]
        key = keystore.data_key(attachment.scope).key
        record_reading(
            "attachment_viewed", case, by=by, at=at, fields=[part, str(attachment.pk)], relation=standing.relation,
            flags=flags_of(case, by),
        )  # fmt: skip
    context = (copy_context if part == "copy" else original_context)(context_of(attachment.pk))
    return name, _bytes(path_of(attachment.pk, part), key, context)


def _bytes(path: Path, key: bytes, context: bytes) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from chunks.open_stream(file, key=key, context=context)


def titles(*, case: Case, by: Membership, at: datetime) -> list[tuple[Attachment, str]]:
    """The attachments with their titles, the newest first, recorded as one reading."""
    with transaction.atomic():
        standing = policy.check_may(by, Deed.ATTACHMENT_VIEW, case, at)
        rows = list(case.attachments.select_related("added_by__user", "added_by__agency"))
        opened = cells.open_many((row, ["title"]) for row in rows)
        named = [(row, values["title"]) for row, values in zip(rows, opened, strict=True)]
        record_reading(
            "attachments_listed", case, by=by, at=at, fields=["title"], relation=standing.relation,
            flags=flags_of(case, by),
        )  # fmt: skip
    return named


def remove_files(case: Case) -> None:
    """Remove the containers of an erased case when the erasure is committed; without their keys they open nothing anyway."""
    paths = [path_of(pk, part) for pk in case.attachments.values_list("pk", flat=True) for part in PARTS]
    transaction.on_commit(partial(_unlink, paths))


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def tidy(*, seconds: float, at: datetime) -> int:
    """Remove what uploads that were broken off have left behind, older than a day at the real time `seconds`. Gives the number.

    That is a file still under its passing name, and one that was moved to its place by a process that died before its row was
    committed. Every row must be seen for that, so it is read as the system.
    """
    removed = sweep(folder(), seconds=seconds, young=YOUNG_SECONDS)
    with reading_as_system(at):
        known = {str(pk) for pk in Attachment._base_manager.values_list("pk", flat=True)}
    for path in folder().glob("*/*"):
        if path.stem not in known and path.suffix[1:] in PARTS and seconds - path.stat().st_mtime > YOUNG_SECONDS:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def kept_files() -> Iterator[tuple[str, str, str]]:
    """Folder and path in it of each file that a backup must hold; their hashes are sealed, and an erased case has no files to look for."""
    gone = {entry.scope for entry in erasures.entries()}
    for pk, scope in Attachment._base_manager.values_list("pk", "scope"):
        for part in PARTS if scope not in gone else ():
            yield "attachments", str(path_of(pk, part).relative_to(folder())), ""
