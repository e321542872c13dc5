"""What the file of a case shows of its time limits, tasks, consent and conferences."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from besa.cases import queries_consent, queries_work
from besa.cases.models import Case, Task
from besa.cases.panels import Panel
from besa.cases.policy import Standing
from besa.cases.time_limits import Kind
from besa.cases.words import SHAREABLE_WORDS
from besa.cases.words_work import EXPLAINED, left_words
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest
from besa.lib import clock


def clocks(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Panel]:
    """The time limits that run or stand still, with what is left."""
    if standing.may(Deed.STATUS_VIEW):
        found = queries_work.clocks_of_case(case, clock.now(), is_open=True)
        rows = queries_work.clocks_shown(found, request.member, standing)
        rows = [
            row for row in rows if row.clock.kind != Kind.CONSENT or row.is_near
        ]  # the others stand with the consent
        context = {
            "number": case.number,
            "rows": [
                {"running": row, "left": left_words(row), "explained": EXPLAINED.get(row.clock.kind, "")}
                for row in rows
            ],
        }
        yield Panel(_("Time limits"), "cases/_clocks.html", context, "side", 10)


def tasks(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Panel]:
    """Who has to do something until when; what, is sealed."""
    if standing.may(Deed.TASK_VIEW):
        rows = list(queries_work.tasks_shown(case, request.member, standing))
        context = {
            "number": case.number, "rows": [row for row in rows if row.state == Task.State.OPEN], "today": clock.today(),
            "has_any": bool(rows), "may_edit": standing.may(Deed.TASK_EDIT),
        }  # fmt: skip
        yield Panel(_("Tasks"), "cases/_tasks.html", context, "side", 20)


def consent(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Panel]:
    """What is agreed to now."""
    if standing.may(Deed.FACTS_VIEW):
        at = clock.now()
        agency = request.member.agency_id if queries_work.is_guest(standing, Deed.FACTS_VIEW) else None
        rows = list(queries_consent.consents_of(case, agency))
        context = {
            "number": case.number, "held": queries_consent.in_force(case, rows, at), "has_any": bool(rows),
            "forced": [row for row in queries_consent.overrides_of(case, agency) if row.state == "approved" and row.until_at > at],
            "part_words": SHAREABLE_WORDS, "may_edit": standing.may(Deed.CONSENT_EDIT),
        }  # fmt: skip
        yield Panel(_("Consent"), "cases/_consent.html", context, "side", 40)


def conferences(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Panel]:
    """The conferences about the case."""
    if standing.may(Deed.CONFERENCE_VIEW):
        rows = case.conferences.select_related("body")
        context = {
            "number": case.number, "rows": [row for row in rows if queries_work.is_shown(row, request.member, standing)],
            "may_edit": standing.may(Deed.CONFERENCE_EDIT),
        }  # fmt: skip
        yield Panel(_("Case conferences"), "cases/_conferences.html", context, "side", 50)
