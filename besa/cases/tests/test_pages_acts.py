"""The pages of emergencies, holds, erasure, compartments: acts that others must know of or decide."""

from __future__ import annotations

from datetime import timedelta

import pytest

from besa.audit.models import Event
from besa.cases.actions import compartments, people_on_it
from besa.cases.actions import glass as glasses
from besa.cases.models import Case, Compartment, Erasure, Glass, Hold
from besa.cases.numbers import new_number
from besa.cases.tests.factory import make_case
from besa.cases.tests.reading import text, url
from besa.directory.models import Agency, Membership
from besa.lib import clock
from conftest import ClientOf, MakeMember

# --- emergencies

WORDS = "He is on the way to her house now."


def test_glass_is_broken_read_and_reviewed(
    client_of: ClientOf, make_member: MakeMember, case: Case, elsewhere: Agency
) -> None:
    police, officer = make_member("police", elsewhere), make_member("data_protection", elsewhere)
    client, watcher = client_of(police), client_of(officer)
    assert client.get(url(case)).status_code == 404
    sent = {"number": case.number, "reason": "danger", "words": WORDS}
    assert client.post("/cases/glass/break/", sent)["Location"] == url(case)
    assert "minutes left" in text(client.get(url(case)))
    assert "Gjonaj" in text(client.post(url(case, "reveal/"), {"purpose": "emergency"}))
    glass = Glass.objects.get()
    page = f"/cases/glass/{glass.pk}/"
    assert case.number in text(watcher.get("/cases/glass/"))
    assert WORDS not in text(watcher.get(page))
    assert WORDS in text(watcher.post(f"{page}words/"))
    assert watcher.post(f"{page}review/").status_code == 422
    assert watcher.post(f"{page}review/", {"finding": "justified"}).status_code == 302
    assert client.get(url(case)).status_code == 404


def test_glass_of_unknown_and_forbidden_cases_gets_the_same_answer(
    client_of: ClientOf, make_member: MakeMember, worker: Membership, case: Case, elsewhere: Agency
) -> None:
    police = make_member("police", elsewhere)
    people_on_it.declare_conflict(case=case, user=police.user, reason="family", by=worker, at=clock.now())
    client = client_of(police)
    answers = []
    for number in (case.number, new_number()):
        response = client.post("/cases/glass/break/", {"number": number, "reason": "danger", "words": WORDS})
        answers.append((response.status_code, "There is no running case with this number" in text(response)))
    assert answers == [(422, True), (422, True)]


def test_glass_is_ended_by_who_broke_it(
    client_of: ClientOf, make_member: MakeMember, case: Case, elsewhere: Agency
) -> None:
    police = make_member("police", elsewhere)
    broken = glasses.break_glass(case=case, reason="danger", words=WORDS, by=police, at=clock.now())
    client = client_of(police)
    client.post(f"/cases/glass/{broken.pk}/end/")
    assert client.get(url(case)).status_code == 404
    assert client.get(f"/cases/glass/{broken.pk}/").status_code == 200


@pytest.fixture
def sealed(make_member: MakeMember) -> tuple[Case, Membership, Membership]:
    """A case in a compartment with two custodians: who leads it, and the second."""
    protector, second, now = make_member("witness_protection"), make_member("responsible_authority"), clock.now()
    approver, proposer = make_member("security_admin"), make_member("witness_protection")
    wall = compartments.open_compartment(code="W", name_en="Witnesses", name_sq="Dëshmitarët", by=proposer, at=now)
    for member in (protector, second):
        named = compartments.propose_custodian(
            compartment=wall, membership=member, until_at=now + timedelta(days=90), by=proposer, at=now
        )
        compartments.decide_custodian(custodian=named, is_granted=True, by=approver, at=now)
    case = make_case(protector)
    compartments.put_into(case=case, compartment=wall, by=protector, at=clock.now())
    return case, protector, second


