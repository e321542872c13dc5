"""A small plan, its institutions and people, as the tests of the quarter need them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from besa.directory.models import Agency, Body, Membership, User
from besa.lib.periods import Period
from besa.plan.models import Activity, Aim, Component, Duty, Objective, Plan
from besa.reporting.actions.returns import accept, save_entry, submit
from besa.reporting.actions.rounds import Opened, open_round
from besa.reporting.models import Entry, Return, Round

ZONE = ZoneInfo("Europe/Tirane")
TODAY = date(2009, 7, 6)
AT = datetime(2009, 7, 6, 9, 30, tzinfo=ZONE)
Q1, Q2 = Period.parse("2009Q1"), Period.parse("2009Q2")

# who is responsible for which activity, in the order printed; the last one was removed by an amendment
DUTIES = {
    "I.1.(a).1": ["MOI-ATU", "MOLSA"],
    "I.1.(a).2": ["MOLSA"],
    "II.1.(a).1": ["RC", "MOI"],
    "II.1.(a).2": ["DONOR"],
    "II.1.(a).3": ["RC"],
    "II.1.(a).4": ["MOI"],
    "II.1.(a).9": ["MOI"],
}
# what that means for the returns, written by hand: activity -> (lead, contributors)
EXPECTED = {
    "I.1.(a).1": ("MOI", ["MOLSA"]),
    "I.1.(a).2": ("MOLSA", []),
    "II.1.(a).1": ("MOI", ["RC-TIR", "RC-VLO"]),
    "II.1.(a).2": ("ONAC", []),
    "II.1.(a).3": ("ONAC", ["RC-TIR", "RC-VLO"]),
    "II.1.(a).4": ("MOI", []),
}
ON_TRACK = {"status": "on_track", "done": "Two trainings held", "next_plan": "Two more trainings"}


@dataclass
class World:
    """The plan, its institutions by code and one member of each kind."""

    plan: Plan
    agencies: dict[str, Agency]
    coordinator: Membership
    national: Membership
    focal: Membership  # of the Ministry of Interior
    other: Membership  # of the Ministry of Labour
    rcat: Membership
    committee: Membership
    body: Body
    rounds: dict[str, Round] = field(default_factory=dict)

    def open(self, period: Period = Q2, **more: Any) -> Opened:
        values: dict[str, Any] = {"plan": self.plan, "period": period, "by": self.coordinator, "at": AT, "today": TODAY}
        opened = open_round(**values | more)
        self.rounds[str(period)] = opened.round
        return opened

    def item(self, code: str = "MOI", period: str = "2009Q2") -> Return:
        rows = Return.objects.select_related("round__plan", "agency", "submitted_by")
        return rows.get(agency__code=code, round__period=period)

    def entry(self, code: str = "MOI", identifier: str = "I.1.(a).1", period: str = "2009Q2") -> Entry:
        rows = Entry.objects.select_related("to__round__plan", "to__agency", "activity", "updated_by__user")
        return rows.get(to__agency__code=code, to__round__period=period, activity__identifier=identifier)

    def write(self, entry: Entry, by: Membership | None = None, **values: Any) -> Entry:
        return save_entry(entry=entry, values=values, revision=entry.revision, by=by or self.focal, at=AT)

    def fill(self, item: Return, **values: Any) -> None:
        """Everything that submission asks for, past the actions."""
        for entry in item.entries.all():
            if entry.is_lead:
                Entry.objects.filter(pk=entry.pk).update(**ON_TRACK | values)

    def submitted(self, code: str = "MOI", period: str = "2009Q2", **values: Any) -> Return:
        by = self.member_of(code)
        item = self.item(code, period)
        self.fill(item, **values)
        submit(item=item, by=by, at=AT, today=TODAY)
        return self.item(code, period)

    def accepted(self, code: str = "MOI", period: str = "2009Q2", **values: Any) -> Return:
        item = self.submitted(code, period, **values)
        accept(item=item, by=self.coordinator, at=AT, today=TODAY)
        return self.item(code, period)

    def member_of(self, code: str) -> Membership:
        """Who submits for an institution; for the Office somebody other than who reviews."""
        found = Membership.objects.filter(agency__code=code, role__in=["focal_point", "rcat"]).first()
        return found or member("focal_point", self.agencies[code])


def member(role: str, agency: Agency) -> Membership:
    number = User.objects.count() + 1
    user = User.objects.create(
        email=f"{role}.{number}@example.org", name=f"{role} {number}".replace("_", " ").title(), password="!"
    )
    return Membership.objects.create(
        user=user,
        agency=agency,
        role=role,
        from_on=date(2008, 7, 1),
        state="active",
        proposed_at=AT,
        decided_at=AT,
    )


def every_member(world: World, roles: Iterable[str], *codes: str) -> dict[tuple[str, str], Membership]:
    """A member of each role for each of the agencies."""
    return {(role, code): member(role, world.agencies[code]) for role in roles for code in codes}


def make_world() -> World:
    """Two ministries (one with a unit), a group of two regional committees, a donor, and the Office that reviews."""
    agencies = _agencies()
    plan = _plan(agencies)
    body = Body.objects.create(code="SCFTHB", name_en="State Committee", name_sq="Komiteti Shtetëror", level="national")
    return World(
        plan=plan,
        agencies=agencies,
        coordinator=member("coordinator", agencies["ONAC"]),
        national=member("national_coordinator", agencies["ONAC"]),
        focal=member("focal_point", agencies["MOI"]),
        other=member("focal_point", agencies["MOLSA"]),
        rcat=member("rcat", agencies["RC-TIR"]),
        committee=member("committee", agencies["MOLSA"]),
        body=body,
    )


def _agencies() -> dict[str, Agency]:
    rows: list[tuple[str, str, str | None, dict[str, Any]]] = [
        ("MOI", "ministry", None, {}),
        ("MOI-ATU", "police", "MOI", {"is_reporting": False}),
        ("MOLSA", "ministry", None, {}),
        ("RC", "group", None, {"is_group": True, "is_reporting": False}),
        ("RC-TIR", "regional_committee", "RC", {}),
        ("RC-VLO", "regional_committee", "RC", {}),
        ("DONOR", "donor", None, {"is_reporting": False}),
        ("ONAC", "coordination_body", None, {}),
    ]
    found: dict[str, Agency] = {}
    for code, kind, parent, more in rows:
        values = {"kind": kind, "parent": found.get(parent or ""), "is_reporting": True} | more
        found[code], _is_new = Agency.objects.get_or_create(
            code=code, defaults={"name_en": f"Agency {code}", "name_sq": f"Agjencia {code}"} | values
        )
    return found


def _plan(agencies: dict[str, Agency]) -> Plan:
    plan = Plan.objects.create(
        code="TST-2008-2010",
        title_en="Plan of the tests",
        title_sq="Plani i provave",
        period_start=date(2008, 1, 1),
        period_end=date(2010, 12, 31),
        loaded_at=AT,
    )
    objectives: dict[str, Objective] = {}
    for number, code in enumerate(("I", "II"), 1):
        names = {"title_en": f"Title {code}", "title_sq": f"Titulli {code}", "position": number}
        component = Component.objects.create(plan=plan, code=code, **names)
        aim = Aim.objects.create(component=component, code=f"{code}.1", **names)
        objectives[code] = Objective.objects.create(aim=aim, code=f"{code}.1.(a)", **names)
    for position, (identifier, codes) in enumerate(DUTIES.items(), 1):
        activity = Activity.objects.create(
            plan=plan,
            objective=objectives[identifier.split(".")[0]],
            identifier=identifier,
            code=identifier,
            printed_code=identifier,
            text_en=f"Train the officers, {identifier}",
            text_sq=f"Të trajnohen oficerët, {identifier}",
            position=position,
            last_version=1 if identifier.endswith("9") else None,
            due_on=date(2010, 6, 30) if identifier.endswith("4") else date(2009, 6, 30),
        )
        for place, code in enumerate(codes):
            Duty.objects.create(activity=activity, agency=agencies[code], position=place, is_lead=place == 0)
    return plan


def many(world: World, count: int) -> None:
    """More activities for the Ministry of Interior, so that pages have long lists."""
    objective = Objective.objects.get(code="I.1.(a)", aim__component__plan=world.plan)
    for number in range(count):
        identifier = f"I.1.(a).{100 + number}"
        activity = Activity.objects.create(
            plan=world.plan,
            objective=objective,
            identifier=identifier,
            code=identifier,
            printed_code=identifier,
            text_en=f"More {number}",
            position=100 + number,
        )
        Duty.objects.create(activity=activity, agency=world.agencies["MOI"], position=0, is_lead=True)
        Duty.objects.create(activity=activity, agency=world.agencies["MOLSA"], position=1, is_lead=False)


MONEY: dict[str, Any] = {"spent": Decimal("1200.50"), "currency": "ALL", "money_source": "donor"}
