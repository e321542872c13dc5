"""Row-level security of PostgreSQL, written from the same declaration as the pages' rights: the second wall.

Should a page forget to ask, the database still gives the reader no row of a case that she may not know of. The functions of the
schema `besa_guard` belong to a role that row-level security does not bind and that cannot sign in; the application's role can
call them and cannot read the secret in which they trust.

A policy is asked of every row that a statement touches, and planned with every statement. So what is the reader's (the cases on
whose team she is, those shared with her institution, …) is given once a statement by functions that ask no policy again, and a
row's case is asked for through the policy of the table of cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import BigIntegerField, CharField, DateTimeField, Field, Func, Model, Q, UUIDField
from django.db.models.lookups import In

from besa.assessments.models import Answers
from besa.audit.models import Event
from besa.cases.models import (
    Appeal,
    Attachment,
    Canary,
    Case,
    Clock,
    ClockChange,
    Compartment,
    Concern,
    Conference,
    Conflict,
    Consent,
    CountedAs,
    Custodian,
    Determination,
    Draft,
    Erasure,
    Export,
    Facts,
    Glass,
    Hold,
    Identification,
    Leg,
    Match,
    Merge,
    Note,
    Override,
    Refusal,
    Retrafficking,
    RightsEvent,
    SavedSearch,
    Share,
    Sheet,
    Task,
    TeamMember,
)
from besa.cases.policy import RELATIONS, ROWS, Who, compiled, denied, named_in, widest_first
from besa.directory import case_policy
from besa.directory.case_policy import Deed
from besa.lib.hooks import hooked
from besa.people.models import Alias, Contact, Guardian, IdentityToken, Language, Paper, Person
from besa.vault import keystore
from besa.vault.router import KEYSTORE
from besa.vault.row_context import SECRET, SYSTEM, is_guarded

GUARD = "besa_guard"
APP = "besa_app"


def _said(name: str, output: Field[Any, Any]) -> Func:
    """What the database knows of the reader, asked once a statement."""
    return Func(function=f"{GUARD}.{name}", template="(SELECT %(function)s())", output_field=output)


def _found(name: str) -> Func:
    """What `policy.ROWS` says of the reader, by the function of its name."""
    key: Field[Any, Any] = UUIDField() if named_in(name) == "case" else BigIntegerField()
    return _said(f"by_{name}", key)


def reader(*, is_looked_up: bool = True) -> Who:
    """The reader of the database; what is hers by the functions that look it up, or by the tables themselves."""
    membership, person, agency, place = (
        _said(name, BigIntegerField()) for name in ("membership", "person", "agency", "place")
    )
    moment = _said("moment", DateTimeField())
    return Who(membership, person, agency, place, moment, is_for_many=True, found=_found if is_looked_up else None)


def visible(who: Who) -> Q:
    """The cases that the reader of the database may know of: `policy.allowed` with the role asked of the database too."""
    wanted = Q(pk__in=[])
    for rule in widest_first(case_policy.RULES):
        if Deed.CASE_VIEW in rule.deeds:
            roles = Q(In(_said("role", CharField()), sorted(rule.roles)))
            states = Q() if rule.states == case_policy.ANY else Q(state__in=sorted(rule.states))
            wanted |= roles & states & RELATIONS[rule.relation](who)
    return wanted & ~denied(who)


def condition(cases: Q) -> str:
    """A choice of cases as an expression of SQL over the columns of the table of cases."""
    return _composed(*compiled(cases))


def _composed(sql: str, params: Any) -> str:
    return str(connection.ops.compose_sql(sql, params))  # type: ignore[attr-defined]


def lookups() -> dict[str, str]:
    """`policy.ROWS` as functions: the keys of the cases (for custodians, the compartments) in which the reader has such a row. Each
    gives no more than what the policies of these tables let her read.
    """
    found = {}
    for name, rows in ROWS.items():
        column = named_in(name)
        sql = _composed(*rows(reader(is_looked_up=False)).values(column).query.sql_with_params())
        key = "uuid" if column == "case" else "bigint"
        found[f"by_{name}()"] = looking(f"by_{name}()", f"SETOF {key} ROWS 1", f"QUERY {sql}")
    return found


def looking(name: str, kind: str, body: str) -> str:
    """The statement that makes a function of the guard: it asks no policy, and its plan is kept as long as the connection lives.

    Temporary tables come last in its path, where they hide nothing: whoever could put one in the place of a real one would be given
    what she wrote there herself.
    """
    return LOOKING.format(guard=GUARD, name=name, kind=kind, body=body)


# Roles belong to the whole server: whoever makes them in a transaction lets all its other databases wait for the end of it.
ROLES = """DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{guard}') THEN CREATE ROLE {guard} NOLOGIN BYPASSRLS; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{app}') THEN CREATE ROLE {app} NOLOGIN; END IF;
  IF NOT pg_has_role('{guard}', 'pg_read_all_stats', 'MEMBER') THEN GRANT pg_read_all_stats TO {guard}; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- made at the same moment for another database
