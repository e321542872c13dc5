"""Through which pages each deed is done. A deed that nobody can reach by a page says so in `NO_DOOR`, with the reason.

Whoever adds a deed to `directory/case_policy.py` names its door here, and hangs on a case (`things.py`) what the door needs.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from besa.cases.tests.oracle import STANCES, Stance
from besa.directory.case_policy import PURPOSES_OF
from tests.rights.things import KEY, Cast

RUNNING = ("open", "active", "monitoring")
NEXT = {"open": "activate", "active": "monitor", "monitoring": "close", "closed": "reopen", "erased": "activate"}


@dataclass(frozen=True)
class Ask:
    """Who asks for which case: role, stance and state, the number, and the keys of what hangs on the case."""

    role: str
    stance: str
    state: str
    number: str
    keys: Mapping[str, Any]
    cast: Cast
    until: str

    @property
    def stands(self) -> Stance:
        return STANCES[self.stance]

    @property
    def purpose(self) -> str:
        """One for which this role opens identities as it stands to the case."""
        if self.stands.glass and not (self.stands.on_team or self.stands.shared):
            return "emergency"
        return str(PURPOSES_OF.get(self.role, ("contact",))[0])

    def unknown(self, number: str) -> Ask:
        """The same question about a case that does not exist."""
        keys = {name: uuid.uuid4() for name in self.keys}
        return Ask(self.role, self.stance, self.state, number, keys, self.cast, self.until)


def _nothing(ask: Ask) -> dict[str, Any]:
    return {}


def _always(ask: Ask) -> bool:
    return True


@dataclass(frozen=True)
class Door:
    """A page through which a deed is done.

    `page` is the deed whose permission opens the page at all, where it is another one. `works` says when what is allowed is
    also done; else a rule beyond the policy may stand against it, such as that only a closed case is erased. `hides`: what may
    not be known of and what is refused get one answer, that of an unknown number. `has_number`: the number is in the address;
    else it is typed into a form, which says that there is no such case, or the address is that of the thing alone.
    `asks_apart`: such a thing is found by whoever holds the permission; the refusal comes after.
    """

    name: str
    method: str = "POST"
    thing: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    data: Callable[[Ask], dict[str, Any]] = _nothing
    page: str = ""
    works: Callable[[Ask], bool] = _always
    has_number: bool = True
    hides: bool = False
    asks_apart: bool = False

    @property
    def is_form(self) -> bool:
        """Whether the number is typed into a form: then what is not found is said there, and is no 404."""
        return not (self.has_number or self.thing)

    def address(self, ask: Ask) -> str:
        words: dict[str, Any] = dict(self.more)
        if self.has_number:
            words["number"] = ask.number
        if self.thing:
            words["pk"] = ask.keys[self.thing]
        return reverse(self.name, kwargs=words)


def _is_sealed(ask: Ask) -> bool:
    return ask.stands.sealed


def _edited(ask: Ask) -> dict[str, Any]:
    return {"version": 1, "is_child": "no", "place": "", "summary": "Found in Vlora."}


ROWS = ("aliases", "papers", "contacts", "languages", "guardians")


def _corrected(ask: Ask) -> dict[str, Any]:
    counts = {f"{name}-{what}": 0 for name in ROWS for what in ("TOTAL_FORMS", "INITIAL_FORMS")}
    told = {"surname": "Gjonaj", "given_names": "Lule", "sex": "female", "registration": "unknown"}
    return {"purpose": ask.purpose, "version": 1, **told, **counts}


def _export(ask: Ask) -> dict[str, Any]:
    names = {"groups": ["names"], "purpose": PURPOSES_OF.get(ask.role, ("contact",))[0], "kind": "csv"}
    return {"numbers": ask.number, **names, "recipient": "The court", "recipient_key": KEY}


def _named(ask: Ask) -> dict[str, Any]:
    """A sealed case takes on its team only who keeps sealed cases."""
    named = ask.cast.keeper if _is_sealed(ask) else ask.cast.police
    return {"membership": named.pk, "until": ask.until}


def _shared(ask: Ask) -> dict[str, Any]:
    return {"agency": ask.cast.worker.agency_id, "purpose": "contact", "groups": ["names"], "until": ask.until}


def _glass(ask: Ask) -> dict[str, Any]:
    return {"number": ask.number, "reason": "danger", "words": "He is on the way to her."}


def _file(ask: Ask) -> dict[str, Any]:
    return {"title": "Statement", "file": SimpleUploadedFile("statement.txt", b"She was taken there. " * 9)}


def _said(status: str, basis: str) -> Callable[[Ask], dict[str, Any]]:
    """A determination of a day that is past; whoever decides, decides for her own institution."""
    return lambda ask: {"status": status, "basis": basis, "decided_on": "2009-01-15", "body": ask.cast.guest.pk}


FOUND = {"channel": "inland", "screened_on": "2009-01-15", "reach": "unknown", "risk": "low", "age_group": "unknown"}
STORY = {"version": 1, "reach": "unknown", "acts": ["transport"], "main": "servitude"}


def _is_told(ask: Ask) -> bool:
    """Who was let in by a share of names alone is not told the story; those who work on the case or decide about it are."""
    return ask.role == "responsible_authority" or not ask.stands.shared


def _agreed(ask: Ask) -> dict[str, Any]:
    told = {"purpose": "assistance", "groups": ["names"], "given_as": "best_interests"}
    return told | {"given_on": "2009-01-15", "until": ask.until}


def _disclosed(ask: Ask) -> dict[str, Any]:
    return _shared(ask) | {"recipient": ask.cast.worker.agency_id, "reason": "danger"}


def _task(ask: Ask) -> dict[str, Any]:
    return {"title": "Talk to her.", "assigned_to": ask.cast.worker.pk, "due_on": ask.until}


def _is_open(ask: Ask) -> bool:
    """Somebody of another institution has no part in a case that is sealed, and is given nothing to do in it."""
    return not ask.stands.sealed


def _is_no_guest(ask: Ask) -> bool:
    """Whom the case was only shared with is told what is her own institution's part, and not what is others'."""
    return ask.role == "responsible_authority" or ask.stands.on_team or ask.stands.glass or not ask.stands.shared


def _is_there(ask: Ask) -> bool:
    """The conference that was held was one of the team; no guest's institution was in it."""
    return ask.stands.on_team


