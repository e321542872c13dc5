"""Making, adopting and printing a report. A draft is built anew from the returns; an adopted one is printed from what was frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.directory.access import Permission
from besa.directory.models import Body, Membership
from besa.lib.document import docx, html, pdf, xlsx
from besa.lib.document.blocks import Document, Language
from besa.lib.document.freeze import from_json, to_json
from besa.lib.refusal import Refused
from besa.reporting import workflow
from besa.reporting.figures import round_figures
from besa.reporting.models import Report, Round
from besa.reporting.monitoring import text as monitoring

LANGUAGES: tuple[Language, ...] = ("en", "sq")
MEDIA = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def render(document: Document, format: str) -> bytes:
    """The document as html, pdf, docx or xlsx; the same bytes for the same document."""
    if format == "html":
        return html.render(document).encode()
    return {"pdf": pdf.render, "docx": docx.render, "xlsx": xlsx.render}[format](document)


def document_of(report: Report, language: Language, today: date) -> Document:
    """The report in one language: as frozen if it was adopted, else built from the returns as they are now."""
    if report.state == Report.State.ADOPTED:
        return from_json((report.content or {})[language])
    round = Round.objects.select_related("plan").get(plan=report.plan_id, period=report.period)
    return monitoring.build(round, round_figures(round, today), language, report.requests)


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a report's frozen content in canonical JSON, as hexadecimal digits."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def is_intact(report: Report) -> bool:
    """Does an adopted report still have the content whose hash was recorded?"""
    return report.state != Report.State.ADOPTED or digest_of(report.content or {}) == report.sha256


def check_may_make(member: Membership) -> None:
    """Only the Office of the National Coordinator makes reports (strategy, chapter V)."""
    if not member.can(Permission.REPORT_MAKE):
        raise Refused(_("Only the Office of the National Coordinator makes reports."))


def check_may_adopt(member: Membership, report: Report, round: Round) -> None:
    """A report is adopted when its round is locked, so that its figures can no longer move (strategy, chapter V)."""
    if not member.can(Permission.REPORT_ADOPT):
        raise Refused(_("Only the National Coordinator records that a body has adopted a report."))
    workflow.REPORT.check(report.state, "adopt")
    if round.state != Round.State.LOCKED:
        raise Refused(_("The round is still open. Lock it first, so that the figures can no longer change."))
    if not report.requests:
        raise Refused(_("The report asks the committee for no decision. Write what is asked for, or that nothing is."))


@transaction.atomic
def make(*, round: Round, by: Membership, at: datetime, today: date) -> Report:
    """Open the monitoring report of a round, with the decisions that the figures suggest asking for; the one that there is, if any."""
    check_may_make(by)
    report, is_new = Report.objects.get_or_create(
        plan=round.plan, kind=Report.Kind.MONITORING, period=round.period, defaults={"made_by": by, "made_at": at}
    )
    if is_new:
        report.requests = monitoring.proposals(round, round_figures(round, today))
        report.save(update_fields=["requests"])
        audit.record("report_made", report, by=by, at=at)
    return report


@transaction.atomic
def request_decisions(*, report: Report, requests: Sequence[dict[str, str]], by: Membership, at: datetime) -> Report:
    """Write down which decisions the report asks of the committee, in both languages."""
    check_may_make(by)
    report = Report.objects.select_for_update().get(pk=report.pk)
    if report.state == Report.State.ADOPTED:
        raise Refused(_("The report has been adopted; it no longer changes."))
    report.requests = [
        {language: item.get(language, "").strip() for language in LANGUAGES}
        for item in requests
        if any(item.get(language, "").strip() for language in LANGUAGES)
    ]
    report.save(update_fields=["requests"])
    audit.record("report_decisions_requested", report, by=by, at=at, fields=["requests"])
    return report


@transaction.atomic
def adopt(
    *, report: Report, body: Body, decision_number: str, decided_on: date, by: Membership, at: datetime, today: date
) -> Report:
    """Freeze the report as a body has adopted it: its content in both languages, hashed, with the decision."""
    report = Report.objects.select_for_update().select_related("plan").get(pk=report.pk)
    round = Round.objects.select_related("plan").get(plan=report.plan_id, period=report.period)
    check_may_adopt(by, report, round)
    if body.level != Body.Level.NATIONAL:
        raise Refused(_("A national report is adopted by a national body."))
    if decided_on > today:
        raise Refused(_("The decision cannot lie in the future."))
    if decided_on <= round.as_period.end:
        raise Refused(_("The decision cannot be older than the end of the quarter that the report is about."))
    figures = round_figures(round, decided_on)
    report.content = {
        language: to_json(monitoring.build(round, figures, language, report.requests)) for language in LANGUAGES
    }
    report.sha256 = digest_of(report.content)
    report.state = workflow.REPORT.after(report.state, "adopt")
    report.body, report.decision_number, report.decided_on = body, decision_number, decided_on
    report.adopted_by, report.adopted_at = by, at
    report.save()
    audit.record("report_adopted", report, by=by, at=at, fields=["state", "content", "sha256"])
    return report
