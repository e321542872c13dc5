"""Reading the sealed words of a file: how she was found, what happened, her rights, why it was decided so. One recorded reading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from besa.cases import policy
from besa.cases.actions.reading import flags_of, record_reading
from besa.cases.models import Case, Determination, RightsEvent
from besa.cases.sight import sight_of
from besa.directory.case_policy import Deed
from besa.directory.models import Membership
from besa.lib.refusal import Refused
from besa.vault import cells
from besa.vault.models import SealedModel

R = TypeVar("R", bound=SealedModel)


@dataclass(frozen=True, repr=False)
class Words:
    """What was opened. An empty text: there is none, or it is not for the reader."""

    found: str = ""
    happened: str = ""
    rights: list[tuple[RightsEvent, str]] = field(default_factory=list)
    reasons: list[tuple[Determination, str]] = field(default_factory=list)


def read_story(*, case: Case, by: Membership, at: datetime) -> Words:
    """The sealed words of the file as far as the reader's standing goes, recorded before they are shown. Raises Refused, KeyGone."""
    with transaction.atomic():
        standing = policy.check_may(by, Deed.STATUS_VIEW, case, at)
        sight = sight_of(case, by, standing, at)
        if not sight.words:
            raise Refused(_("The case was shared without what happened; the person has not agreed to it."))
        words = Words()
        if sight.story:
            identification, facts = (getattr(case, name, None) for name in ("identification", "facts"))
            words = Words(_word(identification), _word(facts), _told(case.rights.all(), "words"))
        if sight.reasons:
            words.reasons.extend(_told(case.determinations.select_related("body"), "reason"))
        record_reading(
            "story_read", case, by=by, at=at, fields=["words"] * sight.story + ["reason"] * sight.reasons,
            relation=standing.relation, flags=flags_of(case, by),
        )  # fmt: skip
    return words


def read_words(*, row: SealedModel | None, case: Case, by: Membership, at: datetime) -> str:
    """The sealed words of one row, for the form that changes them; recorded. Without a row there is nothing to read."""
    if row is None:
        return ""
    with transaction.atomic():
        standing = policy.check_may(by, Deed.FACTS_EDIT, case, at)
        text = _word(row)
        record_reading(
            "story_read", case, by=by, at=at, fields=["words"], relation=standing.relation, flags=flags_of(case, by)
        )
    return text


def _word(row: SealedModel | None) -> str:
    return cells.open_cells(row, ["words"])["words"] if row is not None else ""


def _told(rows: Iterable[R], name: str) -> list[tuple[R, str]]:
    found = list(rows)
    told = cells.open_many((row, [name]) for row in found)
    return [(row, values[name]) for row, values in zip(found, told, strict=True) if values[name]]
