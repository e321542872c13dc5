"""Keeping by which codes a case is counted, so that a figure of a past date can be made again."""

from __future__ import annotations

from datetime import datetime

from besa.audit import actions as audit
from besa.cases.models import Case, CountedAs
from besa.cases.queries_counted import codes_now
from besa.directory.models import Membership
from besa.vault.row_context import reading_as_system


def keep_codes(*, case: Case, by: Membership, at: datetime) -> None:
    """Keep the codes of the case from now on, where they are others than before. Belongs to the end of what changes one of them."""
    with reading_as_system(at):  # what is counted does not depend on what she may still see of the case
        codes = codes_now([case.pk])[case.pk]
        last = CountedAs.objects.filter(case=case).order_by("recorded_at", "id").values_list("codes", flat=True).last()
        if codes != last:
            row = CountedAs.objects.create(case=case, codes=codes, recorded_at=at)
            audit.record("codes_kept", row, by=by, at=at, fields=["codes"])