def _held(ask: Ask) -> dict[str, Any]:
    counts = {"decisions-TOTAL_FORMS": 0, "decisions-INITIAL_FORMS": 0}
    return {"present": [ask.cast.worker.agency_id], "held_on": "2009-01-15", "minutes": "She is calmer.", **counts}


def _referred(ask: Ask) -> dict[str, Any]:
    told = {"services": ["legal"], "urgency": "soon", "companions": 0, "purpose": "contact", "groups": ["names"]}
    return told | {"to": f"a:{ask.cast.worker.agency.code}", "send": "1"}


def _handed(ask: Ask) -> dict[str, Any]:
    return {"agency": ask.cast.worker.agency_id, "urgency": "routine"}


def _knows_other(ask: Ask) -> bool:
    """Of the other case of a pair only who watches over all knows here."""
    return ask.role == "responsible_authority" and not ask.stands.sealed


D = Door
DOORS: dict[str, tuple[Door, ...]] = {
    "case_view": (
        D("cases:file", "GET"),
        D("cases:find", data=lambda ask: {"number": ask.number}, has_number=False, hides=True),
        D("cases:glass", "GET", thing="glass", has_number=False),
    ),
    "case_edit": (D("cases:edit", "GET"), D("cases:edit"), D("cases:edit", data=_edited)),
    "case_move": (
        D("cases:move", data=lambda ask: {"verb": NEXT[ask.state], "closing": "lost"}),
        D("cases:seal", "GET"),
        D("cases:seal", data=lambda ask: {"compartment": 0}, works=lambda ask: False),  # who keeps none has none to choose
    ),
    "identity_reveal": (D("cases:reveal", data=lambda ask: {"purpose": ask.purpose}),),
    "identity_edit": (
        D("cases:edit_identity", "GET"),
        D("cases:edit_identity", data=lambda ask: {"purpose": ask.purpose}),
        D("cases:edit_identity", data=_corrected),
    ),
    "note_view": (D("cases:read"),),
    "note_add": (D("cases:add_note", "GET"), D("cases:add_note", data=lambda ask: {"text": "She has slept."})),
    "attachment_view": (
        D("cases:attachments_read"),
        D("cases:attachment_read", thing="attachment", more={"part": "copy"}),
    ),
    "attachment_add": (D("cases:attachment_add", "GET"), D("cases:attachment_add", data=_file)),
    "team_edit": (
        D("cases:add_to_team", "GET"),
        D("cases:add_to_team", data=_named),
        D("cases:end_team_member", thing="team"),
    ),
    "share_edit": (
        D("cases:share", "GET"),
        D("cases:share", data=_shared),
        D("cases:end_share", thing="share"),
    ),
    "conflict_declare": (
        D("cases:declare_conflict", "GET"),
        D("cases:declare_conflict", data=lambda ask: {"user": ask.cast.worker.user_id, "reason": "family"}),
        D("cases:end_conflict", thing="conflict"),
    ),
    "export_ask": (D("cases:export_ask", data=_export, has_number=False),),
    "export_approve": (
        D(
            "cases:export_decide", thing="export", data=lambda ask: {"decision": "approve"}, has_number=False,
            asks_apart=True,
        ),
    ),
    "glass_break": (
        D(
            "cases:break_glass", data=_glass, has_number=False, hides=True,
            works=lambda ask: not ask.stands.glass,  # who has it open already has no more to open
        ),
    ),
    "glass_review": (
        D(
            "cases:review_glass", thing="glass", data=lambda ask: {"finding": "justified"}, has_number=False
        ),
    ),
    "hold_ask": (D("cases:ask_hold", "GET"), D("cases:ask_hold", data=lambda ask: {"reason": "court"})),
    "hold_confirm": (D("cases:decide_hold", thing="hold", more={"verb": "confirm"}, page="case_view"),),
    "erase_ask": (
        D("cases:ask_erasure", "GET"),
        D("cases:ask_erasure", data=lambda ask: {"reason": "wish"}, works=lambda ask: False),  # a hold protects it
    ),
    "erase_confirm": (
        D("cases:decide_erasure", "GET", thing="erasure"),
        D("cases:decide_erasure", thing="erasure", data=lambda ask: {"answer": "refuse"}),
    ),
    "statement_make": (
        D("cases:statement", "GET"),
        D("cases:statement", data=lambda ask: {"format": "page", "language": "en"}),
    ),
    "status_view": (
        D("cases:story", works=_is_told),
        D("cases:clocks", "GET"),
        D("cases:clock_reasons", works=_is_no_guest),
    ),
    "facts_view": (
        D("cases:consent", "GET"),
        D("cases:consent_receipt", data=lambda ask: {"language": "en", "format": "docx"}, works=_is_no_guest),
    ),
    "consent_edit": (
        D("cases:give_consent", "GET"),
        D("cases:give_consent", data=_agreed),
        D("cases:withdraw_consent", "GET", thing="consent"),
        D("cases:withdraw_consent", thing="consent"),
    ),
    "override_ask": (D("cases:ask_override", "GET"), D("cases:ask_override", data=_disclosed)),
    "override_approve": (
        D("cases:decide_override", thing="override"),
        D("cases:review_override", thing="forced", data=lambda ask: {"answer": "yes"}),
    ),
    "clock_edit": (
        D("cases:move_clock", "GET", thing="clock", more={"verb": "extend"}),
        D(
            "cases:move_clock", thing="clock", more={"verb": "extend"},
            data=lambda ask: {"version": 1, "until": ask.until, "reason": "She is in hospital."},
        ),
    ),
    "task_view": (D("cases:read_tasks"),),
    "task_edit": (
        D("cases:set_task", "GET"),
        D("cases:set_task", data=_task, works=_is_open),
        D(
            "cases:end_task", thing="task", more={"verb": "done"},
            works=lambda ask: ask.stands.on_team,  # else it is another person's
        ),
    ),
    "conference_view": (
        D("cases:conference", "GET", thing="conference"),
        D("cases:read_conference", thing="held", works=_is_there),
        D("cases:print_minutes", thing="held", data=lambda ask: {"format": "docx"}, works=_is_there),
    ),
    "conference_edit": (
        D("cases:call_conference", "GET"),
        D("cases:call_conference", data=lambda ask: {"on": ask.until, "at": "10:00", "agenda": "The next steps."}),
        D("cases:record_conference", "GET", thing="conference"),
        D("cases:record_conference", thing="conference", data=_held),
        D("cases:cancel_conference", thing="conference"),
    ),
    "status_decide": (D("cases:determine", "GET"), D("cases:determine", data=_said("presumed", "screening"))),
    "status_confirm": (D("cases:confirm", "GET"), D("cases:confirm", data=_said("identified", "court"))),
    "facts_edit": (
        D("cases:identify", "GET"),
        D("cases:identify", data=lambda ask: FOUND),
        D("cases:facts_edit", "GET"),
        D("cases:facts_edit", data=lambda ask: STORY),
        D("cases:leg_add", "GET"),
        D("cases:leg_add", data=lambda ask: {"kind": "transit", "country": "ITA"}),
        D("cases:leg_remove", thing="leg"),
        D("cases:rights_add", "GET"),
        D("cases:rights_add", data=lambda ask: {"kind": "informed", "on": "2009-01-15"}),
    ),
    "referral_make": (
        D("assistance:refer", "GET"),
        D("assistance:refer", data=_referred, works=_is_open),
    ),
    "case_transfer": (
        D("assistance:hand_over", "GET"),
        D("assistance:hand_over", data=_handed, works=lambda ask: False),  # nothing was agreed to for this
    ),
    "match_view": (
        D("cases:matches", "GET"),
        D("cases:decide_match", thing="match", more={"verb": "different"}, works=_knows_other),
        D("cases:link_again", data=lambda ask: {"number": ask.number}, works=lambda ask: False),  # with itself
        D("cases:unlink", thing="again"),
    ),
    "merge_ask": (
        D("cases:ask_merge", data=lambda ask: {"number": ask.number}, works=lambda ask: False),  # with itself
        D("cases:ask_undoing", thing="merged"),
    ),
    "merge_confirm": (
        D("cases:decide_merge", thing="merge", more={"verb": "refuse"}, works=_knows_other),
    ),
}  # fmt: skip

NO_DOOR: dict[str, str] = {}

# Pages of one case that do no deed of the policy, and why.
EITHER = "who decides about the status opens it, by one deed or the other; the action asks which"
APART = {
    "cases:set_canary": "a made-up case is marked by whoever holds that permission; everybody is told the same",
    **dict.fromkeys(("cases:determination_correct", "cases:appeal_lodge", "cases:appeal_decide"), EITHER),
    "cases:override": "who asks for it, who decides about it and who reads the facts open it, by one deed or the other",
    "cases:report_sent": "says what comes next after a report; whoever finds the case may read it",
    "cases:identification_correct": "leads on to the page on which it is recorded, where nothing is recorded yet",
}
