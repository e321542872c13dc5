"""What the Office may send back, and what it sees."""

from __future__ import annotations

import pytest

from besa.lib.refusal import Refused
from besa.reporting import queries
from besa.reporting.actions.returns import accept, send_back, submit
from besa.reporting.models import Entry, Remark
from besa.reporting.tests.factory import AT, TODAY, World


def give_back(world: World, remarks: list[tuple[Entry, str, str]]) -> None:
    send_back(item=world.item(), remarks=remarks, by=world.coordinator, at=AT, today=TODAY)


def test_a_return_is_sent_back_for_fields_with_reasons(opened: World) -> None:
    opened.submitted()
    entry = opened.entry()
    with pytest.raises(Refused, match="at least one"):
        give_back(opened, [])
    with pytest.raises(Refused, match="reason"):
        give_back(opened, [(entry, "done", "  ")])
    with pytest.raises(Refused, match="fields"):
        give_back(opened, [(entry, "revision", "Wrong")])
    assert not Remark.objects.exists()
    assert opened.item().state == "submitted"
    give_back(opened, [(entry, "evidence", "Add the list of participants")])
    assert opened.item().state == "sent_back"


def test_a_contribution_is_sent_back_for_its_own_fields(opened: World) -> None:
    opened.submitted("MOLSA")
    contribution = opened.entry("MOLSA", "I.1.(a).1")
    with pytest.raises(Refused):
        send_back(
            item=opened.item("MOLSA"),
            remarks=[(contribution, "status", "Choose")],
            by=opened.coordinator,
            at=AT,
            today=TODAY,
        )


def test_remarks_belong_to_the_return_that_is_sent_back(opened: World) -> None:
    opened.submitted()
    with pytest.raises(Refused):
        give_back(opened, [(opened.entry("MOLSA", "I.1.(a).2"), "done", "Somebody else's")])
    assert not Remark.objects.exists()


def test_an_accepted_return_can_be_sent_back_while_the_round_is_open(opened: World) -> None:
    opened.accepted()
    give_back(opened, [(opened.entry(), "done", "A mistake was found")])
    assert opened.item().state == "sent_back"
    submit(item=opened.item(), by=opened.focal, at=AT, today=TODAY)
    accept(item=opened.item(), by=opened.coordinator, at=AT, today=TODAY)
    assert opened.item().version == 2


def test_partners_are_heard_when_they_have_handed_in(opened: World) -> None:
    lead = opened.entry()
    round = opened.rounds["2009Q2"]
    opened.write(opened.entry("MOLSA", "I.1.(a).1"), by=opened.other, done="We lent a room")
    drafted = queries.contributions_to([lead.activity_id], round)[lead.activity_id]
    assert (drafted.entries, drafted.silent) == ([], ["Agency MOLSA"])
    opened.submitted("MOLSA")
    heard = queries.contributions_to([lead.activity_id], round)[lead.activity_id]
    assert ([entry.done for entry in heard.entries], heard.silent) == (["We lent a room"], [])


def test_latest_status_leaves_drafts_out(opened: World) -> None:
    entry = opened.entry()
    opened.write(entry, status="on_track")
    assert queries.latest_status([entry.activity_id]) == {}
    opened.submitted(status="on_track")
    latest = queries.latest_status([entry.activity_id])[entry.activity_id]
    assert (latest.code, latest.period) == ("on_track", "2009Q2")