def test_a_sealed_case_takes_two_custodians(
    client_of: ClientOf, make_member: MakeMember, sealed: tuple[Case, Membership, Membership]
) -> None:
    case, protector, second = sealed
    assert client_of(make_member("data_protection")).get(url(case)).status_code == 404
    client = client_of(second)
    client.post("/cases/glass/break/", {"number": case.number, "reason": "danger", "words": WORDS})
    glass = Glass.objects.get()
    assert glass.state == "asked"
    assert client.post(f"/cases/glass/{glass.pk}/second/", {"answer": "open"}).status_code == 409
    assert client_of(protector).post(f"/cases/glass/{glass.pk}/second/", {"answer": "open"}).status_code == 302
    assert "Gjonaj" in text(client.post(url(case, "reveal/"), {"purpose": "emergency"}))


# --- two persons


def test_holds_and_erasure_take_two(
    client_of: ClientOf, make_member: MakeMember, worker: Membership, case: Case
) -> None:
    client, officer = client_of(worker), client_of(make_member("data_protection"))
    client.post(url(case, "hold/"), {"reason": "court"})
    hold = Hold.objects.get()
    assert case.number in text(officer.get("/cases/waiting/"))
    officer.post(url(case, f"hold/{hold.pk}/confirm/"))
    client.post(url(case, f"hold/{hold.pk}/ask-lifting/"))
    officer.post(url(case, f"hold/{hold.pk}/lift/"))
    client.post(url(case, "move/"), {"verb": "close", "closing": "withdrawn"})
    client.post(url(case, "erasure/"), {"reason": "wish"})
    erasure = Erasure.objects.get()
    assert "Erase for ever" in text(officer.get(url(case, f"erasure/{erasure.pk}/")))
    officer.post(url(case, f"erasure/{erasure.pk}/"), {"answer": "erase"})
    page = text(officer.get(url(case)))
    assert "This case is erased" in page
    assert Case.objects.get().state == "erased"


def test_a_hold_is_withdrawn_on_the_page(
    client_of: ClientOf, make_member: MakeMember, worker: Membership, case: Case
) -> None:
    client, officer = client_of(worker), client_of(make_member("data_protection"))
    client.post(url(case, "hold/"), {"reason": "court"})
    act = url(case, f"hold/{Hold.objects.get().pk}/withdraw/")
    assert act in text(client.get(url(case)))
    assert "Decline" in text(officer.get(url(case)))
    assert client.post(act)["Location"] == url(case)
    assert act not in text(client.get(url(case)))
    assert "withdrawn or declined" in text(client.get(url(case)))
    assert officer.post(act).status_code == 409


def test_custodians_are_named_by_two(client_of: ClientOf, make_member: MakeMember) -> None:
    proposer, approver, named = (
        make_member("witness_protection"),
        make_member("security_admin"),
        make_member("witness_protection"),
    )
    client, second = client_of(proposer), client_of(approver)
    client.post("/cases/compartments/open/", {"code": "W", "name_en": "Witnesses", "name_sq": "Dëshmitarët"})
    wall = Compartment.objects.get()
    until = str(clock.today() + timedelta(days=30))
    assert client.get(f"/cases/compartments/{wall.pk}/name/").status_code == 200
    client.post(f"/cases/compartments/{wall.pk}/name/", {"membership": named.pk, "until": until})
    row = wall.custodians.get()
    assert client.post(f"/cases/custodians/{row.pk}/approve/").status_code == 409
    assert second.post(f"/cases/custodians/{row.pk}/approve/").status_code == 302
    assert "in force" in text(second.get("/cases/compartments/"))
    assert client_of(make_member("municipality")).get("/cases/compartments/").status_code == 404


def test_a_canary_is_set_by_the_officer_and_seen_by_nobody_else(
    client_of: ClientOf, make_member: MakeMember, worker: Membership, case: Case
) -> None:
    officer = client_of(make_member("data_protection"))
    officer.post(url(case, "canary/"))
    assert "made up; whoever opens it is reported" in text(officer.get(url(case)))
    before = text(client_of(worker).get(url(case)))
    assert "anary" not in before
    client_of(worker).post(url(case, "reveal/"), {"purpose": "contact"})
    assert "canary" in Event.objects.latest("id").flags
