"""`deploy/roles.sql` as it stands, on a PostgreSQL of its own: who migrates, who serves, who makes backups, and what each cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pyrage
import pytest
from django.db import connection
from psycopg import sql

from tools.postgres import cluster

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="speaks of PostgreSQL"),
    pytest.mark.xdist_group("real_roles"),
]
ROOT = Path(__file__).resolve().parents[2]
SEALED = ("cases_case", "cases_note", "cases_teammember", "cases_glass", "people_person", "people_paper")


@dataclass
class Country:
    """A server with the roles of a country, and Besa's commands run as one of them."""

    server: Path
    var: Path
    key: pyrage.x25519.Identity

    def url(self, role: str, database: str = "besa") -> str:
        return f"postgres://{role}@/{database}?host={self.server}"

    def as_role(self, role: str, database: str = "besa") -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.server), user=role, dbname=database, autocommit=True)

    def run(self, role: str, *words: str, module: str = "besa") -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("BESA_")}
        env |= {"BESA_VAR": str(self.var), "BESA_MODE": "test", "DJANGO_SETTINGS_MODULE": "besa.settings"}
        env |= {"BESA_DATABASE_URL": self.url(role), "BESA_BACKUP_DATABASE_URL": self.url("besa_backup")}
        env |= {name: str(self.key.to_public()) for name in ("BESA_BACKUP_TO", "BESA_BACKUP_KEYSTORE_TO")}
        start = ["-m", module] if module != "besa" else ["-c", "from besa.cli import main; main()"]
        return subprocess.run([sys.executable, *start, *words], env=env, cwd=ROOT, capture_output=True, text=True)

    def held(self, role: str, *words: str, module: str = "besa") -> str:
        """What a command has printed; it must end well."""
        done = self.run(role, *words, module=module)
        assert done.returncode == 0, f"{role}: {' '.join(words)}: {done.stdout[-500:]} {done.stderr[-1500:]}"
        return done.stdout

    def roles(self) -> None:
        """Run `deploy/roles.sql` with psql, as it stands."""
        words = ["psql", "-X", "-q", "-h", str(self.server), "-U", "besa", "-d", "postgres"]
        done = subprocess.run([*words, "-f", str(ROOT / "deploy/roles.sql")], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    """Set up as `deploy/README.md` says: roles twice, tables and the second wall as the owner, a case as the application."""
    var = tmp_path_factory.mktemp("country")
    for name in ("static", "backups"):
        (var / name).mkdir()
    with cluster() as made:
        there = Country(made.folder, var, pyrage.x25519.Identity.generate())
        with there.as_role("besa", "postgres") as root:
            root.execute("DROP DATABASE besa")
        there.roles()
        there.roles()
        there.held("besa_owner", "migrate", "--verbosity", "0")
        there.held("besa_owner", "createcachetable")
        there.held("besa_owner", "row_security")
        there.held("besa_owner", "row_security")
        yield there


@pytest.fixture(scope="module")
def number(country: Country) -> str:
    """The number of a case that was opened by the application's role."""
    said = json.loads(country.held("besa_app", "fill", module="tests.rights.real_roles"))
    assert said["without a reader"] == 0
    return str(said["number"])


def walked(country: Country, number: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = json.loads(country.held("besa_app", "walk", number, module="tests.rights.real_roles"))
    return found


def as_expected(found: dict[str, list[Any]]) -> None:
    """Nothing breaks; the police, which has no part in the case, finds nothing of it; what is sealed stands where it was opened."""
    assert {key: said for key, said in found.items() if said[0] >= 500} == {}
    inside = ("municipality", "border_police")
    for role in inside:
        assert found[f"{role} get /cases/NUMBER/"][:2] == [200, True]
        assert found[f"{role} post /cases/NUMBER/read/"][::2] == [200, True]
    assert found["border_police post /cases/NUMBER/reveal/"][::2] == [200, True]
    assert found["municipality post /cases/NUMBER/notes/add/"][0] == 302
    assert found["border_police post /cases/NUMBER/notes/add/"][0] == 409
    assert found["data_protection get /cases/NUMBER/"] == [200, True, False]
    police = {key: said for key, said in found.items() if key.startswith("police ")}
    assert police["police get /cases/NUMBER/"][0] == 404
    assert not any(said[1] for key, said in police.items() if "NUMBER" not in key)
    assert [key for key, said in found.items() if said[2] and not key.startswith(inside)] == []


def test_the_application_serves(country: Country, number: str) -> None:
    as_expected(walked(country, number))


def refused(on: psycopg.Connection[Any], statement: str) -> bool:
    try:
        on.execute(statement.encode())
    except psycopg.Error:
        return True
    return False


def test_the_application_changes_no_table_and_no_event(country: Country, number: str) -> None:
    statements = (
        *("ALTER TABLE cases_case DISABLE ROW LEVEL SECURITY", "DROP TABLE cases_note", "TRUNCATE audit_event"),
        *("UPDATE audit_event SET verb = verb", "DELETE FROM audit_event", "DELETE FROM django_migrations"),
        *("SELECT * FROM besa_guard.secret", "DELETE FROM besa_guard.secret", "SET ROLE besa_guard"),
        *("SET ROLE besa_owner", "SET ROLE besa_backup", "CREATE TABLE mine (id int)", "CREATE SCHEMA mine"),
        *("CREATE TABLE besa_guard.mine (id int)", "CREATE TABLE keystore.mine (id int)", "CREATE ROLE mine"),
        *("ALTER ROLE besa_app BYPASSRLS", "SET log_statement = 'all'", "SET log_min_messages = 'debug1'"),
        "CREATE OR REPLACE FUNCTION besa_guard.is_system() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    )
    with country.as_role("besa_app") as on:
        assert [statement for statement in statements if not refused(on, statement)] == []


def _count(on: psycopg.Connection[Any], table: str) -> int:
    row = on.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    return int(row[0]) if row else -1


def test_without_a_token_there_is_nothing_of_a_case_for_anybody_who_owns_or_serves(
    country: Country, number: str
) -> None:
    for role in ("besa_app", "besa_owner"):
        with country.as_role(role) as on:
            assert {table: _count(on, table) for table in SEALED} == dict.fromkeys(SEALED, 0)


def test_the_database_knows_when_a_connection_of_the_application_began(country: Country, number: str) -> None:
    """Else nothing would bind the token of a command, nor tell an old token of a transaction from a true one."""
    with country.as_role("besa_app") as on:
        row = on.execute("SELECT besa_guard.connection_began()").fetchone()
    assert row
    assert row[0]


def test_commands_of_the_application_see_every_row(country: Country, number: str) -> None:
    said = country.held(
        "besa_app", "shell", "-v", "0", "-c", "from besa.cases.models import Case; print(Case.objects.count())"
    )
    assert said.split()[-1] == "1"
    country.held("besa_app", "audit_verify", "--data")


def test_the_backup_reads_everything_and_writes_nothing(country: Country, number: str) -> None:
    with country.as_role("besa_backup") as on:
        assert [table for table in SEALED if _count(on, table) < 1] == []
        row = on.execute("SELECT count(*) FROM keystore.vault_wrappedkey").fetchone()
        assert row
        assert row[0] > 0
        on.execute("SET default_transaction_read_only = off")
        statements = (
            *(
                "UPDATE cases_case SET version = 9",
                "DELETE FROM audit_event",
                "INSERT INTO cache VALUES ('a', 'b', now())",
            ),
            *("DELETE FROM keystore.vault_wrappedkey", "CREATE TABLE mine (id int)", "TRUNCATE cases_note"),
            *("SET ROLE besa_owner", "SET ROLE besa_guard", "ALTER TABLE cases_case DISABLE ROW LEVEL SECURITY"),
        )
        assert [statement for statement in statements if not refused(on, statement)] == []


def test_a_backup_is_whole_and_its_restore_stands_behind_the_wall_again(country: Country, number: str) -> None:
    """`besa backup` as the application, `besa restore` as the owner, and Besa serves as before."""
    country.held("besa_app", "backup")
    archives = [str(next((country.var / "backups").glob(f"*.{kind}.tar.age"))) for kind in ("data", "keystore")]
    identity = country.var / "identity"
    identity.write_text(str(country.key))
    words = ["restore", *archives, "--identity", str(identity), "--without-ledger", "--replace", "besa"]
    assert "rows" in country.held("besa_owner", *words)
    with country.as_role("besa_backup") as on:
        owners = on.execute(
            "SELECT proname, pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'besa_guard'::regnamespace"
        ).fetchall()
        assert {name for name, owner in owners if owner == "besa_guard"} >= {"reader", "by_team", "connection_began"}
    as_expected(walked(country, number))
    test_the_application_changes_no_table_and_no_event(country, number)
    test_without_a_token_there_is_nothing_of_a_case_for_anybody_who_owns_or_serves(country, number)
    country.held("besa_app", "audit_verify", "--data")


def test_a_drill_is_run_by_the_owner(country: Country, number: str) -> None:
    assert country.held("besa_owner", "restore_drill")
