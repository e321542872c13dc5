"""Concerns: what somebody who keeps no case files has seen, handed to an institution that does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from besa.audit import actions as audit
from besa.cases.actions import drafts
from besa.cases.actions.reading import record_reading
from besa.cases.forms import CHILD
from besa.cases.models import Concern, Draft
from besa.cases.queries import working_agencies
from besa.directory.access import Permission
from besa.directory.case_policy import WORKERS
from besa.directory.models import Agency, Membership, Place
from besa.lib.refusal import Refused
from besa.notices import actions as notices
from besa.notices.models import Notice
from besa.vault import cells, keystore


@sensitive_variables()
def send_concern(*, draft: Draft, to: Agency, by: Membership, at: datetime) -> Concern:
    """Hand a report over: its content is sealed anew by a key of the concern's own, and the draft is gone."""
    drafts.check_may_report(by)
    scope = keystore.new_scope(at=at)
    with transaction.atomic():
        answers = drafts.answers_of(draft)
        how, where, age = answers.get("how"), answers.get("where"), answers.get("age")
        if not how or not where or not age:
            raise Refused(_("Something that must be answered is missing."))
        if not working_agencies(timezone.localdate(at)).filter(pk=to.pk).exists():
            raise Refused(_("Nobody in this institution keeps case files; choose another one."))
        concern = Concern(
            scope=scope, to=to, channel=how["channel"], place=Place.objects.filter(code=where["place"] or "").first(),
            is_child=CHILD[age["is_child"]], risk=answers.get("risk", {}).get("risk", "unknown"), sent_by=by, sent_at=at,
        )  # fmt: skip
        told = {**answers, "_instrument": draft.instrument}
        cells.seal(concern, content=json.dumps(told, ensure_ascii=False))
        concern.save(force_insert=True)
        audit.record("concern_sent", concern, by=by, at=at, fields=["to", "channel", "content"])
        drafts.finish(draft, by, at)
        _tell(concern, at)
        return concern


def _tell(concern: Concern, at: datetime) -> None:
    members = Membership.objects.active_on(timezone.localdate(at)).filter(agency=concern.to, role__in=WORKERS)
    notices.send(
        to=members.order_by("pk"),
        kind=Notice.Kind.CONCERN_SENT,
        url_name="cases:concern",
        url_args=[str(concern.pk)],
        at=at,
    )


def visible_to(member: Membership) -> QuerySet[Concern]:
    """Concerns that the member has sent, and those sent to her institution where she works on cases."""
    rows = Concern.objects.select_related("to", "sent_by__user", "sent_by__agency", "place", "case")
    mine = Q(sent_by=member)
    if member.can(Permission.CONCERN_TAKE):
        mine |= Q(to=member.agency_id)
    return rows.filter(mine)


def waiting(member: Membership) -> QuerySet[Concern]:
    """Concerns that wait for the member's institution, the oldest first."""
    if not member.can(Permission.CONCERN_TAKE):
        return Concern.objects.none()
    return visible_to(member).filter(to=member.agency_id, state=Concern.State.SENT).order_by("sent_at", "id")


def read_concern(*, concern: Concern, by: Membership, at: datetime) -> Mapping[str, Any]:
    """What was reported, recorded as a reading."""
    with transaction.atomic():
        if not visible_to(by).filter(pk=concern.pk).exists():
            raise Refused(_("This was reported to another institution."))
        told = drafts.answers_of(concern)
        record_reading("concern_read", concern, by=by, at=at, fields=["content"])
        return told


@sensitive_variables()
def take(*, concern: Concern, by: Membership, at: datetime) -> Draft:
    """Take it up: what was reported stands in a report of one's own, which is gone through and sent as every other."""
    with transaction.atomic():
        row = _held(concern, by)
        told = drafts.answers_of(row)
        instrument = str(told.pop("_instrument", ""))
        draft = drafts.begin(instrument=instrument, answers=told, by=by, at=at)
        _end(row, Concern.State.TAKEN, "concern_taken", by, at)
        return draft


def close_concern(*, concern: Concern, answer: str, by: Membership, at: datetime) -> Concern:
    """No case is opened; the reporter is told why in words."""
    with transaction.atomic():
        row = _held(concern, by)
        if not answer.strip():
            raise Refused(_("Tell the reporter why in a sentence."))
        cells.seal(row, answer=answer.strip())
        return _end(row, Concern.State.CLOSED, "concern_closed", by, at)


def _held(concern: Concern, by: Membership) -> Concern:
    row = Concern.objects.select_for_update(of=("self",)).select_related("sent_by", "to").get(pk=concern.pk)
    if not by.can(Permission.CONCERN_TAKE) or row.to_id != by.agency_id:
        raise Refused(_("This was reported to another institution."))
    if row.state != Concern.State.SENT:
        raise Refused(_("Somebody has answered this already."))
    return row


def _end(row: Concern, state: str, verb: str, by: Membership, at: datetime) -> Concern:
    row.state, row.taken_by, row.taken_at = state, by, at
    row.save()
    audit.record(verb, row, by=by, at=at, fields=["state"])
    notices.send(
        to=[row.sent_by], kind=Notice.Kind.CONCERN_ANSWERED, url_name="cases:concern", url_args=[str(row.pk)], at=at
    )
    return row
