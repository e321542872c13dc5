"""A case, who leads it, and another institution."""

from __future__ import annotations

import pytest

from besa.cases.models import Case
from besa.cases.tests.factory import make_case
from besa.directory.models import Agency, Membership
from conftest import MakeMember


@pytest.fixture
def worker(make_member: MakeMember) -> Membership:
    return make_member("municipality")


@pytest.fixture
def case(worker: Membership) -> Case:
    return make_case(worker)


@pytest.fixture
def elsewhere() -> Agency:
    return Agency.objects.create(code="VATRA", name_en="Vatra", name_sq="Vatra", kind="shelter", is_reporting=False)
