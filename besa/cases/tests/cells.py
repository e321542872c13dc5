"""Every cell of role x deed x stance x state in the database: one member of each role, one case for each stance and state."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from besa.cases.models import Case, Compartment, Conflict, Custodian, Glass, Share, TeamMember
from besa.cases.numbers import new_number
from besa.cases.tests.oracle import STANCES, Stance
from besa.directory.access import ROLES
from besa.directory.case_policy import STATES
from besa.directory.models import Agency, Membership, Place, User
from besa.people.models import Person
from besa.vault import cells as vault
from besa.vault import keystore


@dataclass(frozen=True)
class Cells:
    """The members by role, and the cases by stance and state: each member stands so to each of them."""

    members: dict[str, Membership]
    cases: dict[tuple[str, str], Case]
    at: datetime

    def __iter__(self) -> Iterator[tuple[str, Membership, str, str, Case]]:
        for role, member in self.members.items():
            for (stance, state), case in self.cases.items():
                yield role, member, stance, state, case


def build(at: datetime) -> Cells:
    """Rows made past the actions, since no action leads to most of these cells."""
    qark = Place.objects.create(code="AL-Q1", kind="qark", name_en="Q1", name_sq="Q1")
    owner = Agency.objects.create(code="OWNER", name_en="Owner", name_sq="Zotëruesi", kind="municipality")
    unit = Agency.objects.create(code="UNIT", name_en="Unit", name_sq="Njësia", kind="police")
    members = {role: _member(role, unit, qark) for role in ROLES}
    opener = _member("municipality", owner, None)
    compartment = Compartment.objects.create(code="c", name_en="C", name_sq="C", created_at=at)
    for member in members.values():
        Custodian.objects.create(
            compartment=compartment, membership=member, state="active", from_at=at, until_at=at + timedelta(days=1),
            proposed_by=opener.user, proposed_at=at, decided_by=member.user, decided_at=at,
        )  # fmt: skip
    hidden = Compartment.objects.create(code="hidden", name_en="H", name_sq="H", created_at=at)
    cases = {}
    for name, stance in STANCES.items():
        for state in STATES:
            case = _case(stance, state, owner, unit, qark, opener, at, compartment if stance.custodian else hidden)
            for member in members.values():
                _stand(member, case, stance, at)
            if stance.shared:
                Share.objects.create(
                    case=case, agency=unit, groups=["names"], purpose="contact", from_at=at,
                    until_at=at + timedelta(days=1), given_by=opener,
                )  # fmt: skip
            cases[name, state] = case
    return Cells(members, cases, at)


def _member(role: str, agency: Agency, place: Place | None) -> Membership:
    user = User.objects.create_user(f"{role}.{agency.code.lower()}@example.org", name=f"A person who is {role}")
    return Membership.objects.create(
        user=user, agency=agency, role=role, place=place, from_on=date(2008, 7, 1), until_on=date(2010, 1, 1),
        state="active", proposed_at=datetime.fromisoformat("2008-07-01T00:00+00:00"),
        decided_at=datetime.fromisoformat("2008-07-01T00:00+00:00"),
    )  # fmt: skip


def _case(
    stance: Stance, state: str, owner: Agency, unit: Agency, qark: Place, opener: Membership, at: datetime,
    compartment: Compartment,
) -> Case:  # fmt: skip
    is_erased = state == "erased"
    scope = uuid.uuid4() if is_erased else keystore.new_scope(at=at)
    subject = Person(scope=scope, created_at=at)
    case = Case(
        scope=scope, number=new_number(), kind="victim", state=state, owner=unit if stance.same_unit else owner,
        qark=qark if stance.same_qark else None, subject=subject, opened_at=at, opened_by=opener,
        closed_at=at if state == "closed" else None, closing="lost" if state == "closed" else "",
        compartment=compartment if stance.sealed else None,
    )  # fmt: skip
    if not is_erased:
        vault.seal(subject, surname="Gjonaj", given_names="Lule", birth_date="1993-04-02")
        vault.seal(case, summary="Found at the border.")
    subject.save(force_insert=True)
    case.save(force_insert=True)
    return case


def _stand(member: Membership, case: Case, stance: Stance, at: datetime) -> None:
    end = at + timedelta(days=1)
    if stance.on_team:
        TeamMember.objects.create(
            case=case, membership=member, is_lead=stance.leads, from_at=at, until_at=end, added_by=member
        )
    if stance.conflict:
        Conflict.objects.create(case=case, user=member.user, reason="other", declared_by=member, declared_at=at)
    if stance.glass:
        Glass.objects.create(
            scope=case.scope, case=case, membership=member, reason="danger", state="opened", asked_at=at, from_at=at,
            until_at=end,
        )  # fmt: skip
