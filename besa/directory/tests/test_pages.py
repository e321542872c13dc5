"""Pages of agencies, places and bodies, as the roles see them."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.core.management import call_command

from besa.audit.models import Event
from besa.directory.models import Agency, Body, Seat
from conftest import ClientOf, MakeMember

ALBANIA = Path(settings.ROOT) / "countries" / "albania"


@pytest.fixture
def albania(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("besa.directory.management.commands.load_country.hooked", lambda name: [])
    call_command("load_country", str(ALBANIA), verbosity=0)


def test_agencies_are_found_without_diacritics(albania: None, make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("donor", Agency.objects.get(code="USAID")))
    text = client.get("/directory/agencies/", {"q": "strehezat"}).content.decode()
    assert ">SHELTERS<" in text
    assert ">MOI<" not in text
    assert ">MFA<" in client.get("/directory/agencies/", {"q": "mofa"}).content.decode(), "printed names count too"


def test_agencies_filter_and_export(albania: None, make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("donor", Agency.objects.get(code="USAID")))
    asked = {"signatory": "yes", "kind": "ministry", "export": "csv"}
    rows = client.get("/directory/agencies/", asked).content.decode("utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["MFA", "MOI", "MOLSAEO"]
    book = openpyxl.load_workbook(BytesIO(client.get("/directory/agencies/", {"export": "xlsx"}).content))
    assert book.active is not None
    assert book.active.max_row == Agency.objects.count() + 1
    parent = Agency.objects.get(code="ASP")
    below = client.get(f"/directory/agencies/?parent={parent.pk}&export=csv").content.decode("utf-8-sig")
    assert "ASP-BMP" in below


@pytest.mark.parametrize(
    "path",
    [
        "/directory/agencies/?size=100",
        "/directory/places/",
        "/directory/places/AL-07/",
        "/directory/bodies/?size=100",
        "/directory/agencies/MOI/",
        "/directory/bodies/NTF/",
    ],
)
def test_pages_ask_few_questions(
    albania: None, make_member: MakeMember, client_of: ClientOf, django_assert_max_num_queries: Any, path: str
) -> None:
    client = client_of(make_member("coordinator", Agency.objects.get(code="ONAC")))
    client.get(path)
    with django_assert_max_num_queries(17):
        assert client.get(path).status_code == 200


def test_agency_page_shows_people_only_to_those_who_may(
    albania: None, make_member: MakeMember, client_of: ClientOf
) -> None:
    moi = Agency.objects.get(code="MOI")
    person = make_member("focal_point", moi)
    page = "/directory/agencies/MOI/"
    seen = client_of(make_member("coordinator", Agency.objects.get(code="ONAC"))).get(page).content.decode()
    unseen = client_of(make_member("donor", Agency.objects.get(code="USAID"))).get(page).content.decode()
    assert person.user.name in seen
    assert person.user.name not in unseen
    for text in ("Ministry of Interior", "Ministria e Brendshme", "Albanian State Police", "MoI", "chair"):
        assert text in unseen
    assert "/edit/" in seen
    assert "/edit/" not in unseen


def test_agency_edit_is_recorded_by_field(albania: None, make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("coordinator", Agency.objects.get(code="ONAC")))
    page = "/directory/agencies/TDH/edit/"
    form = {
        "name_en": "Terre des hommes", "name_sq": "Terre des Hommes", "kind": "ngo", "is_reporting": "on",
        "nrm_signatory_from": "2009-01-01", "nrm_signatory_to": "2008-01-01",
    }  # fmt: skip
    text = client.post(page, form).content.decode()
    assert "lies before the beginning" in text
    assert "Terre des hommes" in text
    assert client.post(page, form | {"nrm_signatory_to": ""}).status_code == 302
    event = Event.objects.get(verb="agency_edited")
    assert event.fields == ["name_en", "nrm_signatory_from"]
    count = Event.objects.count()
    assert client.post(page, form | {"nrm_signatory_to": ""}).status_code == 302
    assert Event.objects.count() == count, "nothing changed, nothing recorded"


def test_agency_cannot_belong_to_its_own_unit(albania: None, make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("coordinator", Agency.objects.get(code="ONAC")))
    moi, unit = Agency.objects.get(code="MOI"), Agency.objects.get(code="ASP-BMP")
    form = {"name_en": moi.name_en, "name_sq": moi.name_sq, "kind": "ministry", "parent": unit.pk}
    answer = client.post("/directory/agencies/MOI/edit/", form)
    assert answer.status_code == 409
    moi.refresh_from_db()
    assert moi.parent_id != unit.pk


def test_agency_is_added(albania: None, make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("coordinator", Agency.objects.get(code="ONAC")))
    form = {"code": "arsis", "name_en": "ARSIS", "name_sq": "ARSIS", "kind": "ngo", "is_reporting": "on"}
    assert client.post("/directory/agencies/add/", form).headers["Location"] == "/directory/agencies/ARSIS/"
    assert "already an agency" in client.post("/directory/agencies/add/", form).content.decode()


@pytest.mark.parametrize("role", ["focal_point", "donor", "national_coordinator", "user_admin"])
def test_only_the_office_edits_agencies(albania: None, make_member: MakeMember, client_of: ClientOf, role: str) -> None:
    client = client_of(make_member(role, Agency.objects.get(code="MOI")))
    assert client.post("/directory/agencies/MOI/edit/", {}).status_code == 403
    assert client.get("/directory/agencies/add/").status_code == 403


def test_places_are_those_of_the_day(albania: None, make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("donor", Agency.objects.get(code="USAID")))
    then = client.get("/directory/places/").content.decode()
    assert ">308<" in then
    assert "Qafë Botë" in then
    now = client.get("/directory/places/", {"on": "2016-01-01"}).content.decode()
    assert ">61<" in now
    assert ">308<" not in now
    assert client.get("/directory/places/", {"on": "nonsense"}).status_code == 200
    assert "Zapod" in client.get("/directory/places/AL-07/").content.decode()
    assert client.get("/directory/places/XX/").status_code == 404


def test_seats_are_added_and_ended(albania: None, make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("national_coordinator", Agency.objects.get(code="ONAC")))
    moh = Agency.objects.get(code="MOH")
    form = {"agency": moh.pk, "function": "member", "from_on": "2009-07-01", "holder": ""}
    assert client.get("/directory/bodies/SCFTHB/seats/add/").status_code == 200
    assert client.post("/directory/bodies/SCFTHB/seats/add/", form).status_code == 302
    assert "already has such a seat" in client.post("/directory/bodies/SCFTHB/seats/add/", form).content.decode()
    seat = Seat.objects.get(body__code="SCFTHB", agency=moh)
    page = f"/directory/seats/{seat.pk}/end/"
    assert "end before it begins" in client.post(page, {"until_on": "2008-01-01"}).content.decode()
    assert client.post(page, {"until_on": "2009-07-05"}).status_code == 302
    seat.refresh_from_db()
    assert seat.until_on == date(2009, 7, 5)
    text = client.get("/directory/bodies/SCFTHB/").content.decode()
    assert "Former seats" in text
    assert "twice a year" in text
    stranger = client_of(make_member("focal_point", moh))
    assert stranger.get("/directory/bodies/SCFTHB/seats/add/").status_code == 403
    assert stranger.get("/directory/bodies/SCFTHB/").status_code == 200


def test_pages_speak_the_reader_s_language(albania: None, make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("donor", Agency.objects.get(code="USAID")))
    client.cookies["django_language"] = "sq"
    assert re.search(r"<h1[^>]*>\s*Task-Forca Kombëtare", client.get("/directory/bodies/NTF/").content.decode())
    assert Body.objects.get(code="NTF").name_en.startswith("National")