END $$"""
FUNCTIONS = """
CREATE SCHEMA IF NOT EXISTS {guard};
CREATE TABLE IF NOT EXISTS {guard}.secret (inner_pad bytea NOT NULL, outer_pad bytea NOT NULL);
DROP TYPE IF EXISTS {guard}.reader_row CASCADE;
CREATE TYPE {guard}.reader_row AS
  (membership bigint, person bigint, agency bigint, place bigint, role text, moment timestamptz);

CREATE OR REPLACE FUNCTION {guard}.connection_began() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT to_char(backend_start, 'J.SSSS.US') FROM pg_stat_get_activity(pg_backend_pid()) $$;

CREATE OR REPLACE FUNCTION {guard}.reader() RETURNS {guard}.reader_row
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  said text := current_setting('besa.token', true);
  part text[];
  body text;
  known record;
  answer {guard}.reader_row;
BEGIN
  IF said IS NULL OR said = '' THEN RETURN NULL; END IF;
  part := string_to_array(said, '|');
  IF array_length(part, 1) IS DISTINCT FROM 9 THEN RETURN NULL; END IF;
  body := array_to_string(part[1:8], '|');
  SELECT inner_pad, outer_pad INTO known FROM {guard}.secret LIMIT 1;
  IF NOT FOUND OR part[9] IS DISTINCT FROM encode(
    sha256(known.outer_pad || sha256(known.inner_pad || convert_to(body, 'UTF8'))), 'hex') THEN RETURN NULL; END IF;
  IF part[7] IS DISTINCT FROM pg_backend_pid()::text THEN RETURN NULL; END IF;
  IF part[8] IS DISTINCT FROM 'transaction:' || to_char(now(), 'J.SSSS.US')
     AND part[8] IS DISTINCT FROM 'connection:' || {guard}.connection_began() THEN RETURN NULL; END IF;
  answer := (part[1]::bigint, part[2]::bigint, part[3]::bigint, part[4]::bigint, part[5], part[6]::timestamptz);
  RETURN answer;
END $$;

CREATE OR REPLACE FUNCTION {guard}.membership() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT ({guard}.reader()).membership $$;
CREATE OR REPLACE FUNCTION {guard}.person() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT ({guard}.reader()).person $$;
CREATE OR REPLACE FUNCTION {guard}.agency() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT ({guard}.reader()).agency $$;
CREATE OR REPLACE FUNCTION {guard}.place() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT ({guard}.reader()).place $$;
CREATE OR REPLACE FUNCTION {guard}.role() RETURNS text LANGUAGE sql STABLE AS $$ SELECT ({guard}.reader()).role $$;
CREATE OR REPLACE FUNCTION {guard}.moment() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT ({guard}.reader()).moment $$;
CREATE OR REPLACE FUNCTION {guard}.is_system() RETURNS boolean LANGUAGE sql STABLE AS
  $$ SELECT coalesce(({guard}.reader()).role = '{system}', false) $$;
CREATE OR REPLACE FUNCTION {guard}.is_somebody() RETURNS boolean LANGUAGE sql STABLE AS
  $$ SELECT ({guard}.reader()).role IS NOT NULL $$;

CREATE OR REPLACE FUNCTION {guard}.sees(wanted uuid) RETURNS boolean LANGUAGE plpgsql STABLE COST 10 AS
  $$ BEGIN RETURN EXISTS (SELECT FROM public.{cases} WHERE id = wanted); END $$;
