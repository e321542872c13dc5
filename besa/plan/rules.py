"""What is allowed with a plan and its amendments."""

from __future__ import annotations

from django.utils.translation import gettext as _

from besa.audit.actions import Actor
from besa.directory.access import Permission
from besa.directory.models import Membership
from besa.lib.refusal import Refused
from besa.plan.models import Amendment, Plan


def _check_can(by: Actor, permission: Permission) -> None:
    """The machine itself (commands at the server) may; a member needs the permission."""
    if isinstance(by, Membership) and not by.can(permission):
        raise Refused(_("Your role does not allow this."))


def check_may_import(by: Actor) -> None:
    """Product design, role of the Office of the National Coordinator: it brings the plan into the system."""
    _check_can(by, Permission.PLAN_IMPORT)


def check_may_replace(plan: Plan, replace: bool) -> None:
    """Domain design, plan: a plan in force changes by amendment only, so that every past text can be shown."""
    if not replace:
        raise Refused(
            _(
                "%(plan)s is there already with another content. Change it by an amendment, or load it anew with --replace "
                "while no round has been opened on it."
            )
            % {"plan": plan.code}
        )
    if plan.amendments.exists():
        raise Refused(_("%(plan)s has amendments; change it by another one.") % {"plan": plan.code})


def check_may_draft(by: Membership) -> None:
    """IV.1.(a): the Office and the National Coordinator bring adjustments of the plan forward."""
    _check_can(by, Permission.AMENDMENT_PROPOSE)


def check_may_edit(by: Membership, amendment: Amendment) -> None:
    """A draft is open to those who may propose; what has been proposed stands as it is until it is decided."""
    check_may_draft(by)
    if amendment.state != Amendment.State.DRAFT:
        raise Refused(_("Only a draft can be changed."))


def check_may_withdraw(by: Membership, amendment: Amendment) -> None:
    """Those who propose may take a draft or a proposal back before it is decided."""
    check_may_draft(by)
    if amendment.state not in (Amendment.State.DRAFT, Amendment.State.PROPOSED):
        raise Refused(_("This amendment has been decided or withdrawn."))


def check_may_decide(by: Membership, amendment: Amendment) -> None:
    """Security design: who records the body's decision is another person than who proposed."""
    _check_can(by, Permission.AMENDMENT_DECIDE)
    if amendment.state != Amendment.State.PROPOSED:
        raise Refused(_("Only a proposed amendment can be decided."))
    if amendment.proposed_by.user_id == by.user_id:
        raise Refused(_("Whoever has proposed an amendment does not record its decision; another person does."))
