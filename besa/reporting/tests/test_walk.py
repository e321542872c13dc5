"""Random walks over the quarter: whatever people do in whatever order, some things always hold."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from besa.audit.models import Event
from besa.directory.models import Membership
from besa.lib.refusal import Refused
from besa.reporting.actions import returns as actions
from besa.reporting.actions.reminders import remind
from besa.reporting.actions.returns import digest_of
from besa.reporting.actions.rounds import ask_reopening, decide_reopening, lock_round
from besa.reporting.models import Entry, Remark, Reopening, Return, Round, Submission
from besa.reporting.tests.factory import AT, ON_TRACK, TODAY, World, member
from besa.reporting.workflow import RETURN, ROUND

CODES = ("MOI", "MOLSA")


def write(world: World, by: Membership, code: str, text: str) -> None:
    entry = Entry.objects.filter(to__agency__code=code, is_lead=True).select_related("to", "activity").first()
    assert entry is not None
    actions.save_entry(entry=entry, values={"done": text}, revision=entry.revision, by=by, at=AT)


def write_all(world: World, by: Membership, code: str, text: str) -> None:
    entries = world.item(code).entries.filter(is_lead=True).select_related("to", "activity")
    actions.save_entries(item=world.item(code), changes=[(entry, ON_TRACK) for entry in entries], by=by, at=AT)


def summarise(world: World, by: Membership, code: str, text: str) -> None:
    actions.save_summary(item=world.item(code), summary=text, by=by, at=AT)


def submit(world: World, by: Membership, code: str, text: str) -> None:
    actions.submit(item=world.item(code), by=by, at=AT, today=TODAY)


def send_back(world: World, by: Membership, code: str, text: str) -> None:
    entry = world.item(code).entries.filter(is_lead=True).select_related("activity").first()
    assert entry is not None
    actions.send_back(item=world.item(code), remarks=[(entry, "done", text)], by=by, at=AT, today=TODAY)


def accept(world: World, by: Membership, code: str, text: str) -> None:
    actions.accept(item=world.item(code), by=by, at=AT, today=TODAY)


def lock(world: World, by: Membership, code: str, text: str) -> None:
    lock_round(round=Round.objects.get(), by=by, at=AT, today=TODAY, is_acknowledged=True)


def ask(world: World, by: Membership, code: str, text: str) -> None:
    ask_reopening(round=Round.objects.get(), reason=text, by=by, at=AT, today=TODAY)


def decide(world: World, by: Membership, code: str, text: str) -> None:
    reopening = Reopening.objects.order_by("-pk").first()
    if reopening is not None:
        decide_reopening(reopening=reopening, is_approved=text != "no", by=by, at=AT, today=TODAY)


def open_again(world: World, by: Membership, code: str, text: str) -> None:
    world.open(by=by)


DEEDS = (write, write_all, summarise, submit, send_back, accept, lock, ask, decide, open_again)
REOPENS = {"decide"}
STEP = st.tuples(
    st.sampled_from(DEEDS),
    st.sampled_from(["focal", "other", "coordinator", "national", "second"]),
    st.sampled_from(CODES),
    st.sampled_from(["one", "two", "no"]),
)
# What usually happens, so that walks get far enough for the rest to matter.
USUAL = [(write_all, "focal", "MOI", "one"), (submit, "focal", "MOI", "one"), (accept, "coordinator", "MOI", "one")]


def contents() -> dict[str, list[Any]]:
    models = (Round, Return, Entry, Remark, Reopening, Submission)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


class Walk:
    """Takes steps and checks after each what must hold."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = {
            "focal": world.focal,
            "other": world.other,
            "coordinator": world.coordinator,
            "national": world.national,
            "second": member("coordinator", world.agencies["ONAC"]),
        }
        self.submissions: dict[int, tuple[str, str]] = {}

    def step(self, deed: Callable[..., None], who: str, code: str, text: str) -> None:
        before, events = contents(), Event.objects.count()
        try:
            with transaction.atomic():
                deed(self.world, self.people[who], code, text)
        except Refused:
            assert contents() == before, "a refusal changes nothing"
            assert Event.objects.count() == events
        after = contents()
        if after != before:
            assert Event.objects.count() > events, "every change has an event"
        self.check_moves(before, after)
        self.check_locked(before, after, deed.__name__)
        self.check_versions()

    def check_moves(self, before: dict[str, list[Any]], after: dict[str, list[Any]]) -> None:
        for name, workflow in (("Return", RETURN), ("Round", ROUND)):
            for was, now in zip(before[name], after[name], strict=False):
                assert was["state"] == now["state"] or now["state"] in workflow.moves[was["state"]].values()

    def check_locked(self, before: dict[str, list[Any]], after: dict[str, list[Any]], deed: str) -> None:
        """A locked round stays as it is until two persons have opened it."""
        if before["Round"][0]["state"] == "locked":
            if after["Round"][0]["state"] == "locked":
                for name in ("Round", "Return", "Entry", "Remark", "Submission"):
                    assert before[name] == after[name]
            else:
                last = after["Reopening"][0]
                assert last["state"] == "approved"
                assert last["asked_by_id"] != last["decided_by_id"]
                assert before["Entry"] == after["Entry"]

    def check_versions(self) -> None:
        """What was submitted never changes, and each return has as many versions as it says."""
        for submission in Submission.objects.all():
            kept = self.submissions.setdefault(submission.pk, (submission.sha256, digest_of(submission.content)))
            assert kept == (submission.sha256, digest_of(submission.content))
            assert kept[0] == kept[1]
        assert set(self.submissions) == set(Submission.objects.values_list("pk", flat=True))
        for item in Return.objects.all():
            assert sorted(item.submissions.values_list("number", flat=True)) == list(range(1, item.version + 1))
            assert item.submitted_by != item.decided_by or item.submitted_by is None
            if item.state in ("accepted", "locked"):
                assert not Remark.objects.filter(entry__to=item, settled_at__isnull=True).exists()


class Undo(Exception):
    """Takes back a whole walk."""


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(begin=st.integers(0, len(USUAL)), steps=st.lists(STEP, min_size=1, max_size=14))
def test_whatever_people_do(opened: World, begin: int, steps: list[tuple[Callable[..., None], str, str, str]]) -> None:
    with suppress(Undo), transaction.atomic():
        walk = Walk(opened)
        for step in [*USUAL[:begin], *steps]:
            walk.step(*step)
        raise Undo


def test_the_usual_way_goes_through(opened: World) -> None:
    """So that the walks above are known to get somewhere."""
    walk = Walk(opened)
    way = [
        (write_all, "focal", "MOI", "one"),
        (submit, "focal", "MOI", "one"),
        (send_back, "coordinator", "MOI", "one"),
    ]
    way += [(write, "focal", "MOI", "two"), (submit, "focal", "MOI", "one"), (accept, "second", "MOI", "one")]
    way += [(lock, "coordinator", "MOI", "one"), (write, "focal", "MOI", "no"), (ask, "coordinator", "MOI", "one")]
    way += [(decide, "coordinator", "MOI", "one"), (decide, "national", "MOI", "one")]
    for step in way:
        walk.step(*step)
    item = opened.item()
    assert (item.state, item.version) == ("accepted", 2)
    assert Round.objects.get().state == "open"
    assert not remind(today=TODAY, at=AT) or opened.item().reminders.count() == 0