"""
LOOKING = """
CREATE OR REPLACE FUNCTION {guard}.{name} RETURNS {kind}
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS
  $$ BEGIN RETURN {body}; END $$"""
# A temporary thing can stand in the place of a real one; Besa makes none.
NO_TEMPORARY = """DO $$ BEGIN
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$"""
# Of former versions of Besa.
GONE = ("sees_person(uuid)", "denies(uuid)")
# What stands under each table: an expression that lets a row be read, changed or taken away. Adding a row takes a known reader.
_SYSTEM = f"(SELECT {GUARD}.is_system())"
_SEEN = f"{GUARD}.sees(case_id)"
_OWN = f"membership_id = (SELECT {GUARD}.membership())"
_AGENCY = f"(SELECT {GUARD}.agency())"
_MEMBER = f"(SELECT {GUARD}.membership())"
_OFFICERS = f"(SELECT {GUARD}.role()) IN ('data_protection', 'security_admin')"
_DECIDERS = f"(SELECT {GUARD}.role()) IN ('data_protection', 'responsible_authority')"
_NAMED = f"(SELECT {GUARD}.role()) IN ('witness_protection', 'responsible_authority', 'security_admin')"

_IN_COMPARTMENT = (
    f"EXISTS (SELECT FROM {Custodian._meta.db_table} c WHERE c.compartment_id = {Compartment._meta.db_table}.id"
    f" AND c.membership_id = (SELECT {GUARD}.membership()) AND c.state = 'active')"
)


def by_case(model: type[Model], column: str = "case_id", *, of_case: str = "id") -> str:
    """The rows whose column names a case that the reader has: the policy of the table of cases holds inside."""
    return _through(model, column, Case, of_case)


def _through(model: type[Model], column: str, held: type[Model], of_held: str = "id") -> str:
    """The rows whose column names a row of another table that the reader has: the policy of that table holds inside."""
    table, other = model._meta.db_table, held._meta.db_table
    return f"EXISTS (SELECT FROM {other} AS held WHERE held.{of_held} = {table}.{column})"


def conditions() -> dict[type[Model], str]:
    """Table -> which of its rows the reader has; upper apps name theirs as `row_conditions`."""
    parts: dict[type[Model], str] = {
        model: by_case(model, "person_id", of_case="subject_id")
        for model in (Alias, Paper, Contact, Language, Guardian)
    }
    of_a_case = (
        *(Note, Attachment, Hold, Erasure, Determination, CountedAs, Identification, Facts, Leg, RightsEvent, Consent),
        Override,
        *(Clock, Task, Conference),
    )
    parts |= {model: by_case(model) for model in of_a_case}
    for given in hooked("row_conditions"):
        parts |= given()
    return parts | {
        Case: condition(visible(reader())),
        Answers: f"answered_by_id = {_MEMBER} OR {by_case(Answers, 'scope', of_case='scope')}",
        Person: by_case(Person, "id", of_case="subject_id"),
        IdentityToken: f"(SELECT {GUARD}.is_somebody())",  # keyed digests, asked by whoever looks for a person
        TeamMember: f"{_OWN} OR {_SEEN}",
        Share: f"agency_id = {_AGENCY} OR {_SEEN}",
        Conflict: f"user_id = (SELECT {GUARD}.person()) OR {_SEEN}",
        Glass: f"{_OWN} OR {_SEEN}",
        Custodian: f"{_OWN} OR {_NAMED} OR {_OFFICERS}",
        Compartment: f"{_NAMED} OR {_OFFICERS} OR {_IN_COMPARTMENT}",
        Export: f"asked_by_id = {_MEMBER} OR {_DECIDERS}",
        Appeal: _through(Appeal, "determination_id", Determination),
        ClockChange: _through(ClockChange, "clock_id", Clock),
        Draft: f"author_id = {_MEMBER}",
        Sheet: f"made_by_id = {_MEMBER}",
        SavedSearch: _OWN,
        Concern: f"sent_by_id = {_MEMBER} OR to_id = {_AGENCY}",
        Refusal: f"agency_id = {_AGENCY}",
        Match: f"{by_case(Match)} OR {by_case(Match, 'other_id')}",
        Merge: f"{by_case(Merge, 'kept_id')} OR {by_case(Merge, 'merged_id')}",
        Retrafficking: f"{by_case(Retrafficking, 'earlier_id')} OR {by_case(Retrafficking, 'later_id')}",
        Canary: f"(SELECT {GUARD}.is_somebody())",  # asked at each reading; pages show them to the officer alone
    }


def policies() -> Iterator[str]:
    """The statements that put each table under its condition, for its owner too."""
    for model, row in conditions().items():
        table = model._meta.db_table
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        for verb in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            name = f"besa_{verb.lower()}"
            yield f"DROP POLICY IF EXISTS {name} ON {table}"
            using = f"USING ({_SYSTEM} OR {row})"
            check = f"WITH CHECK ((SELECT {GUARD}.is_somebody()))"
            told = {"INSERT": check, "UPDATE": f"{using} {check}"}.get(verb, using)
            yield f"CREATE POLICY {name} ON {table} FOR {verb} {told}"


def roles() -> str:
    """The statement that makes what the functions belong to, and what the application is."""
    return ROLES.format(guard=GUARD, app=APP)


def statements() -> Iterator[str]:
    """Everything in order: the role that the functions belong to, schema, functions, policies, rights. Doing it twice changes nothing.

    The policies lock each table; the rights change its entry in the catalogue without a lock, for which an automatic vacuum then
    waits. The other way round the two would wait for each other.
    """
    yield roles()
    yield FUNCTIONS.format(guard=GUARD, system=SYSTEM, cases=Case._meta.db_table)
    functions = ["connection_began()", "reader()"]
    for given in (lookups, *hooked("row_functions")):
        for name, text in given().items():
            yield text
            functions.append(name)
    yield from policies()
    tables = ", ".join(model._meta.db_table for model in conditions())
    yield f"GRANT USAGE ON SCHEMA public TO {GUARD}, {APP}"
    yield f"GRANT SELECT ON {tables} TO {GUARD}"
    yield f"GRANT USAGE ON SCHEMA {GUARD} TO {APP}"
    yield f"GRANT USAGE, CREATE ON SCHEMA {GUARD} TO {GUARD}"
    yield f"REVOKE ALL ON {GUARD}.secret FROM PUBLIC, {APP}"
    yield f"GRANT SELECT ON {GUARD}.secret TO {GUARD}"
    for name in functions:
        yield f"ALTER FUNCTION {GUARD}.{name} OWNER TO {GUARD}"
    yield NO_TEMPORARY
    for name in GONE:
        yield f"DROP FUNCTION IF EXISTS {GUARD}.{name}"
    yield from rights("public")
    yield f"REVOKE UPDATE, DELETE, TRUNCATE ON {Event._meta.db_table} FROM {APP}"
    yield f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {MigrationRecorder.Migration._meta.db_table} FROM {APP}"


def rights(schema: str) -> Iterator[str]:
    """What the application may do with the tables of a schema. A restore makes schemas anew, and then they have no rights."""
    yield f"GRANT USAGE ON SCHEMA {schema} TO {APP}"
    for kind, verbs in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT")):
        yield f"GRANT {verbs} ON ALL {kind} IN SCHEMA {schema} TO {APP}"
        yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {verbs} ON {kind} TO {APP}"


def _pads(secret: bytes) -> tuple[bytes, bytes]:
    """The two blocks of HMAC (RFC 2104) for a secret of 32 bytes, so that the database needs no more than SHA-256."""
    block = secret.ljust(64, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def install() -> int:
    """Write roles, functions, policies and rights into the database; gives the number of tables under guard. Needs the owner's rights."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement)
        cursor.execute(f"DELETE FROM {GUARD}.secret")  # noqa: S608
        cursor.execute(f"INSERT INTO {GUARD}.secret VALUES (%s, %s)", list(_pads(keystore.named(SECRET))))  # noqa: S608
    with transaction.atomic(using=KEYSTORE), connections[KEYSTORE].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [APP])
        (is_there,) = (
            cursor.fetchone()
        )  # not for the keystore's connection while it is being made in a transaction of ours
        for statement in rights("keystore") if is_there else ():
            cursor.execute(statement)
    return len(conditions())


def after_restore() -> None:
    """A restored database that had the second wall gets it again: no archive holds the roles that its functions belong to."""
    if not is_guarded():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure(%s) IS NOT NULL", [f"{GUARD}.reader()"])
        (is_there,) = cursor.fetchone()
    if is_there:
        install()
