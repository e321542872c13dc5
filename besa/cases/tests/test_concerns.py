"""A concern of somebody who keeps no case files; sheets; what the child's unit hears; likenesses on the page of answers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from besa.assessments.loading import load_country_forms
from besa.assessments.models import Instrument
from besa.cases.actions import drafts
from besa.cases.models import Case, Concern, Draft, Sheet
from besa.cases.tests.factory import make_case
from besa.cases.tests.test_report import ADULT, CHILD, begin, country, fill, walk
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.notices.models import Notice
from conftest import ClientOf, MakeMember

pytestmark = pytest.mark.django_db
__all__ = ["country"]
SHORT = {name: ADULT[name] for name in ("age", "how", "where", "risk", "words")}


@pytest.fixture
def worker(make_member: MakeMember) -> Membership:
    return make_member("municipality", Agency.objects.get(code="UNIT"))


@pytest.mark.parametrize("role", ["reporter", "labour_inspector", "hotline"])
def test_a_concern_takes_six_questions(
    role: str, worker: Membership, client_of: ClientOf, make_member: MakeMember
) -> None:
    reporter = make_member(role)
    client = client_of(reporter)
    draft = walk(client, SHORT)
    page = client.get(f"/cases/reports/{draft.pk}/risk/").content.decode()
    assert "Question 4 of 5" in page  # without a questionnaire there are five
    for slug in ("name", "consent", "wish", "status"):
        assert client.get(f"/cases/reports/{draft.pk}/{slug}/").status_code == 302
    checked = client.get(f"/cases/reports/{draft.pk}/check/").content.decode()
    assert "/hand-over/" in checked
    assert "/send/" not in checked
    assert client.post(f"/cases/reports/{draft.pk}/send/").status_code == 403
    assert client.post(f"/cases/reports/{draft.pk}/hand-over/", {"to": "UNIT"}).status_code == 302
    concern = Concern.objects.get()
    assert (concern.to.code, concern.risk, concern.is_child, concern.sent_by) == ("UNIT", "high", False, reporter)
    assert list(Notice.objects.values_list("to", "kind")) == [(worker.pk, "concern_sent")]
    assert not Draft.objects.exists()


def test_the_screening_of_a_concern_stands_on_one_page(
    client_of: ClientOf, make_member: MakeMember, settings: Any
) -> None:
    load_country_forms(settings.COUNTRY, at=clock.now())
    client = client_of(make_member("reporter"))
    draft = begin(client)
    fill(client, draft, "age", **ADULT["age"])
    page = client.get(f"/cases/reports/{draft.pk}/seen/")
    form = page.context["form"]
    answers = {question.id: "no" for question in form.questions if question.kind == "yes_no"}
    assert len(answers) > 10
    assert fill(client, draft, "seen", _seen=form.seen, **answers).status_code in (200, 302, 422)
    draft.refresh_from_db()
    again = client.get(f"/cases/reports/{draft.pk}/seen/").context["form"]
    rest = {question.id: "no" for question in again.questions if question.kind == "yes_no"}
    assert fill(client, draft, "seen", _seen=again.seen, **(answers | rest)).status_code == 302
    draft.refresh_from_db()
    assert drafts.answers_of(draft)["seen"]["asks_help"] == "no"


def test_a_concern_is_read_taken_up_and_answered(
    worker: Membership, client_of: ClientOf, make_member: MakeMember
) -> None:
    reporter, other = make_member("reporter"), make_member("municipality")
    theirs, mine, elsewhere = client_of(reporter), client_of(worker), client_of(other)
    for _turn in range(2):
        draft = walk(theirs, SHORT)
        theirs.post(f"/cases/reports/{draft.pk}/hand-over/", {"to": "UNIT"})
    first, second = Concern.objects.order_by("sent_at")
    assert elsewhere.get(f"/cases/concerns/{first.pk}/").status_code == 404
    assert "She was promised work" not in mine.get(f"/cases/concerns/{first.pk}/").content.decode()
    assert "She was promised work" in mine.post(f"/cases/concerns/{first.pk}/read/").content.decode()
    assert theirs.post(f"/cases/concerns/{first.pk}/take/").status_code == 403
    taken = mine.post(f"/cases/concerns/{first.pk}/take/")
    assert "She was promised work" in mine.get(taken["Location"]).content.decode()
    assert mine.post(f"/cases/concerns/{second.pk}/close/", {"answer": ""}).status_code == 422
    mine.post(f"/cases/concerns/{second.pk}/close/", {"answer": "She is helped already."})
    assert list(Concern.objects.order_by("sent_at").values_list("state", flat=True)) == ["taken", "closed"]
    assert Notice.objects.filter(to=reporter, kind="concern_answered").count() == 2


def test_the_unit_hears_that_a_child_was_reported_and_nothing_else(
    worker: Membership, client_of: ClientOf, make_member: MakeMember
) -> None:
    officer = make_member("border_police")
    client = client_of(officer)
    draft = walk(client, CHILD)
    after = client.post(f"/cases/reports/{draft.pk}/send/", follow=True).content.decode()
    case = Case.objects.get()
    assert case.number in after
    assert f"The people of {worker.agency.name} see in Besa that a child was reported" in after
    assert f"/cases/{case.number}/refer/" in after
    notice = Notice.objects.get(kind="child_reported")
    assert (notice.to, notice.agency, notice.url_args) == (worker, officer.agency, [])
    assert client_of(worker).get(f"/cases/{case.number}/sent/").status_code == 404


@pytest.mark.parametrize(("whom", "language"), [("adult", "sq"), ("child", "en")])
def test_a_sheet_comes_back_to_the_form_in_the_version_that_was_printed(
    whom: str, language: str, client_of: ClientOf, make_member: MakeMember, settings: Any
) -> None:
    load_country_forms(settings.COUNTRY, at=clock.now())
    officer = make_member("border_police")
    client = client_of(officer)
    printed = client.post("/cases/reports/sheet/", {"for": whom, "language": language})
    sheet = Sheet.objects.get()
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(printed.content)).pages)
    assert sheet.code in text
    assert ("Mbiemri" in text or "Surname" in text) is False
    old = Instrument.objects.get(code=sheet.instrument.split()[0])
    Instrument.objects.create(
        **{name: getattr(old, name) for name in ("code", "kind", "audience", "title_en", "title_sq", "content")},
        version=old.version + 1, loaded_at=old.loaded_at, digest="0" * 64,
    )  # fmt: skip
    colleague = client_of(make_member("border_police", officer.agency))
    assert colleague.post("/cases/reports/sheet/enter/", {"code": "2222-2222-2"}).status_code == 422
    opened = colleague.post("/cases/reports/sheet/enter/", {"code": sheet.code.lower()})
    draft = Draft.objects.get()
    assert opened["Location"].endswith(f"{draft.pk}/age/")
    assert draft.instrument == f"{old.code} {old.version}"
    fill(colleague, draft, "age", **(CHILD if whom == "child" else ADULT)["age"])
    draft.refresh_from_db()
    assert draft.instrument == f"{old.code} {old.version}"
    assert colleague.post("/cases/reports/sheet/enter/", {"code": sheet.code}).status_code == 422


def test_the_answers_are_compared_with_known_cases(client_of: ClientOf, make_member: MakeMember) -> None:
    officer, stranger = make_member("border_police"), make_member("shelter", Agency.objects.get(code="UNIT"))
    mine = make_case(officer)
    client, other = client_of(officer), client_of(stranger)
    known = {"name": {"surname": "Gjonaj", "given_names": "Lule", "father_name": "Pal"}}
    known["about"] = {"sex": "female", "birth_date": "1993-04-02", "birth_place": "Pukë", "citizenships": "ALB"}
    draft = walk(client, ADULT | known)
    assert mine.number in client.post(f"/cases/reports/{draft.pk}/compare/").content.decode()
    draft = walk(other, ADULT | known)
    hidden = other.post(f"/cases/reports/{draft.pk}/compare/").content.decode()
    assert mine.number not in hidden
    assert "contact the Responsible Authority" in hidden


def test_what_another_window_wrote_stands_beside_what_was_typed(client_of: ClientOf, make_member: MakeMember) -> None:
    client = client_of(make_member("border_police"))
    draft = walk(client, ADULT)
    draft.refresh_from_db()
    old = draft.version
    fill(client, draft, "words", words="She came alone.")
    answer = client.post(f"/cases/reports/{draft.pk}/words/", {"version": old, "words": "A man waits for her."})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "She came alone." in page
    assert "A man waits for her." in page
