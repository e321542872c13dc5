"""The return editor: the pages of a focal point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from besa.audit.models import Event
from besa.directory.models import Membership
from besa.reporting import rules
from besa.reporting.actions.rounds import lock_round
from besa.reporting.models import Entry, Evidence
from besa.reporting.tests.factory import AT, ON_TRACK, Q1, TODAY, World, many, member

ClientOf = Callable[[Membership], Client]
PROOF = {
    "evidence-kind": "attendance",
    "evidence-title": "Participants in Vlorë",
    "evidence-dated_on": "2009-05-14",
    "evidence-language": "sq",
}


@pytest.fixture
def client(opened: World, client_of: ClientOf) -> Client:
    """The browser of the focal point of the Ministry of Interior."""
    return client_of(opened.focal)


def url(entry: Entry) -> str:
    return reverse("reporting:entry", args=[entry.pk])


def form_of(entry: Entry, **values: Any) -> dict[str, Any]:
    """The fields of the page as a browser sends them."""
    stored = {name: getattr(entry, name) for name in rules.FULL_FIELDS}
    return {
        name: "" if value is None else value for name, value in {**stored, "revision": entry.revision, **values}.items()
    }


def proof_file(content: bytes = b"Agim, Besa, Drita\n", name: str = "list.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/plain")


# --- saving


def test_save_keeps_the_whole_entry(client: Client, opened: World) -> None:
    entry = opened.entry()
    values = {"status": "delayed", "done": "One of two", "outputs": "1", "obstacle_type": "money", "obstacle": "Late"}
    values |= {"way_forward": "Ask", "spent": "1200.50", "currency": "ALL", "money_source": "donor"}
    values |= {"next_plan": "The other", "next_due_on": "2009-09-30"}
    response = client.post(url(entry), form_of(entry, save="1", **values))
    assert response.status_code == 302
    assert response["Location"] == url(entry)
    saved = opened.entry()
    assert {name: str(getattr(saved, name)) for name in values} == values
    assert saved.updated_by == opened.focal
    event = Event.objects.get(verb="entry_saved")
    assert event.fields == sorted(values)
    assert event.actor == opened.focal.audit_name


def test_save_and_next_walks_through_the_return(client: Client, opened: World) -> None:
    order = list(opened.item().entries.order_by("position"))
    for entry, following in zip(order, [*order[1:], None], strict=True):
        entry = opened.entry(identifier=entry.activity.identifier)
        response = client.post(url(entry), form_of(entry, next="1", status="on_track"))
        wanted = url(following) if following else reverse("reporting:return", args=[entry.to_id])
        assert response["Location"] == wanted


def test_saving_what_is_there_already_is_no_change(client: Client, opened: World) -> None:
    entry = opened.write(opened.entry(), opened.focal, **ON_TRACK)
    events = Event.objects.count()
    assert client.post(url(entry), form_of(entry)).status_code == 302
    assert opened.entry().revision == entry.revision
    assert Event.objects.count() == events


def test_an_amount_needs_its_currency_and_nothing_is_lost(client: Client, opened: World) -> None:
    entry = opened.entry()
    response = client.post(url(entry), form_of(entry, done="A long text", spent="100"))
    assert response.status_code == 422
    page = response.content.decode()
    assert "Say in which currency" in page
    assert "A long text" in page
    assert opened.entry().done == ""


def test_a_partner_sees_its_own_fields_only(opened: World, client_of: ClientOf) -> None:
    entry = opened.entry("MOLSA")
    client = client_of(opened.other)
    page = client.get(url(entry)).content.decode()
    assert 'name="done"' in page
    assert 'name="status"' not in page
    client.post(url(entry), {"done": "Sent two trainers", "status": "completed", "revision": 0})
    saved = opened.entry("MOLSA")
    assert (saved.done, saved.status) == ("Sent two trainers", "")


def test_a_second_person_is_told_and_sees_both_texts(client: Client, opened: World, client_of: ClientOf) -> None:
    colleague = member("focal_point", opened.agencies["MOI"])
    seen = opened.entry()
    client_of(colleague).post(url(seen), form_of(seen, done="What the colleague wrote"))
    response = client.post(url(seen), form_of(seen, done="What I wrote"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "What the colleague wrote" in page
    assert page.count("What I wrote") >= 2, "beside the other text, and in the form"
    assert colleague.user.name in page
    assert "hx-post" not in page, "nothing saves itself over the other text"
    assert opened.entry().done == "What the colleague wrote"
    assert 'name="revision" value="1"' in page
    again = client.post(url(seen), form_of(seen, done="What I wrote", revision=1))
    assert again.status_code == 302
    assert opened.entry().done == "What I wrote"


@pytest.mark.parametrize("revision", ["", "x", "-1", "99"])
def test_a_strange_revision_overwrites_nothing(client: Client, opened: World, revision: str) -> None:
    entry = opened.write(opened.entry(), done="Stored")
    response = client.post(url(entry), form_of(entry, done="Other", revision=revision))
    assert response.status_code in (409, 422)
    assert opened.entry().done == "Stored"


# --- as one writes


def test_autosave_answers_the_new_revision(client: Client, opened: World) -> None:
    entry = opened.entry()
    response = client.post(url(entry), form_of(entry, done="Half a sen", autosave="1"), headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert 'name="revision" value="1"' in response.content.decode()
    assert opened.entry().done == "Half a sen"


def test_autosave_saves_what_can_be_read(client: Client, opened: World) -> None:
    entry = opened.entry()
    data = form_of(entry, done="Text", spent="12a", next_due_on="soon", autosave="1")
    response = client.post(url(entry), data)
    assert response.status_code == 422
    assert "Not everything could be saved" in response.content.decode()
    assert (opened.entry().done, opened.entry().spent) == ("Text", None)


def test_autosave_never_overwrites_another_person(client: Client, opened: World) -> None:
    entry = opened.entry()
    opened.write(entry, by=member("focal_point", opened.agencies["MOI"]), done="Theirs")
    response = client.post(url(entry), form_of(entry, done="Mine", autosave="1"))
    assert response.status_code == 409
    assert opened.entry().done == "Theirs"


@pytest.mark.parametrize("what", ["save", "autosave", "next", "copy"])
def test_a_locked_round_takes_nothing(client: Client, opened: World, what: str) -> None:
    entry = opened.entry()
    lock_round(round=opened.rounds["2009Q2"], by=opened.coordinator, at=AT, today=TODAY, is_acknowledged=True)
    response = client.post(url(entry), form_of(entry, done="Late", **{what: "all"}))
    assert response.status_code == 409
    assert "locked" in response.content.decode()
    assert opened.entry().done == ""


# --- last quarter


@pytest.fixture
def with_last(world: World, client_of: ClientOf) -> Client:
    """The first quarter has been reported, the second is open."""
    world.open(Q1)
    world.submitted("MOI", "2009Q1", done="Done in spring", spent=5, currency="EUR")
    world.open()
    return client_of(world.focal)


def test_the_last_report_stands_beside(with_last: Client, world: World) -> None:
    page = with_last.get(url(world.entry())).content.decode()
    assert "Done in spring" in page
    assert "First quarter of 2009" in page


def test_copy_fills_one_field_and_saves_nothing(with_last: Client, world: World) -> None:
    entry = world.entry()
    response = with_last.post(url(entry), form_of(entry, outputs="Half written", copy="done"))
    form = response.context["form"]
    assert form["done"].value() == "Done in spring"
    assert form["outputs"].value() == "Half written"
    assert form["next_plan"].value() == ""
    assert world.entry().done == ""


def test_copy_all_leaves_what_is_written_and_never_copies_money(with_last: Client, world: World) -> None:
    entry = world.entry()
    form = with_last.post(url(entry), form_of(entry, done="Mine", copy="all")).context["form"]
    assert form["done"].value() == "Mine"
    assert form["next_plan"].value() == ON_TRACK["next_plan"]
    assert form["status"].value() == "on_track"
    assert not form["spent"].value()
    assert not form["currency"].value()


def test_a_draft_that_was_never_handed_in_is_no_last_report(world: World, client_of: ClientOf) -> None:
    world.open(Q1)
    world.write(world.entry(period="2009Q1"), done="Never handed in")
    world.open()
    assert "Never handed in" not in client_of(world.focal).get(url(world.entry())).content.decode()


# --- evidence


def test_add_evidence_saves_what_was_written_as_well(client: Client, opened: World) -> None:
    entry = opened.entry()
    data = form_of(entry, done="Written meanwhile", **PROOF, **{"evidence-file": proof_file()})
    response = client.post(reverse("reporting:add_evidence", args=[entry.pk]), data)
    assert response.status_code == 302
    assert opened.entry().done == "Written meanwhile"
    document = Evidence.objects.get(entry=entry).document
    assert (document.title, document.issuer, document.kind) == (
        PROOF["evidence-title"],
        opened.agencies["MOI"],
        "attendance",
    )
    assert document.title in client.get(url(entry)).content.decode()


def test_a_chosen_file_is_taken_by_save_too(client: Client, opened: World) -> None:
    entry = opened.entry()
    client.post(url(entry), form_of(entry, save="1", **PROOF, **{"evidence-file": proof_file()}))
    assert Evidence.objects.filter(entry=entry).count() == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"evidence-title": ""}, "Title"),
        ({"evidence-dated_on": "yesterday"}, "Date of the document"),
        ({"evidence-file": ""}, "File"),
        ({"evidence-file": proof_file(b"MZ\x90\x00\x03" + b"\x00" * 80, "tool.exe")}, "File"),
    ],
)
def test_a_wrong_document_loses_nothing(client: Client, opened: World, change: dict[str, Any], text: str) -> None:
    entry = opened.entry()
    data = form_of(entry, done="My text", **PROOF, **{"evidence-file": proof_file()}) | change
    response = client.post(reverse("reporting:add_evidence", args=[entry.pk]), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "My text" in page
    assert text in page
    assert not Evidence.objects.exists()


def test_remove_evidence(client: Client, opened: World) -> None:
    entry = opened.entry()
    client.post(url(entry), form_of(entry, **PROOF, **{"evidence-file": proof_file()}))
    evidence = Evidence.objects.get()
    address = reverse("reporting:remove_evidence", args=[evidence.pk])
    assert client.post(address, form_of(entry, done="And this")).status_code == 302
    assert not Evidence.objects.exists()
    assert opened.entry().done == "And this"
    assert set(Event.objects.values_list("verb", flat=True)) >= {"evidence_added", "evidence_removed"}


def test_evidence_opens_for_who_sees_the_return(client: Client, opened: World, client_of: ClientOf) -> None:
    entry = opened.entry()
    client.post(url(entry), form_of(entry, **PROOF, **{"evidence-file": proof_file()}))
    address = reverse("documents:download", args=[Evidence.objects.get().document_id])
    response = client_of(opened.coordinator).get(address)
    assert b"".join(response.streaming_content) == b"Agim, Besa, Drita\n"  # type: ignore[attr-defined]
    assert client_of(opened.other).get(address).status_code == 404


# --- the grid


def grid_data(page: Any, **changes: str) -> dict[str, Any]:
    """All fields of the grid as a browser sends them, hidden ones too."""
    data: dict[str, Any] = {}
    for form in page.context["forms"]:
        data[form["revision"].html_name] = form["revision"].value()
        for field in form.visible_fields():
            data[field.html_name] = data[field.html_initial_name] = field.value() or ""
    return data | changes


def test_the_grid_saves_only_what_was_changed(client: Client, opened: World) -> None:
    address = reverse("reporting:grid", args=[opened.item().pk])
    page = client.get(address)
    entry = opened.entry()
    events = Event.objects.count()
    response = client.post(address, grid_data(page, **{f"e{entry.pk}-done": "In the grid"}))
    assert response.status_code == 302
    assert opened.entry().done == "In the grid"
    assert Event.objects.count() == events + 1


def test_the_grid_does_not_mind_what_others_save_elsewhere(client: Client, opened: World) -> None:
    """Two people on one grid: each saves the rows that she changed, stale copies of other rows overwrite nothing."""
    address = reverse("reporting:grid", args=[opened.item().pk])
    page = client.get(address)
    mine, theirs = opened.entry(), opened.entry(identifier="II.1.(a).4")
    opened.write(theirs, by=member("focal_point", opened.agencies["MOI"]), done="Theirs")
    assert client.post(address, grid_data(page, **{f"e{mine.pk}-done": "Mine"})).status_code == 302
    assert opened.entry().done == "Mine"
    assert opened.entry(identifier="II.1.(a).4").done == "Theirs"


def test_the_grid_shows_both_texts_of_a_row(client: Client, opened: World) -> None:
    address = reverse("reporting:grid", args=[opened.item().pk])
    page = client.get(address)
    entry = opened.entry()
    opened.write(entry, by=member("focal_point", opened.agencies["MOI"]), done="Theirs")
    response = client.post(address, grid_data(page, **{f"e{entry.pk}-done": "Mine"}))
    assert response.status_code == 409
    assert "Theirs" in response.content.decode()
    assert opened.entry().done == "Theirs"
    again = grid_data(page, **{f"e{entry.pk}-done": "Mine", f"e{entry.pk}-revision": "1"})
    assert client.post(address, again).status_code == 302
    assert opened.entry().done == "Mine"


def test_the_grid_is_paged_by_objective(world: World, client_of: ClientOf) -> None:
    many(world, 30)
    world.open()
    client = client_of(world.focal)
    address = reverse("reporting:grid", args=[world.item().pk])
    pages = client.get(address).context["pages"]
    seen: list[int] = []
    for number, _first, _last in pages:
        forms = client.get(f"{address}?page={number}").context["forms"]
        seen += [form.instance.pk for form in forms]
    assert sorted(seen) == sorted(world.item().entries.values_list("pk", flat=True))
    assert len(pages) == 2, "an objective is never torn apart"
    for strange in ("0", "99", "x", "-1"):
        assert client.get(f"{address}?page={strange}").status_code == 200


# --- the return


def test_the_return_names_what_is_missing_and_where(client: Client, opened: World) -> None:
    opened.write(opened.entry(), status="completed", done="All done")
    page = client.get(reverse("reporting:return", args=[opened.item().pk])).content.decode()
    assert f"{url(opened.entry())}#id_outputs" in page
    assert "Name the outputs" in page
    response = client.get(reverse("reporting:submit", args=[opened.item().pk]))
    assert response.status_code == 409
    assert opened.item().state == "draft"


def test_submit_asks_once_more_and_keeps_a_version(client: Client, opened: World) -> None:
    item = opened.item()
    opened.fill(item)
    address = reverse("reporting:submit", args=[item.pk])
    assert client.get(address).status_code == 200
    assert opened.item().state == "draft"
    client.post(address)
    assert opened.item().state == "submitted"
    page = client.get(reverse("reporting:return", args=[item.pk])).content.decode()
    assert item.submissions.get().sha256[:16] in page


def test_the_summary_survives_when_it_is_too_long(client: Client, opened: World) -> None:
    address = reverse("reporting:save_summary", args=[opened.item().pk])
    response = client.post(address, {"summary": "Too long " * 1000})
    assert response.status_code == 422
    assert "Too long Too long" in response.content.decode()
    client.post(address, {"summary": "A quiet quarter"})
    assert opened.item().summary == "A quiet quarter"


def test_the_print_has_everything(client: Client, opened: World) -> None:
    opened.write(opened.entry(), opened.focal, **ON_TRACK)
    page = client.get(reverse("reporting:return_print", args=[opened.item().pk])).content.decode()
    for entry in opened.item().entries.all():
        assert entry.activity.identifier in page
    assert str(ON_TRACK["done"]) in page


# --- who sees what


@pytest.mark.parametrize("name", ["return", "grid", "return_print", "submit", "save_summary", "review", "return_form"])
def test_another_institution_finds_nothing(opened: World, client_of: ClientOf, name: str) -> None:
    address = reverse(f"reporting:{name}", args=[opened.item("MOI").pk])
    client = client_of(opened.other)
    for response in (client.get(address), client.post(address)):
        assert response.status_code in (403, 404, 405)
    assert opened.item("MOI").version == 0


def test_another_institution_finds_no_entry(opened: World, client_of: ClientOf) -> None:
    entry, client = opened.entry("MOI"), client_of(opened.other)
    assert client.get(url(entry)).status_code == 404
    assert client.post(url(entry), form_of(entry, done="Not ours")).status_code == 404
    assert client.post(reverse("reporting:add_evidence", args=[entry.pk]), PROOF).status_code == 404


def test_the_lead_reads_what_partners_have_handed_in(client: Client, opened: World) -> None:
    opened.write(opened.entry("MOLSA"), by=opened.other, done="Two trainers sent")
    page = client.get(url(opened.entry())).content.decode()
    assert "Two trainers sent" not in page, "a draft is the institution's own"
    assert "Not handed in yet" in page
    opened.fill(opened.item("MOLSA"))
    opened.submitted("MOLSA")
    assert "Two trainers sent" in client.get(url(opened.entry())).content.decode()


def test_the_coordinator_reads_but_does_not_write(opened: World, client_of: ClientOf) -> None:
    entry, client = opened.entry(), client_of(opened.coordinator)
    page = client.get(url(entry)).content.decode()
    assert "Only the institution itself" in page
    assert 'name="done"' not in page
    assert client.post(url(entry), form_of(entry, done="By the office")).status_code == 409


# --- many activities


def test_the_number_of_queries_does_not_grow(
    world: World, client_of: ClientOf, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    many(world, 60)
    world.open(Q1)
    world.submitted("MOI", "2009Q1")
    world.open()
    client, item = client_of(world.focal), world.item()
    entry = world.entry()
    client.get("/")  # what a first page loads once
    for address, most in [
        (reverse("reporting:return", args=[item.pk]), 20),
        (reverse("reporting:grid", args=[item.pk]), 20),
        (reverse("reporting:return_print", args=[item.pk]), 20),
        (reverse("reporting:returns"), 15),
        (url(entry), 25),
    ]:
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def test_saving_takes_few_queries(
    client: Client, opened: World, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    entry = opened.entry()
    with django_assert_max_num_queries(24):  # session, member and savepoints included
        client.post(url(entry), form_of(entry, **ON_TRACK))
