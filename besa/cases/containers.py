"""Whether the sealed files of attachments open: for backups that look deeper, and for the restore drill."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from besa.cases.actions.attachments import PARTS, context_of, folder, path_of
from besa.cases.models import Attachment
from besa.vault import cells, chunks, erasures, keystore
from besa.vault.attach import copy_context, original_context
from besa.vault.envelope import Unopened

DIGESTS = {"original": "digest", "copy": "copy_digest"}


def opened(sample: int | None = None) -> Iterator[tuple[str, str, str, str]]:
    """Folder, path, hash of the sealed file, and what is wrong with it (nothing where it opens).

    Each is opened chunk by chunk to its end and compared with the hash that its row keeps sealed; what opens is thrown away at once. With
    `sample`, so many attachments by chance. What is erased is left out: it must not open, which others look after.
    """
    gone = {entry.scope for entry in erasures.entries()}
    rows = Attachment._base_manager.order_by("?" if sample else "pk")
    for row in rows[:sample] if sample else rows.iterator(chunk_size=200):
        for part in () if row.scope in gone else PARTS:
            path = path_of(row.pk, part)
            place = str(path.relative_to(folder()))
            try:
                with path.open("rb") as file:
                    sealed = hashlib.file_digest(file, "sha256").hexdigest()
                yield "attachments", place, sealed, _problem(row, part)
            except FileNotFoundError:
                yield "attachments", place, "", "is missing"


def _problem(row: Attachment, part: str) -> str:
    context = (copy_context if part == "copy" else original_context)(context_of(row.pk))
    try:
        said = cells.open_cells(row, [DIGESTS[part]])[DIGESTS[part]]
        with path_of(row.pk, part).open("rb") as file:
            extent = chunks.verify(file, key=keystore.data_key(row.scope).key, context=context)
    except keystore.KeyGone:
        return "has lost its key"
    except Unopened:
        return "does not open"
    size = row.copy_size if part == "copy" else row.size
    return "" if (extent.sha256, extent.size) == (said, size) else "is another one"
