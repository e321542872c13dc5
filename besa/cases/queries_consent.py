"""What the person has agreed to, as of a moment: the only place from which it is known what another institution may be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from besa.cases import consent_rules, policy
from besa.cases.models import Case, Consent, Override, Share
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.models import Agency, Membership


def consented(case: Case, *, purpose: str, recipient: Agency | int, at: datetime) -> frozenset[str]:
    """The parts of the file (codes of `case_policy.SHAREABLE`) that the institution may know for the purpose at the moment.

    By consent in force, or by a disclosure that two have approved. A part that nobody agreed to is never in it.
    """
    return agreed(case, at).parts(purpose, recipient if isinstance(recipient, int) else recipient.pk)


@dataclass(frozen=True)
class Grant:
    """Parts for a purpose and a recipient (None: each institution that the person is referred to), until a moment."""

    purpose: str
    recipient: int | None
    groups: frozenset[str]
    until_at: datetime


@dataclass(frozen=True)
class Agreed:
    """All grants of a case that are in force at one moment."""

    grants: tuple[Grant, ...]

    def _for(self, purpose: str, recipient: int) -> Iterator[Grant]:
        for grant in self.grants:
            if grant.purpose == purpose and grant.recipient in (None, recipient):
                yield grant

    def parts(self, purpose: str, recipient: int) -> frozenset[str]:
        return frozenset().union(*(grant.groups for grant in self._for(purpose, recipient)))

    def until(self, purpose: str, recipient: int, groups: Iterable[str]) -> datetime | None:
        """Until when all these parts (with none: any part) may be known; None where one of them may not."""
        grants = list(self._for(purpose, recipient))
        if not (wanted := set(groups)):
            return max((grant.until_at for grant in grants), default=None)
        ends = [max((g.until_at for g in grants if part in g.groups), default=None) for part in wanted]
        known = [end for end in ends if end is not None]
        return min(known) if len(known) == len(ends) else None


def agreed(case: Case, at: datetime) -> Agreed:
    """What is agreed in the case at the moment, in three queries: consents, disclosures approved by two, and who speaks for a child."""
    speaks = consent_rules.voices(is_child=case.is_child, has_guardian=has_guardian(case, at))
    given = case.consents.filter(given_as__in=sorted(speaks), recorded_at__lte=at, until_at__gt=at)
    given = given.filter(Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at))
    forced = case.overrides.filter(decided_at__lte=at, until_at__gt=at).exclude(state__in=["asked", "refused"])
    forced = forced.exclude(is_justified=False, reviewed_at__lte=at)
    fields = ("purpose", "recipient", "groups", "until_at")
    rows = [*given.values_list(*fields), *forced.values_list(*fields)]
    return Agreed(tuple(Grant(purpose, who, frozenset(groups), until) for purpose, who, groups, until in rows))


def in_force(case: Case, rows: Iterable[Consent], at: datetime) -> list[Consent]:
    """Those of the consents that count at the moment."""
    speaks = consent_rules.voices(is_child=case.is_child, has_guardian=has_guardian(case, at))
    return [
        row
        for row in rows
        if row.given_as in speaks
        and row.recorded_at <= at < row.until_at
        and not (row.withdrawn_at and row.withdrawn_at <= at)
    ]


def has_guardian(case: Case, at: datetime) -> bool:
    """Whether somebody stands for the child now who is not suspected and has no conflict of interest."""
    day = timezone.localdate(at)
    rows = case.subject.guardians.filter(is_excluded=False)
    rows = rows.filter(Q(from_on__isnull=True) | Q(from_on__lte=day), Q(until_on__isnull=True) | Q(until_on__gte=day))
    return bool(rows.exists())


def shared_parts(case: Case, agency: Agency | int, at: datetime, purpose: str = "") -> frozenset[str]:
    """The parts that the institution knows at the moment by shares in force: never one that is not agreed to any more.

    With `purpose` only what was shared for it.
    """
    key = agency if isinstance(agency, int) else agency.pk
    rows = shares_in_force(case, at).filter(agency=key)
    shares = list((rows.filter(purpose=purpose) if purpose else rows).values_list("purpose", "groups"))
    if not shares:
        return frozenset()
    now = agreed(case, at)
    return frozenset().union(*(now.parts(why, key) & set(groups) for why, groups in shares))


def shares_in_force(case: Case, at: datetime) -> QuerySet[Share]:
    return case.shares.filter(ended_at__isnull=True, from_at__lte=at, until_at__gt=at)


# --- what is shown


def _of(agency: int | None) -> Q:
    """What concerns an institution that the case was only shared with; None: everything."""
    return Q() if agency is None else Q(recipient=agency) | Q(recipient__isnull=True)


def consents_of(case: Case, agency: int | None = None) -> QuerySet[Consent]:
    """All consents of a case, the newest first; or those that let this institution know something."""
    people = ("recipient", "recorded_by__user", "withdrawn_by__user")
    return case.consents.filter(_of(agency)).select_related(*people).order_by("-recorded_at", "id")


def overrides_of(case: Case, agency: int | None = None) -> QuerySet[Override]:
    return case.overrides.filter(_of(agency)).select_related(
        "recipient", "asked_by__user", "decided_by__user", "reviewed_by__user"
    )


def overrides_waiting(member: Membership, at: datetime) -> list[Override]:
    """Disclosures without consent that the member may decide, and those that she may review; the oldest first."""
    if not member.can(Permission.OVERRIDE_APPROVE):
        return []
    decided = policy.allowed(member, Deed.OVERRIDE_APPROVE, at, named="case")
    to_decide = Q(state=Override.State.ASKED, until_at__gt=at)
    to_review = Q(state=Override.State.APPROVED) & ~Q(decided_by__user=member.user_id)
    rows = Override.objects.filter(to_decide | to_review, decided).exclude(asked_by__user=member.user_id)
    rows = rows.select_related("case", "recipient", "asked_by__agency", "asked_by__user")
    return list(rows.order_by("asked_at", "id"))
