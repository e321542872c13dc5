"""Writing and submitting a return."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from besa.audit.models import Event
from besa.lib.refusal import Conflict, Refused
from besa.notices.models import Notice
from besa.reporting import queries
from besa.reporting.actions.returns import (
    accept,
    add_evidence,
    remove_evidence,
    save_entries,
    save_entry,
    save_summary,
    send_back,
    submit,
)
from besa.reporting.models import Entry, Evidence, Remark, Return, Submission
from besa.reporting.tests.factory import AT, MONEY, Q1, TODAY, World, member


def test_save_entry_counts_and_records(opened: World) -> None:
    entry = opened.write(opened.entry(), done="Two trainings", **MONEY)
    assert (entry.revision, entry.updated_by, entry.updated_at) == (1, opened.focal, AT)
    stored = opened.entry()
    assert (stored.done, stored.spent, stored.currency) == ("Two trainings", Decimal("1200.50"), "ALL")
    event = Event.objects.get(verb="entry_saved")
    assert event.fields == ["currency", "done", "money_source", "spent"]
    assert opened.item().updated_at == AT


def test_saving_the_same_again_changes_nothing(opened: World) -> None:
    opened.write(opened.entry(), done="Two trainings")
    assert opened.write(opened.entry(), done="Two trainings").revision == 1
    assert Event.objects.filter(verb="entry_saved").count() == 1


def test_the_second_of_two_who_save_at_once_is_told(opened: World) -> None:
    mine, theirs = opened.entry(), opened.entry()
    colleague = member("focal_point", opened.agencies["MOI"])
    save_entry(entry=theirs, values={"done": "Theirs"}, revision=theirs.revision, by=colleague, at=AT)
    with pytest.raises(Conflict, match=colleague.user.name):
        save_entry(entry=mine, values={"done": "Mine"}, revision=mine.revision, by=opened.focal, at=AT)
    stored = opened.entry()
    assert (stored.done, stored.revision) == ("Theirs", 1)
    save_entry(entry=mine, values={"done": "Mine, compared"}, revision=1, by=opened.focal, at=AT)
    assert opened.entry().done == "Mine, compared"


@pytest.mark.parametrize(
    "values",
    [
        {"status": "splendid"},
        {"obstacle_type": "weather"},
        {"money_source": "cow"},
        {"spent": Decimal(5)},
        {"spent": Decimal(-1), "currency": "ALL"},
        {"spent": Decimal("1e12"), "currency": "ALL"},
        {"spent": Decimal(5), "currency": "USD"},
        {"done": "x" * 10_001},
        {"revision": 7},
        {"is_lead": False},
    ],
)
def test_impossible_values_are_refused_whichever_way_they_come(opened: World, values: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"I\.1\.\(a\)\.1"):
        opened.write(opened.entry(), **values)
    with pytest.raises(Refused):
        save_entries(item=opened.item(), changes=[(opened.entry(), values)], by=opened.focal, at=AT)
    assert opened.entry().revision == 0


def test_a_partner_writes_its_own_fields_only(opened: World) -> None:
    entry = opened.entry("MOLSA", "I.1.(a).1")
    opened.write(entry, by=opened.other, done="We lent a room", **MONEY)
    with pytest.raises(Refused, match="lead"):
        opened.write(opened.entry("MOLSA", "I.1.(a).1"), by=opened.other, status="on_track")
    assert not opened.entry("MOLSA", "I.1.(a).1").status


def test_without_an_amount_there_is_no_currency_and_missing_is_not_zero(opened: World) -> None:
    opened.write(opened.entry(), **MONEY)
    opened.write(opened.entry(), spent=None, money_source="")
    stored = opened.entry()
    assert stored.spent is None
    assert stored.currency == ""
    opened.write(opened.entry(), spent=Decimal(0), currency="EUR")
    assert opened.entry().spent == 0


def test_save_entries_is_all_or_none(opened: World) -> None:
    good, bad = opened.entry(), opened.entry("MOI", "II.1.(a).4")
    with pytest.raises(Refused):
        save_entries(
            item=opened.item(), changes=[(good, {"done": "Good"}), (bad, {"status": "?"})], by=opened.focal, at=AT
        )
    assert not opened.entry().done
    saved = save_entries(item=opened.item(), changes=[(good, {"done": "Good"}), (bad, {})], by=opened.focal, at=AT)
    assert saved == 1


def test_save_entries_refuses_what_was_saved_meanwhile(opened: World) -> None:
    stale = opened.entry()
    opened.write(opened.entry(), done="Meanwhile")
    with pytest.raises(Conflict):
        save_entries(item=opened.item(), changes=[(stale, {"done": "Late"})], by=opened.focal, at=AT)
    assert opened.entry().done == "Meanwhile"


def test_save_summary(opened: World) -> None:
    save_summary(item=opened.item(), summary=" A hard quarter \n", by=opened.focal, at=AT)
    assert opened.item().summary == "A hard quarter"
    save_summary(item=opened.item(), summary="A hard quarter", by=opened.focal, at=AT)
    assert Event.objects.filter(verb="return_summary_saved").count() == 1


def proof(world: World, title: str = "Minutes") -> Evidence:
    return add_evidence(
        entry=world.entry(),
        file=SimpleUploadedFile("minutes.txt", b"held on 3 June\n", "text/plain"),
        kind="minutes",
        title=title,
        dated_on=date(2009, 6, 3),
        language="sq",
        by=world.focal,
        at=AT,
    )


def test_evidence_is_kept_once_and_the_document_stays(opened: World) -> None:
    first = proof(opened)
    assert proof(opened) == first
    assert Evidence.objects.count() == 1
    assert first.document.issuer == opened.agencies["MOI"]
    assert first.document.sha256 == hashlib.sha256(b"held on 3 June\n").hexdigest()
    document = first.document
    remove_evidence(evidence=first, by=opened.focal, at=AT)
    assert not Evidence.objects.exists()
    document.refresh_from_db()


def test_evidence_may_be_opened_by_those_who_see_the_return(opened: World) -> None:
    document = proof(opened).document
    assert queries.may_open_document(opened.coordinator, document)
    assert queries.may_open_document(opened.focal, document)
    assert not queries.may_open_document(opened.other, document)
    assert not queries.may_open_document(opened.committee, document)


def test_submit_says_that_something_is_missing(opened: World) -> None:
    with pytest.raises(Refused, match="missing"):
        submit(item=opened.item(), by=opened.focal, at=AT, today=TODAY)
    assert not Submission.objects.exists()


def test_a_submission_is_kept_with_its_hash(opened: World) -> None:
    proof(opened)
    opened.write(opened.entry(), done="Dy trajnime në Vlorë – ç’është bërë", **MONEY)
    item = opened.submitted(done="Dy trajnime në Vlorë – ç’është bërë")
    submission = Submission.objects.get()
    assert (item.state, item.version, submission.number) == ("submitted", 1, 1)
    assert (item.submitted_by, item.submitted_at) == (opened.focal, AT)
    canonical = json.dumps(submission.content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert submission.sha256 == hashlib.sha256(canonical.encode()).hexdigest()
    assert set(submission.content["entries"]) == {"I.1.(a).1", "II.1.(a).1", "II.1.(a).4"}
    kept = submission.content["entries"]["I.1.(a).1"]
    assert (kept["done"], kept["spent"]) == ("Dy trajnime në Vlorë – ç’është bërë", "1200.50")
    assert submission.content["entries"]["II.1.(a).4"]["spent"] is None
    assert kept["evidence"] == [["Minutes", Evidence.objects.get().document.sha256]]
    told = Notice.objects.filter(kind=Notice.Kind.RETURN_SUBMITTED)
    assert [notice.to for notice in told] == [opened.coordinator]
    with pytest.raises(Refused):
        submit(item=item, by=opened.focal, at=AT, today=TODAY)


def test_from_draft_to_acceptance_with_a_correction(opened: World) -> None:
    item = opened.submitted()
    first = Submission.objects.get()
    frozen = (first.content, first.sha256, first.submitted_at)
    entry = opened.entry()
    send_back(
        item=item,
        remarks=[(entry, "done", " Say how many "), (entry, "next_plan", "Say when")],
        by=opened.coordinator,
        at=AT,
        today=TODAY,
    )
    assert opened.item().state == "sent_back"
    assert list(Remark.objects.values_list("field", "reason", "version", "settled_at")) == [
        ("done", "Say how many", 1, None),
        ("next_plan", "Say when", 1, None),
    ]
    assert Notice.objects.filter(kind=Notice.Kind.RETURN_SENT_BACK, to=opened.focal).count() == 1
    entries = queries.entries_of(opened.item())
    assert {remark.field for remark in queries.untouched_remarks(opened.item(), entries)} == {"done", "next_plan"}
    opened.write(opened.entry(), done="Two trainings with 40 officers")
    entries = queries.entries_of(opened.item())
    assert {remark.field for remark in queries.untouched_remarks(opened.item(), entries)} == {"next_plan"}
    submit(item=opened.item(), by=opened.focal, at=AT, today=TODAY)
    assert set(Remark.objects.values_list("settled_at", flat=True)) == {AT}
    item = opened.item()
    assert (item.state, item.version) == ("submitted", 2)
    changes = queries.changes_since_submission(item, queries.entries_of(item))
    assert [(change.field, change.after) for change in changes[entry.pk]] == [
        ("done", "Two trainings with 40 officers")
    ]
    assert set(changes) == {entry.pk}
    first.refresh_from_db()
    assert (first.content, first.sha256, first.submitted_at) == frozen
    accept(item=item, by=opened.coordinator, at=AT, today=TODAY)
    item = opened.item()
    assert (item.state, item.decided_by) == ("accepted", opened.coordinator)
    assert Notice.objects.filter(kind=Notice.Kind.RETURN_ACCEPTED, to=opened.focal).count() == 1


def test_last_entries_are_those_handed_in(world: World) -> None:
    world.open(Q1)
    world.open()
    Entry.objects.filter(to__round__period="2009Q1").update(done="Only a draft")
    assert not queries.last_entries(world.item())
    world.submitted(period="2009Q1", done="Handed in")
    last = queries.last_entries(world.item())
    assert last[world.entry().activity_id].done == "Handed in"


def test_returns_are_seen_by_their_institution_those_above_and_those_who_review(opened: World) -> None:
    above = member("focal_point", opened.agencies["RC"])
    seen = {
        name: set(Return.objects.visible_to(who).values_list("agency__code", flat=True))
        for name, who in {
            "focal": opened.focal,
            "rcat": opened.rcat,
            "above": above,
            "committee": opened.committee,
            "coordinator": opened.coordinator,
            "national": opened.national,
            "statistician": member("statistician", opened.agencies["MOLSA"]),
            "admin": member("system_admin", opened.agencies["MOI"]),
        }.items()
    }
    every = {"MOI", "MOLSA", "RC-TIR", "RC-VLO", "ONAC"}
    assert seen == {
        "focal": {"MOI"},
        "rcat": {"RC-TIR"},
        "above": {"RC-TIR", "RC-VLO"},
        "committee": set(),
        "coordinator": every,
        "national": every,
        "statistician": every,
        "admin": set(),
    }
