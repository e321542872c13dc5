"""A report from the first question to the open case; the child path, the refusal, what is kept meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from besa.assessments.models import Instrument
from besa.cases.actions import drafts
from besa.cases.models import Case, Consent, Draft, Refusal
from besa.directory.models import Agency, Membership, Place
from besa.lib import clock
from besa.vault import keystore
from besa.vault.keystore import KeyGone
from conftest import ClientOf, MakeMember

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(make_member: MakeMember) -> Membership:
    return make_member("border_police")


@pytest.fixture
def client(officer: Membership, client_of: ClientOf) -> Client:
    return client_of(officer)


@pytest.fixture(autouse=True)
def country(db: None) -> None:
    qark = Place.objects.create(code="AL-Q", kind="qark", name_en="Q", name_sq="Q")
    Place.objects.create(code="KAKAVIJE", kind="crossing", name_en="Kakavijë", name_sq="Kakavijë", parent=qark)
    Agency.objects.create(code="UNIT", name_en="Unit", name_sq="Njësia", kind="municipality")


def begin(client: Client) -> Draft:
    client.post("/cases/reports/begin/")
    return Draft.objects.latest("created_at")


def fill(client: Client, draft: Draft, slug: str, **words: Any) -> Any:
    draft.refresh_from_db()
    return client.post(f"/cases/reports/{draft.pk}/{slug}/", {"version": draft.version, **words})


ADULT: dict[str, dict[str, Any]] = {
    "age": {"is_child": "no", "age_group": "18_24"},
    "how": {"channel": "border"},
    "where": {"crossing": "KAKAVIJE", "place": "", "on": "2009-07-05"},
    "reach": {"reach": "cross_border"},
    "present": {"present": ["social_worker"]},
    "wish": {"wish": "yes"},
    "needs": {"needs": ["shelter", "medical"]},
    "risk": {"risk": "high"},
    "language": {"language": "sq"},
    "rights": {"informed": "yes", "language": "sq", "material": "spoken"},
    "consent": {"purposes": ["assistance"], "parts": ["names", "needs"], "form": "spoken"},
    "name": {"surname": "Gjonaj", "given_names": "Lule", "father_name": ""},
    "about": {"sex": "female", "birth_date": "1989", "birth_place": "", "citizenships": "ALB"},
    "words": {"words": "She was promised work in a hotel."},
    "status": {"status": "presumed", "form": "sexual_exploitation"},
}
CHILD: dict[str, dict[str, Any]] = {
    **{name: words for name, words in ADULT.items() if name not in ("wish", "consent")},
    "age": {"is_child": "doubt", "age_group": "unknown"},
    "guardian": {
        "guardian": "excluded",
        "kind": "parent",
        "name": "A man",
        "contact": "",
        "unit": "UNIT",
        "is_informed": "on",
    },
}


def walk(client: Client, pages: dict[str, dict[str, Any]]) -> Draft:
    draft = begin(client)
    for slug, words in pages.items():
        answer = fill(client, draft, slug, **words)
        assert answer.status_code == 302, (slug, answer.content.decode()[:2000])
    return draft


def test_an_adult_is_reported(client: Client, officer: Membership) -> None:
    draft = walk(client, ADULT)
    checked = client.get(f"/cases/reports/{draft.pk}/check/").content.decode()
    assert "Gjonaj" in checked
    assert client.post(f"/cases/reports/{draft.pk}/send/").status_code == 302
    case = Case.objects.get()
    assert (case.status, case.kind, case.risk, case.is_child) == ("presumed", "victim", "high", False)
    assert case.identification.crossing is not None
    assert case.identification.present == ["social_worker"]
    assert case.facts.forms == ["sexual_exploitation"]
    assert list(case.rights.values_list("kind", flat=True)) == ["informed"]
    assert list(case.consents.values_list("purpose", "groups", "given_as")) == [
        ("assistance", ["names", "needs"], "person")
    ]
    assert not Draft.objects.exists()


def test_a_child_is_asked_for_no_consent_and_its_unit_is_told(client: Client) -> None:
    draft = walk(client, CHILD)
    client.post(f"/cases/reports/{draft.pk}/send/")
    case = Case.objects.get()
    assert case.is_child is None
    assert case.identification.is_age_in_doubt
    assert set(case.consents.values_list("given_as", flat=True)) == {Consent.GivenAs.BEST_INTERESTS}
    assert case.subject.guardians.get().is_excluded
    assert client.get(f"/cases/reports/{draft.pk}/consent/").status_code == 404


def test_an_adult_who_refuses_is_counted_and_nothing_else_is_kept(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    pages = {**{name: ADULT[name] for name in ("age", "how", "where", "reach")}, "wish": {"wish": "no"}}
    pages["counted"] = {"sex": "female", "age_group": "18_24", "form": ""}
    draft = walk(client, pages)
    scope = draft.scope
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/cases/reports/{draft.pk}/send/")
    assert (Refusal.objects.count(), Case.objects.count(), Draft.objects.count()) == (1, 0, 0)
    with pytest.raises(KeyGone):
        keystore.data_key(scope)


def test_the_screening_suits_the_age(client: Client, settings: Any) -> None:
    call_command("load_country", str(settings.COUNTRY), verbosity=0)
    draft = begin(client)
    fill(client, draft, "age", **ADULT["age"])
    draft.refresh_from_db()
    assert draft.instrument.startswith("border ")
    first = Instrument.objects.get(code="border").definition.questions[0].id
    assert fill(client, draft, f"seen-{first}", **{first: "yes"}).status_code == 302
    fill(client, draft, "age", **CHILD["age"])
    draft.refresh_from_db()
    assert draft.instrument.startswith("border_child ")
    assert "seen" not in drafts.answers_of(draft)


def test_a_report_is_its_authors_alone(client: Client, client_of: ClientOf, make_member: MakeMember) -> None:
    draft = begin(client)
    other = client_of(make_member("border_police"))
    assert other.get(f"/cases/reports/{draft.pk}/age/").status_code == 404
    assert other.post(f"/cases/reports/{draft.pk}/discard/").status_code == 404


def test_what_is_wrong_is_said_and_nothing_is_lost(client: Client) -> None:
    draft = begin(client)
    for slug in ("age", "how"):
        fill(client, draft, slug, **ADULT[slug])
    answer = fill(client, draft, "where", **{**ADULT["where"], "crossing": ""})
    assert answer.status_code == 422
    assert "at which border crossing point" in answer.content.decode()
    later = fill(client, draft, "where", **{**ADULT["where"], "crossing": ""}, later="1")
    assert later.status_code == 302
    again = client.get(f"/cases/reports/{draft.pk}/where/").context["form"]
    assert again.initial["on"] == "2009-07-05"


def test_a_crossing_point_is_asked_at_the_border_alone(client: Client) -> None:
    """Whoever corrects how the person was found is asked for it, or it goes."""
    draft = walk(client, ADULT)
    fill(client, draft, "how", channel="inland")
    draft.refresh_from_db()
    assert drafts.answers_of(draft)["where"]["crossing"] == ""
    assert "crossing" not in client.get(f"/cases/reports/{draft.pk}/where/").context["form"].fields
    assert "Kakav" not in client.get(f"/cases/reports/{draft.pk}/check/").content.decode()
    fill(client, draft, "how", channel="border")
    assert client.get(f"/cases/reports/{draft.pk}/check/").context["missing"] == "where"
    assert client.post(f"/cases/reports/{draft.pk}/send/").status_code == 409
    fill(client, draft, "where", **ADULT["where"])
    assert client.post(f"/cases/reports/{draft.pk}/send/").status_code == 302
    assert Case.objects.filter(identification__crossing__code="KAKAVIJE").count() == 1


def test_two_windows_do_not_overwrite_each_other(client: Client) -> None:
    draft = begin(client)
    old = draft.version
    fill(client, draft, "age", **ADULT["age"])
    answer = client.post(f"/cases/reports/{draft.pk}/age/", {"version": old, **CHILD["age"]})
    assert answer.status_code == 422
    assert "another window" in answer.content.decode()


def test_nothing_is_sent_that_is_not_complete(client: Client) -> None:
    draft = begin(client)
    fill(client, draft, "age", **ADULT["age"])
    assert client.post(f"/cases/reports/{draft.pk}/send/").status_code == 409
    assert Draft.objects.exists()
    assert not Case.objects.exists()


def test_a_draft_expires_with_its_key(officer: Membership, django_capture_on_commit_callbacks: Any) -> None:
    at = clock.now()
    draft = drafts.begin(by=officer, at=at)
    assert drafts.expire(at + drafts.KEPT - drafts.KEPT / 2) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert drafts.expire(at + drafts.KEPT) == 1
    with pytest.raises(KeyGone):
        keystore.data_key(draft.scope)


def test_a_child_is_reported_where_no_unit_is_entered_yet(client: Client) -> None:
    Agency.objects.filter(code="UNIT").delete()
    draft = walk(client, {**CHILD, "guardian": {**CHILD["guardian"], "unit": ""}})
    assert client.get(f"/cases/reports/{draft.pk}/check/").status_code == 200
    sent = client.post(f"/cases/reports/{draft.pk}/send/")
    assert "Nobody of the unit could be told in Besa" in client.get(sent["Location"]).content.decode()


def test_the_unit_is_also_an_institution_in_which_a_municipality_works(client: Client, make_member: MakeMember) -> None:
    group = Agency.objects.create(
        code="TOWNS", name_en="Towns", name_sq="Qytetet", kind="group", is_group=True, is_reporting=False
    )
    make_member("municipality", group)
    draft = begin(client)
    fill(client, draft, "age", **CHILD["age"])
    assert "Towns" in client.get(f"/cases/reports/{draft.pk}/guardian/").content.decode()
