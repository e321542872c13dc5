"""The pages of dashboard, report and Excel form: who sees them, what they show, how few queries they take."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from besa.audit.models import Event
from besa.directory.models import Membership
from besa.reporting import excel, queries
from besa.reporting.actions.rounds import lock_round
from besa.reporting.models import Report
from besa.reporting.reports import adopt, make
from besa.reporting.tests.factory import AT, Q1, TODAY, World, many, member

ClientOf = Callable[[Membership], Client]
ROLES = ("focal_point", "coordinator", "national_coordinator", "committee", "donor")


def people(world: World) -> dict[str, Membership]:
    return {
        "focal_point": world.focal,
        "coordinator": world.coordinator,
        "national_coordinator": world.national,
        "committee": world.committee,
        "donor": member("donor", world.agencies["DONOR"]),
    }


def statuses(world: World, client_of: ClientOf, url: str) -> dict[str, int]:
    return {role: client_of(who).get(url).status_code for role, who in people(world).items()}


# --- the dashboard


def test_the_dashboard_is_for_those_who_answer_for_the_plan(opened: World, client_of: ClientOf) -> None:
    expected = dict(zip(ROLES, (403, 200, 200, 200, 403), strict=True))
    assert statuses(opened, client_of, reverse("reporting:dashboard")) == expected
    args = [opened.plan.code, "2009Q2"]
    assert statuses(opened, client_of, reverse("reporting:dashboard_of", args=args)) == expected
    assert statuses(opened, client_of, reverse("reporting:round_activities", args=args)) == expected
    assert client_of(opened.coordinator).get(reverse("reporting:dashboard_of", args=["X", "2009Q2"])).status_code == 404


def test_the_dashboard_without_a_round_says_so(world: World, client_of: ClientOf) -> None:
    assert client_of(world.coordinator).get(reverse("reporting:dashboard")).status_code == 200


def test_the_dashboard_shows_changes_and_what_nobody_reported(world: World, client_of: ClientOf) -> None:
    world.open(Q1)
    world.open()
    world.submitted(period="2009Q1")
    trouble = {"obstacle_type": "money", "obstacle": "None", "way_forward": "Ask"}
    world.submitted(status="delayed", **trouble)
    world.submitted("MOLSA", status="completed", outputs="One", spent="12.50", currency="EUR", money_source="donor")
    page = client_of(world.coordinator).get(reverse("reporting:dashboard")).content.decode()
    assert "lack of money" in page
    assert "not reported" in page
    for part in page.split("late<")[1:]:
        assert part


def test_the_activities_behind_a_number(opened: World, client_of: ClientOf) -> None:
    opened.submitted()
    client, url = (
        client_of(opened.coordinator),
        reverse("reporting:round_activities", args=[opened.plan.code, "2009Q2"]),
    )

    def codes(query: str) -> set[str]:
        page = client.get(url + query)
        assert page.status_code == 200
        return {activity.identifier for activity, _entry in page.context["rows"]}

    assert codes("?status=on_track") == {"I.1.(a).1", "II.1.(a).1", "II.1.(a).4"}
    assert codes("?status=not_reported") == {"I.1.(a).2", "II.1.(a).2", "II.1.(a).3"}
    assert codes("?status=on_track&component=I") == {"I.1.(a).1"}
    assert codes("?status=nonsense") == set()
    assert len(codes("")) == 6
    assert codes("?obstacle=money") == set()


@pytest.mark.parametrize("count", [1, 50])
def test_the_dashboard_takes_few_queries(
    world: World, client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    many(world, count)
    world.open()
    world.submitted(status="completed", outputs="One")
    client = client_of(world.coordinator)
    with django_assert_max_num_queries(30):
        assert client.get(reverse("reporting:dashboard")).status_code == 200
    with django_assert_max_num_queries(30):
        client.get(reverse("reporting:round_activities", args=[world.plan.code, "2009Q2"]))


# --- the round


def test_the_round_leads_to_the_review_of_what_can_still_be_sent_back(opened: World, client_of: ClientOf) -> None:
    """After a reopening the returns are accepted; to correct one, the Office must find its way to the review."""
    opened.submitted("MOLSA")
    opened.accepted("MOI")
    client, url = client_of(opened.coordinator), reverse("reporting:round", args=[opened.rounds["2009Q2"].pk])
    reviews = {code: reverse("reporting:review", args=[opened.item(code).pk]) for code in ("MOI", "MOLSA", "RC-TIR")}

    def linked() -> set[str]:
        page = client.get(url).content.decode()
        return {code for code, review in reviews.items() if f'"{review}"' in page}

    assert linked() == {"MOI", "MOLSA"}
    lock_round(round=opened.rounds["2009Q2"], by=opened.coordinator, at=AT, today=TODAY, is_acknowledged=True)
    assert "MOI" not in linked()


# --- the report


@pytest.fixture
def draft(opened: World) -> Report:
    """A report that is still a draft, on a round that is locked."""
    opened.submitted()
    report = make(round=opened.rounds["2009Q2"], by=opened.coordinator, at=AT, today=TODAY)
    lock_round(round=opened.rounds["2009Q2"], by=opened.coordinator, at=AT, today=TODAY, is_acknowledged=True)
    return report


def adopt_now(world: World, report: Report) -> Report:
    decided, day = AT.replace(month=8, day=14), date(2009, 7, 3)
    return adopt(
        report=report,
        body=world.body,
        decision_number="Nr. 7",
        decided_on=day,
        by=world.national,
        at=decided,
        today=decided.date(),
    )


def test_a_draft_is_for_those_who_make_reports(opened: World, draft: Report, client_of: ClientOf) -> None:
    page, file = (
        reverse("reporting:report", args=[draft.pk]),
        reverse("reporting:report_file", args=[draft.pk, "en", "xlsx"]),
    )
    hidden = dict(zip(ROLES, (404, 200, 200, 404, 404), strict=True))
    assert statuses(opened, client_of, page) == hidden
    assert statuses(opened, client_of, file) == hidden
    listed = client_of(opened.committee).get(reverse("reporting:reports"))
    assert not list(listed.context["reports"])
    adopt_now(opened, draft)
    everybody = dict.fromkeys(ROLES, 200)
    assert statuses(opened, client_of, page) == everybody
    assert statuses(opened, client_of, file) == everybody
    assert list(client_of(opened.committee).get(reverse("reporting:reports")).context["reports"]) == [draft]
    assert statuses(opened, client_of, reverse("reporting:reports")) == everybody


@pytest.mark.parametrize("language", ["en", "sq"])
@pytest.mark.parametrize("format", ["pdf", "docx", "xlsx"])
def test_files_of_the_report(opened: World, draft: Report, client_of: ClientOf, language: str, format: str) -> None:
    found = client_of(opened.coordinator).get(reverse("reporting:report_file", args=[draft.pk, language, format]))
    assert found.status_code == 200
    assert f'filename="TST-2008-2010-monitoring-2009Q2-{language}.{format}"' in found["Content-Disposition"]


def test_other_languages_and_formats_are_not_found(opened: World, draft: Report, client_of: ClientOf) -> None:
    client = client_of(opened.coordinator)
    for language, format in (("de", "pdf"), ("en", "exe"), ("en", "html")):
        assert client.get(reverse("reporting:report_file", args=[draft.pk, language, format])).status_code == 404


def test_make_a_report_from_the_page(opened: World, client_of: ClientOf) -> None:
    url = reverse("reporting:make", args=[opened.plan.code, "2009Q2"])
    assert client_of(opened.focal).post(url).status_code == 403
    client = client_of(opened.coordinator)
    assert client.get(url).status_code == 405
    found = client.post(url, follow=True)
    assert found.status_code == 200
    assert Report.objects.get().made_by == opened.coordinator


def test_decisions_are_edited_and_survive_a_mistake(opened: World, draft: Report, client_of: ClientOf) -> None:
    client, url = client_of(opened.coordinator), reverse("reporting:request_decisions", args=[draft.pk])
    assert client.get(url).status_code == 200
    data = {"decision-TOTAL_FORMS": "2", "decision-INITIAL_FORMS": "0", "decision-0-en": "To give money"}
    found = client.post(url, data)
    assert found.status_code == 422
    assert "To give money" in found.content.decode()
    before = draft.requests
    draft.refresh_from_db()
    assert draft.requests == before
    assert client.post(url, data | {"decision-0-sq": "Të jepen para"}).status_code == 302
    draft.refresh_from_db()
    assert draft.requests == [{"en": "To give money", "sq": "Të jepen para"}]
    assert client_of(opened.focal).get(url).status_code == 403


def test_adopt_from_the_page(opened: World, draft: Report, client_of: ClientOf) -> None:
    url = reverse("reporting:adopt", args=[draft.pk])
    assert client_of(opened.coordinator).get(url).status_code == 403
    client = client_of(opened.national)
    assert client.get(url).status_code == 200
    data = {"body": opened.body.pk, "decision_number": "Nr. 7", "decided_on": ""}
    wrong = client.post(url, data)
    assert wrong.status_code == 422
    assert "Nr. 7" in wrong.content.decode()
    assert client.post(url, data | {"decided_on": "2009-06-01"}).status_code == 409
    assert client.post(url, data | {"decided_on": "2009-07-03"}).status_code == 302
    assert Report.objects.get().state == "adopted"
    assert client.post(url, data | {"decided_on": "2009-07-03"}).status_code == 409
    Report.objects.update(sha256="0" * 64)
    assert client.get(reverse("reporting:report", args=[draft.pk])).context["is_intact"] is False


# --- the Excel form


def filled(world: World, place: str, value: str) -> SimpleUploadedFile:
    item = world.item()
    book = load_workbook(io.BytesIO(excel.build(item, queries.entries_of(item), {}, "en")))
    book.worksheets[0][place] = value
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("form.xlsx", out.getvalue())


def test_the_form_is_filled_shown_and_taken_over(opened: World, client_of: ClientOf) -> None:
    client, url = client_of(opened.focal), reverse("reporting:return_upload", args=[opened.item().pk])
    form = client.get(reverse("reporting:return_form", args=[opened.item().pk]))
    assert form.status_code == 200
    assert 'filename="MOI-2009Q2-v0.xlsx"' in form["Content-Disposition"]
    assert client.get(url).status_code == 200
    shown = client.post(url, {"file": filled(opened, "G7", "Two trainings")})
    assert shown.status_code == 200
    assert "Two trainings" in shown.content.decode()
    assert not opened.entry().done, "nothing is saved before it is confirmed"
    assert not Event.objects.filter(verb="entry_saved").exists()
    taken = client.post(url, {"confirm": "1", "content": shown.context["content"]})
    assert taken.status_code == 302
    assert opened.entry().done == "Two trainings"
    again = client.post(url, {"confirm": "1", "content": shown.context["content"]})
    assert again.status_code == 302
    assert opened.entry().revision == 1


def test_a_form_that_is_stale_when_it_is_confirmed_changes_nothing(opened: World, client_of: ClientOf) -> None:
    client, url = client_of(opened.focal), reverse("reporting:return_upload", args=[opened.item().pk])
    shown = client.post(url, {"file": filled(opened, "G7", "From the form")})
    opened.write(opened.entry(), done="Written on the page")
    taken = client.post(url, {"confirm": "1", "content": shown.context["content"]})
    assert taken.status_code == 422
    assert opened.entry().done == "Written on the page"


def test_problems_are_shown_with_their_cells(opened: World, client_of: ClientOf) -> None:
    client, url = client_of(opened.focal), reverse("reporting:return_upload", args=[opened.item().pk])
    found = client.post(url, {"file": filled(opened, "F7", "splendid")})
    assert found.status_code == 422
    assert "F7" in found.content.decode()
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"confirm": "1", "content": "not base64!"}).status_code == 422
    assert opened.entry().revision == 0


def test_who_may_not_write_cannot_upload(opened: World, client_of: ClientOf) -> None:
    url = reverse("reporting:return_upload", args=[opened.item().pk])
    expected = dict(zip(ROLES, (200, 409, 403, 403, 403), strict=True))
    assert statuses(opened, client_of, url) == expected
    assert client_of(opened.other).get(url).status_code == 404
    assert client_of(opened.other).get(reverse("reporting:return_form", args=[opened.item().pk])).status_code == 404
    posted = client_of(opened.other).post(url, {"file": filled(opened, "G7", "Mine")})
    assert posted.status_code == 404
    opened.submitted()
    assert client_of(opened.focal).post(url, {"file": filled(opened, "G7", "Late")}).status_code == 409
