"""The pages of time limits, consent, tasks and conferences, as people use them."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import timezone

from besa.audit.models import Event
from besa.cases.actions import clocks, conferences, consents, people_on_it, tasks
from besa.cases.models import Case, Clock, Conference, Override, Task
from besa.cases.tests.factory import agree, make_case
from besa.cases.tests.reading import text, url
from besa.cases.time_limits import Kind
from besa.directory.models import Agency, Body, Membership
from besa.lib import clock
from conftest import ClientOf, MakeMember

DAY = timedelta(days=1)


@pytest.fixture
def mine(client_of: ClientOf, worker: Membership) -> Client:
    return client_of(worker)


@pytest.fixture
def adult(worker: Membership) -> Case:
    return make_case(worker, is_child=False)


def running(case: Case, by: Membership, kind: str = Kind.PLAN_REVIEW) -> Clock:
    return clocks.start(case=case, kind=kind, agency=case.owner, by=by, at=clock.now())


# --- time limits


def test_the_file_says_in_words_and_in_a_bar_what_time_is_left(mine: Client, case: Case, worker: Membership) -> None:
    running(case, worker, Kind.REFLECTION)
    said = text(mine.get(url(case)))
    assert (
        'aria-label="Reflection period: 29 days left"' in said or 'aria-label="Reflection period: 30 days left"' in said
    )
    assert '<progress value="0" max="100"' in said


def test_who_may_know_only_the_number_sees_no_time_limit(
    client_of: ClientOf, make_member: MakeMember, case: Case, worker: Membership
) -> None:
    running(case, worker, Kind.REFLECTION)
    colleague = client_of(make_member("municipality"))
    assert "Reflection period" not in text(colleague.get(url(case)))
    assert colleague.get(url(case, "clocks/")).status_code == 409


def test_a_time_limit_is_lengthened_with_a_reason_that_is_read_by_an_act(
    mine: Client, case: Case, worker: Membership
) -> None:
    row = running(case, worker)
    to = url(case, f"clocks/{row.pk}/extend/")
    until = str(clock.today() + 120 * DAY)
    assert mine.get(to).status_code == 200
    assert mine.post(to, {"version": 1, "until": until, "reason": " "}).status_code == 422
    assert mine.post(to, {"version": 1, "until": until, "reason": "She is in hospital."}).status_code == 302
    row.refresh_from_db()
    assert str(timezone.localdate(row.due_at)) == until
    closed = text(mine.get(url(case, "clocks/")))
    assert "[sealed]" in closed
    assert "hospital" not in closed
    assert "She is in hospital." in text(mine.post(url(case, "clocks/reasons/")))
    assert Event.objects.filter(verb="clock_reasons_read").count() == 1


def test_the_second_editor_keeps_what_she_typed_and_sees_what_the_other_did(
    mine: Client, case: Case, worker: Membership
) -> None:
    row = running(case, worker)
    clocks.extend(clock=row, version=1, due_at=row.due_at + 5 * DAY, reason="One.", by=worker, at=clock.now())
    until = str(clock.today() + 130 * DAY)
    answer = mine.post(
        url(case, f"clocks/{row.pk}/extend/"), {"version": 1, "until": until, "reason": "The court asks for time."}
    )
    assert answer.status_code == 409
    said = text(answer)
    assert "The court asks for time." in said
    assert worker.user.name in said
    assert 'name="version" value="2"' in said
    row.refresh_from_db()
    assert row.version == 2


@pytest.mark.parametrize(("verb", "status"), [("suspend", 409), ("resume", 409), ("stop", 409), ("confirm", 404)])
def test_what_others_decide_is_not_done_by_the_team(
    mine: Client, case: Case, worker: Membership, verb: str, status: int
) -> None:
    row = running(case, worker, Kind.REFLECTION)
    answer = mine.post(url(case, f"clocks/{row.pk}/{verb}/"), {"version": 1, "reason": "Because."})
    assert answer.status_code in (status, 422)
    row.refresh_from_db()
    assert (row.state, row.version) == ("running", 1)


def test_the_authority_suspends_and_lets_go_on(
    client_of: ClientOf, make_member: MakeMember, case: Case, worker: Membership
) -> None:
    row, authority = running(case, worker, Kind.REFLECTION), client_of(make_member("responsible_authority"))
    authority.post(url(case, f"clocks/{row.pk}/suspend/"), {"version": 1, "reason": "Missing."})
    assert "stands still" in text(authority.get(url(case, "clocks/")))
    authority.post(url(case, f"clocks/{row.pk}/resume/"), {"version": 2, "reason": "Back."})
    row.refresh_from_db()
    assert row.state == "running"


# --- consent


def given(**values: Any) -> dict[str, Any]:
    today = clock.today()
    usual = {
        "given_as": "person",
        "purpose": "assistance",
        "recipient": "",
        "groups": ["names", "birth"],
        "form": "signed",
    }
    return usual | {"language": "sq", "given_on": str(today), "until": str(today + 90 * DAY)} | values


def test_what_the_person_agrees_to_is_recorded_and_taken_back(mine: Client, adult: Case) -> None:
    assert mine.get(url(adult, "consent/give/")).status_code == 200
    assert mine.post(url(adult, "consent/give/"), given(groups=[])).status_code == 422
    assert mine.post(url(adult, "consent/give/"), given(language="")).status_code == 422
    assert mine.post(url(adult, "consent/give/"), given()).status_code == 302
    row = adult.consents.get()
    assert "Names, Birth" in text(mine.get(url(adult, "consent/")))
    assert "counts at once" in text(mine.get(url(adult, f"consent/{row.pk}/withdraw/")))
    mine.post(url(adult, f"consent/{row.pk}/withdraw/"))
    assert "withdrawn" in text(mine.get(url(adult, "consent/")))


def test_a_child_is_asked_nothing(mine: Client, case: Case) -> None:
    """Her only guardian is excluded, so that it is decided in her best interests or not at all."""
    said = text(mine.get(url(case, "consent/give/")))
    assert "by the person" not in said
    assert "by the guardian" not in said
    assert "is excluded" in said
    assert mine.post(url(case, "consent/give/"), given(given_as="guardian")).status_code == 422
    assert (
        mine.post(url(case, "consent/give/"), given(given_as="best_interests", form="", language="")).status_code == 302
    )


def test_only_what_is_agreed_to_is_offered_and_the_rest_is_explained(
    mine: Client, adult: Case, worker: Membership, elsewhere: Agency, make_member: MakeMember
) -> None:
    make_member("shelter", elsewhere)
    agree(adult, worker, "names", "needs", days=20)
    query: dict[str, str | int] = {"agency": elsewhere.pk, "purpose": "assistance"}
    said = mine.get(url(adult, "share/"), query)
    assert [code for code, _words in said.context["form"]["groups"].field.choices] == ["names", "needs"]
    assert "nobody has agreed to it for this institution and purpose: Birth, Papers" in text(said)
    assert "Nobody has agreed" in text(mine.get(url(adult, "share/"), query | {"purpose": "return"}))
    until = str(clock.today() + 10 * DAY)
    assert mine.post(url(adult, "share/"), query | {"groups": ["papers"], "until": until}).status_code == 422
    late = query | {"groups": ["names"], "until": str(clock.today() + 30 * DAY)}
    assert "The consent ends before" in text(mine.post(url(adult, "share/"), late))
    assert mine.post(url(adult, "share/"), query | {"groups": ["names"], "until": until}).status_code == 302


@pytest.mark.parametrize(("language", "title"), [("en", "What was agreed"), ("sq", "Çfarë u ra dakord")])
def test_the_paper_for_the_person_speaks_to_her_and_names_no_case(
    mine: Client, adult: Case, worker: Membership, language: str, title: str
) -> None:
    agree(adult, worker, "names", "story")
    answer = mine.post(url(adult, "consent/paper/"), {"language": language, "format": "docx"})
    assert answer.status_code == 200
    assert adult.number not in answer["Content-Disposition"]
    said = words_of(answer.content)
    assert title in said
    assert adult.number not in said
    assert worker.user.name not in said
    assert "Gjonaj" not in said
    assert mine.post(url(adult, "consent/paper/"), {"language": "xx", "format": "pdf"}).status_code == 404
    assert mine.post(url(adult, "consent/paper/"), {"language": language, "format": "pdf"}).content[:4] == b"%PDF"
    assert Event.objects.filter(verb="consent_paper_made").count() == 2


def words_of(content: bytes) -> str:
    """The text of a Word file."""
    return ZipFile(BytesIO(content)).read("word/document.xml").decode()


def test_a_disclosure_without_consent_goes_through_three_hands(
    mine: Client, client_of: ClientOf, make_member: MakeMember, adult: Case, worker: Membership, elsewhere: Agency
) -> None:
    make_member("police", elsewhere)
    officer, authority = client_of(make_member("data_protection")), client_of(make_member("responsible_authority"))
    sent = {"recipient": elsewhere.pk, "purpose": "protection", "groups": ["names"], "reason": "danger"}
    assert mine.get(url(adult, "override/ask/")).status_code == 200
    mine.post(url(adult, "override/ask/"), sent | {"until": str(clock.today() + 5 * DAY)})
    row = Override.objects.get()
    assert adult.number in text(officer.get("/cases/overrides/"))
    address = url(adult, f"override/{row.pk}/")
    assert "Approve" in text(officer.get(address))
    assert "Approve" not in text(mine.get(address))
    officer.post(f"{address}decide/", {"answer": "approve"})
    assert adult.number not in text(officer.get("/cases/overrides/"))
    assert "another person decides" in text(officer.get(address))
    assert authority.post(f"{address}review/", {}).status_code == 422
    authority.post(f"{address}review/", {"answer": "no"})
    row.refresh_from_db()
    assert (row.state, row.is_justified) == ("reviewed", False)
    assert "not justified" in text(authority.get(address))


def test_a_disclosure_is_not_told_to_colleagues(
    client_of: ClientOf, make_member: MakeMember, adult: Case, worker: Membership, elsewhere: Agency
) -> None:
    row = consents.ask_override(
        case=adult, purpose="protection", recipient=elsewhere, groups=["names"], reason="danger",
        until_at=clock.now() + DAY, by=worker, at=clock.now(),
    )  # fmt: skip
    assert client_of(make_member("municipality")).get(url(adult, f"override/{row.pk}/")).status_code == 404


# --- tasks and conferences


def test_a_task_is_set_read_and_done(
    mine: Client, client_of: ClientOf, make_member: MakeMember, case: Case, worker: Membership
) -> None:
    other = make_member("police")
    people_on_it.add_to_team(
        case=case, membership=other, is_lead=False, until_at=clock.now() + 90 * DAY, by=worker, at=clock.now()
    )
    sent = {"title": "Take her to the doctor.", "assigned_to": other.pk, "due_on": str(clock.today() + 3 * DAY)}
    assert mine.post(url(case, "tasks/set/"), sent | {"title": ""}).status_code == 422
    assert mine.post(url(case, "tasks/set/"), sent).status_code == 302
    said = text(mine.get(url(case)))
    assert other.user.name in said
    assert "doctor" not in said
    theirs = client_of(other)
    assert "A task was set for you" in text(theirs.get("/notices/"))
    assert "Take her to the doctor." in text(theirs.post(url(case, "tasks/")))
    theirs.post(url(case, f"tasks/{Task.objects.get().pk}/done/"))
    assert Task.objects.get().state == "done"
    assert theirs.post(url(case, f"tasks/{Task.objects.get().pk}/drop/")).status_code == 409


def test_a_task_is_given_to_nobody_outside(mine: Client, make_member: MakeMember, case: Case) -> None:
    stranger = make_member("consulate")
    sent = {"title": "Ring him.", "assigned_to": stranger.pk, "due_on": str(clock.today())}
    assert mine.post(url(case, "tasks/set/"), sent).status_code == 422
    assert not Task.objects.exists()


def test_a_conference_is_called_held_and_printed(
    mine: Client, client_of: ClientOf, make_member: MakeMember, case: Case, worker: Membership, elsewhere: Agency
) -> None:
    shelter = make_member("shelter", elsewhere)
    agree(case, worker, "needs")
    people_on_it.share(
        case=case, agency=elsewhere, purpose="assistance", groups=["needs"], until_at=clock.now() + 20 * DAY, by=worker,
        at=clock.now(),
    )  # fmt: skip
    group = Body.objects.create(code="LMG", name_en="Local group", name_sq="Grupi", level="local")
    sent = {"body": group.pk, "on": str(clock.today() + DAY), "at": "10:00", "agenda": "Where she lives next."}
    assert mine.post(url(case, "conferences/call/"), sent).status_code == 302
    row = Conference.objects.get()
    assert "A case conference was called" in text(client_of(shelter).get("/notices/"))
    address = url(case, f"conferences/{row.pk}/")
    assert "Where she lives" not in text(client_of(shelter).get(address))
    assert "Where she lives next." in text(client_of(shelter).post(f"{address}read/"))
    counts = {"decisions-TOTAL_FORMS": 2, "decisions-INITIAL_FORMS": 0}
    decided = {"decisions-0-title": "Find a flat.", "decisions-0-due_on": str(clock.today() + 9 * DAY)}
    held = {"present": [elsewhere.pk, case.owner_id], "held_on": str(clock.today()), "minutes": "She wants to stay."}
    assert mine.get(f"{address}record/").status_code == 200
    assert "Say who does it" in text(mine.post(f"{address}record/", held | counts | decided))
    answer = mine.post(f"{address}record/", held | counts | decided | {"decisions-0-assigned_to": shelter.pk})
    assert answer.status_code == 302
    assert Task.objects.get().assigned_to == shelter
    read = text(mine.post(f"{address}read/"))
    assert "She wants to stay." in read
    assert "Find a flat." in read
    paper = words_of(mine.post(f"{address}minutes/", {"format": "docx"}).content)
    assert "She wants to stay." in paper
    assert "Find a flat." in paper
    assert shelter.user.name in paper
    assert mine.post(f"{address}cancel/").status_code == 409


def test_who_has_a_conflict_of_interest_is_not_called(make_member: MakeMember, case: Case, worker: Membership) -> None:
    other = make_member("police")
    people_on_it.add_to_team(
        case=case, membership=other, is_lead=False, until_at=clock.now() + 90 * DAY, by=worker, at=clock.now()
    )
    people_on_it.declare_conflict(case=case, user=other.user, reason="family", by=worker, at=clock.now())
    conferences.call_conference(
        case=case, body=None, planned_at=clock.now() + DAY, agenda="The next steps.", by=worker, at=clock.now()
    )
    assert not other.notices.exists()


def test_a_guest_sees_what_is_hers_and_not_what_was_agreed_with_others(
    client_of: ClientOf, make_member: MakeMember, case: Case, worker: Membership, elsewhere: Agency
) -> None:
    guest = make_member("shelter", elsewhere)
    other = Agency.objects.create(code="OTHER", name_en="Somebody else", name_sq="Dikush tjetër", kind="police")
    agree(case, worker, "needs", to=elsewhere)
    agree(case, worker, "names", purpose="protection", to=other)
    people_on_it.share(
        case=case, agency=elsewhere, purpose="assistance", groups=["needs"], until_at=clock.now() + 20 * DAY, by=worker,
        at=clock.now(),
    )  # fmt: skip
    row = running(case, worker, Kind.REFLECTION)
    clocks.extend(clock=row, version=1, due_at=row.due_at + DAY, reason="Ill.", by=worker, at=clock.now())
    tasks.set_task(case=case, title="Only for us.", assigned_to=worker, due_on=clock.today(), by=worker, at=clock.now())
    past = conferences.call_conference(
        case=case, body=None, planned_at=clock.now() + DAY, agenda="Among us.", by=worker, at=clock.now()
    )
    conferences.record_conference(
        conference=past, present=[case.owner], minutes="Among us.", held_at=clock.now(), by=worker, at=clock.now()
    )
    theirs = client_of(guest)
    for page in (text(theirs.get(url(case))), text(theirs.get(url(case, "consent/")))):
        assert elsewhere.name in page
        assert other.name not in page
    limits = text(theirs.get(url(case, "clocks/")))
    assert "Reflection period" in limits
    assert "nothing is shared any more" not in limits
    assert theirs.post(url(case, "clocks/reasons/")).status_code == 409
    assert theirs.post(url(case, "consent/paper/"), {"language": "en", "format": "pdf"}).status_code == 409
    assert "Only for us." not in text(theirs.post(url(case, "tasks/")))
    for end in ("", "read/", "minutes/"):
        ask = theirs.post if end else theirs.get
        assert ask(url(case, f"conferences/{past.pk}/{end}")).status_code == 409
