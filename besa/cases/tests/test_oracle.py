"""Every cell of role x deed x stance x state against the oracle: for one case, for lists, and in the database's own wall."""

from __future__ import annotations

import pytest
from django.db import connection

from besa.cases import policy
from besa.cases.middleware import reader_of
from besa.cases.models import Case, TeamMember
from besa.cases.tests import cells, guard, oracle
from besa.directory.case_policy import Deed
from besa.lib import clock
from besa.vault import row_context

pytestmark = [
    pytest.mark.django_db(databases=["default", "keystore"]),
]


@pytest.fixture
def world(db: None) -> cells.Cells:
    return cells.build(clock.now())


def test_the_oracle_speaks_of_every_deed() -> None:
    assert set(oracle.ASK) == {deed.value for deed in Deed}


def test_one_case_and_lists_are_as_the_oracle_says(world: cells.Cells) -> None:
    """Of one case, in a list of cases, and in a list of rows that name a case."""
    wrong, number = [], 0
    (member, *_others), at = world.members.values(), world.at
    over = {"membership": member, "added_by": member, "from_at": at, "until_at": at, "ended_at": at}
    TeamMember.objects.bulk_create(TeamMember(case=case, **over) for case in Case.objects.all())
    listed = {
        (role, deed): set(Case.objects.allowing(member, deed, world.at).values_list("pk", flat=True))
        for role, member in world.members.items()
        for deed in Deed
    }
    named = {
        (role, deed): set(
            TeamMember.objects.filter(policy.allowed(member, deed, world.at, named="case")).values_list(
                "case", flat=True
            )
        )
        for role, member in world.members.items()
        for deed in Deed
    }
    for role, member, stance, state, case in world:
        standing = policy.standing(member, case, world.at)
        for deed in Deed:
            number += 1
            expected = oracle.may(role, deed.value, oracle.STANCES[stance], state)
            found = (standing.may(deed), case.pk in listed[role, deed], case.pk in named[role, deed])
            if found != (expected, expected, expected):
                wrong.append((role, deed.value, stance, state, expected, found))
    assert wrong == []
    assert number >= 30_000


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone has row-level security")
def test_the_database_shows_what_the_oracle_says(db: None) -> None:
    guard.install()
    world, wrong = cells.build(clock.now()), []
    for role, member in world.members.items():
        with guard.as_application(), row_context.reading_as(reader_of(member), world.at):
            seen = set(Case.objects.values_list("pk", flat=True))
        for (stance, state), case in world.cases.items():
            expected = oracle.may(role, "case_view", oracle.STANCES[stance], state)
            if (case.pk in seen) != expected:
                wrong.append((role, stance, state, expected))
    assert wrong == []
