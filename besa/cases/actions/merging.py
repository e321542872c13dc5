"""Two files of one person become one, by two institutions; it can be undone. Nothing of either file is moved or lost.

The file that goes into the other stays as it is, is not counted and not worked on, and leads to the one that goes on.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.cases import policy
from besa.cases.actions.common import moved
from besa.cases.models import Case, Merge
from besa.cases.rules import check_second_person
from besa.cases.workflow import MERGE
from besa.directory.case_policy import Deed
from besa.directory.models import Membership
from besa.lib.refusal import Refused
from besa.notices import actions as notices
from besa.notices.models import Notice
from besa.vault.row_context import reading_as_system


def ask_merge(*, kept: Case, merged: Case, by: Membership, at: datetime) -> Merge:
    """Ask that one file goes into another. Who leads one of them asks; the other institution, or the Responsible Authority, decides."""
    with transaction.atomic():
        rows = _locked(kept.pk, merged.pk)
        _check_may_ask(rows[kept.pk], rows[merged.pk], by, at)
        asked = Merge.objects.create(kept=rows[kept.pk], merged=rows[merged.pk], asked_by=by, asked_at=at)
        audit.record("merge_asked", asked, by=by, at=at, fields=["kept", "merged"])
        _tell(asked, deciders(asked, at), Notice.Kind.MERGE_ASKED, at)
        return asked


def _locked(*keys: uuid.UUID) -> dict[uuid.UUID, Case]:
    """The cases by their keys, locked; always in one order, so that two do not wait for each other."""
    rows = Case.objects.held().filter(pk__in=keys).order_by("pk")
    return {row.pk: row for row in rows}


def _check_may_ask(kept: Case, merged: Case, by: Membership, at: datetime) -> None:
    if kept.pk == merged.pk:
        raise Refused(_("Choose two cases."))
    leads = [case for case in (kept, merged) if policy.can(by, Deed.MERGE_ASK, case, at)]
    if not leads or not all(policy.can(by, Deed.CASE_VIEW, case, at) for case in (kept, merged)):
        raise Refused(_("Who leads one of the cases, and may know of the other, asks for this."))
    if kept.merged_into_id or merged.merged_into_id:
        raise Refused(_("One of these files goes on as another one already."))
    busy = Q(merged__in=[kept.pk, merged.pk]) | Q(kept=merged.pk, state="asked")
    if Merge.objects.filter(busy, state__in=["asked", "merged", "undoing"]).exists():
        raise Refused(_("A merging of one of these files waits or was done already."))


def deciders(merge: Merge, at: datetime) -> list[Membership]:
    """Who may decide: leads of the cases in another institution than the asker's, and the Responsible Authority."""
    members = Membership.objects.active_on(timezone.localdate(at)).exclude(agency=merge.asked_by.agency_id)
    chosen = members.filter(
        Q(role="responsible_authority") | Q(agency__in=[merge.kept.owner_id, merge.merged.owner_id])
    )
    return [member for member in chosen.order_by("pk") if _may_decide(member, merge, at)]


def _may_decide(member: Membership, merge: Merge, at: datetime) -> bool:
    sees = all(policy.can(member, Deed.CASE_VIEW, case, at) for case in (merge.kept, merge.merged))
    return sees and any(policy.can(member, Deed.MERGE_CONFIRM, case, at) for case in (merge.kept, merge.merged))


def _check_may_decide(member: Membership, merge: Merge, asker: Membership, at: datetime) -> None:
    check_second_person(member, asker)
    if member.agency_id == asker.agency_id:
        raise Refused(_("Another institution than the one that asked decides."))
    if not any(policy.can(member, Deed.MERGE_CONFIRM, case, at) for case in (merge.kept, merge.merged)):
        raise Refused(_("You may not do this with this case as you stand to it now."))
    if not _may_decide(member, merge, at):
        raise Refused(_("Only who may know of both cases compares them. Ask the Responsible Authority."))


def _held(merge: Merge, verb: str, at: datetime) -> Merge:
    """Both cases and the merging, locked, whoever asks: she is refused by what follows, not by rows that are not there for her."""
    with reading_as_system(at):
        _locked(merge.kept_id, merge.merged_id)
        return moved(merge, verb, MERGE, "kept", "merged", "asked_by", "undone_by")


def decide_merge(*, merge: Merge, is_granted: bool, by: Membership, at: datetime) -> Merge:
    """As the other institution: let the file go into the other one, or refuse."""
    with transaction.atomic():
        row = _held(merge, "confirm" if is_granted else "refuse", at)
        _check_may_decide(by, row, row.asked_by, at)
        row.confirmed_by, row.confirmed_at = by, at
        row.save()
        audit.record("merge_confirmed" if is_granted else "merge_refused", row, by=by, at=at, fields=["state"])
        if is_granted:
            _point(row.merged, row.kept, by, at)
        _tell(row, [row.asked_by], Notice.Kind.MERGE_DECIDED, at)
        return row


def _point(case: Case, into: Case | None, by: Membership, at: datetime) -> None:
    case.merged_into = into
    case.version += 1
    case.save(update_fields=["merged_into", "version"])
    audit.record("case_merged" if into else "case_unmerged", case, by=by, at=at, fields=["merged_into"])


def ask_undoing(*, merge: Merge, by: Membership, at: datetime) -> Merge:
    """Ask that a merging be undone: it was not one person."""
    with transaction.atomic():
        row = _held(merge, "ask_undoing", at)
        if not any(policy.can(by, Deed.MERGE_ASK, case, at) for case in (row.kept, row.merged)):
            raise Refused(_("You may not do this with this case as you stand to it now."))
        row.undone_by, row.undone_at = by, at
        row.save()
        audit.record("merge_undoing_asked", row, by=by, at=at, fields=["state"])
        return row


def decide_undoing(*, merge: Merge, is_granted: bool, by: Membership, at: datetime) -> Merge:
    """As another institution: both files are as they were, or the merging stays."""
    with transaction.atomic():
        row = _held(merge, "undo" if is_granted else "keep", at)
        asker = row.undone_by or row.asked_by
        _check_may_decide(by, row, asker, at)
        if is_granted:
            _point(row.merged, None, by, at)
            row.undone_at = at
        row.save()
        audit.record("merge_undone" if is_granted else "merge_stays", row, by=by, at=at, fields=["state"])
        return row


def _tell(merge: Merge, to: list[Membership], kind: str, at: datetime) -> None:
    notices.send(to=to, kind=kind, url_name="cases:matches", url_args=[merge.kept.number], at=at)
