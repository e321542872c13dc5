"""What stands behind a figure, as far as the reader may know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from besa.cases.models import Case
from besa.directory.access import Permission
from besa.directory.models import Membership

BATCH = 500


@dataclass(frozen=True)
class Opened:
    """A record behind a figure: what it is called, and where it is."""

    name: str
    url: str


def cases(*, kind: str, keys: Sequence[str], member: Membership, at: datetime) -> list[Opened]:
    """The cases among the keys that the member may know of."""
    if kind != "case" or not member.can(Permission.CASE_VIEW):
        return []
    found = []
    for start in range(0, len(keys), BATCH):
        rows = Case.objects.visible_to(member, at).filter(pk__in=keys[start : start + BATCH])
        found += [
            Opened(number, reverse("cases:file", args=[number]))
            for number in rows.order_by("number").values_list("number", flat=True)
        ]
    return found
