"""Providers and referrals for tests, made by the real actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from besa.assistance.actions import providers, referrals
from besa.assistance.models import Provider, Referral
from besa.cases.actions import consents
from besa.cases.models import Case
from besa.directory.models import Agency, Membership
from besa.lib import clock


def make_provider(by: Membership, code: str = "house", **values: Any) -> Provider:
    """A shelter with two places for women and children, kept by the institution of `by`."""
    usual: dict[str, Any] = {
        "kind": "shelter", "name_en": code, "name_sq": code, "services": ["shelter", "psychological", "legal"],
        "takes_women": True, "takes_children": True, "takes_with_children": True, "capacity": 2, "address": "Rruga e fshehtë 7",
        "telephone": "+355 4 000 000",
    }  # fmt: skip
    return providers.add_provider(code=code, agency=by.agency, values=usual | values, by=by, at=clock.now())


def agree(
    case: Case,
    by: Membership,
    *,
    groups: tuple[str, ...] = ("names", "birth"),
    to: Agency | None = None,
    at: datetime | None = None,
) -> None:
    """It is agreed that for assistance these parts may be known."""
    at = at or clock.now()
    given_as = "person" if case.is_child is False else "best_interests"
    consents.give_consent(
        case=case, purpose="assistance", recipient=to, groups=groups, given_as=given_as, form="signed", language="sq",
        given_on=timezone.localdate(at), until_at=at + timedelta(days=90), by=by, at=at,
    )  # fmt: skip


def offer(case: Case, to: Agency, by: Membership, provider: Provider | None = None, **values: Any) -> Referral:
    """A referral for a place and legal help, made `at` (now)."""
    at = values.pop("at", None) or clock.now()
    usual: dict[str, Any] = {
        "services": ("shelter", "legal"), "urgency": "soon", "purpose": "assistance", "groups": ("names",),
        "message": "She is afraid of dogs.",
    }  # fmt: skip
    wanted = referrals.Wanted(**usual | values)
    return referrals.refer(case=case, to=to, provider=provider, wanted=wanted, by=by, at=at)
