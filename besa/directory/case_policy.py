"""Who may do what with a case, declared once: role, relation to the case, state, deed.

The rules below are the only place. Roles get their permissions from them, `besa/cases/policy.py` turns them into the answer for
one case, into the filter of a list and into row-level security, and the manual prints them. Deny beats allow: whoever has a
conflict of interest, or is outside the compartment of a sealed case, finds nothing there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Deed(StrEnum):
    """What can be done with a case. Each is a permission of the same name."""

    CASE_VIEW = "case_view"
    CASE_EDIT = "case_edit"
    CASE_MOVE = "case_move"  # begin, monitor, close, reopen
    IDENTITY_REVEAL = "identity_reveal"
    IDENTITY_EDIT = "identity_edit"
    NOTE_VIEW = "note_view"
    NOTE_ADD = "note_add"
    ATTACHMENT_VIEW = "attachment_view"
    ATTACHMENT_ADD = "attachment_add"
    TEAM_EDIT = "team_edit"
    SHARE_EDIT = "share_edit"
    CONFLICT_DECLARE = "conflict_declare"
    EXPORT_ASK = "export_ask"
    EXPORT_APPROVE = "export_approve"
    GLASS_BREAK = "glass_break"
    GLASS_REVIEW = "glass_review"
    HOLD_ASK = "hold_ask"
    HOLD_CONFIRM = "hold_confirm"
    ERASE_ASK = "erase_ask"
    ERASE_CONFIRM = "erase_confirm"
    STATEMENT_MAKE = "statement_make"
    STATUS_VIEW = "status_view"  # the status log and the time limits
    STATUS_DECIDE = "status_decide"  # at risk, potential, presumed, withdrawn
    STATUS_CONFIRM = "status_confirm"  # identified, not a victim; appeals
    FACTS_VIEW = "facts_view"  # identification, what happened, rights, consent
    FACTS_EDIT = "facts_edit"
    CONSENT_EDIT = "consent_edit"
    OVERRIDE_ASK = "override_ask"
    OVERRIDE_APPROVE = "override_approve"
    CLOCK_EDIT = "clock_edit"  # suspend, extend, stop
    TASK_VIEW = "task_view"
    TASK_EDIT = "task_edit"
    CONFERENCE_VIEW = "conference_view"
    CONFERENCE_EDIT = "conference_edit"
    REFERRAL_MAKE = "referral_make"
    CASE_TRANSFER = "case_transfer"
    MATCH_VIEW = "match_view"
    MERGE_ASK = "merge_ask"
    MERGE_CONFIRM = "merge_confirm"


class Relation(StrEnum):
    """How a member stands to a case."""

    TEAM = "team"
    LEAD = "lead"
    UNIT = "unit"
    SHARED = "shared"
    QARK = "qark"
    COUNTRY = "country"
    GLASS = "glass"
    COMPARTMENT = "compartment"


RELATION_WORDS: dict[Relation, Promise] = {
    Relation.TEAM: _("You are on the team of this case."),
    Relation.LEAD: _("You lead this case."),
    Relation.UNIT: _("Your institution answers for this case."),
    Relation.SHARED: _("The case was shared with your institution."),
    Relation.QARK: _("The case lies in the qark of your committee."),
    Relation.COUNTRY: _("Your office watches over all cases."),
    Relation.GLASS: _("You have opened this case in an emergency; the hour is running."),
    Relation.COMPARTMENT: _("You are named in the compartment of this case."),
}

OPEN, ACTIVE, MONITORING, CLOSED, ERASED = "open", "active", "monitoring", "closed", "erased"
STATES = (OPEN, ACTIVE, MONITORING, CLOSED, ERASED)
RUNNING = frozenset({OPEN, ACTIVE, MONITORING})
KEPT = RUNNING | {CLOSED}
ANY = frozenset(STATES)

WORKERS = frozenset({"municipality", "police", "border_police", "shelter", "consulate", "responsible_authority"})
SEALED_WORKERS = frozenset({"witness_protection"})


@dataclass(frozen=True)
class Rule:
    """Members in one of `roles` who stand in `relation` to a case in one of `states` may do `deeds`; `says` tells why, to people."""

    says: Promise
    roles: frozenset[str]
    relation: Relation
    states: frozenset[str]
    deeds: frozenset[Deed]


D = Deed
RULES: tuple[Rule, ...] = (
    Rule(
        _("Who is on the team of a running case reads and keeps its file."),
        WORKERS | SEALED_WORKERS,
        Relation.TEAM,
        RUNNING,
        frozenset(
            {D.CASE_VIEW, D.CASE_EDIT, D.IDENTITY_REVEAL, D.IDENTITY_EDIT}
            | {D.NOTE_VIEW, D.NOTE_ADD, D.ATTACHMENT_VIEW, D.ATTACHMENT_ADD}
            | {D.STATUS_VIEW, D.STATUS_DECIDE, D.FACTS_VIEW, D.FACTS_EDIT, D.CONSENT_EDIT, D.CLOCK_EDIT}
            | {D.TASK_VIEW, D.TASK_EDIT, D.CONFERENCE_VIEW, D.CONFERENCE_EDIT, D.REFERRAL_MAKE, D.MATCH_VIEW}
        ),
    ),
    Rule(
        _("Who was on the team finds a closed case by its number and reads its notes and its status log."),
        WORKERS | SEALED_WORKERS,
        Relation.TEAM,
        frozenset({CLOSED}),
        frozenset({D.CASE_VIEW, D.NOTE_VIEW, D.STATUS_VIEW}),
    ),
    Rule(
        _("Who leads a case makes up its team, shares it, moves it, and asks for exports, holds and erasure."),
        WORKERS | SEALED_WORKERS,
        Relation.LEAD,
        KEPT,
        frozenset({D.TEAM_EDIT, D.SHARE_EDIT, D.CASE_MOVE, D.EXPORT_ASK, D.HOLD_ASK, D.ERASE_ASK, D.CONFLICT_DECLARE}),
    ),
    Rule(
        _(
            "Who leads a running case hands it over, has it merged with another, and asks for a disclosure without consent."
        ),
        WORKERS | SEALED_WORKERS,
        Relation.LEAD,
        RUNNING,
        frozenset({D.CASE_TRANSFER, D.MERGE_ASK, D.MERGE_CONFIRM, D.OVERRIDE_ASK}),
    ),
    Rule(
        _("Colleagues of the institution that answers for a case see its number and state, no name and no note."),
        WORKERS,
        Relation.UNIT,
        ANY,
        frozenset({D.CASE_VIEW}),
    ),
    Rule(
        _("An institution with which a running case was shared reads what was shared and takes part in the work."),
        WORKERS,
        Relation.SHARED,
        RUNNING,
        frozenset(
            {D.CASE_VIEW, D.IDENTITY_REVEAL, D.NOTE_ADD, D.STATUS_VIEW, D.FACTS_VIEW}
            | {D.TASK_VIEW, D.TASK_EDIT, D.CONFERENCE_VIEW}
        ),
    ),
    Rule(
        _("The regional committee sees number and state of the running cases of its qark."),
        frozenset({"rcat"}),
        Relation.QARK,
        RUNNING,
        frozenset({D.CASE_VIEW}),
    ),
    Rule(
        _("The Responsible Authority sees number and state of every case and makes up a team where nobody is left."),
        frozenset({"responsible_authority"}),
        Relation.COUNTRY,
        ANY,
        frozenset({D.CASE_VIEW, D.TEAM_EDIT, D.CONFLICT_DECLARE}),
    ),
    Rule(
        _(
            "The Responsible Authority reads status and facts of running cases, decides who is a victim, and watches the time limits."
        ),
        frozenset({"responsible_authority"}),
        Relation.COUNTRY,
        RUNNING,
        frozenset({D.STATUS_CONFIRM, D.FACTS_VIEW, D.CLOCK_EDIT}),
    ),
    Rule(
        _("In an emergency police and the Responsible Authority open one running case for an hour, and answer for it."),
        frozenset({"police", "border_police", "responsible_authority"}),
        Relation.COUNTRY,
        RUNNING,
        frozenset({D.GLASS_BREAK}),
    ),
    Rule(
        _("In an emergency a custodian named in the compartment opens a sealed case together with a second one."),
        SEALED_WORKERS | {"responsible_authority"},
        Relation.COMPARTMENT,
        RUNNING,
        frozenset({D.GLASS_BREAK}),
    ),
    Rule(
        _("An emergency opening of a sealed case is reviewed by a custodian who had no part in it."),
        SEALED_WORKERS | {"responsible_authority"},
        Relation.COMPARTMENT,
        ANY,
        frozenset({D.GLASS_REVIEW}),
    ),
    Rule(
        _("While the hour runs, who has broken the glass reads the case, and changes nothing."),
        frozenset({"police", "border_police", "responsible_authority"}) | SEALED_WORKERS,
        Relation.GLASS,
        RUNNING,
        frozenset({D.CASE_VIEW, D.IDENTITY_REVEAL, D.NOTE_VIEW, D.STATUS_VIEW, D.FACTS_VIEW}),
    ),
    Rule(
        _("The data protection officer watches over every case without reading it, and is the second person."),
        frozenset({"data_protection"}),
        Relation.COUNTRY,
        ANY,
        frozenset(
            {D.CASE_VIEW, D.GLASS_REVIEW, D.STATEMENT_MAKE, D.EXPORT_APPROVE}
            | {D.HOLD_ASK, D.HOLD_CONFIRM, D.ERASE_CONFIRM, D.CONFLICT_DECLARE, D.OVERRIDE_APPROVE}
        ),
    ),
    Rule(
        _("The Responsible Authority is a second person for what others ask, and settles whose case it is."),
        frozenset({"responsible_authority"}),
        Relation.COUNTRY,
        KEPT,
        frozenset({D.EXPORT_APPROVE, D.HOLD_CONFIRM, D.OVERRIDE_APPROVE, D.STATUS_VIEW, D.MATCH_VIEW, D.MERGE_CONFIRM}),
    ),
    Rule(
        _("Who is named in the compartment of a sealed case sees that it is there."),
        WORKERS | SEALED_WORKERS,
        Relation.COMPARTMENT,
        ANY,
        frozenset({D.CASE_VIEW}),
    ),
)


def deeds_of(role: str) -> frozenset[Deed]:
    """What the role may do with any case at all."""
    return frozenset().union(*(rule.deeds for rule in RULES if role in rule.roles))


def rules_for(role: str, deed: Deed) -> list[Rule]:
    """The rules that could let the role do the deed."""
    return [rule for rule in RULES if role in rule.roles and deed in rule.deeds]


# --- why somebody opens an identity, and what she is shown for it


class Group(StrEnum):
    """Parts of an identity that are shown together."""

    NAMES = "names"
    BIRTH = "birth"
    PAPERS = "papers"
    CONTACTS = "contacts"
    GUARDIAN = "guardian"


class Piece(StrEnum):
    """Parts of the file beyond the identity that another institution knows only by consent."""

    STORY = "story"
    NEEDS = "needs"


SHAREABLE: tuple[Group | Piece, ...] = (*Group, *Piece)


class Purpose(StrEnum):
    """A reason from the closed list; the event says which."""

    IDENTIFICATION = "identification"
    CONTACT = "contact"
    ASSISTANCE = "assistance"
    PROTECTION = "protection"
    RETURN = "return"
    COORDINATION = "coordination"
    EMERGENCY = "emergency"


PURPOSE_WORDS: dict[Purpose, Promise] = {
    Purpose.IDENTIFICATION: _("to establish who the person is"),
    Purpose.CONTACT: _("to reach the person"),
    Purpose.ASSISTANCE: _("to give a service"),
    Purpose.PROTECTION: _("to protect the person"),
    Purpose.RETURN: _("to prepare a return"),
    Purpose.COORDINATION: _("to settle a case between institutions"),
    Purpose.EMERGENCY: _("in an emergency"),
}

G = Group
SHOWN_FOR: dict[Purpose, frozenset[Group]] = {
    Purpose.IDENTIFICATION: frozenset({G.NAMES, G.BIRTH, G.PAPERS}),
    Purpose.CONTACT: frozenset({G.NAMES, G.CONTACTS, G.GUARDIAN}),
    Purpose.ASSISTANCE: frozenset({G.NAMES, G.BIRTH, G.CONTACTS, G.GUARDIAN}),
    Purpose.PROTECTION: frozenset({G.NAMES, G.BIRTH, G.CONTACTS, G.GUARDIAN}),
    Purpose.RETURN: frozenset({G.NAMES, G.BIRTH, G.PAPERS, G.GUARDIAN}),
    Purpose.COORDINATION: frozenset({G.NAMES, G.BIRTH}),
    Purpose.EMERGENCY: frozenset(Group),
}

PURPOSES_OF: dict[str, tuple[Purpose, ...]] = {
    "municipality": (Purpose.ASSISTANCE, Purpose.CONTACT, Purpose.PROTECTION),
    "shelter": (Purpose.ASSISTANCE, Purpose.CONTACT),
    "police": (Purpose.IDENTIFICATION, Purpose.PROTECTION),
    "border_police": (Purpose.IDENTIFICATION,),
    "consulate": (Purpose.IDENTIFICATION, Purpose.RETURN),
    "responsible_authority": (Purpose.COORDINATION, Purpose.IDENTIFICATION),
    "witness_protection": (Purpose.PROTECTION, Purpose.CONTACT),
}


def purposes_of(role: str, relations: Iterable[Relation]) -> tuple[Purpose, ...]:
    """The purposes that a member may give: those of her role, and only the emergency where it is the glass alone that lets her in."""
    standing = set(relations) & {Relation.TEAM, Relation.SHARED}
    if standing:
        return PURPOSES_OF.get(role, ())
    return (Purpose.EMERGENCY,) if Relation.GLASS in relations else ()
