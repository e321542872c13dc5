"""The pages of the status log and of what was found out: recorded, corrected, read by who may, by nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from besa.audit.models import Event
from besa.cases.actions import consents, facts, glass, identifying
from besa.cases.actions.determinations import determine
from besa.cases.actions.facts import Stage, Story
from besa.cases.actions.identifying import Identified
from besa.cases.actions.people_on_it import share
from besa.cases.models import Appeal, Case, Facts, Refusal, Share
from besa.cases.tests.factory import make_case, qark
from besa.directory.models import Agency, Membership, Place
from besa.lib import clock
from conftest import ClientOf, MakeMember

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

# Words of which each stands in one part of the file alone.
MARKS = {
    "status": "status-withdrawn",
    "reasons": "abduction",
    "story": "through a newspaper",
    "needs": "contact with the family",
    "risk": "immediate danger",
    "way": "Uruguay",
    "rights": "is represented free of charge",
}
SEALED = ("SECRETREASON", "SECRETSEEN", "SECRETSTORY", "SECRETRIGHT")


def filled(by: Membership, authority: Membership) -> Case:
    """A case with something in each part, planted with the marks."""
    case = make_case(by, days_ago=60, is_child=False, place=qark())
    at = clock.now() - timedelta(days=59)
    usual: dict[str, Any] = {"case": case, "by": by, "at": at}
    found = Identified(
        channel="outreach", screened_on=at.date(), needs=["family"], risk="immediate", words="SECRETSEEN"
    )
    identifying.identify(values=found, **usual)
    story = Story(
        acts=["transport"], means=["fraud"], forms=["servitude"], recruitment=["newspaper"], words="SECRETSTORY"
    )
    facts.edit_facts(version=0, values=story, **usual)
    facts.add_leg(values=Stage("transit", "URY"), **usual)
    identifying.record_rights(kind="represented", on=at.date(), words="SECRETRIGHT", **usual)
    for status, basis in (("presumed", "screening"), ("withdrawn", "wish")):
        determine(
            status=status, basis=basis, decided_on=at.date(), criteria=["means:abduction"], reason="SECRETREASON", **usual
        )  # fmt: skip
    return case


def everything(client: Client, case: Case) -> str:
    """What the reader gets to see of the file, on its page and by reading it; empty where she finds nothing."""
    page = client.get(f"/cases/{case.number}/")
    read = client.post(f"/cases/{case.number}/story/")
    return "".join(answer.content.decode() for answer in (page, read) if answer.status_code == 200)


def stand(name: str, case: Case, member: Membership, by: Membership) -> None:
    """Let the member stand to the case as the name says."""
    if name.startswith("shared"):
        parts = [part for part in ("story", "needs", "names") if part in name]
        consents.give_consent(
            case=case, purpose="assistance", recipient=member.agency, groups=[*parts, "birth"], given_as="person",
            form="signed", language="sq", given_on=clock.today(), until_at=clock.now() + timedelta(days=30), by=by, at=clock.now(),
        )  # fmt: skip
        share(
            case=case, agency=member.agency, purpose="assistance", groups=parts or ["birth"],
            until_at=clock.now() + timedelta(days=20), by=by, at=clock.now(),
        )  # fmt: skip
    if name == "glass":
        glass.break_glass(case=case, reason="danger", words="He is on the way to her now.", by=member, at=clock.now())


ALL = frozenset(MARKS)
STORY = frozenset({"reasons", "story", "way", "rights"})
NEEDS = frozenset({"needs", "risk"})
STATUS = frozenset({"status"})
SEES: dict[tuple[str, str], frozenset[str]] = {
    ("lead", "municipality"): ALL,
    ("unit", "municipality"): frozenset(),
    ("stranger", "shelter"): frozenset(),
    ("qark", "rcat"): frozenset(),
    ("officer", "data_protection"): frozenset(),
    ("authority", "responsible_authority"): ALL,
    ("glass", "police"): ALL,
    ("shared birth", "shelter"): STATUS,
    ("shared needs", "shelter"): STATUS | NEEDS,
    ("shared story", "shelter"): STATUS | STORY,
    ("shared story needs", "shelter"): ALL,
}


@pytest.mark.parametrize(("stance", "role"), SEES)
def test_each_reader_sees_her_projection_and_nothing_else(
    stance: str, role: str, make_member: MakeMember, elsewhere: Agency, client_of: ClientOf
) -> None:
    """Whoever lacks a part finds no word of it on the page, nor by asking for the sealed words."""
    lead = make_member("municipality")
    case = filled(lead, make_member("responsible_authority"))
    outside: dict[str, Any] = {} if stance in ("lead", "unit") else {"agency": elsewhere}
    if stance == "qark":
        outside["place"] = case.qark
    member = lead if stance == "lead" else make_member(role, **outside)
    stand(stance, case, member, lead)
    text, sees = everything(client_of(member), case), SEES[stance, role]
    assert {part for part, mark in MARKS.items() if mark in text} == sees
    expected = {"story": set(SEALED[1:]), "reasons": {"SECRETREASON"}}
    assert {word for word in SEALED if word in text} == set().union(*(expected.get(part, set()) for part in sees))


def test_a_share_that_consent_no_longer_carries_shows_nothing(
    make_member: MakeMember, elsewhere: Agency, client_of: ClientOf
) -> None:
    lead, shelter = make_member("municipality"), make_member("shelter", agency=elsewhere)
    case = filled(lead, make_member("responsible_authority"))
    stand("shared story needs", case, shelter, lead)
    case.consents.update(withdrawn_at=clock.now() - timedelta(seconds=1))
    assert Share.objects.get(case=case).ended_at is None
    text = everything(client_of(shelter), case)
    assert MARKS["story"] not in text
    assert MARKS["needs"] not in text
    assert "SECRETSTORY" not in text


def test_reading_the_story_is_recorded_and_the_page_itself_holds_no_word(
    worker: Membership, client_of: ClientOf, make_member: MakeMember
) -> None:
    case = filled(worker, make_member("responsible_authority"))
    client = client_of(worker)
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert not [word for word in SEALED if word in page]
    assert client.get(f"/cases/{case.number}/story/").status_code == 405
    read = client.post(f"/cases/{case.number}/story/").content.decode()
    assert [word for word in SEALED if word in read] == list(SEALED)
    event = Event.objects.get(verb="story_read")
    assert (event.object_id, event.fields, event.relation) == (str(case.pk), ["reason", "words"], "lead")


def test_a_determination_is_recorded_on_its_page(worker: Membership, client_of: ClientOf) -> None:
    case, client = make_case(worker, is_child=False), client_of(worker)
    address = f"/cases/{case.number}/status/determine/"
    page = client.get(address).content.decode()
    assert "National procedures" in page
    assert "Presumed: there are reasonable grounds" in page
    assert "Identified: the formal decision" not in page
    data = {
        "status": "presumed",
        "basis": "initial_interview",
        "decided_on": clock.today(),
        "acts": ["act:transport"],
        "body": worker.agency_id,
    }
    answer = client.post(address, data | {"basis": "wish"})
    assert answer.status_code == 422
    answer = client.post(address, data, follow=True)
    assert "The determination is in the status log." in answer.content.decode()
    assert case.determinations.get().criteria == ["act:transport"]
    assert client.post(address, data).status_code == 422


def test_a_determination_is_corrected_and_both_stay_on_the_page(worker: Membership, client_of: ClientOf) -> None:
    case, client = make_case(worker, is_child=False), client_of(worker)
    usual: dict[str, Any] = {"case": case, "decided_on": clock.today(), "by": worker, "at": clock.now()}
    wrong = determine(status="potential", basis="screening", **usual)
    address = f"/cases/{case.number}/status/{wrong.pk}/correct/"
    assert client.get(address).status_code == 200
    data = {"status": "presumed", "basis": "screening", "decided_on": clock.today(), "body": worker.agency_id}
    answer = client.post(address, data)
    assert answer.status_code == 422
    assert "Say why the determination is corrected" in answer.content.decode()
    page = client.post(address, data | {"reason": "A slip."}, follow=True).content.decode()
    assert "<del>potential victim</del>" in page
    other = make_case(worker)
    assert client.get(f"/cases/{other.number}/status/{wrong.pk}/correct/").status_code == 404


def test_an_appeal_goes_through_its_pages(worker: Membership, client_of: ClientOf, make_member: MakeMember) -> None:
    case = make_case(worker, days_ago=90, is_child=False)
    first, second = make_member("responsible_authority"), make_member("responsible_authority")
    ago = clock.now() - timedelta(days=60)
    determine(case=case, status="presumed", basis="screening", decided_on=ago.date(), by=worker, at=ago)
    held = determine(
        case=case, status="not_a_victim", basis="formal_interview", decided_on=clock.today(), reason="No.", by=first, at=clock.now()
    )  # fmt: skip
    address = f"/cases/{case.number}/status/{held.pk}/appeal/"
    assert client_of(worker).get(address).status_code == 200
    assert client_of(worker).post(address, {"lodged_on": clock.today()}).status_code == 302
    end = f"/cases/{case.number}/appeals/{Appeal.objects.get().pk}/"
    told = client_of(worker).get(end).content.decode()
    assert "the determination was overturned" not in told
    data = {"outcome": "overturned", "decided_on": clock.today(), "status": "identified", "reason": "New papers."}
    assert client_of(first).post(end, data).status_code == 422
    assert client_of(second).post(end, data | {"status": ""}).status_code == 422
    assert client_of(second).post(end, data).status_code == 302
    case.refresh_from_db()
    assert case.status == "identified"
    other = make_case(worker)
    assert client_of(worker).get(f"/cases/{other.number}/appeals/{Appeal.objects.get().pk}/").status_code == 404
    assert client_of(worker).get(f"/cases/{other.number}/status/{held.pk}/appeal/").status_code == 404


IDENTIFIED = {
    "channel": "border", "reach": "unknown", "age_group": "18_24", "risk": "high", "present": ["female_officer"], "needs": ["shelter"],
    "language": "sq", "words": "A lorry at night.",
}  # fmt: skip


def test_the_first_identification_is_recorded_and_corrected_without_losing_anything(
    worker: Membership, client_of: ClientOf
) -> None:
    case, client = make_case(worker), client_of(worker)
    address = f"/cases/{case.number}/identify/"
    assert "At a crossing point a female specialist officer" in client.get(address).content.decode()
    data = IDENTIFIED | {"screened_on": clock.today()}
    assert client.post(address, data | {"channel": ""}).status_code == 422
    page = client.post(address, data, follow=True).content.decode()
    assert "no crossing point is given" in page
    assert "A lorry at night." not in page
    assert client.get(address).status_code == 302
    again = f"{address}correct/"
    assert "lorry" not in client.get(again).content.decode()
    opened = client.post(again).content.decode()
    assert "A lorry at night." in opened
    seen = case.identification.recorded_at.isoformat()
    assert client.post(again, data | {"seen": "nonsense"}).status_code == 422
    assert client.post(again, data | {"seen": seen, "words": "A bus.", "risk": "low"}).status_code == 302
    conflict = client.post(again, data | {"seen": seen, "words": "A car.", "risk": "medium"})
    text = conflict.content.decode()
    assert conflict.status_code == 409
    assert text.count("A car.") == 2
    assert "A bus." in text
    assert ">low<" in text
    assert (
        client.post(
            again, data | {"seen": conflict.context["form"].data["seen"], "words": "A bus and a car."}
        ).status_code
        == 302
    )


def test_what_happened_is_written_down_and_two_who_change_it_keep_both_texts(
    worker: Membership, client_of: ClientOf
) -> None:
    case, client = make_case(worker), client_of(worker)
    address = f"/cases/{case.number}/facts/"
    page = client.get(address).content.decode()
    assert "Under 18, or where the age is in doubt, no means is needed" in page
    data = {
        "version": 0, "acts": ["transport"], "main": "forced_begging", "further": ["servitude"], "reach": "internal",
        "country_1": "ALB", "country_2": "ITA", "words": "He kept the money.",
    }  # fmt: skip
    assert client.post(address, data | {"from_on": "2009-05-02", "until_on": "2009-05-01"}).status_code == 422
    shown = client.post(address, data, follow=True).content.decode()
    assert "forced begging (main)" in shown
    assert "Under 18 no means is needed." in shown
    row = Facts.objects.get()
    assert (row.forms, row.countries) == (["forced_begging", "servitude"], ["ALB", "ITA"])
    assert "kept" not in client.get(address).content.decode()
    assert "He kept the money." in client.post(address).content.decode()
    assert client.post(address, data | {"version": 1, "words": "She says: half of it."}).status_code == 302
    conflict = client.post(address, data | {"version": 1, "words": "He kept all.", "means": ["threat"]})
    text = conflict.content.decode()
    assert conflict.status_code == 409
    assert "She says: half of it." in text
    assert text.count("He kept all.") == 2
    assert "threat or use of force" in text
    assert client.post(address, data | {"version": 2, "words": "Half, she says; all, he says."}).status_code == 302


def test_stages_and_rights_have_their_pages(worker: Membership, client_of: ClientOf) -> None:
    case, client = make_case(worker), client_of(worker)
    Place.objects.get_or_create(
        code="AL-X-1", defaults={"kind": "crossing", "name_en": "Kakavijë", "name_sq": "Kakavijë"}
    )
    crossing = Place.objects.get(code="AL-X-1")
    assert client.get(f"/cases/{case.number}/legs/add/").status_code == 200
    leg = {"kind": "transit", "country": "GRC", "crossing": crossing.pk}
    page = client.post(f"/cases/{case.number}/legs/add/", leg, follow=True).content.decode()
    assert "Greece" in page
    assert "Kakavijë" in page
    key, other = case.legs.get().pk, make_case(worker)
    assert client.post(f"/cases/{other.number}/legs/{key}/remove/").status_code == 404
    assert client.post(f"/cases/{case.number}/legs/{key}/remove/").status_code == 302
    assert not case.legs.exists()
    assert client.get(f"/cases/{case.number}/rights/add/").status_code == 200
    right = {"kind": "informed", "on": clock.today(), "language": "rom", "material": "spoken"}
    page = client.post(f"/cases/{case.number}/rights/add/", right, follow=True).content.decode()
    assert "was informed of the rights" in page
    assert "Romani" in page


def test_an_adult_who_refuses_is_counted_on_a_page_that_asks_no_name(
    worker: Membership, client_of: ClientOf, make_member: MakeMember, elsewhere: Agency
) -> None:
    client = client_of(worker)
    page = client.get("/cases/refusals/add/").content.decode()
    assert 'name="surname"' not in page
    assert "not known</option>" not in page.split('name="age_group"')[1].split("</select>")[0]
    data = {
        "on": clock.today(),
        "channel": "border",
        "age_group": "25_34",
        "sex": "male",
        "signs": ["forced_labour"],
        "reach": "unknown",
    }
    assert client.post("/cases/refusals/add/", data | {"age_group": "12_17"}).status_code == 422
    assert "The refusal is counted." in client.post("/cases/refusals/add/", data, follow=True).content.decode()
    assert client.post("/cases/refusals/add/", data).status_code == 422
    assert Refusal.objects.count() == 1
    there = client_of(make_member("shelter", agency=elsewhere)).get("/cases/refusals/").content.decode()
    assert "Nobody has refused so far." in there


@pytest.mark.parametrize("path", ["status/determine/", "identify/", "facts/", "legs/add/", "rights/add/"])
def test_who_may_not_write_is_refused_before_the_form(
    path: str, client_of: ClientOf, make_member: MakeMember, elsewhere: Agency
) -> None:
    case = make_case(make_member("municipality"), is_child=False)
    colleague, stranger = make_member("municipality"), make_member("shelter", agency=elsewhere)
    assert client_of(colleague).get(f"/cases/{case.number}/{path}").status_code == 409
    assert client_of(stranger).get(f"/cases/{case.number}/{path}").status_code == 404


def test_the_file_takes_the_same_number_of_queries_however_much_was_found_out(
    worker: Membership, client_of: ClientOf, make_member: MakeMember, django_assert_max_num_queries: Any
) -> None:
    authority = make_member("responsible_authority")
    case, client = filled(worker, authority), client_of(worker)
    client.get(f"/cases/{case.number}/")
    usual: dict[str, Any] = {"case": case, "by": worker, "at": clock.now()}
    for number in range(12):
        facts.add_leg(values=Stage("transit", "ITA", place=qark(f"AL-{number}")), **usual)
        identifying.record_rights(kind="counsel", on=clock.today(), **usual)
        status, basis = (("presumed", "screening"), ("withdrawn", "wish"))[number % 2]
        determine(status=status, basis=basis, decided_on=clock.today(), reason="Again.", **usual)
    with django_assert_max_num_queries(60):
        assert client.get(f"/cases/{case.number}/").status_code == 200
