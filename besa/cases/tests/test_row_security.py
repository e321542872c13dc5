"""The second wall: PostgreSQL gives a reader the rows of her cases, and nothing to anybody whom it does not know."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.db.utils import ProgrammingError

from besa.cases import row_security
from besa.cases.actions import glass, people_on_it, reading
from besa.cases.middleware import reader_of
from besa.cases.models import Case
from besa.cases.tests import guard
from besa.cases.tests.factory import agree, make_case
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.people.models import Paper, Person
from besa.vault import row_context
from conftest import MakeMember

pytestmark = [
    pytest.mark.django_db(databases=["default", "keystore"]),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone has row-level security"),
]


@pytest.fixture
def walled(db: None) -> None:
    guard.install()


def seen(model: type[Model]) -> int:
    return model._default_manager.count()


def test_who_is_not_known_has_no_row(walled: None, make_member: MakeMember) -> None:
    make_case(make_member("municipality"))
    with guard.as_application():
        assert {model: seen(model) for model in row_security.conditions()} == dict.fromkeys(
            row_security.conditions(), 0
        )


@pytest.fixture
def elsewhere(db: None) -> Agency:
    return Agency.objects.create(code="ELSEWHERE", name_en="Elsewhere", name_sq="Gjetkë", kind="police")


def rows_of(member: Membership, at: datetime | None = None) -> tuple[int, int, int]:
    with guard.as_application(), row_context.reading_as(reader_of(member), at or clock.now()):
        return seen(Case), seen(Person), seen(Paper)


def test_each_reader_has_the_rows_of_her_cases(walled: None, make_member: MakeMember, elsewhere: Agency) -> None:
    worker, officer = make_member("municipality"), make_member("data_protection")
    stranger = make_member("police", agency=elsewhere)
    make_case(worker)
    assert rows_of(worker) == rows_of(officer) == (1, 1, 1)
    assert rows_of(stranger) == (0, 0, 0)


def test_the_database_agrees_with_the_page(walled: None, make_member: MakeMember, elsewhere: Agency) -> None:
    """Every relation, given and over."""
    worker = make_member("municipality")
    case, now = make_case(worker), clock.now()
    later = now + timedelta(days=20)
    guest, officer = make_member("shelter", agency=elsewhere), make_member("border_police", agency=elsewhere)
    agree(case, worker, "names", purpose="contact", at=now)
    people_on_it.share(
        case=case,
        agency=elsewhere,
        purpose="contact",
        groups=["names"],
        until_at=now + timedelta(days=10),
        by=worker,
        at=now,
    )
    assert rows_of(guest, now) == (1, 1, 1)
    assert rows_of(guest, later) == (0, 0, 0)
    glass.break_glass(case=case, reason="danger", words="He is on the way to her.", by=officer, at=later)
    assert rows_of(officer, later) == (1, 1, 1)
    assert rows_of(officer, later + timedelta(minutes=61)) == (0, 0, 0)
    people_on_it.declare_conflict(
        case=case, user=worker.user, reason="family", by=make_member("data_protection"), at=now
    )
    assert rows_of(worker) == (0, 0, 0)
    assert not Case.objects.visible_to(worker, now).exists()


def test_acts_work_as_the_application(walled: None, make_member: MakeMember, elsewhere: Agency) -> None:
    worker, officer, now = make_member("municipality"), make_member("police", agency=elsewhere), clock.now()
    with guard.as_application(), row_context.reading_as(reader_of(worker), now):
        case, now = make_case(worker), clock.now()
        assert reading.reveal(case=case, purpose="contact", by=worker, at=now).identity.fields["surname"] == "Gjonaj"
    with guard.as_application(), row_context.reading_as(reader_of(officer), now):
        assert not Case.objects.exists()
        glass.break_glass(case=case, reason="danger", words="He is on the way to her.", by=officer, at=now)
        assert Case.objects.count() == 1
        assert reading.reveal(case=case, purpose="emergency", by=officer, at=now).identity.fields["surname"] == "Gjonaj"


def test_the_application_cannot_read_the_secret(walled: None) -> None:
    for statement in (
        "SELECT * FROM besa_guard.secret",
        "DELETE FROM besa_guard.secret",
        "ALTER TABLE cases_case DISABLE ROW LEVEL SECURITY",
    ):
        with (
            guard.as_application(),
            pytest.raises(ProgrammingError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_token_dies_with_its_transaction_and_cannot_be_made(walled: None, make_member: MakeMember) -> None:
    worker, now = make_member("municipality"), clock.now()
    make_case(worker)
    right = row_context.token(b"k" * 32, reader_of(worker), now, 1, "transaction:1")
    with guard.as_application(), row_context.reading_as(reader_of(worker), now), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('besa.token')")
        (held,) = cursor.fetchone()
        assert seen(Case) == 1
        parts = held.split("|")
        forged = [right, "", "x", "|" * 8, held[:-1], held + "0", *(_changed(parts, place) for place in range(9))]
        for wrong in forged:
            cursor.execute("SELECT set_config('besa.token', %s, true)", [wrong])
            assert seen(Case) == 0, wrong
        cursor.execute("SELECT set_config('besa.token', %s, true)", [held])
        assert seen(Case) == 1


def _changed(parts: list[str], place: int) -> str:
    return "|".join([*parts[:place], parts[place] + "1", *parts[place + 1 :]])
