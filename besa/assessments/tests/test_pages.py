"""The pages of the questionnaires: the list, one version, the form to practise, the sheets for paper."""

from __future__ import annotations

import io
import re
from pathlib import Path

import docx
import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override
from pypdf import PdfReader

from besa.assessments.describing import described
from besa.assessments.engine.conditions import Answer
from besa.assessments.engine.scoring import score
from besa.assessments.explaining import explained, reached_by, rule_of, told
from besa.assessments.loading import load_country_forms
from besa.assessments.models import Instrument
from besa.assessments.print import blank_sheet, filled_blocks
from besa.assessments.tests.made import real
from besa.lib import clock
from besa.lib.document.blocks import Callout, Language, Table
from conftest import ClientOf, MakeMember

BORDER = "/questionnaires/border/1/"


@pytest.fixture
def client(db: None, make_member: MakeMember, client_of: ClientOf) -> Client:
    load_country_forms(Path(settings.COUNTRY), at=clock.now())
    return client_of(make_member("border_police"))


def text(page: str) -> str:
    return re.sub(r"\s+", " ", page)


def test_the_list_shows_each_questionnaire_with_its_versions(client: Client) -> None:
    row = Instrument.objects.get(code="border")
    row.pk, row.version = None, 2
    row.save()
    page = client.get("/questionnaires/").content.decode()
    for code in real():
        assert f"/questionnaires/{code}/" in page
    assert "/questionnaires/border/2/" in page
    assert "/questionnaires/border/1/" in page


def test_one_version_says_what_is_asked_and_how_it_is_scored(client: Client) -> None:
    page = text(client.get(BORDER).content.decode())
    assert "Does somebody else hold the person’s papers?" in page
    assert "Only if question 7: “Yes”." in page
    assert "signs: 2 strong, or more; or signs: 1 strong, 1 weak, or more" in page
    assert "The score explains; a person decides." in page
    page = text(client.get(BORDER, headers={"accept-language": "sq"}).content.decode())
    assert "A i mban dikush tjetër dokumentet e personit?" in page
    assert "Pikët shpjegojnë; vendos njeriu." in page


def test_every_questionnaire_has_its_page_and_its_form_in_both_languages(client: Client) -> None:
    for code, loaded in real().items():
        for language in ("en", "sq"):
            answer = client.get(f"/questionnaires/{code}/1/", headers={"accept-language": language})
            assert loaded.definition.title.said(language) in answer.content.decode()
            if code != "knowledge_nrm":
                form = client.get(f"/questionnaires/{code}/1/try/", headers={"accept-language": language})
                assert loaded.definition.questions[0].text.said(language) in form.content.decode()


def test_a_test_of_knowledge_does_not_tell_its_answers(client: Client) -> None:
    page = client.get("/questionnaires/knowledge_nrm/1/").content.decode()
    assert "An act, such as recruiting or receiving the person" in page
    assert 'knowledge_nrm/1/try/"' not in page
    assert client.get("/questionnaires/knowledge_nrm/1/try/").status_code == 404
    section = described(real()["knowledge_nrm"].definition)[0]
    assert set(section.questions[1].choices) == {"The act", "The means", "The purpose"}


def test_practising_keeps_nothing_and_explains_the_score(client: Client) -> None:
    page = client.get(f"{BORDER}try/").content.decode()
    assert 'name="asks_help"' in page
    assert 'name="speaks_for"' not in page
    assert re.search(r'name="_seen" value="asks_help fears [a-z_ ]+ observed"', page)
    answers = {"asks_help": "yes", "fears": "no", "accompanied": "yes"}
    seen = {"_seen": "asks_help fears injuries papers_held papers_false no_money accompanied"}
    followed = text(client.post(f"{BORDER}try/", answers | seen).content.decode())
    assert "More questions follow from your answers" in followed
    assert 'name="speaks_for"' in followed
    assert "Refer now" not in followed
    shown = text(client.post(f"{BORDER}try/", answers | {"_refresh": "1"}).content.decode())
    assert 'name="speaks_for"' in shown
    assert "error-summary" not in shown
    page = text(client.post(f"{BORDER}try/", answers | {"speaks_for": "yes"}).content.decode())
    assert "Refer now" in page
    assert "One answer is enough" in page
    assert "1. Does the person ask for help? Yes" in page
    assert "8. Does the companion speak for the person, or not leave her or him alone? Yes" in page
    wrong = text(client.post(f"{BORDER}try/", {}).content.decode())
    assert "Please answer this question." in wrong
    assert 'href="#div_id_asks_help"' in wrong
    assert 'id="div_id_asks_help"' in wrong


