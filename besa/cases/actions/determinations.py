"""The status log: determinations, their corrections, appeals against them. A row is never changed; a correction is a new one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.cases import policy
from besa.cases import rules_status as rules
from besa.cases.actions import clocks
from besa.cases.actions.common import locked
from besa.cases.codes import Basis, Status
from besa.cases.models import Appeal, Case, Determination
from besa.cases.queries_status import reflection_over_on, steps_of
from besa.cases.rules import check_second_person
from besa.cases.status_log import Step, in_force, kind_of
from besa.cases.time_limits import Kind
from besa.directory.case_policy import Deed
from besa.directory.models import Agency, Membership
from besa.lib.refusal import Refused
from besa.vault import cells

TICK = timedelta(microseconds=1)


def determine(
    *,
    case: Case,
    status: str,
    decided_on: date,
    basis: str,
    criteria: Iterable[str] = (),
    body: Agency | None = None,
    reason: str = "",
    corrects: Determination | None = None,
    by: Membership,
    at: datetime,
) -> Determination:
    """Record what the person was found to be, from which day, on what, by which body (the recorder's own where none is given).

    The case takes the log's last word. Raises Refused where the step may not follow, comes too early or needs reasons.
    """
    if basis == Basis.APPEAL:
        raise Refused(_("Record the decision on the appeal; the determination comes with it."))
    with transaction.atomic():
        return _determine(case, status, decided_on, basis, criteria, body, reason, corrects, by, at)


def _determine(
    case: Case,
    status: str,
    decided_on: date,
    basis: str,
    criteria: Iterable[str],
    body: Agency | None,
    reason: str,
    corrects: Determination | None,
    by: Membership,
    at: datetime,
) -> Determination:
    if status not in Status.values or basis not in Basis.values:
        raise Refused(_("Choose the status and its basis from the lists."))
    found, standing = locked(case, by, rules.deed_of(status), at)
    _check_corrects(found, corrects, standing)
    steps = steps_of(found)
    recorded_at = max([at, *(step.recorded_at + TICK for step in steps)])  # the log has an order, and grows at its end
    step = Step(uuid.uuid4(), status, basis, decided_on, recorded_at, corrects.pk if corrects else None)
    log = in_force([*steps, step])
    codes = list(dict.fromkeys(criteria))
    rules.check_day(decided_on, timezone.localdate(at))
    rules.check_criteria(codes)
    rules.check_withdrawal(status, is_child=found.is_child)
    rules.check_order(log)
    rules.check_reflection_is_over(step, reflection_over_on(found, log))
    rules.check_reason(log, step, found.kind, reason)
    row = Determination(
        id=step.key, scope=found.scope, case=found, status=status, decided_on=decided_on, basis=basis, criteria=codes,
        body=body or by.agency, decider=by, recorded_at=recorded_at, recorded_by=by, corrects=corrects,
    )  # fmt: skip
    cells.seal(row, reason=reason.strip())
    row.save(force_insert=True)
    fields = ["status", "decided_on", "basis", "criteria", "body", "reason", *(["corrects"] if corrects else [])]
    audit.record("status_determined", row, by=by, at=at, fields=fields, relation=standing.relation)
    before = found.status
    _take_last_word(found, log, by, at)
    _run_clocks(found, before, by, at)
    return row


def _check_corrects(case: Case, corrects: Determination | None, standing: policy.Standing) -> None:
    """A correction belongs to the same case, goes against the newest wording, and is made by who may decide what it corrects."""
    if corrects is None:
        return
    if corrects.case_id != case.pk:
        raise Refused(_("The determination belongs to another case."))
    if Determination.objects.filter(corrects=corrects).exists():
        raise Refused(_("This determination was corrected already; correct the newer one."))
    if not standing.may(rules.deed_of(corrects.status)):
        raise Refused(_("Who may not make a determination does not correct it either."))


def _take_last_word(case: Case, log: list[Step], by: Membership, at: datetime) -> None:
    """The case says what the log says last, and is a victim's or that of a person at risk accordingly."""
    status, kind = log[-1].status, kind_of(log, case.kind)
    if (case.status, case.kind) != (status, kind):
        case.status, case.kind = status, kind
        case.save(update_fields=["status", "kind"])
        audit.record("case_status_changed", case, by=by, at=at, fields=["status", "kind"])


SUSPECTED = (Status.POTENTIAL, Status.PRESUMED)


def _run_clocks(case: Case, before: str, by: Membership, at: datetime) -> None:
    """A suspicion starts the period of reflection, once; a decision meets the time limit for it, an end calls it off. What protects
    the person goes on whatever is decided.
    """
    if case.status == before:
        return
    if case.status in SUSPECTED:
        if before not in SUSPECTED:
            clocks.start(case=case, kind=Kind.REFLECTION, agency=case.owner, by=by, at=at)
    elif case.status in rules.CONFIRMED:
        clocks.meet(case=case, kind=Kind.IDENTIFICATION, by=by, at=at)
    else:
        clocks.stop(case=case, kind=Kind.IDENTIFICATION, by=by, at=at)


def lodge_appeal(*, determination: Determination, lodged_on: date, by: Membership, at: datetime) -> Appeal:
    """Record that the person appeals against the decision whether she is a victim. The team or the Responsible Authority takes it."""
    with transaction.atomic():
        _lock_for_appeal(determination.case, by, at)
        rules.check_day(lodged_on, timezone.localdate(at))
        if lodged_on < determination.decided_on:
            raise Refused(_("The appeal cannot be older than the determination."))
        rules.check_may_appeal(
            determination.status,
            is_corrected=Determination.objects.filter(corrects=determination).exists(),
            is_open=determination.appeals.filter(outcome=Appeal.Outcome.OPEN).exists(),
        )
        appeal = Appeal.objects.create(determination=determination, lodged_on=lodged_on, recorded_at=at, recorded_by=by)
        audit.record("appeal_lodged", appeal, by=by, at=at, fields=["lodged_on"])
        return appeal


def _lock_for_appeal(case: Case, by: Membership, at: datetime) -> policy.Standing:
    standing = policy.standing(by, case, at)
    deed = Deed.STATUS_CONFIRM if standing.may(Deed.STATUS_CONFIRM) else Deed.STATUS_DECIDE
    return locked(case, by, deed, at)[1]


def decide_appeal(
    *, appeal: Appeal, outcome: str, decided_on: date, status: str = "", reason: str = "", by: Membership, at: datetime
) -> Appeal:
    """Record how an appeal ended. `overturned` makes a new determination of `status` on the basis of the appeal.

    Who decided does not decide on the appeal; that the person has withdrawn it, her team may record too.
    """
    with transaction.atomic():
        standing = _lock_for_appeal(appeal.determination.case, by, at)
        rows = Appeal.objects.select_for_update(of=("self",)).select_related("determination__decider")
        row = rows.get(pk=appeal.pk)
        held = row.determination
        if row.outcome != Appeal.Outcome.OPEN:
            raise Refused(_("The appeal has been decided already."))
        rules.check_appeal_outcome(outcome, status, was=held.status)
        rules.check_day(decided_on, timezone.localdate(at))
        if decided_on < row.lodged_on:
            raise Refused(_("An appeal is not decided before it is lodged."))
        if outcome != Appeal.Outcome.WITHDRAWN:
            if not standing.may(Deed.STATUS_CONFIRM):
                raise Refused(_("You may not do this with this case as you stand to it now."))
            check_second_person(by, held.decider)
        row.outcome, row.decided_on = outcome, decided_on
        row.save(update_fields=["outcome", "decided_on"])
        audit.record("appeal_decided", row, by=by, at=at, fields=["outcome", "decided_on"])
        if outcome == Appeal.Outcome.OVERTURNED:
            _determine(held.case, status, decided_on, Basis.APPEAL, held.criteria, None, reason, None, by, at)
        return row
