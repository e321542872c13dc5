"""The statement for the person concerned: who opened her file, when, for what; and never the name of anybody who did."""

from __future__ import annotations

import io
from typing import Any

import docx
import pypdf
import pytest
from django.test import Client
from django.utils.html import escape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from besa.audit.models import Event
from besa.cases import print
from besa.cases.actions import glass as glasses
from besa.cases.actions import people_on_it, reading
from besa.cases.models import Case
from besa.cases.tests.factory import make_case
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.lib.document import html
from conftest import ClientOf, MakeMember

NAMES = st.text(st.characters(whitelist_categories=["Lu", "Ll"]), min_size=4, max_size=12)


@pytest.fixture
def police(make_member: MakeMember) -> Membership:
    agency = Agency.objects.create(
        code="ASP-AIT", name_en="Anti-trafficking unit", name_sq="Njësia", kind="police", is_reporting=False
    )
    return make_member("police", agency)


@pytest.fixture
def opened(make_member: MakeMember, police: Membership) -> Case:
    """A case that two institutions have opened, one of them in an emergency."""
    worker = make_member("municipality")
    case = make_case(worker)
    for _time in range(2):
        reading.reveal(case=case, purpose="assistance", by=worker, at=clock.now())
    glasses.break_glass(case=case, reason="danger", words="He is on the way to her.", by=police, at=clock.now())
    reading.reveal(case=case, purpose="emergency", by=police, at=clock.now())
    reading.read_notes(case=case, by=police, at=clock.now())
    return case


@pytest.fixture
def officer(client_of: ClientOf, make_member: MakeMember) -> Client:
    return client_of(make_member("data_protection"))


def words(case: Case, language: Any = "en") -> str:
    return str(html.render(print.statement(case, language, clock.today(), clock.now())))


def test_it_says_who_when_and_for_what(opened: Case) -> None:
    page = words(opened)
    assert "Anti-trafficking unit (Anti-trafficking police)" in page
    assert "to give you a service" in page
    assert "in an emergency" in page
    assert "your date of birth" in page
    assert ":" + clock.now().strftime("%M") not in page  # days, no hours


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=NAMES, last=NAMES)
def test_no_name_of_staff_is_in_it(opened: Case, police: Membership, first: str, last: str) -> None:
    user = police.user
    user.name, user.email = f"Zz{first} Qq{last}", f"zz{first}@example.org".lower()
    user.save()
    for language in ("en", "sq"):
        page = words(opened, language)
        assert not any(
            escape(word) in page for word in (f"Zz{first}", f"Qq{last}", user.email, f"membership:{police.pk}")
        )


def test_a_protected_service_stays_unnamed(make_member: MakeMember) -> None:
    protector = make_member("witness_protection")
    worker = make_member("municipality")
    case = make_case(worker)
    people_on_it.add_to_team(
        case=case, membership=protector, is_lead=False, until_at=case.team.get().until_at, by=worker, at=clock.now()
    )
    reading.reveal(case=case, purpose="protection", by=protector, at=clock.now())
    page = words(case)
    assert "A protected service" in page
    assert "Witness protection" not in page


def test_a_file_that_nobody_opened_says_so(make_member: MakeMember) -> None:
    assert "Nobody has opened your file" in words(make_case(make_member("municipality")))


def test_it_is_made_by_a_post_that_is_recorded(officer: Client, opened: Case) -> None:
    address = f"/cases/{opened.number}/statement/"
    assert "Openings of your file" not in officer.get(address).content.decode()
    assert not Event.objects.filter(verb="statement_made").exists()
    assert "Openings of your file" in officer.post(address, {"language": "en"}).content.decode()
    assert Event.objects.filter(verb="statement_made").count() == 1


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Who has opened your file"), ("sq", "Kush e ka hapur dosjen tuaj")]
)
def test_it_comes_as_pdf_and_word(officer: Client, opened: Case, language: str, title: str) -> None:
    address = f"/cases/{opened.number}/statement/"
    pdf = officer.post(address, {"language": language, "format": "pdf"})
    assert title in pypdf.PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
    word = officer.post(address, {"language": language, "format": "docx"})
    assert title in "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(word.content)).paragraphs)


@pytest.mark.parametrize("sent", [{"language": "xx"}, {"language": "en", "format": "xlsx"}])
def test_other_kinds_are_not_there(officer: Client, opened: Case, sent: dict[str, str]) -> None:
    assert officer.post(f"/cases/{opened.number}/statement/", sent).status_code == 404


def test_only_the_officer_makes_it(client_of: ClientOf, make_member: MakeMember, opened: Case) -> None:
    assert client_of(make_member("municipality")).get(f"/cases/{opened.number}/statement/").status_code == 403
