"""What an accepted referral does to a case: the receiver comes in, the case changes hands, the receiver goes out again.

The rights were checked when the referral was made (`referral_make`, `case_transfer`) and when it was answered; these are called by
the actions of referrals alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from besa.audit import actions as audit
from besa.cases.actions.counted import keep_codes
from besa.cases.models import Case, Share, TeamMember
from besa.cases.rules import LONGEST_TEAM
from besa.directory.models import Agency, Membership


def admit(
    *, case: Case, agency: Agency, purpose: str, groups: Iterable[str], until_at: datetime, given_by: Membership,
    by: Membership, at: datetime,
) -> Share:  # fmt: skip
    """Let the institution that has accepted in: the parts that were consented to, until a moment."""
    with transaction.atomic():
        share = Share.objects.create(
            case=case, agency=agency, purpose=purpose, groups=sorted(groups), from_at=at, until_at=until_at, given_by=given_by
        )  # fmt: skip
        audit.record("share_given", share, by=by, at=at, fields=["agency", "purpose", "groups", "until_at"])
        return share


def dismiss(*, share: Share, by: audit.Actor, at: datetime) -> None:
    """Take back at once what a referral has opened; nothing happens where it is over already."""
    with transaction.atomic():
        row = Share.objects.select_for_update().get(pk=share.pk)
        if row.ended_at is None:
            row.ended_at = at
            row.save(update_fields=["ended_at"])
            audit.record("share_ended", row, by=by, at=at, fields=["ended_at"])


def hand_over(*, case: Case, lead: Membership, by: Membership, at: datetime) -> Case:
    """The case belongs to the institution of `lead` from now on; who led it before stays on the team as a member until she is taken off."""
    with transaction.atomic():
        found = Case.objects.held().get(pk=case.pk)
        for row in found.team.filter(is_lead=True, ended_at__isnull=True):
            row.is_lead = False
            row.save(update_fields=["is_lead"])
            audit.record("team_member_changed", row, by=by, at=at, fields=["is_lead"])
        own = found.team.filter(membership=lead, ended_at__isnull=True, until_at__gt=at).first()
        if own is None:
            for row in found.team.filter(membership=lead, ended_at__isnull=True):
                row.ended_at = at
                row.save(update_fields=["ended_at"])
                audit.record("team_member_ended", row, by=by, at=at, fields=["ended_at"])
            own = TeamMember(case=found, membership=lead, from_at=at, until_at=at + LONGEST_TEAM, added_by=by)
        own.is_lead = True
        own.save()
        audit.record("team_member_added", own, by=by, at=at, fields=["membership", "is_lead", "until_at"])
        found.owner = lead.agency
        found.version += 1
        found.save(update_fields=["owner", "version"])
        audit.record("case_handed_over", found, by=by, at=at, fields=["owner"])
        keep_codes(case=found, by=by, at=at)
        return found
