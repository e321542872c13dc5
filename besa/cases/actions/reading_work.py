"""Reading what is sealed about time limits, and making the paper about consent: acts, recorded before a byte leaves."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from besa.cases import policy, queries_work
from besa.cases.actions.reading import flags_of, record_reading
from besa.cases.models import Case, ClockChange
from besa.directory.case_policy import Deed
from besa.directory.models import Membership
from besa.lib.refusal import Refused
from besa.vault import cells


def read_clock_reasons(*, case: Case, by: Membership, at: datetime) -> dict[uuid.UUID, str]:
    """Why time limits of the case were moved, by the move; recorded as one reading."""
    with transaction.atomic():
        standing = policy.check_may(by, Deed.STATUS_VIEW, case, at)
        if queries_work.is_guest(standing, Deed.STATUS_VIEW):
            raise Refused(_("The reasons are read by those who work on the case."))
        rows = ClockChange.objects.filter(clock__case=case).order_by("at", "id")
        changes = [change for change in rows if str(change.reason)]
        opened = cells.open_many((change, ["reason"]) for change in changes)
        found = {change.pk: values["reason"] for change, values in zip(changes, opened, strict=True)}
        record_reading(
            "clock_reasons_read", case, by=by, at=at, fields=["reason"], relation=standing.relation,
            flags=flags_of(case, by),
        )  # fmt: skip
    return found


def make_receipt(*, case: Case, by: Membership, at: datetime) -> None:
    """The paper for the person about what was agreed with her is being made; it opens nothing that is sealed."""
    with transaction.atomic():
        standing = policy.check_may(by, Deed.FACTS_VIEW, case, at)
        if queries_work.is_guest(standing, Deed.FACTS_VIEW):
            raise Refused(_("The paper is given by those who work on the case."))
        record_reading("consent_paper_made", case, by=by, at=at, relation=standing.relation)
