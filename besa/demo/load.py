"""Very many made-up cases, for measuring: rows of the same kind as the real actions make, written past them in batches.

The record of events has one event for each case, about its opening, and one that says how many were made and from which seed. The
other rows are in no event: the chain is whole, but `audit_verify --data` says of such a database, rightly, that rows were added past
the actions. The same seed makes the same cases, numbers and keys of rows included; the data keys are always random.
"""

from __future__ import annotations

import gc
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.models import Field, Model

from besa.audit import actions as audit
from besa.audit.actions import SYSTEM
from besa.cases.models import Case, CountedAs
from besa.cases.queries_counted import codes_now
from besa.demo import made_up
from besa.demo.casework import UNITS
from besa.demo.load_case import Country, Drawn, draw
from besa.demo.people import FIRST, LAST, moment
from besa.directory.models import Agency, Membership, Place, User
from besa.people.models import IdentityToken
from besa.vault import keystore

BATCH = 500
CASES_OF_ONE = 250  # that a worker has opened in all these years
SEED = 2009
VERB = "made_up_cases_loaded"
DOMAIN = "load.besa"
Progress = Callable[[int], None]


def play(
    members: Mapping[str, Membership],
    count: int,
    today: date,
    *,
    seed: int = SEED,
    progress: Progress = lambda done: None,
) -> int:
    """Make so many cases beside those that are there, and the colleagues who work on them; gives the number of rows."""
    made = country(members, count, today)
    people, done, written = made_up.people(count, seed), 0, 0
    with _hurrying():
        while batch := list(islice(people, BATCH)):
            written += _write(made, batch, seed)
            done += len(batch)
            progress(done)
    with transaction.atomic():
        authority = members["responsible_authority"].agency
        marks = [f"cases {count}", f"seed {seed}"]
        audit.record(VERB, authority, by=SYSTEM, at=made.now, flags=marks)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # the planner knows how many there are now
    return written


@contextmanager
def _hurrying() -> Iterator[None]:
    """SQLite keeps more of its pages in memory and does not wait for the disk; who fails begins anew."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")
        cursor.execute("PRAGMA cache_size = -500000")  # kilobytes
    try:
        yield
    finally:
        connection.close()  # the next one is as the settings say


def _write(country: Country, people: list[made_up.MadeUp], seed: int) -> int:
    """One transaction; the keystore has the keys before anything is written that they seal."""
    gc.disable()  # tens of thousands of objects, all of which live until they are written, are not looked through meanwhile
    try:
        return _written(country, people, seed)
    finally:
        gc.enable()


def _written(country: Country, people: list[made_up.MadeUp], seed: int) -> int:
    keys = keystore.new_scopes(len(people), at=country.now)
    drawn = [draw(country, person, *key, seed) for person, key in zip(people, keys.items(), strict=True)]
    rows: defaultdict[type[Model], list[Model]] = defaultdict(list)
    for one in drawn:
        for row in one.rows:
            rows[type(row)].append(row)
    with transaction.atomic():
        for model in _in_order(rows):
            _insert(model, rows[model])
        _insert(CountedAs, _counted([row for row in rows[Case] if isinstance(row, Case)]))
        entries = [_Entry(*found) for one in drawn for found in one.digests]
        _insert(IdentityToken, entries)
        audit.record_added("case_opened", [_opening(one) for one in drawn])
    return len(entries) + sum(map(len, rows.values()))


def _counted(cases: list[Case]) -> list[CountedAs]:
    """By which codes each case is counted since it was opened."""
    codes = codes_now([case.pk for case in cases])
    return [CountedAs(case_id=case.pk, codes=codes[case.pk], recorded_at=case.opened_at) for case in cases]


def _opening(drawn: Drawn) -> tuple[Model, Membership, Any]:
    return next((row, drawn.by, drawn.opened) for row in drawn.rows if isinstance(row, Case))


def _in_order(rows: Mapping[type[Model], Any]) -> Iterator[type[Model]]:
    """What others point to goes first."""
    left = set(rows)
    while left:
        free = {
            model for model in left if not any(other is not model and other in left for other in _pointed_to(model))
        }
        yield from sorted(free, key=lambda model: model._meta.label)
        left -= free


def _pointed_to(model: type[Model]) -> set[Any]:
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation}


Prepare = Callable[[Any], Any]


@cache
def _columns(model: type[Model]) -> tuple[str, tuple[tuple[str, Prepare | None], ...]]:
    """The statement that adds a row; the names of its values, with what prepares each for the database where it takes anything."""
    database = connections[DEFAULT_DB_ALIAS]
    fields = tuple(field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField))
    names = ", ".join(database.ops.quote_name(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table = database.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(  # noqa: S608
        (field.attname, _prepare(field, database)) for field in fields
    )


def _prepare(field: Field[Any, Any], database: Any) -> Prepare | None:
    target: Field[Any, Any] = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.CharField | models.BooleanField | models.IntegerField):
        return None
    return lambda value: target.get_db_prep_save(value, database)


def _insert(model: type[Model], rows: Iterable[Any]) -> None:
    statement, fields = _columns(model)
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [
                tuple(
                    getattr(row, name) if prepare is None else prepare(getattr(row, name)) for name, prepare in fields
                )
                for row in rows
            ],
        )


class _Entry(NamedTuple):
    """A row of the index."""

    person_id: uuid.UUID
    digest: bytes


# --- who works on them


def country(members: Mapping[str, Membership], count: int, today: date) -> Country:
    now = moment(today, 8)
    shelters = list(Agency.objects.filter(kind__in=["shelter", "ngo"], memberships__role="shelter").distinct())
    workers = {unit.login: _colleagues(members[unit.login], count * unit.share // 100, today) for unit in UNITS}
    return Country(
        workers=workers,
        authorities=workers["responsible_authority"],
        shelters=shelters,
        qarks={place.code: place for place in Place.objects.filter(kind=Place.Kind.QARK)},
        crossings=list(Place.objects.filter(kind=Place.Kind.CROSSING).order_by("code")),
        today=today,
        now=now,
    )


@transaction.atomic
def _colleagues(member: Membership, cases: int, today: date) -> list[Membership]:
    """The member and so many others of her institution that each has opened a bearable number of cases. They cannot sign in."""
    at = moment(date(today.year - 1, 6, 16))
    found = [member]
    for number in range(cases // CASES_OF_ONE):
        name = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST) % len(LAST)]}"
        user = User(email=f"{member.role}.{number}@{DOMAIN}", name=name)
        user.set_unusable_password()
        user.save()
        audit.record("account_opened", user, by=SYSTEM, at=at)
        other = Membership.objects.create(
            user=user, agency=member.agency, role=member.role, place=member.place, from_on=at.date(),
            state=Membership.State.ACTIVE, proposed_at=at, decided_at=at,
        )  # fmt: skip
        audit.record("membership_approved", other, by=SYSTEM, at=at, fields=["state"])
        found.append(other)
    return found
