"""What is seen of providers and referrals: free places, who suits, what waits. Read only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from besa.assistance.models import Provider, Referral
from besa.assistance.rules import problems
from besa.cases.codes import Need
from besa.directory.models import Membership

WITH_BED = (Provider.Kind.RECEPTION, Provider.Kind.SHELTER)


def with_free(providers: QuerySet[Any]) -> QuerySet[Any]:
    """The providers, each with `free`: its places less those taken by accepted referrals and otherwise."""
    living = Q(referrals__state=Referral.State.ACCEPTED, referrals__services__icontains=f'"{Need.SHELTER.value}"')
    persons = Coalesce(Count("referrals", filter=living) + Coalesce(Sum("referrals__companions", filter=living), 0), 0)
    found: QuerySet[Any] = providers.annotate(free=F("capacity") - F("taken_otherwise") - persons)
    return found


def free_places(provider: Provider) -> int:
    """How many persons the provider could take now."""
    row = with_free(Provider.objects.filter(pk=provider.pk)).values_list("free", flat=True)
    return int(row[0])


@dataclass(frozen=True)
class Choice:
    """A provider for a person: how many free places, and why it does not suit (codes of `Referral.Decline`)."""

    provider: Provider
    free: int
    problems: list[str]
    is_near: bool

    @property
    def suits(self) -> bool:
        return not self.problems


def choices(
    *,
    services: Iterable[str],
    sex: str,
    is_child: bool | None,
    companions: int,
    qark: int | None,
    today: date,
    without: Iterable[int] = (),
) -> list[Choice]:
    """All providers but those of the agencies in `without`, those that suit first, near ones and those with most room before others."""
    asked = list(services)
    rows = with_free(Provider.objects.select_related("agency", "place")).exclude(agency__in=list(without))
    found = [
        Choice(
            row, row.free,
            problems(row, services=asked, sex=sex, is_child=is_child, companions=companions, today=today, free=row.free),
            qark is not None and row.place_id == qark,
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (len(one.problems), not one.is_near, -one.free, one.provider.code))


def waiting(member: Membership, at: datetime) -> QuerySet[Referral]:
    """Referrals that the member's institution has to answer, the most urgent first."""
    rows = Referral.objects.visible_to(member, at).filter(to_agency=member.agency_id, state=Referral.State.OFFERED)
    return rows.select_related("from_agency", "provider", "qark").order_by("reply_by", "id")


def unanswered(member: Membership, at: datetime) -> QuerySet[Referral]:
    """Referrals of the member's institution that were declined or not answered, and have no successor yet; the longest asked for first."""
    rows = Referral.objects.visible_to(member, at).filter(
        from_agency=member.agency_id, state__in=["declined", "expired"], later__isnull=True
    )
    rows = rows.filter(case__state__in=["open", "active", "monitoring"]).select_related("case")
    return rows.only("reply_by", "case__number").order_by("reply_by", "id")
