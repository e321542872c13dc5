"""Who may do what to a return: every action x state of the return x round x role x institution, against an oracle by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from besa.audit.models import Event
from besa.directory.access import ROLES
from besa.directory.access import Permission as P
from besa.directory.models import Membership
from besa.lib.refusal import Refused
from besa.plan.models import Activity
from besa.reporting import excel, queries, rules
from besa.reporting.actions import returns as actions
from besa.reporting.actions.rounds import lock_round
from besa.reporting.models import Entry, Evidence, Remark, Return, Round, Submission
from besa.reporting.tests.factory import AT, Q2, TODAY, World, every_member

STATES = ("draft", "submitted", "sent_back", "accepted", "locked")

# --- the oracle, by hand: not derived from access.py, rules.py or workflow.py

WRITERS = {"focal_point", "rcat", "shelter", "responsible_authority", "coordinator"}
REVIEWERS = {"coordinator"}
READERS = {"national_coordinator", "committee", "statistician", "donor", "municipality", "system_admin"}
TRIED = sorted(WRITERS | REVIEWERS | READERS)


def may_write(role: str, is_own: bool, state: str, is_locked: bool) -> bool:
    return not is_locked and role in WRITERS and is_own and state in ("draft", "sent_back")


def may_send_back(role: str, is_own: bool, state: str, is_locked: bool) -> bool:
    return not is_locked and role in REVIEWERS and state in ("submitted", "accepted")


def may_accept(role: str, is_own: bool, state: str, is_locked: bool) -> bool:
    return not is_locked and role in REVIEWERS and state == "submitted"


def may_lock(role: str, is_own: bool, state: str, is_locked: bool) -> bool:
    return not is_locked and role == "coordinator"


# --- the deeds


def save_entry(world: World, by: Membership) -> None:
    entry = world.entry()
    actions.save_entry(entry=entry, values={"done": "Otherwise"}, revision=entry.revision, by=by, at=AT)


def save_entries(world: World, by: Membership) -> None:
    changes: list[tuple[Entry, dict[str, Any]]] = [(world.entry(), {"done": "Otherwise"})]
    actions.save_entries(item=world.item(), changes=changes, by=by, at=AT)


def upload(world: World, by: Membership) -> None:
    """The filled form, as the page takes it over."""
    item = world.item()
    entries = queries.entries_of(item)
    content = excel.build(item, entries, {}, "en")
    Entry.objects.filter(pk=entries[0].pk).update(done="Stored meanwhile without a revision")
    reading = excel.read(content, item, queries.entries_of(item))
    assert not reading.problems
    assert len(reading.changes) == 1
    changes = [(filled.entry, filled.values) for filled in reading.changes]
    actions.save_entries(item=item, changes=changes, by=by, at=AT)


def save_summary(world: World, by: Membership) -> None:
    actions.save_summary(item=world.item(), summary="New remarks", by=by, at=AT)


def add_evidence(world: World, by: Membership, title: str = "List of participants") -> None:
    actions.add_evidence(
        entry=world.entry(),
        file=SimpleUploadedFile("list.txt", b"who took part\n", "text/plain"),
        kind="attendance",
        title=title,
        dated_on=TODAY,
        language="en",
        by=by,
        at=AT,
    )


def remove_evidence(world: World, by: Membership) -> None:
    actions.remove_evidence(evidence=Evidence.objects.select_related("entry__to").get(), by=by, at=AT)


def submit(world: World, by: Membership) -> None:
    actions.submit(item=world.item(), by=by, at=AT, today=TODAY)


def send_back(world: World, by: Membership) -> None:
    remarks = [(world.entry(), "done", "Say how many")]
    actions.send_back(item=world.item(), remarks=remarks, by=by, at=AT, today=TODAY)


def accept(world: World, by: Membership) -> None:
    actions.accept(item=world.item(), by=by, at=AT, today=TODAY)


def lock(world: World, by: Membership) -> None:
    lock_round(round=Round.objects.get(), by=by, at=AT, today=TODAY, is_acknowledged=True)


Deed = Callable[[World, Membership], None]
Oracle = Callable[[str, bool, str, bool], bool]
DEEDS: list[tuple[Deed, Oracle]] = [
    (save_entry, may_write),
    (save_entries, may_write),
    (upload, may_write),
    (save_summary, may_write),
    (add_evidence, may_write),
    (remove_evidence, may_write),
    (submit, may_write),
    (send_back, may_send_back),
    (accept, may_accept),
    (lock, may_lock),
]


def snapshot() -> list[Any]:
    """All that a deed may change."""
    models = (Round, Return, Entry, Evidence, Remark, Submission)
    return [list(model.objects.order_by("pk").values()) for model in models] + [Event.objects.count()]


class Undo(Exception):
    """Takes back what a case has done."""


def set_up(world: World, state: str, is_locked: bool) -> None:
    """The return and its round in the wanted states, past the actions; the submitter is none of those who are tried."""
    version = 0 if state == "draft" else 1
    submitted = {"submitted_by": world.focal, "submitted_at": AT} if version else {}
    Return.objects.filter(pk=world.item().pk).update(state=state, version=version, **submitted)
    if is_locked:
        Round.objects.update(state="locked", locked_at=AT)


def is_allowed(deed: Deed, world: World, by: Membership) -> bool:
    try:
        with transaction.atomic():
            deed(world, by)
    except Refused as refused:
        if not str(refused):
            raise AssertionError("a refusal says why") from refused
        return False
    return True


@pytest.fixture
def ready(opened: World) -> World:
    """A return of the Ministry of Interior that lacks nothing, with one piece of evidence."""
    opened.fill(opened.item())
    add_evidence(opened, opened.focal, "Minutes")
    return opened


@pytest.mark.parametrize(("deed", "oracle"), DEEDS, ids=[deed.__name__ for deed, _oracle in DEEDS])
@pytest.mark.parametrize("is_locked", [False, True], ids=["open", "locked"])
def test_a_deed_is_allowed_exactly_where_it_should_be(
    ready: World, deed: Deed, oracle: Oracle, is_locked: bool
) -> None:
    people = every_member(ready, TRIED, "MOI", "MOLSA")
    wrong = []
    for state in STATES:
        for (role, code), by in people.items():
            expected = oracle(role, code == "MOI", state, is_locked)
            try:
                with transaction.atomic():
                    set_up(ready, state, is_locked)
                    before = snapshot()
                    allowed = is_allowed(deed, ready, by)
                    after = snapshot()
                    raise Undo
            except Undo:
                pass
            if allowed != expected or (before != after) != expected:
                wrong.append((role, code, state, allowed))
    assert not wrong


def test_every_role_is_known_to_the_oracle() -> None:
    """Roles that are not tried above hold none of the permissions that the deeds ask for."""
    deeds = {P.RETURN_EDIT, P.RETURN_SUBMIT, P.RETURN_REVIEW, P.ROUND_LOCK}
    assert {role for role, declared in ROLES.items() if declared.permissions & deeds} == WRITERS | REVIEWERS


def test_nobody_reviews_what_she_submitted(ready: World) -> None:
    """Not even in another role: the person counts, not the membership."""
    ready.submitted("ONAC")
    item = ready.item("ONAC")
    submitter = ready.coordinator
    submitter.user = item.submitted_by.user  # type: ignore[union-attr]
    submitter.save()
    remarks = [(item.entries.select_related("activity").get(activity__identifier="II.1.(a).2"), "done", "More")]
    with pytest.raises(Refused, match="yourself"):
        actions.accept(item=item, by=submitter, at=AT, today=TODAY)
    with pytest.raises(Refused, match="yourself"):
        actions.send_back(item=item, remarks=remarks, by=submitter, at=AT, today=TODAY)
    assert ready.item("ONAC").state == "submitted"


# --- what is missing


def entry_of(is_lead: bool = True, due: str | None = None, **values: Any) -> Entry:
    due_on = None if due is None else Q2.end if due == "in" else Q2.next().end
    return Entry(activity=Activity(identifier="I.1", due_on=due_on), is_lead=is_lead, **values)


def missing(entry: Entry) -> set[str]:
    return {problem.field for problem in rules.problems_of(entry, Q2)}


SAID: dict[str, Any] = {
    "done": "d",
    "outputs": "o",
    "obstacle_type": "money",
    "obstacle": "b",
    "way_forward": "w",
    "next_plan": "n",
}
NEEDED = {
    "": {"status"},
    "not_due": set(),
    "on_track": {"done", "next_plan"},
    "completed": {"done", "outputs"},
    "delayed": {"obstacle_type", "obstacle", "way_forward", "next_plan"},
    "constrained": {"obstacle_type", "obstacle", "way_forward", "next_plan"},
    "dropped": {"obstacle_type", "obstacle"},
}


@pytest.mark.parametrize("status", NEEDED)
def test_each_status_asks_for_its_fields(status: str) -> None:
    assert missing(entry_of(status=status)) == NEEDED[status]
    if status not in ("", "not_due"):
        assert not missing(entry_of(status=status, **SAID))
        blank: dict[str, Any] = dict.fromkeys(SAID, " ")
        assert missing(entry_of(status=status, **blank)) >= NEEDED[status] - {"obstacle_type"}


@given(
    st.sampled_from([status for status in NEEDED if status not in ("", "not_due")]),
    st.sets(st.sampled_from(sorted(SAID))),
)
def test_what_is_missing_is_what_is_needed_and_not_said(status: str, said: set[str]) -> None:
    entry = entry_of(status=status, **{name: SAID[name] for name in said})
    assert missing(entry) == NEEDED[status] - said


def test_not_due_is_for_what_comes_later() -> None:
    assert missing(entry_of(status="not_due", due="in")) == {"status"}
    assert not missing(entry_of(status="not_due", due="later"))
    assert missing(entry_of(status="not_due", due="later", done="A training")) == {"status"}


def test_a_partner_may_report_nothing() -> None:
    assert not missing(entry_of(is_lead=False))
    assert missing(entry_of(is_lead=False, money_source="donor")) == {"spent"}
