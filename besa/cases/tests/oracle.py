"""A second opinion on who may do what with a case, written from the product's and the security design's prose.

It shares nothing with `directory/case_policy.py`: each deed is asked for itself, in the words of the design. Where both differ, one
of them is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# product.md, “Who uses it”: these keep case files or receive referrals; witness protection is sealed from everybody else.
FRONTLINE = ("municipality", "police", "border_police", "shelter", "consulate", "responsible_authority")
DIRECTORATE = "witness_protection"
OFFICER = "data_protection"
AUTHORITY = "responsible_authority"


@dataclass(frozen=True)
class Stance:
    """How a member stands to a case, in plain facts."""

    on_team: bool = False
    leads: bool = False
    same_unit: bool = False
    shared: bool = False
    same_qark: bool = False
    glass: bool = False
    conflict: bool = False
    sealed: bool = False
    custodian: bool = False


STANCES: dict[str, Stance] = {
    "stranger": Stance(),
    "team": Stance(on_team=True),
    "lead": Stance(on_team=True, leads=True),
    "unit": Stance(same_unit=True),
    "shared": Stance(shared=True),
    "qark": Stance(same_qark=True),
    "glass": Stance(glass=True),
    "unit and shared": Stance(same_unit=True, shared=True),
    "lead in conflict": Stance(on_team=True, leads=True, same_unit=True, conflict=True),
    "glass in conflict": Stance(glass=True, conflict=True),
    "sealed, outside": Stance(on_team=True, leads=True, same_unit=True, sealed=True),
    "sealed, custodian": Stance(sealed=True, custodian=True),
    "sealed, custodian and lead": Stance(on_team=True, leads=True, sealed=True, custodian=True),
}


def may(role: str, deed: str, stance: Stance, state: str) -> bool:
    """Security design 5: deny beats allow; a compartment is closed to everybody who is not named in it."""
    if stance.conflict or (stance.sealed and not stance.custodian):
        return False
    return ASK[deed](role, stance, state)


def _running(state: str) -> bool:
    return state in ("open", "active", "monitoring")


def _keeps_files(role: str) -> bool:
    return role in FRONTLINE or role == DIRECTORATE


def _works(role: str, stance: Stance, state: str) -> bool:
    """Who is assigned works on a running case."""
    return _keeps_files(role) and stance.on_team and _running(state)


def _receives(role: str, stance: Stance, state: str) -> bool:
    """An institution that a running case was referred to or shared with."""
    return role in FRONTLINE and stance.shared and _running(state)


def _looks_through_glass(role: str, stance: Stance, state: str) -> bool:
    """Security design 7: some roles, one case, read only."""
    return role in ("police", "border_police", AUTHORITY, DIRECTORATE) and stance.glass and _running(state)


def _knows_of(role: str, stance: Stance, state: str) -> bool:
    if role in (OFFICER, AUTHORITY):  # they watch over all cases, also erased ones, by number and state
        return True
    if _keeps_files(role) and stance.on_team and state != "erased":
        return True
    if role in FRONTLINE and stance.same_unit:
        return True
    if role == "rcat" and stance.same_qark and _running(state):
        return True
    if _keeps_files(role) and stance.custodian:
        return True
    return _receives(role, stance, state) or _looks_through_glass(role, stance, state)


def _leads(role: str, stance: Stance, state: str) -> bool:
    return _keeps_files(role) and stance.leads and state != "erased"


def _makes_up_team(role: str, stance: Stance, state: str) -> bool:
    """Where nobody is left, the Responsible Authority names a team."""
    return role == AUTHORITY or _leads(role, stance, state)


def _breaks_glass(role: str, stance: Stance, state: str) -> bool:
    """Security design 7: some roles; what is sealed takes two custodians, who are named."""
    if not _running(state):
        return False
    return role in ("police", "border_police", AUTHORITY) or (role == DIRECTORATE and stance.custodian)


ASK: dict[str, Callable[[str, Stance, str], bool]] = {
    "case_view": _knows_of,
    "case_edit": _works,
    "case_move": _leads,
    "identity_reveal": lambda r, s, t: _works(r, s, t) or _receives(r, s, t) or _looks_through_glass(r, s, t),
    "identity_edit": _works,
    "note_view": lambda r, s, t: (
        _works(r, s, t) or (_keeps_files(r) and s.on_team and t == "closed") or _looks_through_glass(r, s, t)
    ),
    "note_add": lambda r, s, t: _works(r, s, t) or _receives(r, s, t),
    "attachment_view": _works,
    "attachment_add": _works,
    "team_edit": _makes_up_team,
    "share_edit": _leads,
    "conflict_declare": lambda r, s, t: r in (OFFICER, AUTHORITY) or _leads(r, s, t),
    "export_ask": _leads,
    "export_approve": lambda r, s, t: r == OFFICER or (r == AUTHORITY and t != "erased"),
    "glass_break": _breaks_glass,
    # security design 7: what is sealed stays among the custodians, its review too
    "glass_review": lambda r, s, t: r == OFFICER or (r in (AUTHORITY, DIRECTORATE) and s.sealed and s.custodian),
    "hold_ask": lambda r, s, t: r == OFFICER or _leads(r, s, t),
    "hold_confirm": lambda r, s, t: r == OFFICER or (r == AUTHORITY and t != "erased"),
    "erase_ask": _leads,
    "erase_confirm": lambda r, s, t: r == OFFICER,
    "statement_make": lambda r, s, t: r == OFFICER,
    # the file of the referral mechanism (domain.md, “people and cases”; product rows 11-15)
    "status_view": lambda r, s, t: (
        _works(r, s, t)
        or (_keeps_files(r) and s.on_team and t == "closed")
        or _receives(r, s, t)
        or _looks_through_glass(r, s, t)
        or (r == AUTHORITY and t != "erased")
    ),
    "status_decide": _works,
    "status_confirm": lambda r, s, t: r == AUTHORITY and _running(t),
    "facts_view": lambda r, s, t: (
        _works(r, s, t) or _receives(r, s, t) or _looks_through_glass(r, s, t) or (r == AUTHORITY and _running(t))
    ),
    "facts_edit": _works,
    "consent_edit": _works,
    "override_ask": lambda r, s, t: _leads(r, s, t) and _running(t),
    "override_approve": lambda r, s, t: r == OFFICER or (r == AUTHORITY and t != "erased"),
    "clock_edit": lambda r, s, t: _works(r, s, t) or (r == AUTHORITY and _running(t)),
    "task_view": lambda r, s, t: _works(r, s, t) or _receives(r, s, t),
    "task_edit": lambda r, s, t: _works(r, s, t) or _receives(r, s, t),
    "conference_view": lambda r, s, t: _works(r, s, t) or _receives(r, s, t),
    "conference_edit": _works,
    "referral_make": _works,
    "case_transfer": lambda r, s, t: _leads(r, s, t) and _running(t),
    "match_view": lambda r, s, t: _works(r, s, t) or (r == AUTHORITY and t != "erased"),
    "merge_ask": lambda r, s, t: _leads(r, s, t) and _running(t),
    "merge_confirm": lambda r, s, t: (_leads(r, s, t) and _running(t)) or (r == AUTHORITY and t != "erased"),
}
