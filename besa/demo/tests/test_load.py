"""Made-up cases for measuring: pages work on them, and they hold together as those do that people have made."""

from __future__ import annotations

from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from besa.assistance.models import Referral
from besa.audit.models import Event
from besa.audit.verification import verify
from besa.cases import queries_status
from besa.cases.models import Case, Clock, ClockChange, Determination
from besa.cases.time_limits import Change, replay
from besa.demo import load, made_up
from besa.demo.casework import UNITS
from besa.demo.load_case import draw
from besa.directory.models import Agency, Membership, Place
from besa.lib import clock
from besa.vault import keystore
from conftest import ClientOf, MakeMember

COUNT = 50
Members = dict[str, Membership]


@pytest.fixture
def members(make_member: MakeMember) -> Members:
    """One worker of each role, each of an institution of her own, and the loaded cases."""
    for code in ("AL-02", "AL-03", "AL-04", "AL-05", "AL-06", "AL-07", "AL-10", "AL-11", "AL-12"):
        Place.objects.create(code=code, kind="qark", name_en=code, name_sq=code)
    found = {}
    for unit in UNITS:
        kind = "shelter" if unit.login == "shelter" else "state_agency"
        owner = Agency.objects.create(code=unit.login.upper(), name_en=unit.login, name_sq=unit.login, kind=kind)
        found[unit.login] = make_member(unit.login, owner)
    load.play(found, COUNT, clock.today(), seed=1)
    return found


def test_pages_open(members: Members, client_of: ClientOf) -> None:
    worker = members["municipality"]
    browser = client_of(worker)
    assert browser.get("/").status_code == 200
    page = browser.get("/cases/")
    assert page.status_code == 200
    mine = Case.objects.filter(team__membership=worker, team__is_lead=True).exclude(state="closed").order_by("number")
    assert mine
    for case in mine[:2]:
        assert case.number in page.content.decode()
        assert browser.get(f"/cases/{case.number}/").status_code == 200
        answer = browser.post(f"/cases/{case.number}/reveal/", {"purpose": "assistance"})
        assert answer.status_code == 200
        assert browser.post(f"/cases/{case.number}/read/").status_code == 200
    assert client_of(members["shelter"]).get("/referrals/").status_code == 200


def test_a_person_is_found_and_read_under_her_name(members: Members, client_of: ClientOf) -> None:
    worker = members["municipality"]
    person = next(
        one
        for one in made_up.people(COUNT, 1)
        if Case.objects.filter(opened_by=worker, subject__sex=one.sex).exists() and not one.is_estimated
    )
    words = {"purpose": "assistance", "surname": person.surname, "given": person.given, "birth_year": person.born.year}
    answer = client_of(members["responsible_authority"]).post("/cases/find/", words | {"purpose": "coordination"})
    found = answer.context["found"]
    assert found, "the authority may know of every case"
    worker = next(member for member in members.values() if member.pk == found[0].opened_by_id)
    purpose = {"municipality": "assistance", "shelter": "assistance", "responsible_authority": "coordination"}
    if found[0].state != "closed":
        told = client_of(worker).post(
            f"/cases/{found[0].number}/reveal/", {"purpose": purpose.get(worker.role, "identification")}
        )
        assert person.surname in told.content.decode()


def test_what_is_derived_equals_what_it_is_derived_from(members: Members) -> None:
    assert Case.objects.count() == COUNT
    said = queries_status.statuses(Case.objects.all(), clock.today())
    assert said == dict(Case.objects.values_list("pk", "status"))
    for row in Clock.objects.all():
        history = ClockChange.objects.filter(clock=row).order_by("at")
        span = replay(row.kind, [Change(change.verb, change.at, change.due_after) for change in history])
        assert (span.state, span.due_at, span.ended_at) == (row.state, row.due_at, row.ended_at)
    now = clock.now()
    assert not Determination.objects.filter(recorded_at__gt=now).exists()
    assert not Case.objects.filter(closed_at__gt=now).exists()
    assert not Referral.objects.filter(answered_at__gt=now).exists()
    for step in Determination.objects.all():
        assert step.decided_on == timezone.localdate(step.recorded_at)


def test_the_record_of_events_is_whole_and_says_what_was_made(members: Members) -> None:
    assert verify().events == Event.objects.count()
    told = Event.objects.get(verb=load.VERB)
    assert told.flags == [f"cases {COUNT}", "seed 1"]
    opened = set(Event.objects.filter(verb="case_opened").values_list("object_id", flat=True))
    assert opened == {str(pk) for pk in Case.objects.values_list("pk", flat=True)}


def test_the_same_seed_makes_the_same_cases(members: Members) -> None:
    def drawn(seed: int) -> list[str]:
        country = load.country(members, 10, clock.today())
        keys = keystore.new_scopes(10, at=country.now)
        pairs = zip(made_up.people(10, seed), keys.items(), strict=True)
        made = [draw(country, one, scope, key, seed) for one, (scope, key) in pairs]
        plain = Counter(type(row).__name__ for one in made for row in one.rows)
        return [str(sorted(plain.items())), *(row.number for one in made for row in one.rows if isinstance(row, Case))]

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    first = made_up.people(10, 1)
    assert {row.number for row in Case.objects.all()} >= set(drawn(1)[1:]), "however many are asked for"
    assert next(first).number == 0


def test_production_refuses(db: None, settings: Settings) -> None:
    settings.MODE = "production"
    with pytest.raises(CommandError, match="never runs in production"):
        call_command("demo", people=5)
    assert not Case.objects.exists()
