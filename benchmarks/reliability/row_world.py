"""The database that `row_fuzz` attacks: members, cases with everything in them, row-level security, the application's role."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection

from benchmarks.reliability.row_fuzz import OPEN_TO_ANYBODY_KNOWN, ROLE, Context, World
from besa.assistance.panels import row_functions
from besa.assistance.tests.factory import agree as agree_to_assistance
from besa.assistance.tests.factory import offer
from besa.cases import row_security
from besa.cases.actions import compartments, erasing, files, glass, people_on_it
from besa.cases.middleware import reader_of
from besa.cases.models import Case
from besa.cases.tests.factory import agree
from besa.demo import made_up
from besa.directory.models import Agency, Membership, User
from besa.lib import clock
from besa.people.identity import Identity, Part
from besa.people.models import Person
from besa.vault import keystore, row_context

CASES = 12


def _member(role: str, agency: Agency) -> Membership:
    user = User.objects.create_user(f"{role}.{agency.code.lower()}@example.org", name=role)
    return Membership.objects.create(
        user=user, agency=agency, role=role, from_on=date(2008, 7, 1), until_on=date(2010, 1, 1), state="active",
        proposed_at=clock.now(), decided_at=clock.now(),
    )  # fmt: skip


def _identity(person: made_up.MadeUp) -> Identity:
    return Identity(
        person={"surname": person.surname, "given_names": person.given, "birth_date": person.born.isoformat()},
        aliases=(Part({"kind": "nickname", "surname": "", "given_names": person.given}),),
        papers=(
            Part({"kind": "national_id", "country": "ALB", "number": person.national_id or "X", "valid_until": ""}),
        ),
        contacts=(Part({"kind": "phone", "value": "+355 69 000 0001", "is_safe": "no", "hours": "", "caution": ""}),),
        languages=(Part({"code": "sq", "level": "mother", "needs_interpreter": False}),),
        guardians=(Part({"kind": "parent", "name": person.surname, "contact": "", "is_excluded": True}),),
    )


def _cases() -> Membership:
    """Fill the tables by the real actions; gives a member who stands to no case."""
    owner = Agency.objects.create(code="OWNER", name_en="Owner", name_sq="Zotëruesi", kind="municipality")
    other = Agency.objects.create(code="OTHER", name_en="Other", name_sq="Tjetri", kind="police")
    house = Agency.objects.create(code="HOUSE", name_en="House", name_sq="Shtëpia", kind="shelter")
    _member("shelter", house)
    worker, officer = _member("municipality", owner), _member("data_protection", owner)
    for person in made_up.people(CASES, seed=1):
        case = files.open_case(
            kind="victim",
            identity=_identity(person),
            is_child=None,
            place=None,
            summary="Found.",
            by=worker,
            at=clock.now(),
        )
        now = clock.now()
        files.add_note(case=case, text="She is afraid.", by=worker, at=now)
        agree(case, worker, "names", purpose="contact", at=now)
        people_on_it.share(
            case=case, agency=Agency.objects.create(code=f"N{case.number}", name_en="n", name_sq="n", kind="shelter"),
            purpose="contact", groups=["names"], until_at=now + timedelta(days=9), by=worker, at=now,
        )  # fmt: skip
        people_on_it.declare_conflict(case=case, user=officer.user, reason="other", by=worker, at=now)
        agree_to_assistance(case, worker, at=now)
        offer(case, house, worker, at=now)
        erasing.ask_hold(case=case, reason="court", by=worker, at=now)
    authority = _member("responsible_authority", owner)
    compartments.open_compartment(code="sealed", name_en="Sealed", name_sq="E mbyllur", by=authority, at=clock.now())
    glass.break_glass(case=case, reason="danger", words="He is on the way to her.", by=authority, at=clock.now())
    return _member("shelter", other)


def _walled() -> Membership:
    """Migrate, fill, wall in; the application's role signs in by itself, so that it has nothing to fall back to."""
    call_command("migrate", verbosity=0)
    stranger = _cases()
    row_security.install()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {ROLE} LOGIN")
        cursor.execute(
            f"GRANT TEMPORARY ON DATABASE {connection.settings_dict['NAME']} TO {ROLE}"
        )  # for the tricks' sake
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    return stranger


def prepare() -> World:
    """The walled database, how to reach it, and the contexts under which it is attacked."""
    stranger = _walled()
    needles = {str(pk) for model in (Case, Person) for pk in model.objects.values_list("pk", flat=True)}
    needles |= set(Case.objects.values_list("number", flat=True))
    known = str(Case.objects.values_list("pk", flat=True)[0])
    tables = {f"public.{model._meta.db_table}" for model in row_security.conditions()}

    def connect() -> psycopg.Connection[Any]:
        values = connection.settings_dict
        return psycopg.connect(host=values["HOST"] or values["OPTIONS"].get("host"), dbname=values["NAME"], user=ROLE)

    return World(
        connect,
        frozenset(needles - {known}),
        tuple(sorted(tables - set(OPEN_TO_ANYBODY_KNOWN))),
        tuple(sorted({**row_security.lookups(), **row_functions()})),
        known,
        _contexts(keystore.named(row_context.SECRET), stranger),
    )


def _contexts(secret: bytes, stranger: Membership) -> dict[str, Context]:
    def say(on: psycopg.Connection[Any], text: str) -> None:
        on.execute("SELECT set_config('besa.token', %s, true)", [text])

    def true_token(on: psycopg.Connection[Any], reader: row_context.Reader) -> str:
        pid, bound = on.execute(f"SELECT pg_backend_pid(), {row_context.BOUND['transaction']}").fetchone() or (0, "")
        return row_context.token(secret, reader, clock.now(), pid, f"transaction:{bound}")

    readers = [reader_of(member) for member in Membership.objects.exclude(pk=stranger.pk)]

    def forged(on: psycopg.Connection[Any], chance: random.Random) -> None:
        say(on, row_context.token(chance.randbytes(32), chance.choice(readers), clock.now(), 1, "transaction:1"))

    def changed(on: psycopg.Connection[Any], chance: random.Random) -> None:
        parts = true_token(on, reader_of(stranger)).split("|")
        place = chance.randrange(5)
        others = {"1", "2", "system", "data_protection", "municipality"} - {parts[place]}
        parts[place] = chance.choice(sorted(others))
        say(on, "|".join(parts))

    def expired(on: psycopg.Connection[Any], chance: random.Random) -> None:
        say(
            on,
            row_context.token(
                secret, chance.choice(readers), clock.now(), on.info.backend_pid, "transaction:2454000.1.1"
            ),
        )

    def elsewhere(on: psycopg.Connection[Any], chance: random.Random) -> None:
        said = true_token(on, chance.choice(readers)).split("|")
        bound = said[7]
        say(on, row_context.token(secret, chance.choice(readers), clock.now(), on.info.backend_pid + 1, bound))

    return {
        "nobody": lambda on, chance: None,
        "forged": forged,
        "changed": changed,
        "expired": expired,
        "another connection": elsewhere,
        "a stranger": lambda on, chance: say(on, true_token(on, reader_of(stranger))),
    }
