"""Who is on a case, with whom it is shared, who must not see it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.cases import queries_consent
from besa.cases.actions.common import locked
from besa.cases.consent_rules import check_consented
from besa.cases.models import Case, Conflict, Share, TeamMember
from besa.cases.rules import LONGEST_SHARE, LONGEST_TEAM, check_may_add_to_team, check_until
from besa.directory.case_policy import SEALED_WORKERS, WORKERS, Deed, Purpose
from besa.directory.models import Agency, Membership, User
from besa.lib.refusal import Refused


def add_to_team(
    *, case: Case, membership: Membership, is_lead: bool, until_at: datetime, by: Membership, at: datetime
) -> TeamMember:
    """Put a member on the team, until a moment."""
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.TEAM_EDIT, at)
        check_until(until_at, at, LONGEST_TEAM)
        check_may_add_to_team(
            membership,
            is_worker=membership.role in WORKERS | SEALED_WORKERS and _in_force(membership, at),
            is_there=found.team.filter(membership=membership, ended_at__isnull=True, until_at__gt=at).exists(),
            is_conflicted=found.conflicts.filter(user=membership.user_id, ended_at__isnull=True).exists(),
        )
        _end_expired(found, membership, by=by, at=at)
        added = TeamMember.objects.create(
            case=found, membership=membership, is_lead=is_lead, from_at=at, until_at=until_at, added_by=by
        )
        audit.record("team_member_added", added, by=by, at=at, fields=["membership", "is_lead", "until_at"])
        return added


def _in_force(membership: Membership, at: datetime) -> bool:
    day = timezone.localdate(at)
    return Membership.objects.active_on(day).filter(pk=membership.pk).exists()


def _end_expired(case: Case, membership: Membership, *, by: Membership, at: datetime) -> None:
    for row in case.team.filter(membership=membership, ended_at__isnull=True):
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        audit.record("team_member_ended", row, by=by, at=at, fields=["ended_at"])


def end_team_member(*, team_member: TeamMember, by: Membership, at: datetime) -> TeamMember:
    """Take a member off the team; it counts from her next request. Somebody must go on leading a running case."""
    with transaction.atomic():
        found, _standing = locked(team_member.case, by, Deed.TEAM_EDIT, at)
        row = TeamMember.objects.select_for_update().get(pk=team_member.pk)
        if row.ended_at is not None:
            raise Refused(_("This person is not on the team any more."))
        others = found.team.filter(is_lead=True, ended_at__isnull=True, until_at__gt=at).exclude(pk=row.pk)
        if row.is_lead and not others.exists():
            raise Refused(_("Nobody would lead the case; name another lead first."))
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        audit.record("team_member_ended", row, by=by, at=at, fields=["ended_at"])
        return row


def share(
    *, case: Case, agency: Agency, purpose: str, groups: Iterable[str], until_at: datetime, by: Membership, at: datetime
) -> Share:
    """Share a case with another institution: parts of the file that were consented to, for a purpose, until a moment.

    What nobody has agreed to is not shared, whoever asks (security design, decision 14).
    """
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.SHARE_EDIT, at)
        check_until(until_at, at, LONGEST_SHARE)
        if agency.pk == found.owner_id:
            raise Refused(_("The case belongs to this institution already."))
        why, parts = Purpose(purpose).value, set(groups)
        now = queries_consent.agreed(found, at)
        check_consented(
            parts, now.parts(why, agency.pk), until_at=until_at, agreed_until=now.until(why, agency.pk, parts)
        )
        given = Share.objects.create(
            case=found, agency=agency, purpose=why, groups=sorted(parts), from_at=at, until_at=until_at, given_by=by
        )
        audit.record("share_given", given, by=by, at=at, fields=["agency", "purpose", "groups", "until_at"])
        return given


def end_share(*, share: Share, by: Membership, at: datetime) -> Share:
    """Take a share back, at once."""
    with transaction.atomic():
        locked(share.case, by, Deed.SHARE_EDIT, at)
        row = Share.objects.select_for_update().get(pk=share.pk)
        if row.ended_at is not None:
            raise Refused(_("This was taken back already."))
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        audit.record("share_ended", row, by=by, at=at, fields=["ended_at"])
        return row


def declare_conflict(*, case: Case, user: User, reason: str, by: Membership, at: datetime) -> Conflict:
    """Declare that a person has a conflict of interest: from her next request she finds nothing of the case, in any role."""
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.CONFLICT_DECLARE, at)
        if found.conflicts.filter(user=user, ended_at__isnull=True).exists():
            raise Refused(_("This conflict of interest is declared already."))
        declared = Conflict.objects.create(
            case=found, user=user, reason=Conflict.Reason(reason).value, declared_by=by, declared_at=at
        )
        audit.record("conflict_declared", declared, by=by, at=at, fields=["user", "reason"])
        return declared


def end_conflict(*, conflict: Conflict, by: Membership, at: datetime) -> Conflict:
    """Say that a conflict of interest is over; never the person herself, who does not see the case."""
    with transaction.atomic():
        locked(conflict.case, by, Deed.CONFLICT_DECLARE, at)
        row = Conflict.objects.select_for_update().get(pk=conflict.pk)
        if row.ended_at is not None:
            raise Refused(_("This conflict of interest is over already."))
        if row.declared_by.user_id == by.user_id:
            raise Refused(_("Another person than the one who declared it ends a conflict of interest."))
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        audit.record("conflict_ended", row, by=by, at=at, fields=["ended_at"])
        return row
