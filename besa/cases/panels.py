"""What the file of a case shows besides, and what the commands ask of a case."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.cases.actions.erasing import scopes_of
from besa.cases.models import Case
from besa.cases.numbers import understood
from besa.cases.policy import Standing
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest


@dataclass(frozen=True)
class Panel:
    """A card on the page of a case. `main` is the wide column, `side` the narrow one; within a column the lower order comes first."""

    title: Promise
    template: str
    context: dict[str, Any]
    column: Literal["main", "side"] = "side"
    order: int = 50

    @property
    def anchor(self) -> str:
        """The name by which the page links to the card: that of its template."""
        return PurePath(self.template).stem.strip("_")


def attachments(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Panel]:
    """How many files there are, for who may open them; their titles are sealed."""
    if standing.may(Deed.ATTACHMENT_VIEW):
        context = {
            "number": case.number,
            "count": case.attachments.count(),
            "may_add": standing.may(Deed.ATTACHMENT_ADD),
        }
        yield Panel(_("Attachments"), "cases/_attachments.html", context, "main", 80)


def scopes(number: str) -> list[uuid.UUID]:
    """The data keys of a case, by its number."""
    case = Case.objects.filter(number=understood(number)).first()
    return scopes_of(case) if case else []
