"""Case conferences of the local multi-disciplinary group: called, held with minutes and decisions, or cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.cases import policy, queries_work, work_rules
from besa.cases.actions.common import locked
from besa.cases.actions.reading import flags_of, record_reading
from besa.cases.actions.tasks import put_task
from besa.cases.models import Case, Conference, Task
from besa.cases.workflow import CONFERENCE
from besa.directory.case_policy import Deed
from besa.directory.models import Agency, Body, Membership
from besa.lib.refusal import Refused
from besa.notices import actions as notices
from besa.notices.models import Notice
from besa.vault import cells


@dataclass(frozen=True, repr=False)
class Decision:
    """What was decided: somebody does something until a day."""

    title: str
    assigned_to: Membership
    due_on: date


def call_conference(
    *, case: Case, body: Body | None, planned_at: datetime, agenda: str, by: Membership, at: datetime
) -> Conference:
    """Call a conference. Who works on the case is told that there is one, and not about what."""
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.CONFERENCE_EDIT, at)
        work_rules.check_call(agenda, planned_at=planned_at, at=at)
        called = Conference(scope=found.scope, case=found, body=body, planned_at=planned_at, called_by=by, called_at=at)
        cells.seal(called, agenda=agenda.strip())
        called.save(force_insert=True)
        audit.record("conference_called", called, by=by, at=at, fields=["body", "planned_at", "agenda"])
        people = [member for member in queries_work.people_concerned(found, at) if member.user_id != by.user_id]
        notices.send(
            to=people, kind=Notice.Kind.CONFERENCE_CALLED, url_name="cases:conference",
            url_args=[found.number, str(called.pk)], at=at,
        )  # fmt: skip
        return called


def record_conference(
    *, conference: Conference, present: Iterable[Agency], minutes: str, held_at: datetime,
    decisions: Iterable[Decision] = (), by: Membership, at: datetime,
) -> Conference:  # fmt: skip
    """Write down that it was held: who was there, what was spoken of, what was decided. Every decision becomes a task."""
    with transaction.atomic():
        found, row = _held(conference, "hold", by, at)
        there = sorted(agency.pk for agency in present)
        concerned = {agency.pk for agency in queries_work.agencies_concerned(found, row.body, at)}
        work_rules.check_record(minutes, present=there, concerned=concerned, held_at=held_at, at=at)
        row.present, row.held_at = there, held_at
        cells.seal(row, minutes=minutes.strip())
        row.save(update_fields=["state", "present", "minutes", "held_at"])
        audit.record("conference_held", row, by=by, at=at, fields=["state", "present", "minutes"])
        for one in decisions:
            put_task(
                found, title=one.title, assigned_to=one.assigned_to, due_on=one.due_on, by=by, at=at, conference=row
            )
        return row


def cancel_conference(*, conference: Conference, by: Membership, at: datetime) -> Conference:
    """It will not be held."""
    with transaction.atomic():
        _case, row = _held(conference, "cancel", by, at)
        row.save(update_fields=["state"])
        audit.record("conference_cancelled", row, by=by, at=at, fields=["state"])
        return row


def _held(conference: Conference, verb: str, by: Membership, at: datetime) -> tuple[Case, Conference]:
    case, _standing = locked(conference.case, by, Deed.CONFERENCE_EDIT, at)
    row = case.conferences.select_for_update(of=("self",)).select_related("body").get(pk=conference.pk)
    row.state = CONFERENCE.after(row.state, verb)
    return case, row


@dataclass(frozen=True, repr=False)
class Minutes:
    """A conference in the clear: what it was about, what was spoken of, what was decided."""

    conference: Conference
    agenda: str
    minutes: str
    decisions: list[tuple[Task, str]]


def read_conference(*, conference: Conference, by: Membership, at: datetime) -> Minutes:
    """Agenda, minutes and decisions, recorded as one reading."""
    with transaction.atomic():
        case = conference.case
        standing = policy.check_may(by, Deed.CONFERENCE_VIEW, case, at)
        if not queries_work.is_shown(conference, by, standing):
            raise Refused(_("Your institution was not in this conference."))
        texts = cells.open_cells(conference, ["agenda", "minutes"])
        rows = conference.decisions.select_related("assigned_to__user", "assigned_to__agency")
        decided = list(rows)
        titles = cells.open_many((row, ["title"]) for row in decided)
        decisions = [(row, values["title"]) for row, values in zip(decided, titles, strict=True)]
        record_reading(
            "conference_read", case, by=by, at=at, fields=["agenda", "minutes"], relation=standing.relation,
            flags=flags_of(case, by),
        )  # fmt: skip
    return Minutes(conference, texts["agenda"], texts["minutes"], decisions)
