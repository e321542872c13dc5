"""Whom an emergency opening is told to, at once: who leads the case, its institution's supervisors, the data protection officer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from besa.cases.models import Custodian, Glass
from besa.directory.models import Membership
from besa.notices import actions as notices
from besa.notices.models import Notice


def watchers(glass: Glass, at: datetime) -> Iterable[Membership]:
    """The members who are told of the opening, each once, without the one who opened."""
    day = timezone.localdate(at)
    leads = Q(pk__in=glass.case.team.filter(is_lead=True, ended_at__isnull=True).values("membership"))
    officers = Q(role="data_protection")
    custodians = Q(
        pk__in=Custodian.objects.filter(compartment=glass.case.compartment_id, state="active", until_at__gt=at).values(
            "membership"
        )
    )
    authority = Q(role="responsible_authority") if glass.case.compartment_id is None else Q(pk__in=[])
    found = Membership.objects.active_on(day).filter(leads | officers | custodians | authority)
    return found.exclude(user=glass.membership.user_id).order_by("pk")


def tell_of_glass(glass: Glass, at: datetime) -> None:
    """A notice without content: that there is something to look at, not what."""
    kind = Notice.Kind.GLASS_ASKED if glass.state == Glass.State.ASKED else Notice.Kind.GLASS_BROKEN
    notices.send(to=watchers(glass, at), kind=kind, url_name="cases:glass", url_args=[str(glass.pk)], at=at)
