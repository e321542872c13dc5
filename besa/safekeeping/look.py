"""Looking through a restored installation: do its cells open, are its files what rows say, does what was erased stay erased?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings

from besa.lib import clock
from besa.safekeeping.archive import Failed
from besa.safekeeping.queries import kept_files, opened_files
from besa.vault import cells, erasures, keystore
from besa.vault.models import SealedModel
from besa.vault.row_context import reading_as_system


@dataclass(frozen=True)
class Looked:
    """How many rows opened, how many are erased and do not, how many files are as their rows say, how many sealed files opened."""

    opened: int
    erased: int
    files: int
    containers: int


def look(sample: int) -> Looked:
    """Open up to `sample` rows of every model with sealed cells, at random, and read every file. What opens is thrown away at once.

    Raises Failed at the first that is not as it must be.
    """
    if erasures.unreplayed():
        raise Failed("erased_is_back", "erased keys are back")
    with reading_as_system(clock.now()):
        opened, erased = _rows(sample)
    return Looked(opened, erased, _files(), _containers(sample))


def _rows(sample: int) -> tuple[int, int]:
    """Rows that open, and rows that are erased and do not."""
    gone = {entry.scope for entry in erasures.entries()}
    opened = erased = 0
    for model in apps.get_models():
        if issubclass(model, SealedModel) and (fields := cells.sealed_fields(model)):
            for row in model._base_manager.order_by("?")[:sample]:
                if _opens(row, fields, row.scope in gone):
                    opened += 1
                else:
                    erased += 1
    return opened, erased


def _opens(row: SealedModel, fields: list[str], is_erased: bool) -> bool:
    """Whether the row's cells open. Raises Failed when they open although they were erased, or do not although they were not."""
    if not any(cells.version_of(getattr(row, name)) for name in fields):
        return not is_erased
    try:
        cells.open_cells(row, fields)
    except keystore.KeyGone:
        if not is_erased:
            raise Failed("key_missing", f"a row of {row._meta.label} has lost its key") from None
        return False
    if is_erased:
        raise Failed("erased_is_back", f"an erased row of {row._meta.label} opens")
    return True


def _files() -> int:
    count = 0
    for kept in kept_files():
        _files_word, label, path = kept.place.split("/", 2)
        file = Path(settings.KEPT_FOLDERS[label]) / path
        if not file.exists():
            raise Failed("file_missing", f"{kept.place} is missing")
        with file.open("rb") as opened:
            if kept.sha256 not in ("", hashlib.file_digest(opened, "sha256").hexdigest()):
                raise Failed("file_changed", f"{kept.place} is not what its row says")
        count += 1
    return count


def _containers(sample: int) -> int:
    """The sealed files of up to `sample` rows of each kind, opened to their end."""
    count = 0
    for file in opened_files(sample):
        if file.problem:
            raise Failed("file_does_not_open", f"{file.place} {file.problem}")
        count += 1
    return count
