"""What is allowed with rounds, returns and entries. Pure: facts come in as arguments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.directory.models import Membership
from besa.lib.periods import Period
from besa.lib.refusal import Refused
from besa.plan.models import Plan
from besa.reporting import workflow
from besa.reporting.models import Entry, Return, Round

FULL_FIELDS = (
    "status",
    "done",
    "outputs",
    "obstacle_type",
    "obstacle",
    "way_forward",
    "spent",
    "currency",
    "money_source",
    "next_plan",
    "next_due_on",
)
PARTNER_FIELDS = ("done", "outputs", "spent", "currency", "money_source")


def fields_of(entry: Entry) -> tuple[str, ...]:
    """What may be filled in: the lead reports in full, a partner what it contributed."""
    return FULL_FIELDS if entry.is_lead else PARTNER_FIELDS


def _check_permission(member: Membership, permission: Permission) -> None:
    if not member.can(permission):
        raise Refused(_("Your role does not include this."))


def check_open(round: Round) -> None:
    """A locked period refuses everybody (reporting, chapter V of the strategy)."""
    if round.state == Round.State.LOCKED:
        raise Refused(_("The round is locked. Two persons can reopen it if a figure is wrong."))


def check_may_open_round(plan: Plan, period: Period, today: date) -> None:
    """Returns are made every three months from the plan's approval on (strategy, chapter V)."""
    if period.kind != "Q":
        raise Refused(_("Rounds are quarterly. Write a quarter such as 2009Q2."))
    if period.start > today:
        raise Refused(_("This quarter has not begun yet."))
    if period.end < plan.period_start or period.start > plan.period_end:
        raise Refused(_("This quarter lies outside the period of the plan."))


def check_may_edit(member: Membership, item: Return) -> None:
    """An institution writes its own return, as long as it is a draft or was sent back."""
    check_open(item.round)
    _check_permission(member, Permission.RETURN_EDIT)
    if member.agency_id != item.agency_id:
        raise Refused(_("Only the institution itself writes in its return."))
    if item.state not in (Return.State.DRAFT, Return.State.SENT_BACK):
        raise Refused(_("The return has been submitted. It can be changed when it is sent back."))


def check_may_submit(member: Membership, item: Return, found: Iterable[Problem]) -> None:
    """A return is submitted by its institution when nothing is missing (Coord. 1.(a).3)."""
    check_may_edit(member, item)
    _check_permission(member, Permission.RETURN_SUBMIT)
    workflow.RETURN.check(item.state, "submit")
    if any(True for _problem in found):
        raise Refused(_("Something is still missing; see the list of problems."))


def check_may_review(member: Membership, item: Return) -> None:
    """The Office of the National Coordinator reviews; nobody reviews a return that he or she submitted."""
    check_open(item.round)
    _check_permission(member, Permission.RETURN_REVIEW)
    if item.submitted_by is not None and item.submitted_by.user_id == member.user_id:
        raise Refused(_("You submitted this return yourself; another person reviews it."))


def check_may_send_back(member: Membership, item: Return, remarks: Iterable[tuple[Entry, str, str]]) -> None:
    """Sent back per field, each with a reason, so that the institution knows what to correct."""
    check_may_review(member, item)
    workflow.RETURN.check(item.state, "send_back")
    listed = list(remarks)
    if not listed:
        raise Refused(_("Mark at least one field and say what is to be corrected."))
    if any(field not in fields_of(entry) or not reason.strip() for entry, field, reason in listed):
        raise Refused(_("Each field that is sent back needs a reason."))


def check_may_accept(member: Membership, item: Return) -> None:
    """Accepted by somebody other than who submitted it."""
    check_may_review(member, item)
    workflow.RETURN.check(item.state, "accept")


def check_may_lock(member: Membership, round: Round, *, waiting: int, is_acknowledged: bool) -> None:
    """A round is locked when all returns are accepted, or with the missing ones acknowledged by name."""
    _check_permission(member, Permission.ROUND_LOCK)
    workflow.ROUND.check(round.state, "lock")
    if waiting and not is_acknowledged:
        raise Refused(_("Not all returns have been accepted. Confirm that the round is locked without them."))


def check_may_ask_reopening(member: Membership, round: Round, reason: str, *, is_asked: bool) -> None:
    """Reopening is signed by two: one asks with a reason, another approves."""
    _check_permission(member, Permission.ROUND_REOPEN_ASK)
    workflow.ROUND.check(round.state, "reopen")
    if is_asked:
        raise Refused(_("The reopening of this round has been asked for already."))
    if not reason.strip():
        raise Refused(_("Say why the round must be reopened."))


def check_may_decide_reopening(member: Membership, *, asked_by: Membership, is_open: bool) -> None:
    """The second signature is another person's."""
    _check_permission(member, Permission.ROUND_REOPEN_APPROVE)
    if not is_open:
        raise Refused(_("This has been decided already."))
    if asked_by.user_id == member.user_id:
        raise Refused(_("You asked for this yourself; another person signs."))


@dataclass(frozen=True)
class Problem:
    """What keeps a return from being submitted: the entry, the field and what to do."""

    entry: Entry
    field: str
    text: str | Promise


def problems_of(entry: Entry, period: Period) -> list[Problem]:
    """What is missing in one entry. A partner may report nothing; a lead says how the activity stands."""
    if not entry.is_lead:
        return []
    found: list[tuple[str, str | Promise]] = []
    status = entry.status
    if not status:
        found.append(("status", _("Choose the status.")))
    if status in ("on_track", "completed", "delayed", "constrained") and not entry.done.strip():
        found.append(("done", _("Say what was done in the quarter.")))
    if status == "completed" and not entry.outputs.strip():
        found.append(("outputs", _("Name the outputs that were reached.")))
    if status in ("delayed", "constrained", "dropped"):
        found += _obstacle_problems(entry)
    if status == "not_due" and entry.activity.due_on is not None and entry.activity.due_on <= period.end:
        found.append(("status", _("The activity was due in this quarter or before; choose another status.")))
    if status in ("on_track", "delayed", "constrained") and not entry.next_plan.strip():
        found.append(("next_plan", _("Say what is planned for the next half-year.")))
    return [Problem(entry, field, text) for field, text in found]


def _obstacle_problems(entry: Entry) -> list[tuple[str, str | Promise]]:
    found: list[tuple[str, str | Promise]] = []
    if not entry.obstacle_type:
        found.append(("obstacle_type", _("Choose the kind of obstacle.")))
    if not entry.obstacle.strip():
        found.append(("obstacle", _("Describe the obstacle.")))
    if entry.status != "dropped" and not entry.way_forward.strip():
        found.append(("way_forward", _("Say how it goes on.")))
    return found


def problems(entries: Iterable[Entry], period: Period) -> list[Problem]:
    """All that is missing in a return, in the order of its entries."""
    return [problem for entry in entries for problem in problems_of(entry, period)]
