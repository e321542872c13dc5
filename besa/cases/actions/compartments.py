"""Compartments: named people alone know of the cases in them. A custodian is proposed by one person and approved by another."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.cases.actions.common import locked, moved
from besa.cases.models import Canary, Case, Compartment, Custodian
from besa.cases.rules import check_custodian, check_until
from besa.cases.workflow import CUSTODIAN
from besa.directory.access import Permission
from besa.directory.case_policy import SEALED_WORKERS, WORKERS, Deed
from besa.directory.models import Membership
from besa.directory.rules import check_permission
from besa.lib.refusal import Refused

LONGEST = timedelta(days=366)


def open_compartment(*, code: str, name_en: str, name_sq: str, by: Membership, at: datetime) -> Compartment:
    """Make an empty compartment."""
    with transaction.atomic():
        check_permission(by, Permission.COMPARTMENT_PROPOSE)
        made = Compartment.objects.create(code=code, name_en=name_en, name_sq=name_sq, created_at=at)
        audit.record("compartment_opened", made, by=by, at=at, fields=["code", "name_en", "name_sq"])
        return made


def propose_custodian(
    *, compartment: Compartment, membership: Membership, until_at: datetime, by: Membership, at: datetime
) -> Custodian:
    """Propose that a member be named in a compartment."""
    with transaction.atomic():
        check_permission(by, Permission.COMPARTMENT_PROPOSE)
        check_until(until_at, at, LONGEST)
        if membership.role not in WORKERS | SEALED_WORKERS:
            raise Refused(_("This role does not work on cases."))
        check_custodian(by, membership, None, _held(compartment, at))
        named = Custodian.objects.create(
            compartment=compartment, membership=membership, from_at=at, until_at=until_at,
            proposed_by=by.user, proposed_at=at,
        )  # fmt: skip
        audit.record("custodian_proposed", named, by=by, at=at, fields=["membership", "until_at"])
        return named


def _held(compartment: Compartment, at: datetime) -> set[int]:
    rows = compartment.custodians.filter(state__in=("proposed", "active"), until_at__gt=at)
    return set(rows.values_list("membership_id", flat=True))


def decide_custodian(*, custodian: Custodian, is_granted: bool, by: Membership, at: datetime) -> Custodian:
    """Approve or refuse a custodian, as the second person."""
    with transaction.atomic():
        check_permission(by, Permission.COMPARTMENT_APPROVE)
        found = moved(custodian, "approve" if is_granted else "refuse", CUSTODIAN, "membership")
        check_custodian(by, found.membership, found.proposed_by_id, ())
        found.decided_by, found.decided_at = by.user, at
        found.save(update_fields=["state", "decided_by", "decided_at"])
        verb = "custodian_approved" if is_granted else "custodian_refused"
        audit.record(verb, found, by=by, at=at, fields=["state"])
        return found


def end_custodian(*, custodian: Custodian, by: Membership, at: datetime) -> Custodian:
    """Take a name out of a compartment, at once; one person is enough."""
    with transaction.atomic():
        if not (by.can(Permission.COMPARTMENT_PROPOSE) or by.can(Permission.COMPARTMENT_APPROVE)):
            raise Refused(_("Your role does not include this."))
        found = moved(custodian, "end", CUSTODIAN)
        found.until_at = max(found.from_at, min(found.until_at, at))
        found.save(update_fields=["state", "until_at"])
        audit.record("custodian_ended", found, by=by, at=at, fields=["state", "until_at"])
        return found


def put_into(*, case: Case, compartment: Compartment, by: Membership, at: datetime) -> Case:
    """Seal a case in a compartment of which the lead is a custodian: from now on nobody else knows of it."""
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.CASE_MOVE, at)
        if not compartment.custodians.filter(membership=by, state="active", from_at__lte=at, until_at__gt=at).exists():
            raise Refused(_("Only a custodian named in the compartment puts a case into it."))
        found.compartment = compartment
        found.version += 1
        found.save(update_fields=["compartment", "version"])
        audit.record("case_sealed", found, by=by, at=at, fields=["compartment"])
        return found


def set_canary(*, case: Case, by: Membership, at: datetime) -> Canary:
    """Mark a made-up case that nobody has a reason to open."""
    with transaction.atomic():
        check_permission(by, Permission.CANARY_SET)
        canary = Canary.objects.create(case=case, set_by=by, set_at=at)
        audit.record("canary_set", canary, by=by, at=at)
        return canary
