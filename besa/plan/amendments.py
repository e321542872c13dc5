"""What happens to amendments: drafted, proposed, decided by a body, taken back. Adoption makes the next version of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from besa.audit import actions as audit
from besa.directory.access import Permission, roles_with
from besa.directory.models import Body, Membership
from besa.directory.queries import people_with
from besa.lib.refusal import Conflict, Refused
from besa.notices.actions import send
from besa.notices.models import Notice
from besa.plan import rules
from besa.plan.actions import keep_version
from besa.plan.changes import Outdated, applied, check_shape
from besa.plan.content.roster import DirectoryRoster
from besa.plan.content.shape import Content
from besa.plan.models import Activity, Amendment, Plan, PlanVersion
from besa.plan.spread import spread
from besa.plan.versions import ADDED, content_of, diff
from besa.plan.workflow import AMENDMENT

Changes = Sequence[dict[str, Any]]


@transaction.atomic
def draft(*, plan: Plan, title: str, reason: str, changes: Changes, by: Membership, at: datetime) -> Amendment:
    """Write down what should change and why. The changes must fit the plan as it stands."""
    rules.check_may_draft(by)
    plan = _locked(plan)
    amendment = Amendment(plan=plan, proposed_by=by, proposed_at=at)
    amendment.number = (plan.amendments.aggregate(last=Max("number"))["last"] or 0) + 1
    _write(amendment, title, reason, changes)
    amendment.save()
    audit.record("amendment_drafted", amendment, by=by, at=at, fields=["title", "reason", "changes"])
    return amendment


@transaction.atomic
def edit(*, amendment: Amendment, title: str, reason: str, changes: Changes, by: Membership, at: datetime) -> Amendment:
    """Correct a draft."""
    amendment = _opened(amendment)
    rules.check_may_edit(by, amendment)
    _write(amendment, title, reason, changes)
    amendment.save(update_fields=["title", "reason", "changes"])
    audit.record("amendment_edited", amendment, by=by, at=at, fields=["title", "reason", "changes"])
    return amendment


@transaction.atomic
def propose(*, amendment: Amendment, by: Membership, at: datetime) -> Amendment:
    """Put a draft before the body; those who record decisions are told."""
    amendment = _opened(amendment)
    rules.check_may_edit(by, amendment)
    _next_content(amendment)
    amendment.state = AMENDMENT.after(amendment.state, "propose")
    amendment.proposed_by, amendment.proposed_at = by, at
    amendment.save(update_fields=["state", "proposed_by", "proposed_at"])
    audit.record("amendment_proposed", amendment, by=by, at=at, fields=["state"])
    people = people_with(roles_with(Permission.AMENDMENT_DECIDE), timezone.localdate(at)).exclude(user=by.user_id)
    _tell(Notice.Kind.AMENDMENT_PROPOSED, list(people), amendment, by, at)
    return amendment


@transaction.atomic
def adopt(
    *, amendment: Amendment, body: Body, decision_number: str, decided_on: date, by: Membership, at: datetime
) -> PlanVersion:
    """Record that a body has adopted the amendment: the plan goes to its next version, its rows say the new text.

    Raises Conflict, and changes nothing, if the plan has been changed in the same place since the amendment was drafted.
    """
    amendment = _opened(amendment)
    rules.check_may_decide(by, amendment)
    before = content_of(amendment.plan)
    content = _next_content(amendment)
    _check_not_reused(amendment, before, content)
    _decide(amendment, "adopt", body=body, decision_number=decision_number, decided_on=decided_on, by=by, at=at)
    plan = amendment.plan
    plan.current_version = content["plan"]["version"]
    spread(plan, content, plan.current_version, before)
    plan.save()
    version = keep_version(plan, content, in_force_from=decided_on, at=at, amendment=amendment)
    changed = sorted({f"{change.target} {change.field}" for change in diff(before, content)})
    audit.record("plan_amended", plan, by=by, at=at, fields=changed)
    _record_on_rows(plan, before, content, by, at)
    return version


@transaction.atomic
def refuse(
    *,
    amendment: Amendment,
    reason: str,
    body: Body,
    decision_number: str,
    decided_on: date,
    by: Membership,
    at: datetime,
) -> Amendment:
    """Record that a body has refused the amendment, and why."""
    amendment = _opened(amendment)
    rules.check_may_decide(by, amendment)
    if not reason.strip():
        raise Refused(_("Say why the amendment is refused."))
    amendment.refusal = reason.strip()
    _decide(amendment, "refuse", body=body, decision_number=decision_number, decided_on=decided_on, by=by, at=at)
    return amendment


@transaction.atomic
def withdraw(*, amendment: Amendment, by: Membership, at: datetime) -> Amendment:
    """Take a draft or a proposal back before it is decided."""
    amendment = _opened(amendment)
    rules.check_may_withdraw(by, amendment)
    amendment.state = AMENDMENT.after(amendment.state, "withdraw")
    amendment.save(update_fields=["state"])
    audit.record("amendment_withdrawn", amendment, by=by, at=at, fields=["state"])
    return amendment


# --- parts of the above


def _locked(plan: Plan) -> Plan:
    """The plan's row is locked first by whoever touches its amendments, so that two adoptions come one after the other."""
    return Plan.objects.select_for_update().get(pk=plan.pk)


