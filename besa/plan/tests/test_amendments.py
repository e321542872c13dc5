"""Amendments: what changes is said before and after, decided by a body, and no past text is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from besa.audit.actions import SYSTEM
from besa.audit.models import Event
from besa.directory.models import Body, Membership
from besa.lib.refusal import Conflict, Refused
from besa.notices.models import Notice
from besa.plan import amendments
from besa.plan.actions import load_plan, sha256_of
from besa.plan.models import Activity, Amendment, Objective, Plan, PlanVersion
from besa.plan.tests.factory import content_of_small, make_agencies
from besa.plan.versions import Change, content_of, diff
from besa.plan.workflow import AMENDMENT

AT = datetime(2009, 7, 6, 9, tzinfo=UTC)
State = Amendment.State
TIMELINE = {
    "target": "I.1.(a).1", "field": "timeline", "before": ["Mid 2009", "Ongoing"], "after": ["End 2009"]
}  # fmt: skip
NEW_ROW = {
    "target": "I.1.(a).1.2",
    "field": "added",
    "before": None,
    "after": {
        "objective": "I.1.(a)",
        "parent": "I.1.(a).1",
        "text": "Translate the manual",
        "responsible": ["ASP"],
        "timeline": ["2010"],
    },
}


@dataclass
class World:
    plan: Plan
    body: Body
    coordinator: Membership
    decider: Membership

    def draft(self, *changes: dict[str, Any]) -> Amendment:
        return amendments.draft(
            plan=self.plan, title="Later", reason="The law is late", changes=list(changes), by=self.coordinator, at=AT
        )

    def proposed(self, *changes: dict[str, Any]) -> Amendment:
        return amendments.propose(amendment=self.draft(*changes), by=self.coordinator, at=AT)

    def adopt(self, amendment: Amendment, **values: Any) -> PlanVersion:
        decision: dict[str, Any] = {
            "body": self.body,
            "decision_number": "7",
            "decided_on": date(2009, 7, 1),
            "by": self.decider,
            "at": AT,
        }
        return amendments.adopt(amendment=amendment, **(decision | values))


@pytest.fixture
def world(make_member: Callable[..., Membership]) -> World:
    make_agencies()
    plan, _said = load_plan(content_of_small(), by=SYSTEM, at=AT)
    body = Body.objects.create(code="SCFTHB", name_en="State Committee", name_sq="Komiteti Shtetëror", level="national")
    return World(plan, body, make_member("coordinator"), make_member("national_coordinator"))


def _row(identifier: str = "I.1.(a).1") -> Activity:
    return Activity.objects.get(identifier=identifier)


def test_import_makes_version_one(world: World) -> None:
    version = PlanVersion.objects.get()
    assert (version.number, version.in_force_from, version.amendment) == (1, date(2009, 1, 1), None)
    assert version.sha256 == sha256_of(version.content)


def test_adopt_makes_the_next_version_and_keeps_the_row(world: World) -> None:
    before = _row()
    version = world.adopt(world.proposed(TIMELINE))
    after = _row()
    assert after.pk == before.pk
    assert (before.due_on, after.due_on) == (date(2009, 6, 30), date(2009, 12, 31))
    assert [entry.text for entry in after.timeline.all()] == ["End 2009"]
    assert (version.number, version.in_force_from) == (2, date(2009, 7, 1))
    world.plan.refresh_from_db()
    assert world.plan.current_version == 2
    first, second = content_of(world.plan, 1), content_of(world.plan, 2)
    assert diff(first, second) == [Change("I.1.(a).1", "timeline", TIMELINE["before"], TIMELINE["after"])]
    assert content_of(world.plan) == second
    assert version.sha256 == sha256_of(second)
    decided = version.amendment
    assert decided is not None
    assert (decided.state, decided.decision_number, decided.body) == (State.ADOPTED, "7", world.body)


def test_adopt_adds_and_removes_rows(world: World) -> None:
    world.adopt(world.proposed(NEW_ROW))
    new = _row("I.1.(a).1.2")
    assert (new.first_version, new.parent, new.code) == (2, _row(), "1.(a).1.2")
    assert [row.identifier for row in Objective.objects.get(code="I.1.(a)").activities.all()] == [
        "I.1.(a).1", "I.1.(a).1.1", "I.1.(a).1.2",
    ]  # fmt: skip
    (change,) = diff(content_of(world.plan, 1), content_of(world.plan, 2))
    removal = {"target": "I.1.(a).1.2", "field": "removed", "before": change.after, "after": None}
    world.adopt(world.proposed(removal))
    new.refresh_from_db()
    assert new.last_version == 2
    assert new.duties.exists()  # what was, remains readable
    assert content_of(world.plan, 1) | {"plan": 0} == content_of(world.plan, 3) | {"plan": 0}
    with pytest.raises(Refused, match="was taken out"):
        world.adopt(world.proposed(NEW_ROW))


def test_agencies_follow_the_responsible(world: World) -> None:
    change = {
        "target": "I.1.(b).1",
        "field": "responsible",
        "before": ["Ministry of Interior"],
        "after": ["ASP", "MoI"],
    }
    world.adopt(world.proposed(change))
    assert [duty.agency.code for duty in _row("I.1.(b).1").duties.order_by("position")] == ["ASP", "MOI"]


def test_heads_are_amended(world: World) -> None:
    change = {
        "target": "I.1.(a)",
        "field": "title",
        "before": "Better investigations",
        "after": "Faster investigations",
    }
    world.adopt(world.proposed(change))
    assert Objective.objects.get(code="I.1.(a)").title_en == "Faster investigations"
    assert "faster investigations" in _row().search_en


def test_second_amendment_of_the_same_field_is_refused_and_changes_nothing(world: World) -> None:
    first, second = world.proposed(TIMELINE), world.proposed(TIMELINE | {"after": ["2010"]})
    world.adopt(first)
    with pytest.raises(Conflict, match=r"“timeline” of I.1.\(a\).1 .* Amendment 1 has changed it in version 2"):
        world.adopt(second)
    second.refresh_from_db()
    assert second.state == State.PROPOSED
    assert PlanVersion.objects.count() == 2
    assert _row().due_on == date(2009, 12, 31)


def test_amendments_of_different_fields_follow_each_other(world: World) -> None:
    text = {"target": "I.1.(a).1", "field": "text", "before": "Train investigators", "after": "Train prosecutors"}
    first, second = world.proposed(TIMELINE), world.proposed(text)
    world.adopt(second)
    world.adopt(first)
    assert (_row().text_en, _row().due_on) == ("Train prosecutors", date(2009, 12, 31))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (TIMELINE | {"before": ["Mid 2009"]}, "does not read"),
        (TIMELINE | {"after": TIMELINE["before"]}, "not changed"),
        (TIMELINE | {"after": ["some day"]}, "would not be sound: I.1.* timeline"),
        (TIMELINE | {"target": "I.9"}, "no row"),
        (TIMELINE | {"field": "id"}, "cannot be amended"),
        (TIMELINE | {"field": "colour"}, "cannot be amended"),
        ({"target": "I.1.(a).1", "field": "removed", "before": {}, "after": None}, "would not be sound"),
        ({"target": "I.1.(a)", "field": "removed", "before": {}, "after": None}, "heading"),
        (NEW_ROW | {"target": "I.1.(a).1"}, "already has"),
        (NEW_ROW | {"after": {"text": "x"}}, "objective"),
        ({"target": "I.1.(a).1"}, "exactly"),
    ],
)
def test_draft_that_does_not_fit_is_refused(world: World, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        world.draft(change)
    assert not Amendment.objects.exists()


def test_draft_needs_a_change_and_a_reason(world: World) -> None:
    with pytest.raises(Refused, match="at least one"):
        world.draft()
    with pytest.raises(Refused, match="twice"):
        world.draft(TIMELINE, TIMELINE)
    with pytest.raises(Refused, match="reason"):
        amendments.draft(plan=world.plan, title="x", reason=" ", changes=[TIMELINE], by=world.coordinator, at=AT)


def test_edit_and_withdraw(world: World, make_member: Callable[..., Membership]) -> None:
    amendment = world.draft(TIMELINE)
    values: dict[str, Any] = {"title": "Other", "reason": "Why", "changes": [TIMELINE | {"after": ["2010"]}], "at": AT}
    with pytest.raises(Refused, match="role"):
        amendments.edit(amendment=amendment, by=make_member("focal_point"), **values)
    amendments.edit(amendment=amendment, by=world.coordinator, **values)
    amendments.propose(amendment=amendment, by=world.coordinator, at=AT)
    with pytest.raises(Refused, match="Only a draft"):
        amendments.edit(amendment=amendment, by=world.coordinator, **values)
    amendments.withdraw(amendment=amendment, by=world.coordinator, at=AT)
    with pytest.raises(Refused, match="Only a proposed"):
        world.adopt(amendment)
    with pytest.raises(Refused):
        amendments.withdraw(amendment=amendment, by=world.coordinator, at=AT)


def test_decision_takes_another_person_with_the_right(world: World, make_member: Callable[..., Membership]) -> None:
    own = amendments.draft(plan=world.plan, title="x", reason="y", changes=[TIMELINE], by=world.decider, at=AT)
    amendments.propose(amendment=own, by=world.decider, at=AT)
    with pytest.raises(Refused, match="another person"):
        world.adopt(own)
    with pytest.raises(Refused, match="role"):
        world.adopt(own, by=world.coordinator)
    world.adopt(own, by=make_member("national_coordinator"))


def test_decision_is_complete(world: World) -> None:
    amendment = world.proposed(TIMELINE)
    with pytest.raises(Refused, match="number of the decision"):
        world.adopt(amendment, decision_number=" ")
    with pytest.raises(Refused, match="future"):
        world.adopt(amendment, decided_on=date(2009, 7, 7))
    assert PlanVersion.objects.count() == 1


def test_refuse_keeps_the_plan_and_says_why(world: World) -> None:
    amendment = world.proposed(TIMELINE)
    values: dict[str, Any] = {"body": world.body, "decision_number": "8", "decided_on": date(2009, 7, 1)}
    with pytest.raises(Refused, match="why"):
        amendments.refuse(amendment=amendment, reason="", by=world.decider, at=AT, **values)
    amendments.refuse(amendment=amendment, reason="No money", by=world.decider, at=AT, **values)
    amendment.refresh_from_db()
    assert (amendment.state, amendment.refusal) == (State.REFUSED, "No money")
    assert PlanVersion.objects.count() == 1


def test_events_and_notices(world: World) -> None:
    world.adopt(world.proposed(TIMELINE))
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert verbs >= {
        "plan_imported", "amendment_drafted", "amendment_proposed", "amendment_adopted", "plan_amended", "activity_amended",
    }  # fmt: skip
    told = {(notice.kind, notice.to_id) for notice in Notice.objects.all()}
    assert told == {("amendment_proposed", world.decider.pk), ("amendment_decided", world.coordinator.pk)}
    changed = Event.objects.get(verb="activity_amended")
    assert (changed.object_id, changed.fields) == (str(_row().pk), ["timeline"])


def test_replacing_a_plan_with_amendments_is_refused(world: World) -> None:
    world.draft(TIMELINE)
    content = content_of_small()
    content["plan"]["title"] = "Another"
    with pytest.raises(Refused, match="amendments"):
        load_plan(content, by=SYSTEM, at=AT, replace=True)


def test_version_that_is_not_there(world: World) -> None:
    with pytest.raises(Refused, match="no version 9"):
        content_of(world.plan, 9)


def test_workflow_ends_where_the_model_says() -> None:
    assert set(AMENDMENT.states) == set(State.values)
    assert "proposed --> adopted: adopt" in AMENDMENT.diagram()
