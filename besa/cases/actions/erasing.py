"""Legal holds, and erasure by destruction of the key."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.cases import policy
from besa.cases.actions import attachments
from besa.cases.actions.common import locked, moved
from besa.cases.models import Case, Erasure, Hold
from besa.cases.rules import check_may_erase, check_may_withdraw, check_second_person
from besa.cases.workflow import CASE, ERASURE, HOLD
from besa.directory.case_policy import Deed
from besa.directory.models import Membership
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.people import actions as people
from besa.vault import erasures
from besa.vault.row_context import reading_as_system

PROTECTING = (Hold.State.ASKED, Hold.State.IN_FORCE, Hold.State.LIFTING)  # a hold protects from the moment it is asked


def ask_hold(*, case: Case, reason: str, by: Membership, at: datetime) -> Hold:
    """Ask for a legal hold; nothing is erased from now on, until two persons have lifted it."""
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.HOLD_ASK, at)
        hold = Hold.objects.create(case=found, reason=Hold.Reason(reason).value, asked_by=by, asked_at=at)
        audit.record("hold_asked", hold, by=by, at=at, fields=["reason"])
        return hold


def _hold(hold: Hold, verb: str) -> Hold:
    return moved(hold, verb, HOLD, "asked_by", "lifted_by", "case")


def withdraw_hold(*, hold: Hold, by: Membership, at: datetime) -> Hold:
    """Take back a hold that was merely asked for, or, as a second person, do not put it in force. From now on it protects no more."""
    with transaction.atomic():
        found = _hold(hold, "withdraw")
        standing = policy.standing(by, found.case, at)
        check_may_withdraw(
            by, found.asked_by, may_ask=standing.may(Deed.HOLD_ASK), may_confirm=standing.may(Deed.HOLD_CONFIRM)
        )
        found.lifted_by, found.lifted_at = by, at
        found.save(update_fields=["state", "lifted_by", "lifted_at"])
        audit.record("hold_withdrawn", found, by=by, at=at, fields=["state"])
        return found


def confirm_hold(*, hold: Hold, by: Membership, at: datetime) -> Hold:
    """Put a hold in force, as the second person."""
    with transaction.atomic():
        found = _hold(hold, "confirm")
        policy.check_may(by, Deed.HOLD_CONFIRM, found.case, at)
        check_second_person(by, found.asked_by)
        found.confirmed_by, found.confirmed_at = by, at
        found.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        audit.record("hold_confirmed", found, by=by, at=at, fields=["state"])
        return found


def ask_lifting(*, hold: Hold, by: Membership, at: datetime) -> Hold:
    """Ask that a hold be lifted; it protects until another person agrees."""
    with transaction.atomic():
        found = _hold(hold, "ask_lifting")
        policy.check_may(by, Deed.HOLD_ASK, found.case, at)
        found.lifted_by = by
        found.save(update_fields=["state", "lifted_by"])
        audit.record("hold_lifting_asked", found, by=by, at=at, fields=["state"])
        return found


def lift_hold(*, hold: Hold, is_granted: bool, by: Membership, at: datetime) -> Hold:
    """Lift a hold, or keep it, as the second person."""
    with transaction.atomic():
        found = _hold(hold, "lift" if is_granted else "keep")
        policy.check_may(by, Deed.HOLD_CONFIRM, found.case, at)
        if found.lifted_by is not None:
            check_second_person(by, found.lifted_by)
        found.lifted_at = at if is_granted else None
        found.save(update_fields=["state", "lifted_at"])
        audit.record("hold_lifted" if is_granted else "hold_kept", found, by=by, at=at, fields=["state"])
        return found


def holds_on(case: Case) -> int:
    """How many holds protect the case."""
    return case.holds.filter(state__in=PROTECTING).count()


def ask_erasure(*, case: Case, reason: str, by: Membership, at: datetime) -> Erasure:
    """Ask that a closed case be erased."""
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.ERASE_ASK, at)
        check_may_erase(holds=holds_on(found), state=found.state)
        if found.erasures.filter(state=Erasure.State.ASKED).exists():
            raise Refused(_("It is asked already that this case be erased."))
        asked = Erasure.objects.create(case=found, reason=Erasure.Reason(reason).value, asked_by=by, asked_at=at)
        audit.record("erasure_asked", asked, by=by, at=at, fields=["reason"])
        return asked


def refuse_erasure(*, erasure: Erasure, by: Membership, at: datetime) -> Erasure:
    """Refuse that a case be erased, as the second person."""
    with transaction.atomic():
        found = _erasure(erasure, "refuse", by, at)
        audit.record("erasure_refused", found, by=by, at=at, fields=["state"])
        return found


def erase(*, erasure: Erasure, by: Membership, at: datetime) -> Case:
    """Erase a case, as the second person: into the ledger, then its keys are destroyed. Number, states and events remain.

    The scope stands in the ledger before this transaction ends and the keys go after it; a crash between is finished by
    `besa replay_erasures`, also the one before the transaction ends (`finish_replayed`).
    """
    with transaction.atomic():
        found = _erasure(erasure, "carry_out", by, at)
        case = Case.objects.held().select_related("subject").get(pk=found.case_id)
        check_may_erase(holds=holds_on(case), state=case.state)
        CASE.check(case.state, "erase")
        _become_erased(case, by=by, at=at)
        audit.record("erasure_done", found, by=by, at=at, fields=["state"])
        scopes = scopes_of(case)
        erasures.record(scopes, by=by.audit_name, at=at, reason=found.reason)
        transaction.on_commit(partial(erasures.destroy, scopes))
        return case


def finish_replayed(*, at: datetime) -> int:
    """Bring cases after what the ledger of erasures says of them; gives their number. Doing it twice changes nothing.

    The ledger is written before the rows, and restored rows are older than it: a crash in between or a restore leaves a case that
    says that it is closed, and that no key opens any more.
    """
    with reading_as_system(at):
        said = {entry.scope: entry for entry in erasures.entries()}
        behind = Case.objects.held().select_related("subject").exclude(state=Case.State.ERASED)
        done = 0
        for case in behind.filter(scope__in=said).order_by("pk") if said else ():
            entry, done = said[case.scope], done + 1
            _become_erased(case, by=audit.SYSTEM, at=at)
            decider = (
                Membership.objects.filter(pk=entry.by.removeprefix("membership:")) if _is_member(entry.by) else None
            )
            for row in case.erasures.select_for_update().filter(state=Erasure.State.ASKED):
                row.state, row.decided_at = ERASURE.after(row.state, "carry_out"), entry.at
                row.decided_by = decider.first() if decider is not None else None
                row.save(update_fields=["state", "decided_by", "decided_at"])
                audit.record("erasure_done", row, by=audit.SYSTEM, at=at, fields=["state"])
        return done


def _is_member(name: str) -> bool:
    return name.removeprefix("membership:").isdecimal()


def _become_erased(case: Case, *, by: audit.Actor, at: datetime) -> None:
    """What is left of an erased case: its number and its states; whatever state it was in when it was lost."""
    case.state = Case.State.ERASED
    case.version += 1
    case.save(update_fields=["state", "version"])
    people.forget(person=case.subject)
    attachments.remove_files(case)
    audit.record("case_erased", case, by=by, at=at, fields=["state"])


def after_replay() -> None:
    """The keys of what was erased are gone; the rows follow."""
    finish_replayed(at=clock.now())


def scopes_of(case: Case) -> list[uuid.UUID]:
    """The data keys of the case and of its attachments."""
    return [case.scope, *case.attachments.values_list("scope", flat=True)]


def _erasure(erasure: Erasure, verb: str, by: Membership, at: datetime) -> Erasure:
    found = moved(erasure, verb, ERASURE, "asked_by", "case")
    policy.check_may(by, Deed.ERASE_CONFIRM, found.case, at)
    check_second_person(by, found.asked_by)
    found.decided_by, found.decided_at = by, at
    found.save(update_fields=["state", "decided_by", "decided_at"])
    return found
