"""What stands behind a figure of referrals, as far as the reader may know of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from besa.assistance.models import Referral
from besa.cases.opened import BATCH, Opened
from besa.directory.models import Membership


def referrals(*, kind: str, keys: Sequence[str], member: Membership, at: datetime) -> list[Opened]:
    """The referrals among the keys that the member may know of."""
    if kind != "referral":
        return []
    found = []
    for start in range(0, len(keys), BATCH):
        rows = Referral.objects.visible_to(member, at).filter(pk__in=keys[start : start + BATCH]).order_by("number")
        found += [
            Opened(number, reverse("assistance:referral", args=[pk])) for pk, number in rows.values_list("pk", "number")
        ]
    return found
