"""How much of what was found out a reader sees: the whole, or for an institution that the case was shared with, the pieces agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from besa.cases.models import Case
from besa.cases.policy import Standing
from besa.cases.queries_consent import shared_parts
from besa.directory.case_policy import Deed, Piece, Relation
from besa.directory.models import Membership


@dataclass(frozen=True)
class Sight:
    """What of the file beyond the identity is open to a reader."""

    status: bool  # the status log and the time limits, in codes
    reasons: bool  # the reasons and criteria of determinations
    story: bool  # how she was found, what happened, her rights
    needs: bool  # what she needs, and how great the danger is

    @property
    def words(self) -> bool:
        """Whether there is something in sealed words that she may read."""
        return self.reasons or self.story


def _is_whole(standing: Standing, deed: Deed) -> bool:
    """By another relation than a share; a share opens only what it names."""
    return any(rule.relation is not Relation.SHARED for rule in standing.why(deed))


def sight_of(case: Case, member: Membership, standing: Standing, at: datetime) -> Sight:
    """What the member sees of the case as she stands to it."""
    status, facts = standing.may(Deed.STATUS_VIEW), standing.may(Deed.FACTS_VIEW)
    whole, reasons = _is_whole(standing, Deed.FACTS_VIEW), _is_whole(standing, Deed.STATUS_VIEW)
    if not facts or whole:
        return Sight(status, reasons, whole, whole)
    parts = shared_parts(case, member.agency_id, at)
    has_story = Piece.STORY in parts
    return Sight(status, reasons or has_story, has_story, Piece.NEEDS in parts)
