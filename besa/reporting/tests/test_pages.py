"""The pages of the Office: rounds, returns, review; the panel on the page of an activity; the commands."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from besa.audit.models import Event
from besa.directory.models import Membership
from besa.plan.hooks import latest_statuses
from besa.reporting.actions.returns import accept, send_back, submit
from besa.reporting.models import Entry, Reminder, Reopening, Return, Round
from besa.reporting.tests.factory import AT, Q1, TODAY, World, many, member

ClientOf = Callable[[Membership], Client]


@pytest.fixture
def office(opened: World, client_of: ClientOf) -> Client:
    """The browser of the Office."""
    return client_of(opened.coordinator)


def review_url(world: World, code: str = "MOI") -> str:
    return reverse("reporting:review", args=[world.item(code).pk])


def reason(entry: Entry, field: str) -> str:
    return f"reason-{entry.pk}-{field}"


# --- review


def test_review_sends_back_field_by_field(office: Client, opened: World, client_of: ClientOf) -> None:
    opened.submitted()
    first, second = opened.entry(), opened.entry(identifier="II.1.(a).4")
    page = office.get(review_url(opened)).content.decode()
    assert f'name="{reason(first, "done")}"' in page
    assert f'name="field-{second.pk}"' in page  # what is empty can be asked for as well
    data = {reason(first, "done"): "How many took part?"}
    data |= {reason(second, "other"): "Attach the list", f"field-{second.pk}": "evidence"}
    response = office.post(review_url(opened), data | {reason(first, "status"): "  "})
    assert response.status_code == 302
    assert opened.item().state == "sent_back"
    editor = client_of(opened.focal).get(reverse("reporting:entry", args=[first.pk])).content.decode()
    assert "How many took part?" in editor
    editor = client_of(opened.focal).get(reverse("reporting:entry", args=[second.pk])).content.decode()
    assert "Attach the list" in editor


@pytest.mark.parametrize(
    "key", ["reason-", "reason-x-done", "reason-1", "reason-1-revision", "reason--", "reason-1-other", "other"]
)
def test_review_without_a_reason_stays_where_it_is(office: Client, opened: World, key: str) -> None:
    opened.submitted()
    response = office.post(review_url(opened), {key: "Something"})
    assert response.status_code == 422
    assert "Nothing was sent back" in response.content.decode()
    assert opened.item().state == "submitted"


def test_review_shows_what_changed_and_what_did_not(office: Client, opened: World) -> None:
    opened.submitted()
    first, second = opened.entry(), opened.entry(identifier="II.1.(a).4")
    remarks = [(first, "done", "How many?"), (second, "next_plan", "By when?")]
    send_back(item=opened.item(), remarks=remarks, by=opened.coordinator, at=AT, today=TODAY)
    opened.write(opened.entry(), opened.focal, done="Forty took part")
    submit(item=opened.item(), by=opened.focal, at=AT, today=TODAY)
    response = office.get(review_url(opened))
    page = response.content.decode()
    assert "<ins>Forty took part</ins>" in page.replace("\n", "")
    assert [remark.reason for remark in response.context["untouched"]] == ["By when?"]
    assert response.context["changed"] == 1


def test_the_editor_warns_of_what_was_not_corrected(opened: World, client_of: ClientOf) -> None:
    opened.submitted()
    remarks = [(opened.entry(), "done", "How many?"), (opened.entry(), "outputs", "Which?")]
    send_back(item=opened.item(), remarks=remarks, by=opened.coordinator, at=AT, today=TODAY)
    client, address = client_of(opened.focal), reverse("reporting:return", args=[opened.item().pk])
    assert len(client.get(address).context["untouched"]) == 2
    opened.write(opened.entry(), opened.focal, done="Forty took part")
    assert [remark.field for remark in client.get(address).context["untouched"]] == ["outputs"]


def test_accept_from_the_page(office: Client, opened: World) -> None:
    opened.submitted()
    assert office.get(reverse("reporting:accept", args=[opened.item().pk])).status_code == 405
    office.post(reverse("reporting:accept", args=[opened.item().pk]))
    assert opened.item().state == "accepted"


def test_review_is_the_offices(opened: World, client_of: ClientOf) -> None:
    opened.submitted()
    for by, status in [(opened.focal, 403), (opened.national, 403), (opened.other, 403)]:
        assert client_of(by).post(review_url(opened), {reason(opened.entry(), "done"): "No"}).status_code == status
    assert opened.item().state == "submitted"


def test_a_draft_cannot_be_reviewed(office: Client, opened: World) -> None:
    page = office.get(review_url(opened)).content.decode()
    assert "has not been submitted" in page
    assert "reason-" not in page
    assert office.post(review_url(opened), {reason(opened.entry(), "done"): "No"}).status_code == 409


def test_review_of_sixty_entries_takes_few_queries(
    world: World, client_of: ClientOf, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    many(world, 60)
    world.open(Q1)
    world.submitted("MOI", "2009Q1")
    world.open()
    world.submitted("MOLSA")
    world.submitted()
    send_back(item=world.item(), remarks=[(world.entry(), "done", "?")], by=world.coordinator, at=AT, today=TODAY)
    submit(item=world.item(), by=world.focal, at=AT, today=TODAY)
    client = client_of(world.coordinator)
    with django_assert_max_num_queries(24):
        assert client.get(review_url(world)).status_code == 200


# --- rounds


def test_open_round_from_the_page(world: World, client_of: ClientOf) -> None:
    client, address = client_of(world.coordinator), reverse("reporting:open_round")
    assert client.get(address).status_code == 200
    wrong = client.post(address, {"plan": world.plan.code, "period": "spring"})
    assert "Write it as 2009Q2" in wrong.content.decode()
    response = client.post(address, {"plan": world.plan.code, "period": "2009q2", "due_on": "2009-07-25"})
    round = Round.objects.get()
    assert response["Location"] == reverse("reporting:round", args=[round.pk])
    assert (round.period, str(round.due_on)) == ("2009Q2", "2009-07-25")


def test_lock_and_reopen_from_the_pages(office: Client, opened: World, client_of: ClientOf) -> None:
    round = opened.rounds["2009Q2"]
    opened.accepted()
    lock = reverse("reporting:lock_round", args=[round.pk])
    page = office.get(lock).content.decode()
    assert "Agency MOLSA" in page
    assert "Agency MOI<" not in page
    assert office.post(lock).status_code == 422
    assert office.post(lock, {"is_acknowledged": "on"}).status_code == 302
    assert opened.item().state == "locked"
    ask = reverse("reporting:ask_reopening", args=[round.pk])
    assert office.post(ask, {"reason": ""}).status_code == 422
    office.post(ask, {"reason": "A figure of the ministry is wrong"})
    reopening = Reopening.objects.get()
    decide = reverse("reporting:decide_reopening", args=[reopening.pk])
    assert office.post(decide, {"decision": "approve"}).status_code == 403
    national = client_of(opened.national)
    assert "A figure of the ministry" in national.get(reverse("reporting:round", args=[round.pk])).content.decode()
    assert national.post(decide).status_code == 400
    national.post(decide, {"decision": "approve"})
    assert opened.item().state == "accepted"


def test_every_reader_of_returns_finds_them(opened: World, client_of: ClientOf) -> None:
    """Those who see all returns reach the list, a return and an entry; a committee member sees rounds only."""
    for role in ("national_coordinator", "statistician", "rapporteur", "coordinator"):
        client = client_of(member(role, opened.agencies["ONAC"]))
        for address in (
            reverse("reporting:returns"),
            reverse("reporting:return", args=[opened.item().pk]),
            reverse("reporting:entry", args=[opened.entry().pk]),
        ):
            assert client.get(address).status_code == 200
    committee = client_of(opened.committee)
    assert committee.get(reverse("reporting:rounds")).status_code == 200
    assert committee.get(reverse("reporting:return", args=[opened.item().pk])).status_code == 403
    round_page = committee.get(reverse("reporting:round", args=[opened.rounds["2009Q2"].pk]))
    assert not round_page.context["returns"]


def test_the_list_of_returns_filters_and_exports(office: Client, opened: World) -> None:
    opened.submitted()
    address = reverse("reporting:returns")
    page = office.get(address, {"state": "submitted"}).content.decode()
    assert "Agency MOI" in page
    assert "Agency RC-TIR" not in page
    assert b"Agency MOLSA" in office.get(address, {"export": "csv"}).content


# --- what other pages show


def test_the_activity_shows_every_quarter(world: World, client_of: ClientOf) -> None:
    world.open(Q1)
    world.submitted("MOI", "2009Q1", done="Done in spring")
    world.open()
    activity = world.entry().activity
    address = reverse("plan:activity", args=[world.plan.code, activity])
    inside = client_of(world.coordinator).get(address).content.decode()
    assert "Done in spring" in inside
    outside = client_of(member("donor", world.agencies["DONOR"])).get(address).content.decode()
    assert "Done in spring" not in outside
    assert latest_statuses([activity.pk])[activity.pk].period == "2009Q1"


# --- commands


def run(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def test_the_commands_walk_a_round(world: World) -> None:
    assert "5 returns" in run("open_round", "2009Q2")
    assert "0 returns and 0 entries added" in run("open_round", "2009Q2", "--plan", world.plan.code)
    assert "5 reminders sent" in run("remind", "--on", "2009-07-14")
    assert "0 reminders sent" in run("remind", "--on", "2009-07-15")
    assert Reminder.objects.count() == 5
    with pytest.raises(CommandError, match="accepted"):
        run("lock_round", "2009Q2")
    assert "locked" in run("lock_round", "2009Q2", "--without-missing")
    with pytest.raises(CommandError, match="locked"):
        run("open_round", "2009Q2")
    assert Event.objects.filter(actor="system", verb="round_locked").count() == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("open_round", "spring"), "not a period"),
        (("open_round", "2009Q2", "--plan", "NONE"), "no such plan"),
        (("open_round", "2009H1"), "quarter"),
        (("lock_round", "2008Q3"), "no round"),
        (("remind", "--on", "tomorrow"), "not a date"),
    ],
)
def test_the_commands_say_what_is_wrong(world: World, arguments: tuple[str, ...], text: str) -> None:
    with pytest.raises(CommandError, match=text):
        run(*arguments)
    assert not Return.objects.exists()


def test_the_office_does_not_accept_what_it_submitted_itself(opened: World, client_of: ClientOf) -> None:
    """The Office makes a return as well: the person who submitted it leaves its review to a colleague."""
    item = opened.item("ONAC")
    opened.fill(item)
    submit(item=item, by=opened.coordinator, at=AT, today=TODAY)
    client = client_of(opened.coordinator)
    assert "another person reviews it" in client.get(review_url(opened, "ONAC")).content.decode()
    assert client.post(reverse("reporting:accept", args=[item.pk])).status_code == 409
    accept(item=item, by=member("coordinator", opened.agencies["ONAC"]), at=AT, today=TODAY)
    assert opened.item("ONAC").state == "accepted"
