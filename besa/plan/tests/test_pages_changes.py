"""Pages on which the plan changes: amendments from draft to decision, versions, loading a plan from a file."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from besa.directory.models import Agency, Body
from besa.plan.content.files import dump_json, dump_yaml
from besa.plan.content.roster import DirectoryRoster
from besa.plan.content.workbook_out import dump_workbook
from besa.plan.models import Activity, Amendment, Plan, PlanVersion
from besa.plan.tests.world import load_small
from besa.plan.versions import content_of
from conftest import ClientOf, MakeMember

NEW = "/plan/amendments/new/"
DECISION = {"decision_number": "12", "decided_on": "2009-07-01"}


class Sent(HTMLParser):
    """What a browser would send of a page's form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._area = self._select = ""
        self.feed(html[html.index("<main") :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.fields.setdefault(name, []).append(given.get("value") or ("on" if "checked" in given else ""))
        elif tag == "textarea":
            self._area, self.fields[name] = name, [""]
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.fields.setdefault(self._select, []).append(given.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.fields[self._area][0] = self.fields[self._area][0].removeprefix("\n")
            self._area = ""


@pytest.fixture
def plan(agency: Agency) -> Plan:
    return load_small()


@pytest.fixture
def office(plan: Plan, make_member: MakeMember, client_of: ClientOf) -> Client:
    return client_of(make_member("coordinator"))


@pytest.fixture
def coordinator(plan: Plan, make_member: MakeMember, client_of: ClientOf) -> Client:
    return client_of(make_member("national_coordinator"))


@pytest.fixture
def body(db: None) -> Body:
    return Body.objects.create(code="SC", name_en="State Committee", name_sq="Komiteti Shtetëror", level="national")


def fields(client: Client, address: str) -> dict[str, Any]:
    return {**Sent(client.get(address).content.decode()).fields, "title": ["Later"], "reason": ["Money came late"]}


def post(client: Client, address: str, sent: dict[str, Any], do: str = "save") -> Any:
    return client.post(address, {**sent, "do": do})


def drafted(office: Client) -> Amendment:
    sent = fields(office, f"{NEW}?target=I.1.(a).1")
    sent["row-I.1.a.1-timeline"] = ["End 2009\nOngoing"]
    assert post(office, NEW, sent).status_code == 302
    return Amendment.objects.get()


def test_a_row_as_it_stands_changes_nothing(office: Client, plan: Plan) -> None:
    for code in ["I.1.(a).1", "I.1.(a).1.1", "I.1.(a)", "I.1", "I"]:
        response = post(office, NEW, fields(office, f"{NEW}?target={code}"))
        assert response.status_code == 422, code
        assert "Nothing is changed yet" in response.content.decode()
    assert not Amendment.objects.exists()


def test_a_half_filled_draft_survives(office: Client, plan: Plan) -> None:
    sent = fields(office, f"{NEW}?target=I.1.(a).1")
    sent["row-I.1.a.1-text"] = ["Half a"]
    sent["add_target"] = ["I.1.(b)"]
    sent = Sent(post(office, NEW, sent, "add").content.decode()).fields
    assert (sent["title"], sent["row-I.1.a.1-text"], sent["target"]) == (
        ["Later"],
        ["Half a"],
        ["I.1.(a).1", "I.1.(b)"],
    )
    sent = Sent(post(office, NEW, sent, "new").content.decode()).fields
    assert sent["new"] == ["0"]
    sent["new-0-text"] = ["Quite new"]
    sent = Sent(post(office, NEW, sent, "new").content.decode()).fields
    assert sent["new"] == ["0", "1"]
    sent = Sent(post(office, NEW, sent, "drop new-1").content.decode()).fields
    sent = Sent(post(office, NEW, sent, "drop I.1.(b)").content.decode()).fields
    assert (sent["new"], sent["target"], sent["new-0-text"]) == (["0"], ["I.1.(a).1"], ["Quite new"])
    assert not Amendment.objects.exists()


def test_bad_fields_are_named_and_kept(office: Client, plan: Plan) -> None:
    sent = fields(office, f"{NEW}?target=I.1.(a).1")
    sent["row-I.1.a.1-timeline"] = ["some day"]
    sent["row-I.1.a.1-responsible"] = [""]
    sent = Sent(post(office, NEW, sent, "new").content.decode()).fields
    sent["new-0-identifier"] = ["I.1.(a).1"]
    response = post(office, NEW, sent)
    html = response.content.decode()
    assert response.status_code == 422
    for target in ["row-I.1.a.1-timeline", "row-I.1.a.1-responsible", "new-0-identifier", "new-0-text"]:
        assert f'href="#id_{target}"' in html, target
        assert f'id="id_{target}"' in html, target
    assert "some day" in html


def test_what_the_plan_as_a_whole_cannot_take_is_said(office: Client, plan: Plan) -> None:
    sent = fields(office, f"{NEW}?target=I.1.(a).1")
    sent["row-I.1.a.1-responsible"] = ["Ministry of Magic"]
    response = post(office, NEW, sent)
    assert response.status_code == 422
    assert "Ministry of Magic" in response.content.decode().split("error-summary")[1].split("</ul>")[0]
    assert not Amendment.objects.exists()


def test_from_draft_to_the_next_version(office: Client, coordinator: Client, body: Body, plan: Plan) -> None:
    amendment = drafted(office)
    address = f"/plan/amendments/{amendment.number}/"
    assert [(change["field"], change["after"]) for change in amendment.changes] == [
        ("timeline", ["End 2009", "Ongoing"])
    ]
    sent = Sent(office.get(f"{address}edit/").content.decode()).fields
    assert sent["row-I.1.a.1-timeline"] == ["End 2009\nOngoing"]
    assert post(office, f"{address}edit/", {**sent, "reason": ["Better"]}).status_code == 302
    assert office.post(f"{address}propose/").status_code == 302
    assert "Record the decision" in coordinator.get(address).content.decode()
    response = coordinator.post(f"{address}decide/", {**DECISION, "body": body.pk, "do": "adopt"})
    assert response.status_code == 302
    plan.refresh_from_db()
    assert plan.current_version == 2
    html = coordinator.get("/plan/activity/I.1.a.1/").content.decode()
    assert "31 December 2009" in html
    assert "State Committee" in html  # who changed it, with before and after
    assert "Mid 2009" in html.split("<h2>Amended</h2>")[1]
    assert "Mid 2009" in office.get("/plan/versions/1/").content.decode()
    assert "Mid 2009" not in office.get("/plan/versions/2/").content.decode().split("I.1.(a).1.1")[0]
    compared = office.get("/plan/compare/").content.decode()
    assert "<del>Mid 2009" in compared
    assert "1 row differs" in compared


def test_adding_and_taking_out(office: Client, coordinator: Client, body: Body, plan: Plan) -> None:
    sent = {**fields(office, f"{NEW}?target=I.1.(b).1"), "row-I.1.b.1-is_removed": ["on"]}
    sent = Sent(post(office, NEW, sent, "new").content.decode()).fields
    sent |= {"new-0-identifier": ["I.1.(b).3"], "new-0-objective": ["I.1.(b)"], "new-0-text": ["Pay the judges"]}
    sent |= {"new-0-responsible": ["ASP"], "new-0-timeline": ["Mid 2010"]}
    assert post(office, NEW, sent).status_code == 302
    html = office.get("/plan/amendments/1/").content.decode()
    assert "Pay the judges" in html
    assert "Appoint judges" in html
    sent = Sent(office.get("/plan/amendments/1/edit/").content.decode()).fields
    assert sent["new-0-text"] == ["Pay the judges"]
    assert sent["row-I.1.b.1-is_removed"] == ["on"]
    office.post("/plan/amendments/1/propose/")
    coordinator.post("/plan/amendments/1/decide/", {**DECISION, "body": body.pk, "do": "adopt"})
    assert Activity.objects.get(identifier="I.1.(b).1").last_version == 1
    assert "Pay the judges" in office.get("/plan/activity/I.1.b.3/").content.decode()


def test_a_refusal_needs_its_reason(office: Client, coordinator: Client, body: Body, plan: Plan) -> None:
    amendment = drafted(office)
    office.post("/plan/amendments/1/propose/")
    sent = {**DECISION, "body": body.pk, "do": "refuse"}
    response = coordinator.post("/plan/amendments/1/decide/", sent)
    assert response.status_code == 422
    assert "Say why" in response.content.decode()
    assert coordinator.post("/plan/amendments/1/decide/", {**sent, "refusal": "Too dear"}).status_code == 302
    amendment.refresh_from_db()
    assert amendment.state == "refused"
    assert "Too dear" in office.get("/plan/amendments/1/").content.decode()


def test_a_draft_is_taken_back(office: Client, plan: Plan) -> None:
    amendment = drafted(office)
    assert office.post("/plan/amendments/1/withdraw/").status_code == 302
    amendment.refresh_from_db()
    assert amendment.state == "withdrawn"
    assert office.post("/plan/amendments/1/withdraw/").status_code == 409
    assert office.get("/plan/amendments/1/edit/").status_code == 409


def test_who_may_do_what(plan: Plan, office: Client, make_member: MakeMember, client_of: ClientOf) -> None:
    drafted(office)
    donor = client_of(make_member("donor"))
    for address in [NEW, "/plan/amendments/1/edit/", "/plan/amendments/1/decide/", "/plan/import/"]:
        assert donor.get(address).status_code == 403, address
    assert donor.get("/plan/amendments/1/").status_code == 200
    assert "Propose an amendment" not in donor.get("/plan/amendments/").content.decode()
    assert office.get("/plan/amendments/1/decide/").status_code == 403
    assert office.get("/plan/amendments/1/propose/").status_code == 405


# --- versions as files


def test_a_version_goes_out_and_comes_in_again(office: Client, plan: Plan) -> None:
    content = content_of(plan)
    assert json.loads(office.get("/plan/versions/1/file.json").content) == content
    for kind in ("json", "yaml", "xlsx"):
        response = office.get(f"/plan/versions/1/file.{kind}")
        assert f"{plan.code}-v1.{kind}" in response["Content-Disposition"]
        file = SimpleUploadedFile(f"plan.{kind}", response.content)
        html = office.post("/plan/import/", {"file": file}).content.decode()
        assert "loaded already with this very content" in html, kind


# --- loading


def _other(plan: Plan) -> dict[str, Any]:
    content = json.loads(json.dumps(content_of(plan)))
    content["plan"]["code"] = "XYZ-2009-2011"
    return dict(content)


@pytest.mark.parametrize("kind", ["json", "yaml", "xlsx"])
def test_a_good_file_is_loaded_after_it_is_confirmed(kind: str, office: Client, plan: Plan) -> None:
    content, derive = _other(plan), DirectoryRoster().derive
    made: dict[str, bytes | str] = {"json": dump_json(content), "yaml": dump_yaml(content, derive)}
    made["xlsx"] = dump_workbook(content, derive)
    data = made[kind]
    file = SimpleUploadedFile(f"other.{kind}", data.encode() if isinstance(data, str) else data)
    response = office.post("/plan/import/", {"file": file})
    assert response.status_code == 200
    assert not Plan.objects.filter(code="XYZ-2009-2011").exists()
    sent = Sent(response.content.decode()).fields
    assert office.post("/plan/import/load/", {"content": sent["content"]}).status_code == 302
    assert PlanVersion.objects.get(plan__code="XYZ-2009-2011").content == content


def test_every_problem_of_a_file_is_listed(office: Client, plan: Plan) -> None:
    content = _other(plan)
    rows = content["components"][0]["aims"][0]["objectives"][0]["activities"]
    rows[0]["timeline"] = [{"text": "some day"}]
    rows[1]["responsible"], rows[1]["agencies"] = ["Ministry of Magic"], []
    data = dump_workbook(_other(plan), DirectoryRoster().derive)
    file = SimpleUploadedFile("bad.json", json.dumps(content).encode())
    response = office.post("/plan/import/", {"file": file})
    html = response.content.decode()
    assert response.status_code == 422
    assert "bad.json: 2 problems" in html
    assert html.count("<tr>") == 3
    broken = office.post("/plan/import/", {"file": SimpleUploadedFile("bad.xlsx", data[:-100])})
    assert broken.status_code == 422
    assert "bad.xlsx: 1 problem" in broken.content.decode()
    assert Plan.objects.count() == 1


@pytest.mark.parametrize("name", ["plan.pdf", "plan", "../../plan.doc"])
def test_a_file_of_no_known_kind_is_refused(name: str, office: Client, plan: Plan) -> None:
    response = office.post("/plan/import/", {"file": SimpleUploadedFile(name, b"x")})
    assert response.status_code == 422
    assert "The ending of the name must be" in response.content.decode().split("error-summary")[1]


def test_another_content_of_a_loaded_plan_is_refused_with_the_reason(office: Client, plan: Plan) -> None:
    content = content_of(plan)
    content["plan"]["title"] = "Quite another"
    response = office.post("/plan/import/", {"file": SimpleUploadedFile("p.json", dump_json(content).encode())})
    assert "by an amendment" in response.content.decode()
    assert '<button class="btn btn-primary">Load the plan' not in response.content.decode()


def test_what_was_not_checked_is_not_loaded(office: Client, plan: Plan) -> None:
    sent = json.dumps(_other(plan))
    response = office.post("/plan/import/load/", {"content": sent}, follow=True)
    assert "upload the file again" in response.content.decode()
    assert Plan.objects.count() == 1


def test_the_template_is_a_workbook(office: Client, plan: Plan) -> None:
    response = office.get("/plan/import/template.xlsx")
    assert io.BytesIO(response.content).read(2) == b"PK"
