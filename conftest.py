"""Fixtures for every test: an agency, members of any role, and browsers signed in as them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings

from besa.cases.tests import guard
from besa.directory.middleware import SESSION_KEY
from besa.directory.models import Agency, Membership, User
from besa.lib import clock
from tests.rules import strict_rules

__all__ = ["agency", "client_of", "django_db_setup", "make_member", "own_ledger", "strict_rules"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a database have both, the data and the keystore."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        marked = item.get_closest_marker("django_db")
        if marked or {"db", "transactional_db"} & fixtures:
            wanted: dict[str, Any] = {
                "transaction": "transactional_db" in fixtures,
                **(marked.kwargs if marked else {}),
            }
            wanted["databases"] = ["default", "keystore"]
            item.add_marker(pytest.mark.django_db(**wanted), append=False)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The database of the tests, with the roles of the second wall."""
    with django_db_blocker.unblock():
        guard.make_roles()


MakeMember = Callable[..., Membership]
ClientOf = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def own_ledger(settings: Settings, tmp_path: Path) -> None:
    """Each test has a ledger of erasures of its own, as it has a keystore of its own."""
    settings.ERASURES = tmp_path / "erasures.jsonl"


@pytest.fixture
def agency(db: None) -> Agency:
    """A ministry that reports each quarter."""
    return Agency.objects.create(
        code="MOI", name_en="Ministry of Interior", name_sq="Ministria e Brendshme", kind="ministry", is_reporting=True
    )


@pytest.fixture
def make_member(agency: Agency) -> MakeMember:
    """`make_member(role, agency=None, **fields)`: a person who holds the role for the agency, today."""
    usual = agency

    def make(role: str, agency: Agency | None = None, **fields: Any) -> Membership:
        number = User.objects.count() + 1
        user = User.objects.create_user(
            f"{role}.{number}@example.org", name=f"{role} {number}".replace("_", " ").title()
        )
        values: dict[str, Any] = {"from_on": date(2008, 7, 1), "state": Membership.State.ACTIVE}
        values |= {"proposed_at": clock.now(), "decided_at": clock.now()} | fields
        return Membership.objects.create(user=user, agency=agency or usual, role=role, **values)

    return make


@pytest.fixture
def client_of() -> ClientOf:
    """`client_of(member)`: a test client signed in as the member."""

    def signed_in(member: Membership) -> Client:
        client = Client()
        client.force_login(member.user, backend="besa.directory.backends.PasswordBackend")
        session = client.session
        session[SESSION_KEY] = member.pk
        session.save()
        return client

    return signed_in
