"""Everything that happened with a person's case, in the order of time: for the page of the file.

An app adds its own by a function on its AppConfig (`case_timeline`): `moments(request, case, standing) -> Iterator[Moment]`; it gives
only what the reader may see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.audit.models import Event
from besa.cases.models import Case, Clock, ClockChange
from besa.cases.policy import Standing
from besa.cases.queries_status import status_log
from besa.cases.sight import sight_of
from besa.cases.time_limits import Kind, limit_of
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest
from besa.directory.models import Agency
from besa.lib import clock
from besa.lib.hooks import hooked

MOST = 80


@dataclass(frozen=True)
class Moment:
    """One thing that happened: when, what, by which institution. `is_day`: only the day is known."""

    at: datetime
    says: str | Promise
    note: str | Promise = ""
    icon: str = "circle-dotted"
    is_day: bool = False

    @classmethod
    def on(
        cls, day: date, near: datetime, says: str | Promise, note: str | Promise = "", icon: str = "circle-dotted"
    ) -> Moment:
        """Something of which the day is known; among what else happened on the day of `near` it stands where that stands."""
        noon = timezone.make_aware(datetime.combine(day, time(12)), timezone.get_default_timezone())
        return cls(near if timezone.localdate(near) == day else noon, says, note, icon, is_day=True)


def timeline(request: MemberRequest, case: Case, standing: Standing) -> list[Moment]:
    """What the reader may know of what happened, the newest first."""
    found = [moment for provide in hooked("case_timeline") for moment in provide(request, case, standing)]
    return sorted(found, key=lambda moment: moment.at, reverse=True)[:MOST]


MOVES = {
    "case_opened": (_("The case was opened."), "plus"),
    "case_activated": (_("Work on the case began, or began again."), "arrow-right"),
    "case_monitored": (_("The case went into monitoring."), "eye"),
    "case_closed": (_("The case was closed."), "lock"),
    "case_reopened": (_("The case was opened again."), "lock-open"),
    "case_handed_over": (_("The case was handed over to another institution."), "send"),
    "case_sealed": (_("The case was put into a compartment."), "lock"),
    "case_erased": (_("The case was erased."), "trash"),
}


def moves(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Moment]:
    """Opened, begun, monitored, closed: for everybody who may know of the case."""
    events = Event.objects.filter(object_type="cases.case", object_id=str(case.pk), verb__in=MOVES)
    found = list(events.order_by("-at", "-id")[:MOST])
    agencies = {row.code: row.name for row in Agency.objects.filter(code__in={event.agency for event in found})}
    for event in found:
        says, icon = MOVES[event.verb]
        yield Moment(event.at, says, agencies.get(event.agency, ""), icon)


def findings(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Moment]:
    """Determinations and appeals, the first identification, what befell the person's rights."""
    sight = sight_of(case, request.member, standing, clock.now())
    if sight.status:
        for row in status_log(case):
            if not hasattr(row, "corrected_by"):
                note = f"{row.body.name}, {row.get_basis_display()}"
                yield Moment.on(row.decided_on, row.recorded_at, row.get_status_display(), note, "flag")
            for appeal in row.appeals.all():
                near = appeal.recorded_at
                yield Moment.on(appeal.lodged_on, near, _("An appeal was lodged."), "", "gavel")
                if appeal.decided_on:
                    said = appeal.get_outcome_display()
                    yield Moment.on(appeal.decided_on, near, _("An appeal was decided."), said, "gavel")
    if sight.story:
        identification: Any = getattr(case, "identification", None)
        if identification is not None:
            note = f"{identification.body.name}, {identification.get_channel_display()}"
            near = identification.recorded_at
            yield Moment.on(identification.screened_on, near, _("First identification"), note, "search")
        for right in case.rights.all():
            yield Moment.on(right.on, right.recorded_at, right.get_kind_display(), "", "book")


SAID = {
    ClockChange.Verb.STARTED: _("Time limit started: %(kind)s"),
    ClockChange.Verb.SUSPENDED: _("Time limit suspended: %(kind)s"),
    ClockChange.Verb.RESUMED: _("Time limit goes on: %(kind)s"),
    ClockChange.Verb.EXTENDED: _("Time limit extended: %(kind)s"),
    ClockChange.Verb.ESCALATED: _("Nobody acted in time: %(kind)s"),
    ClockChange.Verb.MET: _("Time limit met or over: %(kind)s"),
    ClockChange.Verb.STOPPED: _("Time limit called off: %(kind)s"),
}


def time_limits(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Moment]:
    """How the time limits of the case moved. Those of a consent and of a referral belong to their own lines."""
    if not standing.may(Deed.STATUS_VIEW):
        return
    rows = ClockChange.objects.filter(clock__case=case, verb__in=SAID).exclude(
        clock__kind__in=[Kind.CONSENT, Kind.REFERRAL_REPLY]
    )
    for row in rows.select_related("clock").order_by("-at", "id")[:MOST]:
        kind = limit_of(row.clock.kind).words
        icon = "clock-pause" if row.verb == ClockChange.Verb.SUSPENDED else "clock"
        due = date_format(timezone.localtime(row.due_after)) if row.due_after else ""
        note = _("due %(day)s") % {"day": due} if due else ""
        yield Moment(row.at, SAID[ClockChange.Verb(row.verb)] % {"kind": kind}, note, icon)


def next_due(case: Case) -> Clock | None:
    """The time limit of the case that runs out next; those of a consent aside."""
    rows = case.clocks.filter(state=Clock.State.RUNNING).exclude(kind=Kind.CONSENT)
    return rows.order_by("due_at", "id").first()