def test_the_sheet_for_paper(client: Client) -> None:
    for language, title, only in [
        ("en", "First screening at the border", "Only if question 7: “Yes”"),
        ("sq", "Vlerësimi i parë në kufi", "Vetëm nëse pyetja 7: “Po”"),
    ]:
        answer = client.get(f"{BORDER}sheet/{language}/pdf/")
        pages = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
        word = docx.Document(io.BytesIO(client.get(f"{BORDER}sheet/{language}/docx/").content))
        cells = " ".join(cell.text for table in word.tables for row in table.rows for cell in row.cells)
        assert title in text(pages)
        assert only in text(cells)
        assert real()["border"].definition.by_id["papers_held"].text.said(language) in text(cells)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="border-1-{language}.pdf"'


def test_what_is_not_there_is_not_found(client: Client) -> None:
    for path in ("border/9/", "gone/1/", "border/1/sheet/de/pdf/", "border/1/sheet/en/exe/", "border/9/try/"):
        assert client.get(f"/questionnaires/{path}").status_code == 404, path


def test_who_may_read_questionnaires(client: Client, make_member: MakeMember, client_of: ClientOf) -> None:
    for role, status in [
        ("shelter", 200),
        ("coordinator", 200),
        ("donor", 403),
        ("system_admin", 403),
        ("hotline", 403),
    ]:
        assert client_of(make_member(role)).get(BORDER).status_code == status, role
    assert client_of(make_member("donor")).get("/questionnaires/").status_code == 403


@pytest.mark.parametrize("language", ["en", "sq"])
@pytest.mark.parametrize("code", sorted(real()))
def test_every_questionnaire_can_be_printed_and_explained(code: str, language: Language) -> None:
    definition = real()[code].definition
    row = Instrument(code=code, version=1, content=real()[code].content, title_en="", title_sq="")
    sheet = blank_sheet(row, language, clock.today())
    printed = [str(line[0]) for block in sheet.blocks if isinstance(block, Table) for line in block.rows]
    assert [int(number) for number in printed if number.isdigit()] == list(definition.numbers.values())
    with override(language):
        assert all(reached_by(definition, it) for it in definition.scoring.levels)
        assert len(rule_of(definition)) >= 2


def test_a_score_names_the_answers_that_led_to_it_in_both_languages() -> None:
    definition = real()["delphi_adult_labour"].definition
    answers = {"deceived_job": "yes", "deceived_wages": "yes", "e_hours": "yes", "d_papers": "unknown"}
    outcome = score(definition, answers)
    said = explained(definition, answers, outcome)
    first = said.reasons[0]
    assert (first.title, first.text, first.mark) == (
        "Deception when the person was recruited", "Positive. Signs: 1 strong, 1 medium.", "yes",
    )  # fmt: skip
    assert first.answers == (
        "1. Was the person deceived about the kind of work, the place or for whom it would be? Yes",
        "2. Was the person deceived about the pay? Yes",
    )
    assert [reason.mark for reason in said.reasons] == ["yes", "no", "no", "no", "no", "no"]
    assert said.cautions == (
        "One question was answered with “not known”. What is not known does not count.", "63 questions were not answered.",
    )  # fmt: skip
    with override("sq"):
        albanian = explained(definition, answers, outcome)
        assert albanian.reasons[0].answers[1] == "2. A u mashtrua personi për pagën? Po"
        assert albanian.reasons[0].text == "Pozitive. Tregues: 1 i fortë, 1 i mesëm."
        assert told(definition, answers)[0].title == "Mashtrimi gjatë rekrutimit"


def test_a_filled_questionnaire_becomes_blocks_of_a_document() -> None:
    definition = real()["risk"].definition
    answers: dict[str, Answer] = {
        "attack": "yes",
        "threats": "week",
        "hearing_on": "2009-09-01",
        "own_view": 4,
        "agreed": "=1+1",
    }
    blocks = list(filled_blocks(definition, answers, score(definition, answers)))
    box = blocks[0]
    assert isinstance(box, Callout)
    assert box.title.startswith("Immediate danger (")
    rows = [row for block in blocks if isinstance(block, Table) for row in block.rows]
    assert ("20", "What was agreed with the person for her or his safety?", "=1+1") in rows
    assert ("19", "How unsafe does the person feel?", "4 of 4") in rows


def test_a_test_shows_what_would_have_been_right() -> None:
    definition = real()["knowledge_nrm"].definition
    answers = {"child": "act"}
    said = explained(definition, answers, score(definition, answers))
    assert said.figure == "0 of 15 right (0 %)"
    assert (
        "2. What need not be shown where the person is a child? Right would be: The means." in said.reasons[0].answers
    )
