"""What hangs on a case, one of each kind, made by people who have no part in what is asked: the things that acts are done with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from besa.cases.actions.exports import digest_of
from besa.cases.models import (
    Appeal,
    Attachment,
    Case,
    Clock,
    Conference,
    Conflict,
    Consent,
    Determination,
    Erasure,
    Export,
    Facts,
    Glass,
    Hold,
    Leg,
    Match,
    Merge,
    Note,
    Override,
    Retrafficking,
    Share,
    Task,
    TeamMember,
)
from besa.cases.numbers import new_number
from besa.directory.models import Agency, Membership, User
from besa.people.models import Person
from besa.vault import cells, keystore

KEY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"  # of a recipient of exports


@dataclass(frozen=True)
class Cast:
    """People of other institutions: a worker, one who keeps sealed cases, one who broke the glass; and whom things are given to."""

    worker: Membership
    keeper: Membership
    police: Membership
    conflicted: User
    guest: Agency

    @classmethod
    def come(cls) -> Cast:
        there = Agency.objects.create(code="THERE", name_en="There", name_sq="Atje", kind="municipality")
        guest = Agency.objects.create(code="GUEST", name_en="Guest", name_sq="Mysafiri", kind="shelter")
        member("shelter", guest)
        return cls(
            worker=member("municipality", there),
            keeper=member("witness_protection", there),
            police=member("police", there),
            conflicted=member("consulate", there).user,
            guest=guest,
        )


def member(role: str, agency: Agency) -> Membership:
    """Somebody who holds the role for the agency."""
    user = User.objects.create_user(f"{role}.{agency.code.lower()}@things.example.org", name=f"{role} of {agency.code}")
    said = datetime.fromisoformat("2008-07-01T00:00+00:00")
    return Membership.objects.create(
        user=user, agency=agency, role=role, from_on=date(2008, 7, 1), until_on=date(2010, 1, 1), state="active",
        proposed_at=said, decided_at=said,
    )  # fmt: skip


def hang(case: Case, cast: Cast, at: datetime) -> dict[str, Any]:
    """One of each on the case; gives their keys by what they are called in addresses."""
    end, by = at + timedelta(days=1), cast.worker
    made = {
        "team": TeamMember(case=case, membership=by, from_at=at, until_at=end, added_by=by),
        "share": Share(
            case=case, agency=cast.guest, groups=["names"], purpose="contact", from_at=at, until_at=end, given_by=by
        ),
        "conflict": Conflict(case=case, user=cast.conflicted, reason="other", declared_by=by, declared_at=at),
        "hold": Hold(case=case, reason="court", asked_by=by, asked_at=at),
        "erasure": Erasure(case=case, reason="wish", asked_by=by, asked_at=at),
        "export": Export(
            cases=[str(case.pk)], versions=digest_of([case]), groups=["names"], purpose="contact", kind="csv",
            recipient="The court", recipient_key=KEY, asked_by=by, asked_at=at,
        ),
        **_sealed(case, cast, at, end),
        "leg": Leg(case=case, position=1, kind="transit", country="ITA", recorded_at=at, recorded_by=by),
        "determination": Determination(
            scope=case.scope, case=case, status="potential", basis="screening", decided_on=date(2009, 1, 10), body=by.agency,
            decider=by, recorded_at=at, recorded_by=by,
        ),
        "facts": Facts(scope=case.scope, case=case, recorded_at=at, recorded_by=by),
    }  # fmt: skip
    made["appeal"] = Appeal(
        determination=made["determination"], lodged_on=date(2009, 1, 12), recorded_at=at, recorded_by=by
    )
    made |= _work(case, cast, at)
    made |= _pairs(case, cast, at)
    for row in made.values():
        row.save(force_insert=True)
    return {name: row.pk for name, row in made.items()}


def _pairs(case: Case, cast: Cast, at: datetime) -> dict[str, Any]:
    """Another case that may be of the same person, and what is asked and done about both."""
    other = Case.objects.create(
        scope=uuid.uuid4(), number=new_number(), kind="victim", owner=cast.guest, opened_at=at, opened_by=cast.worker,
        subject=Person.objects.create(scope=uuid.uuid4(), created_at=at),
    )  # fmt: skip
    first, second = sorted((case, other), key=lambda one: one.pk)
    asked: dict[str, Any] = {"kept": case, "asked_by": cast.keeper, "asked_at": at}
    third = Case.objects.create(
        scope=uuid.uuid4(), number=new_number(), kind="victim", owner=cast.guest, opened_at=at, opened_by=cast.worker,
        subject=Person.objects.create(scope=uuid.uuid4(), created_at=at),
    )  # fmt: skip
    return {
        "match": Match(case=first, other=second, score=70, found_at=at),
        "merge": Merge(**asked, merged=other),
        "merged": Merge(**asked, merged=third, state="merged", confirmed_by=cast.worker, confirmed_at=at),
        "again": Retrafficking(earlier=other, later=case, recorded_by=cast.worker, recorded_at=at),
    }


def _sealed(case: Case, cast: Cast, at: datetime, end: datetime) -> dict[str, Any]:
    scope = keystore.new_scope(at=at) if case.state != "erased" else uuid.uuid4()
    glass = Glass(
        scope=case.scope, case=case, membership=cast.police, reason="danger", state="opened", asked_at=at, from_at=at,
        until_at=end,
    )  # fmt: skip
    note = Note(scope=case.scope, case=case, author=cast.worker, written_at=at)
    attachment = Attachment(
        scope=scope, case=case, media_type="text/plain", size=9, copy_size=9, scan="clean", added_by=cast.worker,
        added_at=at,
    )  # fmt: skip
    if case.state != "erased":
        cells.seal(glass, words="He is on the way to her.")
        cells.seal(note, text="She is afraid.")
        cells.seal(attachment, title="Statement", file_name="statement.txt")
    return {"glass": glass, "note": note, "attachment": attachment}


def _work(case: Case, cast: Cast, at: datetime) -> dict[str, Any]:
    """What is agreed to, what two disclose, what runs, what is to be done, conferences to come and held."""
    later, by = at + timedelta(days=60), cast.worker
    asked: dict[str, Any] = {
        "case": case, "purpose": "assistance", "recipient": cast.guest, "groups": ["names"], "reason": "danger",
        "asked_by": by, "asked_at": at, "until_at": later,
    }  # fmt: skip
    called: dict[str, Any] = {"scope": case.scope, "case": case, "called_by": by, "called_at": at}
    made: dict[str, Any] = {
        "consent": Consent(
            case=case, purpose="contact", groups=["names"], given_as="best_interests", given_on=at.date(), until_at=later,
            recorded_by=by, recorded_at=at,
        ),
        "override": Override(**asked),
        "forced": Override(**asked, state="approved", decided_by=cast.keeper, decided_at=at),
        "clock": Clock(
            case=case, kind="plan_review", agency=by.agency, started_at=at, due_at=at + timedelta(days=3)
        ),
        "conference": Conference(**called, planned_at=at),
        "held": Conference(
            **called, planned_at=at - timedelta(days=9), state="held", held_at=at - timedelta(days=9), present=[by.agency_id]
        ),
        "task": Task(scope=case.scope, case=case, assigned_to=by, due_on=later.date(), made_by=by, made_at=at),
    }  # fmt: skip
    if case.state != "erased":
        cells.seal(made["task"], title="Find a doctor.")
        for name in ("conference", "held"):
            cells.seal(made[name], agenda="Where she can live.", minutes="She wants to stay.")
    return made
