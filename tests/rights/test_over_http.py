"""Rights over HTTP: a sample of the cells that `benchmarks/reliability/oracle_http.py` asks all; and which page does which deed."""

from __future__ import annotations

import pytest
from django.db import connection

from besa.cases.tests import guard
from besa.directory.case_policy import Deed
from besa.lib import clock
from tests.architecture.endpoints import endpoints
from tests.rights import over_http
from tests.rights.doors import APART, DOORS, NO_DOOR

pytestmark = [
    pytest.mark.django_db(databases=["default", "keystore"]),
]
SEED = 2009


def test_every_deed_names_its_door() -> None:
    deeds = {deed.value for deed in Deed}
    assert DOORS.keys() | NO_DOOR.keys() == deeds, "name the page of a new deed in tests/rights/doors.py"
    assert not DOORS.keys() & NO_DOOR.keys()
    asked = {str(getattr(end.view, "permission", "")) for end in endpoints()}
    assert NO_DOOR.keys() & asked == set(), "there is a page now; name it in tests/rights/doors.py"


def test_every_page_of_a_case_is_the_door_of_a_deed() -> None:
    named = {door.name for doors in DOORS.values() for door in doors} | APART.keys()
    pages = {end.name for end in endpoints() if "number" in end.arguments and "/cases/" in end.route}
    assert pages - named == set(), "say in tests/rights/doors.py which deed is done there"


def test_the_sample_meets_every_role_stance_and_state() -> None:
    chosen, every = ({cell for cell, _door in asked} for asked in (over_http.sample(SEED), over_http.questions()))
    for one, other in ((0, 1), (1, 2), (1, 3)):
        assert {(cell[one], cell[other]) for cell in chosen} == {(cell[one], cell[other]) for cell in every}


def test_a_sample_of_the_cells_is_as_the_oracle_says(db: None) -> None:
    if connection.vendor == "postgresql":
        guard.install()
    world = over_http.build(clock.now())
    with over_http.unwritten(), guard.as_application():
        assert list(over_http.wrong(world, over_http.sample(SEED))) == []
