"""The pages of cases: who opens what, what is shown and what is not, what is recorded before it is shown."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from besa.audit.models import Event
from besa.cases.actions import files
from besa.cases.models import Case
from besa.cases.numbers import new_number
from besa.cases.tests.factory import agree, make_case, qark
from besa.cases.tests.reading import shows_nothing_sealed, text, url
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.vault import keystore
from conftest import ClientOf, MakeMember

# --- list and search


def test_the_list_shows_pseudonyms_only(client_of: ClientOf, worker: Membership, case: Case) -> None:
    response = client_of(worker).get("/cases/")
    assert case.number in text(response)
    assert "you lead it" in text(response)
    assert shows_nothing_sealed(response)


def test_the_list_asks_the_same_number_of_queries_for_one_case_and_for_many(
    client_of: ClientOf, worker: Membership, case: Case, django_assert_max_num_queries: Any
) -> None:
    client = client_of(worker)
    client.get("/cases/")
    for _number in range(4):
        make_case(worker)
    with django_assert_max_num_queries(16):
        assert client.get("/cases/").status_code == 200


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("whose=mine", True), ("whose=shared", False), ("state=open", True), ("state=closed", False),
        ("child=yes", True), ("child=no", False), ("kind=victim", True), ("kind=at_risk", False),
    ],
)  # fmt: skip
def test_the_list_is_filtered(client_of: ClientOf, worker: Membership, case: Case, query: str, is_there: bool) -> None:
    assert (case.number in text(client_of(worker).get(f"/cases/?{query}"))) is is_there


def test_the_exported_list_holds_no_name(client_of: ClientOf, worker: Membership, case: Case) -> None:
    response = client_of(worker).get("/cases/?export=csv")
    assert case.number in text(response)
    assert shows_nothing_sealed(response)


def test_the_regional_committee_sees_the_cases_of_its_qark(
    client_of: ClientOf, make_member: MakeMember, worker: Membership, elsewhere: Agency
) -> None:
    place = qark()
    case, other = make_case(worker, place=place), make_case(worker)
    response = client_of(make_member("rcat", elsewhere, place=place)).get("/cases/")
    assert case.number in text(response)
    assert other.number not in text(response)


def test_a_number_is_found_however_it_is_typed(client_of: ClientOf, worker: Membership, case: Case) -> None:
    typed = case.number.lower().replace("-", " ")
    response = client_of(worker).post("/cases/find/", {"number": f" {typed} "})
    assert response["Location"] == url(case)


def test_a_slip_in_a_number_is_said(client_of: ClientOf, worker: Membership, case: Case) -> None:
    wrong = case.number[:-1] + ("2" if case.number[-1] != "2" else "3")
    response = client_of(worker).post("/cases/find/", {"number": wrong})
    assert response.status_code == 422
    assert "has a slip in it" in text(response)


def answer(client: Client, queries: Any, number: str) -> tuple[str, int]:
    with queries as asked:
        response = client.post("/cases/find/", {"number": number})
    return text(response).replace(number, "…"), len(asked)


def test_unknown_and_invisible_get_the_same_answer(
    client_of: ClientOf, make_member: MakeMember, case: Case, elsewhere: Agency, django_assert_max_num_queries: Any
) -> None:
    client = client_of(make_member("shelter", elsewhere))
    client.get("/cases/find/")
    hidden = answer(client, django_assert_max_num_queries(99), case.number)
    unknown = answer(client, django_assert_max_num_queries(99), new_number())
    assert hidden[1] == unknown[1]
    assert "There is no case with this number, or not for you." in hidden[0]
    assert [client.get(url(case)).status_code, client.get(f"/cases/{new_number()}/").status_code] == [404, 404]


PERSON = {"purpose": "assistance", "surname": "Gjonaj", "given": "Lulja", "birth_year": "1994"}


def test_a_person_is_found_by_her_name_as_others_write_it(client_of: ClientOf, worker: Membership, case: Case) -> None:
    response = client_of(worker).post("/cases/find/", PERSON | {"given": "LULE"})
    assert case.number in text(response)
    event = Event.objects.latest("id")
    assert (event.verb, event.purpose, event.fields) == (
        "identity_searched",
        "assistance",
        ["birth_year", "given", "surname"],
    )
    assert "Gjonaj" not in str(vars(event))


def test_a_person_is_found_by_paper_and_by_phone(client_of: ClientOf, worker: Membership, case: Case) -> None:
    client = client_of(worker)
    assert case.number in text(client.post("/cases/find/", {"purpose": "contact", "paper": "j35402012x"}))
    assert case.number in text(client.post("/cases/find/", {"purpose": "contact", "phone": "069 000 0001"}))


def test_a_hidden_match_is_not_told_from_none(
    client_of: ClientOf,
    make_member: MakeMember,
    case: Case,
    elsewhere: Agency,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    client = client_of(make_member("shelter", elsewhere))
    client.get("/cases/find/")
    with django_assert_max_num_queries(99) as asked:
        hidden = client.post("/cases/find/", PERSON | {"given": "Lule"})
    with django_assert_num_queries(len(asked)):
        none = client.post("/cases/find/", PERSON | {"given": "Lule", "surname": "Dervishi"})
    pages = [re.sub(r'value="[^"]*"|"x-csrftoken": "[^"]*"', "", text(response)) for response in (hidden, none)]
    assert pages[0] == pages[1]
    assert "ask the Responsible Authority" in text(hidden)
    assert "No case that you may know of." in text(hidden)


def test_a_surname_alone_is_not_searched_for(client_of: ClientOf, worker: Membership) -> None:
    response = client_of(worker).post("/cases/find/", {"purpose": "contact", "surname": "Gjonaj"})
    assert response.status_code == 422
    assert not Event.objects.filter(verb="identity_searched").exists()


# --- the file


def test_the_file_shows_sealed_cells_and_says_why(client_of: ClientOf, worker: Membership, case: Case) -> None:
    response = client_of(worker).get(url(case))
    page = text(response)
    assert "[sealed]" in page
    assert "You are on the team of this case." in page
    assert shows_nothing_sealed(response)


ROLES = {"police": 404, "prosecutor": 403, "donor": 403, "data_protection": 200, "responsible_authority": 200}


@pytest.mark.parametrize(("role", "status"), ROLES.items())
def test_who_opens_the_file(
    client_of: ClientOf, make_member: MakeMember, case: Case, elsewhere: Agency, role: str, status: int
) -> None:
    assert client_of(make_member(role, elsewhere)).get(url(case)).status_code == status


def test_a_colleague_sees_number_and_state_and_no_names(
    client_of: ClientOf, make_member: MakeMember, case: Case, worker: Membership
) -> None:
    page = text(client_of(make_member("municipality")).get(url(case)))
    assert worker.user.name not in page
    assert "Open the identity" not in page
    assert "read summary and notes" in page  # what she may not do, and why
    assert "Who is on the team of a running case reads and keeps its file." in page


def test_the_file_takes_the_same_number_of_queries_however_much_happened(
    client_of: ClientOf,
    worker: Membership,
    case: Case,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    client = client_of(worker)
    files.add_note(case=case, text="One.", by=worker, at=clock.now())
    client.get(url(case))
    with django_assert_max_num_queries(60) as asked:
        client.get(url(case))
    for number in range(5):
        files.add_note(case=case, text=f"Note {number}.", by=worker, at=clock.now())
    with django_assert_num_queries(len(asked)):
        client.get(url(case))


# --- reading


def test_the_identity_is_shown_as_far_as_the_purpose_goes(client_of: ClientOf, worker: Membership, case: Case) -> None:
    response = client_of(worker).post(url(case, "reveal/"), {"purpose": "assistance"})
    page = text(response)
    assert "Gjonaj" in page
    assert "+355 69 000 0001" in page
    assert "J35402012X" not in page
    assert "Excluded: tell this person nothing." in page
    assert response["Cache-Control"] == "no-store"
    assert Event.objects.latest("id").verb == "identity_revealed"


def test_a_contact_that_is_never_to_be_used_is_no_link(client_of: ClientOf, worker: Membership) -> None:
    number = {"contacts-0-kind": "phone", "contacts-0-value": "+355 69 111", "contacts-0-is_safe": "no"}
    client = client_of(worker)
    client.post("/cases/open/", FORM | number)
    page = text(client.post(url(Case.objects.get(), "reveal/"), {"purpose": "contact"}))
    assert "Never use this:" in page
    assert "tel:" not in page


def test_the_identity_is_not_reached_by_a_link(client_of: ClientOf, worker: Membership, case: Case) -> None:
    assert client_of(worker).get(url(case, "reveal/")).status_code == 405


@pytest.mark.parametrize("purpose", ["", "identification", "curiosity"])
def test_a_purpose_that_is_not_of_the_role_opens_nothing(
    client_of: ClientOf, worker: Membership, case: Case, purpose: str
) -> None:
    response = client_of(worker).post(url(case, "reveal/"), {"purpose": purpose})
    assert response.status_code == 409
    assert shows_nothing_sealed(response)


@pytest.mark.parametrize("end", ["reveal/", "read/", "identity/", "edit/"])
def test_nothing_is_shown_that_cannot_be_recorded(
    client_of: ClientOf, worker: Membership, case: Case, end: str
) -> None:
    client = client_of(worker)
    client.get(url(case))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event RENAME TO gone")
    response = client.post(url(case, end), {"purpose": "assistance"})
    assert response.status_code == 503
    assert shows_nothing_sealed(response)


def test_summary_and_notes_are_read_by_an_act(client_of: ClientOf, worker: Membership, case: Case) -> None:
    client = client_of(worker)
    response = client.post(url(case, "notes/add/"), {"text": "She has a sister in Durrës."})
    assert response.status_code == 302
    page = text(client.post(url(case, "read/")))
    assert "Found at the border." in page
    assert "She has a sister in Durrës." in page
    assert {"notes_read", "summary_read"} <= set(Event.objects.values_list("verb", flat=True))


def test_what_is_erased_is_said_to_be(client_of: ClientOf, worker: Membership, case: Case) -> None:
    client = client_of(worker)
    keystore.destroy(case.scope)
    response = client.post(url(case, "reveal/"), {"purpose": "assistance"})
    assert response.status_code == 410
    assert "This has been erased" in text(response)


# --- writing

FORM: dict[str, Any] = {
    "kind": "victim", "is_child": "doubt", "place": "", "summary": "Came alone.", "surname": "Marku", "given_names": "Ana",
    "father_name": "", "birth_date": "1995", "birth_place": "", "sex": "female", "citizenships": "alb",
    "registration": "unknown", "contacts-0-is_safe": "unknown",
    **{f"{name}-{key}": value for name in ("aliases", "papers", "contacts", "languages", "guardians") for key, value in
       {"TOTAL_FORMS": "1", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "20"}.items()},
}  # fmt: skip


def test_a_case_is_opened(client_of: ClientOf, worker: Membership) -> None:
    response = client_of(worker).post("/cases/open/", FORM | {"papers-0-kind": "passport", "papers-0-number": "ZZ1"})
    case = Case.objects.get()
    assert response["Location"] == url(case)
    assert case.is_child is None
    assert case.subject.papers.count() == 1
    assert case.subject.aliases.count() == 0


def test_a_half_filled_form_survives_an_error(client_of: ClientOf, worker: Membership) -> None:
    response = client_of(worker).post("/cases/open/", FORM | {"birth_date": "yesterday", "contacts-0-value": "+355 6"})
    page = text(response)
    assert response.status_code == 422
    assert all(
        words in page for words in ("Marku", "Came alone.", "yesterday", "+355 6", "Write the date as year-month-day")
    )
    assert not Case.objects.exists()


def test_a_row_is_added_without_a_script(client_of: ClientOf, worker: Membership) -> None:
    response = client_of(worker).post("/cases/open/", FORM | {"papers-0-number": "ZZ77", "more": "papers"})
    page = text(response)
    assert response.status_code == 200
    assert 'name="papers-1-number"' in page
    assert all(words in page for words in ("ZZ77", "Marku", "Came alone."))
    assert not Case.objects.exists()


def test_two_writers_of_the_facts_keep_both_texts(client_of: ClientOf, worker: Membership, case: Case) -> None:
    client = client_of(worker)
    assert "Found at the border." in text(client.post(url(case, "edit/")))
    sent = {"is_child": "yes", "place": "", "version": "1"}
    assert client.post(url(case, "edit/"), sent | {"summary": "Theirs."}).status_code == 302
    response = client.post(url(case, "edit/"), sent | {"summary": "Mine."})
    page = text(response)
    assert response.status_code == 409
    assert "Theirs." in page
    assert "Mine." in page
    assert client.post(url(case, "edit/"), sent | {"summary": "Both.", "version": "2"}).status_code == 302


def test_an_identity_is_corrected_as_far_as_it_was_shown(client_of: ClientOf, worker: Membership, case: Case) -> None:
    client = client_of(worker)
    page = text(client.post(url(case, "identity/"), {"purpose": "assistance"}))
    assert "Gjonaj" in page
    assert "J35402012X" not in page
    sent = {**FORM, "purpose": "assistance", "version": str(Case.objects.get().version), "surname": "Gjonej"}
    assert client.post(url(case, "identity/"), sent).status_code == 302
    assert case.subject.papers.count() == 1  # not shown, so not touched
    assert case.number in text(client.post("/cases/find/", {"purpose": "contact", "paper": "J35402012X"}))
    assert case.number in text(client.post("/cases/find/", {"purpose": "contact", "surname": "Gjonej", "given": "Ana"}))


def test_two_writers_of_an_identity_keep_both(client_of: ClientOf, worker: Membership, case: Case) -> None:
    client = client_of(worker)
    sent = {**FORM, "purpose": "assistance", "version": "1"}
    assert client.post(url(case, "identity/"), sent | {"surname": "Theirs"}).status_code == 302
    response = client.post(url(case, "identity/"), sent | {"surname": "Mine"})
    assert response.status_code == 409
    assert "Theirs" in text(response)
    assert "Mine" in text(response)


def test_a_case_is_moved(client_of: ClientOf, worker: Membership, case: Case) -> None:
    client = client_of(worker)
    client.post(url(case, "move/"), {"verb": "activate"})
    assert client.post(url(case, "move/"), {"verb": "close"}).status_code == 409
    client.post(url(case, "move/"), {"verb": "close", "closing": "reintegrated"})
    assert Case.objects.get().state == "closed"


# --- who is on it


def test_a_team_is_made_up(client_of: ClientOf, make_member: MakeMember, worker: Membership, case: Case) -> None:
    other, client = make_member("police"), client_of(worker)
    until = str(clock.today() + timedelta(days=30))
    assert client.get(url(case, "team/add/")).status_code == 200
    client.post(url(case, "team/add/"), {"membership": other.pk, "until": until})
    assert other.user.name in text(client.get(url(case)))
    row = case.team.get(membership=other)
    client.post(url(case, f"team/{row.pk}/end/"))
    assert other.user.name not in text(client.get(url(case)))


def test_a_share_shows_only_what_it_names(
    client_of: ClientOf, make_member: MakeMember, worker: Membership, case: Case, elsewhere: Agency
) -> None:
    shelter = make_member("shelter", elsewhere)
    until = str(clock.today() + timedelta(days=30))
    client = client_of(worker)
    agree(case, worker, "names", "contacts")
    assert client.get(url(case, "share/")).status_code == 200
    client.post(
        url(case, "share/"), {"agency": elsewhere.pk, "purpose": "assistance", "groups": ["contacts"], "until": until}
    )
    theirs = client_of(shelter)
    page = text(theirs.post(url(case, "reveal/"), {"purpose": "assistance"}))
    assert "+355 69 000 0001" in page
    assert "Gjonaj" not in page.replace("Pal Gjonaj", "")
    client.post(url(case, f"share/{case.shares.get().pk}/end/"))
    assert theirs.get(url(case)).status_code == 404


@pytest.mark.parametrize("end", ["team/add/", "share/"])
def test_the_day_that_a_form_proposes_is_taken(
    client_of: ClientOf, make_member: MakeMember, worker: Membership, case: Case, elsewhere: Agency, end: str
) -> None:
    other, client = make_member("shelter", elsewhere), client_of(worker)
    agree(case, worker, "names", purpose="contact", days=10)
    query: dict[str, str | int] = {"agency": elsewhere.pk, "purpose": "contact"}
    proposed = client.get(url(case, end), query).context["form"]["until"].value()
    sent = {"membership": other.pk, "agency": elsewhere.pk, "purpose": "contact", "until": str(proposed)}
    assert client.post(url(case, end), sent).status_code == 302


def test_a_conflict_of_interest_hides_the_case(
    client_of: ClientOf, make_member: MakeMember, worker: Membership, case: Case
) -> None:
    officer = client_of(make_member("data_protection"))
    assert officer.get(url(case, "conflict/")).status_code == 200
    officer.post(url(case, "conflict/"), {"user": worker.user_id, "reason": "family"})
    assert client_of(worker).get(url(case)).status_code == 404
    second = client_of(make_member("responsible_authority"))
    second.post(url(case, f"conflict/{case.conflicts.get().pk}/end/"))
    assert client_of(worker).get(url(case)).status_code == 200
