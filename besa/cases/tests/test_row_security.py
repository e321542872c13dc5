"""The second wall: PostgreSQL gives a reader the rows of her cases, and nothing to anybody whom it does not know."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.db.utils import ProgrammingError

from besa.cases import row_security
from besa.cases.actions import glass, people_on_it, reading
from besa.cases.middleware import reader_of
from besa.cases.models import Case, Conflict, Custodian, Glass, Share, TeamMember
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


def application(statement: str) -> list[tuple[object, ...]]:
    """What it is answered, as the application; what it makes stays until the test ends."""
    with guard.as_application(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_the_application_makes_nothing_temporary(walled: None) -> None:
    for statement in (
        "CREATE TEMP TABLE x (id uuid)",
        "CREATE FUNCTION pg_temp.x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ):
        with pytest.raises(ProgrammingError):
            application(statement)


def test_a_temporary_thing_takes_no_real_ones_place(walled: None, make_member: MakeMember, elsewhere: Agency) -> None:
    """Were they allowed: neither a table with the reader's own rows in it nor a type that calls a function is believed."""
    case, stranger = make_case(make_member("municipality")), make_member("police", agency=elsewhere)
    with connection.cursor() as cursor:
        cursor.execute(f'GRANT TEMPORARY ON DATABASE "{connection.settings_dict["NAME"]}" TO besa_app')
        cursor.execute("DISCARD PLANS")
    for model in (TeamMember, Share, Glass, Custodian, Conflict):
        table = model._meta.db_table
        application(f"CREATE TEMP TABLE {table} (LIKE public.{table})")
        application(f"GRANT ALL ON pg_temp.{table} TO PUBLIC")
    columns = "id, case_id, membership_id, is_lead, from_at, until_at"
    said = f"'{uuid4()}', '{case.pk}', {stranger.pk}, true, '2000-01-01', '2100-01-01'"
    application("ALTER TABLE pg_temp.cases_teammember ALTER added_by_id DROP NOT NULL")
    application(f"INSERT INTO pg_temp.cases_teammember ({columns}) VALUES ({said})")  # noqa: S608
    application(
        "CREATE FUNCTION pg_temp.asked(text) RETURNS boolean LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$"
    )
    for name in ("text", "timestamptz", "record", "int8"):
        application(f"CREATE DOMAIN pg_temp.{name} AS pg_catalog.text CHECK (pg_temp.asked(VALUE))")
    with row_context.reading_as(reader_of(stranger), clock.now()):
        assert application("SELECT * FROM besa_guard.by_team()") == []
        assert application("SELECT id FROM public.cases_case") == []


def test_what_is_looked_up_is_the_readers_own(walled: None, make_member: MakeMember, elsewhere: Agency) -> None:
    """Each function of the guard gives the rows of the reader and nobody else's."""
    worker = make_member("municipality")
    case, now = make_case(worker), clock.now()
    expected = {"by_team()": [(case.pk,)], "by_lead()": [(case.pk,)]}
    for member in (worker, make_member("police", agency=elsewhere)):
        with row_context.reading_as(reader_of(member), now):
            for name in row_security.lookups():
                found = application(f"SELECT * FROM besa_guard.{name}")  # noqa: S608
                assert found == (expected.get(name, []) if member == worker else []), (name, member)
    assert all(application(f"SELECT * FROM besa_guard.{name}") == [] for name in row_security.lookups())  # noqa: S608


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