def _opened(amendment: Amendment) -> Amendment:
    plan = _locked(amendment.plan)
    amendment = Amendment.objects.select_for_update().get(pk=amendment.pk)
    amendment.plan = plan
    return amendment


def _write(amendment: Amendment, title: str, reason: str, changes: Changes) -> None:
    if not title.strip() or not reason.strip():
        raise Refused(_("An amendment needs a title and a reason."))
    amendment.title, amendment.reason = title.strip(), reason.strip()
    amendment.changes = check_shape(changes)
    _next_content(amendment)


def _next_content(amendment: Amendment) -> Content:
    """The content if the amendment were adopted now; a conflict names the amendment that came first."""
    try:
        return applied(content_of(amendment.plan), amendment.changes, DirectoryRoster())
    except Outdated as outdated:
        first = _who_changed(amendment, outdated)
        if first is None:
            raise
        values = {"number": first.number, "version": first.version.number}
        came_first = _("Amendment %(number)s has changed it in version %(version)s.") % values
        advice = _("Take this one back and draft it anew on the present text.")
        raise Conflict(f"{outdated} {came_first} {advice}") from outdated


def _who_changed(amendment: Amendment, outdated: Outdated) -> Amendment | None:
    adopted = amendment.plan.amendments.filter(state=Amendment.State.ADOPTED).exclude(pk=amendment.pk)
    for other in adopted.select_related("version").order_by("-version__number"):
        if any(
            change["target"] == outdated.target and change["field"] in (outdated.field, "removed", ADDED)
            for change in other.changes
        ):
            return other
    return None


def _check_not_reused(amendment: Amendment, before: Content, content: Content) -> None:
    """An identifier names one activity for ever: returns of years past refer to it."""
    added = [change.target for change in diff(before, content) if change.field == ADDED]
    gone = amendment.plan.activities.filter(identifier__in=added).values_list("identifier", flat=True)
    if gone:
        raise Refused(_("The number %s belonged to an activity that was taken out; give another.") % ", ".join(gone))


def _decide(
    amendment: Amendment, verb: str, *, body: Body, decision_number: str, decided_on: date, by: Membership, at: datetime
) -> None:
    if not decision_number.strip():
        raise Refused(_("Give the number of the decision."))
    if decided_on > timezone.localdate(at):
        raise Refused(_("The decision cannot be dated in the future."))
    amendment.state = AMENDMENT.after(amendment.state, verb)
    amendment.body, amendment.decision_number, amendment.decided_on = body, decision_number.strip(), decided_on
    amendment.decided_by, amendment.decided_at = by, at
    amendment.save()
    audit.record(f"amendment_{amendment.state}", amendment, by=by, at=at, fields=["state", "body", "decision_number"])
    _tell(Notice.Kind.AMENDMENT_DECIDED, [amendment.proposed_by], amendment, by, at)


def _record_on_rows(plan: Plan, before: Content, content: Content, by: Membership, at: datetime) -> None:
    """Each changed activity has the change in its own history."""
    fields: dict[str, list[str]] = {}
    for change in diff(before, content):
        fields.setdefault(change.target, []).append(change.field)
    for activity in Activity.objects.filter(plan=plan, identifier__in=fields):
        audit.record("activity_amended", activity, by=by, at=at, fields=fields[activity.identifier])


def _tell(kind: str, people: list[Membership], amendment: Amendment, by: Membership, at: datetime) -> None:
    if people:
        send(
            to=people,
            kind=kind,
            url_name="plan:amendment",
            url_args=[amendment.plan.code, amendment.number],
            at=at,
            by=by,
        )


__all__ = ["adopt", "draft", "edit", "propose", "refuse", "withdraw"]
