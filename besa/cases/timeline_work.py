"""What was agreed to and what was spoken of, for the timeline of a case. Who is only a guest is told what concerns her."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from besa.cases import queries_consent, queries_work
from besa.cases.models import Case, Conference, Override
from besa.cases.policy import Standing
from besa.cases.timeline import Moment
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest

EACH = _("each institution to which the person is referred")


def agreements(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Moment]:
    """Consent given and withdrawn; disclosures without it."""
    if not standing.may(Deed.FACTS_VIEW):
        return
    agency = request.member.agency_id if queries_work.is_guest(standing, Deed.FACTS_VIEW) else None
    for row in queries_consent.consents_of(case, agency):
        whom = row.recipient.name if row.recipient else EACH
        yield Moment(row.recorded_at, _("Consent was recorded."), whom, "check")
        if row.withdrawn_at:
            yield Moment(row.withdrawn_at, _("A consent was withdrawn."), whom, "ban")
    for forced in queries_consent.overrides_of(case, agency):
        if forced.decided_at and forced.state != Override.State.REFUSED:
            yield Moment(
                forced.decided_at, _("A disclosure without consent was approved."), forced.recipient.name, "eye"
            )


def meetings(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Moment]:
    """Conferences that were held."""
    if standing.may(Deed.CONFERENCE_VIEW):
        for row in case.conferences.filter(state=Conference.State.HELD).select_related("body"):
            if row.held_at and queries_work.is_shown(row, request.member, standing):
                yield Moment(row.held_at, _("A case conference was held."), row.body.name if row.body else "", "users")
