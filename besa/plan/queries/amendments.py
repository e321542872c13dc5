"""An amendment as its page shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from besa.audit.queries import history_of
from besa.directory.models import Membership
from besa.lib.refusal import Refused
from besa.plan import rules
from besa.plan.models import Amendment, PlanVersion
from besa.plan.queries.activity import Happened, actor_names
from besa.plan.queries.versions import Target, by_target


@dataclass(frozen=True)
class AmendmentPage:
    """`reason_…` say why the member may not do the deed; empty if she may."""

    amendment: Amendment
    version: PlanVersion | None
    targets: tuple[Target, ...]
    happened: tuple[Happened, ...]
    why_not_edit: str
    why_not_withdraw: str
    why_not_decide: str


def amendment_page(amendment: Amendment, member: Membership) -> AmendmentPage:
    version: PlanVersion | None = getattr(amendment, "version", None)
    number = version.number - 1 if version else amendment.plan.current_version
    base = PlanVersion.objects.filter(plan=amendment.plan, number=number).first()
    targets = by_target(amendment.changes, *([base.content] if base else []))
    events = history_of(amendment)
    return AmendmentPage(
        amendment=amendment,
        version=version,
        targets=tuple(targets),
        happened=tuple(Happened(event, name) for event, name in zip(events, actor_names(events), strict=True)),
        why_not_edit=_why_not(rules.check_may_edit, member, amendment),
        why_not_withdraw=_why_not(rules.check_may_withdraw, member, amendment),
        why_not_decide=_why_not(rules.check_may_decide, member, amendment),
    )


def _why_not(check: Callable[[Membership, Amendment], None], member: Membership, amendment: Amendment) -> str:
    try:
        check(member, amendment)
    except Refused as refused:
        return str(refused.reason)
    return ""
