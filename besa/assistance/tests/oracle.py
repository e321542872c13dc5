"""A second opinion on who may see a referral and act on it, written from the design's prose.

It shares nothing with `models.ReferralQuerySet`, `rules.py` or the pages: each deed is asked for itself. Where both differ, one of
them is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# product.md, “Who uses it”: these keep case files or receive referrals; witness protection is sealed from everybody else.
WORKERS = (
    *("municipality", "police", "border_police", "shelter", "consulate", "responsible_authority"),
    "witness_protection",
)
AUTHORITY = "responsible_authority"
STATES = ("offered", "accepted", "declined", "expired", "revoked", "done")


@dataclass(frozen=True)
class Relation:
    """How a member stands to a referral: in the institution that sent it, or that it was sent to; who wrote it; on the case's team."""

    sends: bool = False
    receives: bool = False
    wrote: bool = False
    on_team: bool = False


RELATIONS = {
    "team of the sender": Relation(sends=True, on_team=True),
    "writer": Relation(sends=True, wrote=True),
    "colleague of the sender": Relation(sends=True),
    "receiver": Relation(receives=True),
    "elsewhere": Relation(),
}


@dataclass(frozen=True)
class Closed:
    """What closes the case to the member: a conflict of interest, a compartment in which she is not or is named."""

    conflict: bool = False
    sealed: bool = False
    custodian: bool = False

    @property
    def is_denied(self) -> bool:
        """Security design 5: deny beats allow."""
        return self.conflict or (self.sealed and not self.custodian)


CLOSED = {
    "open": Closed(),
    "in conflict": Closed(conflict=True),
    "sealed, outside": Closed(sealed=True),
    "sealed, custodian": Closed(sealed=True, custodian=True),
}


def sees(role: str, relation: Relation, state: str) -> bool:
    """Any two institutions: who sent it and who got it; the Responsible Authority keeps the mechanism to its standards."""
    return role in WORKERS and (relation.sends or relation.receives or role == AUTHORITY)


def answers(role: str, relation: Relation, state: str) -> bool:
    return role in WORKERS and relation.receives and state == "offered"


def finishes(role: str, relation: Relation, state: str) -> bool:
    return role in WORKERS and relation.receives and state == "accepted"


def revokes(role: str, relation: Relation, state: str) -> bool:
    """Who works on the case for the institution that has asked, as long as nothing has ended."""
    return role in WORKERS and relation.sends and relation.on_team and state in ("offered", "accepted")


def reads(role: str, relation: Relation, state: str) -> bool:
    """The receiver sees needs without a name until it accepts, and nothing any more when it is over."""
    if role not in WORKERS:
        return False
    if relation.sends:
        return relation.wrote or relation.on_team
    return relation.receives and state == "accepted"


ASK: dict[str, Callable[[str, Relation, str], bool]] = {
    "see": sees,
    "accept": answers,
    "decline": answers,
    "finish": finishes,
    "revoke": revokes,
    "message": reads,
}


def may(role: str, deed: str, relation: Relation, closed: Closed, state: str) -> bool:
    return not closed.is_denied and ASK[deed](role, relation, state)
