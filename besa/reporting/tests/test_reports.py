"""The report to the State Committee: built from the figures, frozen when it is adopted."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError
from openpyxl import load_workbook

from besa.audit.models import Event
from besa.directory.models import Body
from besa.lib.document.blocks import Document, Language
from besa.lib.document.freeze import to_json
from besa.lib.refusal import Refused
from besa.reporting.actions.rounds import ask_reopening, decide_reopening, lock_round
from besa.reporting.figures import round_figures
from besa.reporting.models import Entry, Report
from besa.reporting.monitoring import text as monitoring
from besa.reporting.reports import adopt, digest_of, document_of, is_intact, make, render, request_decisions
from besa.reporting.tests.factory import AT, TODAY, ZONE, World, member

DECIDED = date(2009, 8, 12)
LATER = datetime(2009, 8, 14, 10, 0, tzinfo=ZONE)
START = {"html": b"<", "pdf": b"%PDF-", "docx": b"PK", "xlsx": b"PK"}
ASKED = [{"en": "To give money", "sq": "Të jepen para"}]
LANGUAGES: tuple[Language, ...] = ("en", "sq")


@pytest.fixture
def reported(opened: World) -> World:
    """Two ministries have reported, one with trouble; the others are silent."""
    opened.accepted("MOI", status="on_track", outputs="40 officers")
    trouble = {
        "status": "constrained",
        "obstacle_type": "money",
        "obstacle": "No <money> & no staff",
        "way_forward": "Ask",
    }
    opened.submitted("MOLSA", **trouble)
    return opened


def lock(world: World) -> None:
    lock_round(round=world.rounds["2009Q2"], by=world.coordinator, at=AT, today=TODAY, is_acknowledged=True)


def made(world: World) -> Report:
    return make(round=world.rounds["2009Q2"], by=world.coordinator, at=AT, today=TODAY)


def adopted(world: World, **more: Any) -> Report:
    values: dict[str, Any] = {
        "report": made(world),
        "body": world.body,
        "decision_number": "Nr. 7",
        "decided_on": DECIDED,
    }
    return adopt(**values | {"by": world.national, "at": LATER, "today": LATER.date()} | more)


def text_of(document: Document) -> str:
    return json.dumps(to_json(document), ensure_ascii=False)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("format", START)
def test_the_report_is_printed_in_every_format(reported: World, language: Language, format: str) -> None:
    round = reported.rounds["2009Q2"]
    figures = round_figures(round, TODAY)
    document = monitoring.build(round, figures, language, monitoring.proposals(round, figures))
    content = render(document, format)
    assert content.startswith(START[format])
    assert content == render(document, format), "the same document gives the same bytes"
    if format == "html":
        shown = content.decode()
        assert "I.1.(a).1" in shown
        assert "No &lt;money&gt; &amp; no staff" in shown
        assert "<money>" not in shown
    if format == "xlsx":
        assert len(load_workbook(io.BytesIO(content)).sheetnames) > 1
    if format == "docx":
        assert "word/document.xml" in zipfile.ZipFile(io.BytesIO(content)).namelist()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_of_an_empty_round_says_so(opened: World, language: Language) -> None:
    round = opened.rounds["2009Q2"]
    document = monitoring.build(round, round_figures(round, TODAY), language, [])
    assert render(document, "html")
    if language == "en":
        assert "not reported" in text_of(document)
        assert "0 %" not in text_of(document)


def test_the_report_speaks_its_own_language(reported: World) -> None:
    round = reported.rounds["2009Q2"]
    figures = round_figures(round, TODAY)
    texts = {language: text_of(monitoring.build(round, figures, language, ASKED)) for language in LANGUAGES}
    assert "Plan of the tests" in texts["en"]
    assert "Plani i provave" in texts["sq"]
    assert "To give money" in texts["en"]
    assert "Të jepen para" in texts["sq"]
    assert "To give money" not in texts["sq"]


def test_the_report_and_the_dashboard_have_the_same_figures(reported: World) -> None:
    round = reported.rounds["2009Q2"]
    figures = round_figures(round, TODAY)
    assert (figures.status["on_track"], figures.status["constrained"], figures.status[""]) == (3, 1, 2)
    text = text_of(monitoring.build(round, figures, "en", []))
    assert "75 %" in text
    assert "25 %" in text


def test_proposals_follow_from_the_figures(reported: World) -> None:
    round = reported.rounds["2009Q2"]
    proposals = monitoring.proposals(round, round_figures(round, TODAY))
    assert len(proposals) == 2
    assert "Agency RC-TIR" in proposals[0]["en"]
    assert "Agjencia RC-TIR" in proposals[0]["sq"]
    assert "I.1.(a).2" in proposals[1]["en"]


def test_make_is_for_the_office_and_happens_once(reported: World) -> None:
    report = made(reported)
    assert made(reported) == report
    assert len(report.requests) == 2
    assert Event.objects.filter(verb="report_made").count() == 1
    with pytest.raises(Refused):
        make(round=reported.rounds["2009Q2"], by=reported.focal, at=AT, today=TODAY)


def test_decisions_are_kept_in_both_languages(reported: World) -> None:
    report = made(reported)
    wanted = [{"en": " To give money ", "sq": "Të jepen para"}, {"en": " ", "sq": ""}]
    assert request_decisions(report=report, requests=wanted, by=reported.coordinator, at=AT).requests == ASKED
    with pytest.raises(Refused):
        request_decisions(report=report, requests=ASKED, by=reported.focal, at=AT)


def test_adoption_waits_for_the_lock_and_the_decision(reported: World) -> None:
    with pytest.raises(Refused, match="open"):
        adopted(reported)
    lock(reported)
    with pytest.raises(Refused, match="National Coordinator"):
        adopted(reported, by=reported.coordinator)
    with pytest.raises(Refused, match="future"):
        adopted(reported, decided_on=date(2009, 12, 1))
    with pytest.raises(Refused, match="older"):
        adopted(reported, decided_on=date(2009, 6, 30))
    regional = Body.objects.create(code="RC1", name_en="R", name_sq="R", level="regional")
    with pytest.raises(Refused, match="national"):
        adopted(reported, body=regional)
    request_decisions(report=made(reported), requests=[], by=reported.coordinator, at=AT)
    with pytest.raises(Refused, match="decision"):
        adopted(reported)
    assert Report.objects.get().state == "draft"


def files(report: Report) -> dict[tuple[str, str], str]:
    return {
        (language, format): hashlib.sha256(render(document_of(report, language, LATER.date()), format)).hexdigest()
        for language in LANGUAGES
        for format in START
    }


def test_an_adopted_report_stays_as_it_was(reported: World) -> None:
    lock(reported)
    report = adopted(reported)
    before = files(report)
    Entry.objects.update(status="completed", done="Changed behind everybody's back")
    reported.agencies["MOI"].name_en = "Renamed"
    reported.agencies["MOI"].save()
    reported.plan.title_en = "Renamed plan"
    reported.plan.save()
    stored = Report.objects.get()
    assert files(stored) == before
    assert is_intact(stored)
    with pytest.raises(Refused):
        adopted(reported)
    with pytest.raises(Refused, match="adopted"):
        request_decisions(report=stored, requests=ASKED, by=reported.coordinator, at=AT)


def test_a_reopened_round_does_not_move_an_adopted_report(reported: World) -> None:
    lock(reported)
    before = files(adopted(reported))
    round = reported.rounds["2009Q2"]
    reopening = ask_reopening(round=round, reason="Wrong", by=reported.coordinator, at=LATER, today=LATER.date())
    decide_reopening(reopening=reopening, is_approved=True, by=reported.national, at=LATER, today=LATER.date())
    assert files(Report.objects.get()) == before


def test_a_draft_moves_with_the_returns(reported: World) -> None:
    report = made(reported)
    before = text_of(document_of(report, "en", TODAY))
    reported.submitted("ONAC", status="completed", outputs="One")
    assert text_of(document_of(report, "en", TODAY)) != before
    assert is_intact(report)


def test_a_changed_content_is_noticed(reported: World) -> None:
    lock(reported)
    report = adopted(reported)
    assert report.sha256 == digest_of(Report.objects.get().content or {})
    changed = json.loads(json.dumps(report.content).replace("I.1.(a).2", "I.1.(a).3"))
    assert changed != report.content
    Report.objects.update(content=changed)
    assert not is_intact(Report.objects.get())


def test_an_adoption_is_recorded_completely(reported: World) -> None:
    lock(reported)
    report = adopted(reported)
    assert (report.body, report.decision_number, report.decided_on) == (reported.body, "Nr. 7", DECIDED)
    assert (report.adopted_by, report.adopted_at) == (reported.national, LATER)
    assert set(report.content or {}) == set(LANGUAGES)
    assert Event.objects.filter(verb="report_adopted").count() == 1
    with pytest.raises(IntegrityError):
        Report.objects.update(decision_number="")


@pytest.mark.parametrize("role", ["coordinator", "focal_point", "committee", "rapporteur"])
def test_only_the_national_coordinator_adopts(reported: World, role: str) -> None:
    lock(reported)
    with pytest.raises(Refused):
        adopted(reported, by=member(role, reported.agencies["ONAC"]))
