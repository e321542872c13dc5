"""What is allowed with rounds, returns and entries. Pure: facts come in as arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.directory.models import Membership
from besa.directory.rules import check_permission
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
EVIDENCE = "evidence"  # may be sent back like a field, but is not one that is filled in
TEXTS = ("done", "outputs", "obstacle", "way_forward", "next_plan")
CODES: Mapping[str, tuple[str, ...]] = {
    "status": tuple(Entry.Status.values),
    "obstacle_type": tuple(Entry.Obstacle.values),
    "currency": tuple(Entry.Currency.values),
    "money_source": tuple(Entry.MoneySource.values),
}
LONGEST_TEXT = 10_000  # characters
LARGEST_AMOUNT = Decimal("1e12")
WRITABLE = (Return.State.DRAFT, Return.State.SENT_BACK)


def fields_of(entry: Entry) -> tuple[str, ...]:
    """What may be filled in: the lead reports in full, a partner what it contributed."""
    return FULL_FIELDS if entry.is_lead else PARTNER_FIELDS


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
    check_permission(member, Permission.RETURN_EDIT)
    if member.agency_id != item.agency_id:
        raise Refused(_("Only the institution itself writes in its return."))
    if item.state not in WRITABLE:
        raise Refused(_("The return has been submitted. It can be changed when it is sent back."))


def value_problems(entry: Entry, values: Mapping[str, Any]) -> list[tuple[str, str | Promise]]:
    """What is impossible in values for an entry, by field: strange codes, too long texts, an amount without its currency.

    An amount that is not stated stays empty and is never zero; what is merely missing, `problems_of` says.
    """
    found: list[tuple[str, str | Promise]] = []
    allowed = fields_of(entry)
    for name, value in values.items():
        if name not in allowed:
            found.append((name, _("This field is for the lead institution.")))
        elif name in CODES and value and value not in CODES[name]:
            found.append((name, _("Choose from the list.")))
        elif name in TEXTS and len(value) > LONGEST_TEXT:
            found.append((name, _("The text is too long; 10,000 characters are the most.")))
    spent = values.get("spent", entry.spent)
    if spent is not None and not 0 <= spent < LARGEST_AMOUNT:
        found.append(("spent", _("An amount lies between 0 and 999,999,999,999.")))
    if spent is not None and not values.get("currency", entry.currency):
        found.append(("currency", _("Say in which currency.")))
    return found


def check_values(entry: Entry, values: Mapping[str, Any]) -> None:
    """Refuse values that an entry cannot have, whichever way they come: page, grid, Excel form."""
    for name, text in value_problems(entry, values):
        label = Entry._meta.get_field(name).verbose_name if name in FULL_FIELDS else name  # type: ignore[union-attr]
        raise Refused(f"{entry.activity.identifier}, {label}: {text}")


def check_may_submit(member: Membership, item: Return, found: Iterable[Problem]) -> None:
    """A return is submitted by its institution when nothing is missing (Coord. 1.(a).3)."""
    check_may_edit(member, item)
    check_permission(member, Permission.RETURN_SUBMIT)
    workflow.RETURN.check(item.state, "submit")
    if any(True for _problem in found):
        raise Refused(_("Something is still missing; see the list of problems."))


def check_may_review(member: Membership, item: Return) -> None:
    """The Office of the National Coordinator reviews; nobody reviews a return that he or she submitted."""
    check_open(item.round)
    check_permission(member, Permission.RETURN_REVIEW)
    if item.submitted_by is not None and item.submitted_by.user_id == member.user_id:
        raise Refused(_("You submitted this return yourself; another person reviews it."))


def check_may_send_back(member: Membership, item: Return, remarks: Iterable[tuple[Entry, str, str]]) -> None:
    """Sent back per field, each with a reason, so that the institution knows what to correct."""
    check_may_review(member, item)
    workflow.RETURN.check(item.state, "send_back")
    listed = list(remarks)
    if not listed:
        raise Refused(_("Mark at least one field and say what is to be corrected."))
    if any(field not in (*fields_of(entry), EVIDENCE) for entry, field, _reason in listed):
        raise Refused(_("Only fields that the institution fills in can be sent back."))
    if any(not reason.strip() for _entry, _field, reason in listed):
        raise Refused(_("Each field that is sent back needs a reason."))


def check_may_accept(member: Membership, item: Return) -> None:
    """Accepted by somebody other than who submitted it."""
    check_may_review(member, item)
    workflow.RETURN.check(item.state, "accept")


def check_may_lock(member: Membership, round: Round, *, waiting: int, is_acknowledged: bool) -> None:
    """A round is locked when all returns are accepted, or with the missing ones acknowledged by name."""
    check_permission(member, Permission.ROUND_LOCK)
    workflow.ROUND.check(round.state, "lock")
    if waiting and not is_acknowledged:
        raise Refused(_("Not all returns have been accepted. Confirm that the round is locked without them."))


def check_may_ask_reopening(member: Membership, round: Round, reason: str, *, is_asked: bool) -> None:
    """Reopening is signed by two: one asks with a reason, another approves."""
    check_permission(member, Permission.ROUND_REOPEN_ASK)
    workflow.ROUND.check(round.state, "reopen")
    if is_asked:
        raise Refused(_("The reopening of this round has been asked for already."))
    if not reason.strip():
        raise Refused(_("Say why the round must be reopened."))


def check_may_decide_reopening(member: Membership, *, asked_by: Membership, is_open: bool) -> None:
    """The second signature is another person's."""
    check_permission(member, Permission.ROUND_REOPEN_APPROVE)
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
    found: list[tuple[str, str | Promise]] = []
    if entry.money_source and entry.spent is None:
        found.append(("spent", _("Write the amount, or leave out the source of the money.")))
    if entry.is_lead:
        found += _lead_problems(entry, period)
    return [Problem(entry, field, text) for field, text in found]


def _lead_problems(entry: Entry, period: Period) -> list[tuple[str, str | Promise]]:
    status = entry.status
    found: list[tuple[str, str | Promise]] = []
    if not status:
        found.append(("status", _("Choose the status.")))
    if status == "not_due":
        found += _not_due_problems(entry, period)
    if status in ("on_track", "completed") and not entry.done.strip():
        found.append(("done", _("Say what was done in the quarter.")))
    if status == "completed" and not entry.outputs.strip():
        found.append(("outputs", _("Name the outputs that were reached.")))
    if status in ("delayed", "constrained", "dropped"):
        found += _obstacle_problems(entry)
    if status in ("on_track", "delayed", "constrained") and not entry.next_plan.strip():
        found.append(("next_plan", _("Say what is planned for the next half-year.")))
    return found


def _not_due_problems(entry: Entry, period: Period) -> list[tuple[str, str | Promise]]:
    """“Not due yet” is for activities whose time comes after the quarter and on which nothing was done; an activity
    without a date (“ongoing”, “each year”) may be not due as well.
    """
    due_on = entry.activity.due_on
    if due_on is not None and due_on <= period.end:
        return [("status", _("The activity was due in this quarter or before; choose another status."))]
    if entry.done.strip() or entry.outputs.strip():
        return [("status", _("You say that something was done; choose another status than “not due yet”."))]
    return []


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
