"""The pages on which the plan is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from besa.directory.models import Agency
from besa.plan.hooks import LatestStatus, Panel
from besa.plan.models import Activity, CrossReference, Plan
from besa.plan.tests.world import REPORTED, add_activities, load_small
from conftest import ClientOf, MakeMember

PAGES = [
    "/plan/", "/plan/tree/", "/plan/tree/?open=all", "/plan/tree/?open=I.1.a", "/plan/table/", "/plan/activity/I.1.a.1/",
    "/plan/activity/I.1.a.1.1-2/", "/plan/timeline/", "/plan/timeline/?by=agency", "/plan/late/", "/plan/due/", "/plan/agencies/",
    "/plan/agencies/MOI/", "/plan/search/", "/plan/search/?q=court", "/plan/annexed/", "/plan/annexed/policy/", "/plan/annexed/body/",
    "/plan/annexed/definition/", "/plan/annexed/abbreviation/", "/plan/versions/", "/plan/versions/1/", "/plan/compare/",
    "/plan/amendments/", "/plan/of/KOS-2009-2011/tree/", "/plan/of/KOS-2009-2011/activity/I.1.b.2/",
]  # fmt: skip


@pytest.fixture
def plan(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plan]:
    config = apps.get_app_config("plan")
    monkeypatch.setattr(config, "plan_status_provider", ["besa.plan.tests.world.reported"], raising=False)
    yield load_small()
    REPORTED.clear()


@pytest.fixture
def client(plan: Plan, make_member: MakeMember, client_of: ClientOf) -> Client:
    return client_of(make_member("donor"))


def page(client: Client, address: str, language: str = "en") -> str:
    response = client.get(address, headers={"accept-language": language})
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.mark.parametrize("language", ["en", "sq"])
@pytest.mark.parametrize("role", ["donor", "coordinator"])
def test_pages_open(role: str, language: str, plan: Plan, make_member: MakeMember, client_of: ClientOf) -> None:
    signed_in = client_of(make_member(role))
    for address in PAGES:
        html = page(signed_in, address, language)
        assert html.count("<h1") == 1, address
        assert " style=" not in html, address


def test_pages_ask_to_sign_in(plan: Plan) -> None:
    assert {Client().get(address).status_code for address in PAGES} == {302}


def test_what_is_not_there_is_404(client: Client) -> None:
    for address in ["/plan/of/NO/tree/", "/plan/activity/I.9.z.9/", "/plan/activity/I.1.~61~.1/",
        "/plan/agencies/NOBODY/", "/plan/annexed/no/",
     "/plan/versions/9/", "/plan/versions/1/file.doc", "/plan/amendments/9/", "/plan/activity/~ffffffff~/",
    ]:  # fmt: skip
        assert client.get(address).status_code == 404, address


def test_without_any_plan(make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("coordinator"))
    assert "No plan is loaded yet" in page(client, "/plan/")
    assert client.get("/plan/tree/").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/plan/tree/?open=all", "/plan/table/", "/plan/timeline/", "/plan/late/", "/plan/due/", "/plan/agencies/", "/plan/agencies/MOI/",
     "/plan/activity/I.1.a.1/", "/plan/search/?q=thing", "/plan/versions/1/", "/plan/table/?export=csv"],
)  # fmt: skip
def test_queries_do_not_grow_with_the_plan(address: str, client: Client, plan: Plan) -> None:
    add_activities(plan, 5)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for row in add_activities(plan, 40, start=50):
        CrossReference.objects.create(activity=row, target="I.1.(a).1", position=1)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) <= len(few) <= 26, "\n".join(query["sql"][:200] for query in many)


def test_tree_shows_every_activity_with_what_was_reported(client: Client, plan: Plan) -> None:
    judges = Activity.objects.get(identifier="I.1.(b).1")
    REPORTED[judges.pk] = LatestStatus("constrained", "constrained", "2009Q1")
    html = page(client, "/plan/tree/")
    for activity in Activity.objects.filter(plan=plan):
        assert reverse("plan:activity", args=[plan.code, activity]) in html
        assert activity.text_en.split("\n")[0] in html
    assert "constrained" in html
    assert 'id="I.1.a.1.1-2"' in html


def test_tree_opens_the_objective_that_the_address_names(client: Client) -> None:
    html = page(client, "/plan/tree/?open=I.1.b")
    assert '<details class="objective" id="I.1.b" open>' in html
    assert '<details class="objective" id="I.1.a">' in html
    assert html.count(" open>") == 1
    assert " open>" not in page(client, "/plan/tree/?open=%22%3E%3Cscript%3E").split("<main")[1]


def test_activity_shows_everything_about_it(client: Client, plan: Plan) -> None:
    html = page(client, "/plan/activity/I.1.a.1/")
    for said in [
        "Train investigators",
        "Officers trained",
        "Manual printed",
        "State budget",
        "Mid 2009",
        "30 June 2009",
        "State Police",
    ]:
        assert said in html, said
    assert "Trajnimi i hetuesve" in html  # the other language, on demand
    assert "3–9" in html  # its lines in the source
    assert "I.1.(a).1.1" in html  # its part
    assert "Referred to from" in html
    assert reverse("plan:activity", args=[plan.code, "I.1.(a).1.1#2"]) in html
    assert 'rel="next"' in html
    assert 'rel="prev"' not in html


def test_activity_in_albanian_falls_back_to_english(client: Client) -> None:
    assert "Trajnimi i hetuesve" in page(client, "/plan/activity/I.1.a.1/", "sq").split("</h1>")[1]
    assert "Appoint judges" in page(client, "/plan/activity/I.1.b.1/", "sq")


def test_activity_that_an_amendment_removed_is_still_readable(client: Client, plan: Plan) -> None:
    Activity.objects.filter(identifier="I.1.(b).1").update(last_version=1)
    assert "An amendment has removed this activity" in page(client, "/plan/activity/I.1.b.1/")
    assert "Appoint judges" not in page(client, "/plan/tree/")
    assert "Appoint judges" not in page(client, "/plan/table/")


def test_activity_has_the_panels_of_upper_apps(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    config = apps.get_app_config("plan")
    monkeypatch.setattr(config, "plan_activity_panels", ["besa.plan.tests.test_pages.panels"], raising=False)
    html = page(client, "/plan/activity/I.1.a.1/")
    assert "What others say" in html
    assert "very last word" in html


def panels(request: Any, activity: Activity) -> list[Panel]:
    return [Panel("What others say", "plan/cells/mark.html", {"code": "late", "label": "very last word"})]


def test_an_agency_sees_its_duties(client: Client, plan: Plan) -> None:
    html = page(client, "/plan/agencies/ASP/")
    main = html.split("<main")[1]
    assert "Train investigators" in main
    assert "Appoint judges" not in main
    assert "Late now" in main  # mid 2009 is past on 6 July


def test_search_ranks_the_very_code_first(client: Client) -> None:
    for query in ["I.1.(b).2", "i.1.b.2", "1.(b).2", "1.b.2", "I 1 b 2"]:
        hits = page(client, f"/plan/search/?q={query}").split('<ul class="hits">')[1]
        assert ">I.1.(b).2</a>" in hits.split("<li>")[1], query


def test_search_ignores_case_diacritics_and_order(client: Client) -> None:
    for query in ["strehëzave", "STREHEZAVE", "strehëzave viktimat", "viktimat strehezave"]:
        html = page(client, f"/plan/search/?q={query}")
        assert "<mark>strehëzave</mark>" in html, query
        assert "I.1.(a).1.1#2" in html, query


def test_search_needs_all_words(client: Client) -> None:
    assert "Nothing found" in page(client, "/plan/search/?q=strehezave+gjykata")


def test_search_finds_what_stands_beside_the_activities(client: Client) -> None:
    kinds = {
        "gjykime te drejta": "policy",
        "eighteen": "definition",
        "supreme": "abbreviation",
        "coordinates": "body",
        "law 9": "law",
    }
    for query, kind in kinds.items():
        html = page(client, f"/plan/search/?q={query}")
        address = html.split(f"/annexed/{kind}/#")[1].split('"')[0]
        assert f'id="{address}"' in page(client, f"/plan/annexed/{kind}/")


def test_search_escapes_what_it_shows(client: Client, plan: Plan) -> None:
    Activity.objects.filter(identifier="I.1.(b).1").update(
        text_en="<b>judges</b> & more", search_en="<b>judges</b> & more"
    )
    html = page(client, "/plan/search/?q=judges")
    assert "&lt;b&gt;<mark>judges</mark>&lt;/b&gt; &amp; more" in html
    assert "<script>" not in page(client, "/plan/search/?q=%3Cscript%3E").split("<main")[1]


def test_a_second_plan_stands_beside_the_first(client: Client, plan: Plan) -> None:
    other = load_small("XYZ-2009-2011")
    Activity.objects.filter(plan=other, identifier="I.1.(b).1").update(text_en="Only there")
    assert "Only there" in page(client, "/plan/of/XYZ-2009-2011/tree/")
    assert "Only there" not in page(client, "/plan/tree/")
    assert "/plan/of/XYZ-2009-2011/table/" in page(client, "/plan/of/XYZ-2009-2011/tree/")


def test_a_plan_out_of_its_period_is_not_the_default(client: Client, plan: Plan) -> None:
    Plan.objects.filter(pk=plan.pk).update(is_active=False)
    other = load_small("XYZ-2009-2011")
    assert f"/plan/of/{other.code}/activity/" in page(client, "/plan/tree/")
