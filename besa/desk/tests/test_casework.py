"""What waits in casework stands on the desk of who must act, in a fixed number of queries; a digest says how much, not what."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command

from besa.assistance.actions import referrals
from besa.assistance.tests.factory import agree, make_provider, offer
from besa.cases.actions import concerns, drafts
from besa.cases.models import Concern, Draft
from besa.cases.tests.factory import identity, make_case
from besa.desk.digests import send_digests
from besa.desk.queries import KINDS, Task, tasks
from besa.directory.models import Agency, Membership
from besa.lib import clock
from conftest import ClientOf, MakeMember

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(make_member: MakeMember) -> Membership:
    return make_member("police")


@pytest.fixture
def host(make_member: MakeMember) -> Membership:
    return make_member("shelter", Agency.objects.create(code="VATRA", name_en="Vatra", name_sq="Vatra", kind="shelter"))


def on_desk(member: Membership) -> list[Task]:
    return tasks(member, clock.today(), clock.now())


def kinds(member: Membership) -> list[str]:
    return sorted(task.kind for task in on_desk(member))


def test_a_referral_waits_for_the_receiver_and_comes_back_to_the_sender(officer: Membership, host: Membership) -> None:
    case = make_case(officer)
    agree(case, officer)
    asked = offer(case, host.agency, officer, make_provider(host))
    assert kinds(host) == ["referrals"]
    referrals.decline(referral=asked, reason="full", by=host, at=clock.now())
    assert "referrals" not in kinds(host)
    assert "referrals" in kinds(officer)


def test_an_unfinished_report_and_a_concern_wait(officer: Membership, make_member: MakeMember) -> None:
    teacher = make_member("reporter")
    answers = {
        "age": {"is_child": "yes", "age_group": "12_17"},
        "how": {"channel": "school"},
        "where": {"place": "", "on": clock.today().isoformat()},
    }
    draft = drafts.begin(answers=answers, by=teacher, at=clock.now())
    assert kinds(teacher) == ["drafts"]
    concern = concerns.send_concern(draft=draft, to=officer.agency, by=teacher, at=clock.now())
    assert kinds(teacher) == []
    assert kinds(officer) == ["concerns"]
    told = concerns.read_concern(concern=concern, by=officer, at=clock.now())
    assert told["how"]["channel"] == "school"
    taken = concerns.take(concern=concern, by=officer, at=clock.now())
    assert drafts.answers_of(taken)["age"]["is_child"] == "yes"
    assert Concern.objects.get().state == Concern.State.TAKEN
    assert kinds(officer) == ["drafts"]


def test_the_pages_of_a_concern(officer: Membership, make_member: MakeMember, client_of: ClientOf) -> None:
    teacher = make_member("reporter")
    client = client_of(teacher)
    client.post("/cases/reports/begin/")
    draft = Draft.objects.get()
    answers: dict[str, dict[str, Any]] = {
        "age": {"is_child": "yes", "age_group": "12_17"},
        "how": {"channel": "school"},
        "where": {"place": "", "on": "2009-07-05"},
    }
    for slug, words in answers.items():
        draft.refresh_from_db()
        assert client.post(f"/cases/reports/{draft.pk}/{slug}/", {"version": draft.version, **words}).status_code == 302
    assert client.post(f"/cases/reports/{draft.pk}/hand-over/", {"to": officer.agency.code}).status_code == 302
    concern = Concern.objects.get()
    worker = client_of(officer)
    assert "by a school" in worker.post(f"/cases/concerns/{concern.pk}/read/").content.decode()
    assert worker.post(f"/cases/concerns/{concern.pk}/close/", {"answer": ""}).status_code == 422
    assert worker.post(f"/cases/concerns/{concern.pk}/close/", {"answer": "The family is known."}).status_code == 302
    other = client_of(make_member("reporter"))
    assert other.get(f"/cases/concerns/{concern.pk}/").status_code == 404


def test_the_number_of_queries_does_not_grow(
    officer: Membership, host: Membership, django_assert_max_num_queries: Any
) -> None:
    for number in range(4):
        case = make_case(officer, identity=identity(surname=f"Person{number}"))
        agree(case, officer)
        offer(case, host.agency, officer)
        drafts.begin(by=officer, at=clock.now())
    with django_assert_max_num_queries(40):
        on_desk(officer)
    with django_assert_max_num_queries(40):
        assert len(on_desk(host)) >= 4


def test_the_desk_is_filtered(officer: Membership, client_of: ClientOf) -> None:
    drafts.begin(by=officer, at=clock.now())
    client = client_of(officer)
    assert len(client.get("/?kind=drafts").context["tasks"]) == 1
    assert client.get("/?kind=referrals").context["tasks"] == []
    assert set(KINDS) >= {task.kind for task in client.get("/").context["tasks"]}


def test_a_digest_says_how_much_and_not_what(officer: Membership) -> None:
    case = make_case(officer)
    drafts.begin(by=officer, at=clock.now())
    assert send_digests(clock.now())["sent"] == 1
    text = f"{mail.outbox[0].subject}\n{mail.outbox[0].body}"
    assert "1 thing waits for you" in text
    assert case.number not in text
    assert "report" not in text.lower()
    out = StringIO()
    call_command("send_digests", stdout=out)
    assert "1 digests sent" in out.getvalue()


def test_a_kept_search_holds_filters_alone(officer: Membership, client_of: ClientOf) -> None:
    client = client_of(officer)
    answer = client.post("/cases/searches/save/", {"name": "Open ones", "state": "open", "surname": "Gjonaj"})
    assert answer["Location"] == "/cases/?state=open"
    page = client.get("/cases/?state=open").content.decode()
    assert "Open ones" in page
