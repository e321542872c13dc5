"""A query reads a sealed column as it is, or does not run; an update writes what the vault has sealed, or does not run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.core.exceptions import FieldError
from django.db import DatabaseError, connection, models, transaction
from django.db.models import Case, Count, ExpressionWrapper, F, Max, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import (
    MD5,
    SHA256,
    Cast,
    Coalesce,
    Concat,
    Greatest,
    JSONObject,
    Left,
    Length,
    Lower,
    NullIf,
    StrIndex,
    Substr,
    Trim,
)
from django.test.utils import CaptureQueriesContext, isolate_apps
from pytest_django import Settings

from besa.lib.classified import classified
from besa.people.models import Alias, Person
from besa.people.tests.sealed import AT, NAME, given_away, stored
from besa.vault import cells, keystore
from besa.vault.fields import SHOWN, SealedField
from besa.vault.providers import provider

ANY = Person.objects


@pytest.fixture(autouse=True)
def installation(db: None, settings: Settings, tmp_path: Path) -> None:
    """Keys of this test alone."""
    settings.KEYS = str(tmp_path / "keys")
    provider.cache_clear()
    keystore.named.cache_clear()


@pytest.fixture
def row() -> Person:
    return stored()


def _alias(row: Person) -> Alias:
    alias = Alias(scope=row.scope, kind=Alias.Kind.MAIDEN)
    alias.person = row
    with transaction.atomic():
        cells.seal(alias, surname="Hoxha")
        alias.save(force_insert=True)
    return alias


# --- what reads the column

READ: dict[str, Callable[[], Any]] = {
    "rows": lambda: [row.__dict__ for row in ANY.all()],
    "values": lambda: list(ANY.values()),
    "values by name": lambda: list(ANY.values("surname", "sex")),
    "values by another name": lambda: list(ANY.values(called=F("surname"))),
    "values_list": lambda: list(ANY.values_list()),
    "values_list flat": lambda: list(ANY.values_list("surname", flat=True)),
    "values_list named": lambda: list(ANY.values_list("surname", named=True)),
    "only": lambda: [row.surname for row in ANY.only("surname")],
    "defer": lambda: [row.surname for row in ANY.defer("surname")],
    "annotate": lambda: list(ANY.annotate(called=F("surname")).values("called")),
    "alias": lambda: list(ANY.alias(called=F("surname")).annotate(again=F("called")).values("again")),
    "of another model": lambda: list(Alias.objects.values("person__surname")),
    "annotate of another model": lambda: list(Alias.objects.annotate(x=F("person__surname")).values("x")),
    "select_related": lambda: [alias.person.surname for alias in Alias.objects.select_related("person")],
    "subquery": lambda: list(
        Alias.objects.annotate(x=Subquery(Person.objects.filter(pk=OuterRef("person")).values("surname")[:1])).values(
            "x"
        )
    ),
    "distinct": lambda: list(ANY.values("surname").distinct()),
    "grouped": lambda: list(ANY.order_by().values("surname").annotate(Count("pk"))),
    "counted beside": lambda: [row.surname for row in ANY.annotate(number=Count("aliases"))],
    "union": lambda: list(ANY.values("surname").order_by().union(Alias.objects.values("surname").order_by(), all=True)),
    "raw": lambda: [row.surname for row in ANY.raw("SELECT * FROM people_person")],
    "in_bulk": lambda: [row.surname for row in ANY.in_bulk().values()],
    "iterator": lambda: [row.surname for row in ANY.iterator(chunk_size=1)],
    "refreshed": lambda: _refreshed(),
    "aggregated rows": lambda: [ANY.aggregate(Count("pk")), *ANY.values("surname")[:1]],
}


def _refreshed() -> list[Any]:
    row = ANY.get()
    row.refresh_from_db()
    return [row.surname]


@pytest.mark.parametrize("way", READ)
def test_what_reads_the_column_gives_the_word(row: Person, way: str) -> None:
    _alias(row)
    found = READ[way]()
    assert SHOWN in f"{found}"
    assert given_away(f"{found} {found!r}", row.surname.box) == []


# --- what would make something of it

Sort = models.TextField
REFUSED: dict[str, Callable[[], Any]] = {
    "cast to text": lambda: ANY.annotate(x=Cast("surname", Sort())).values("x"),
    "cast to bytes": lambda: ANY.annotate(x=Cast("surname", models.BinaryField())).values("x"),
    "cast in a filter": lambda: ANY.annotate(x=Cast("surname", Sort())).filter(x__gt=""),
    "concat": lambda: ANY.annotate(x=Concat(Value("x"), "surname", output_field=Sort())).values("x"),
    "wrapped": lambda: ANY.annotate(x=ExpressionWrapper(F("surname"), output_field=Sort())).values("x"),
    "coalesce": lambda: ANY.annotate(x=Coalesce("surname", Value(b""), output_field=Sort())).values("x"),
    "null if": lambda: ANY.annotate(x=NullIf("surname", Value(b""), output_field=Sort())).values("x"),
    "greatest": lambda: ANY.annotate(x=Greatest("surname", "given_names")).values("x"),
    "case": lambda: ANY.annotate(x=Case(When(sex="unknown", then=F("surname")), output_field=Sort())).values("x"),
    "object": lambda: ANY.annotate(x=JSONObject(x="surname")).values("x"),
    "of another model": lambda: Alias.objects.annotate(x=Cast("person__surname", Sort())).values("x"),
    **{
        f"function {function.__name__}": lambda function=function: ANY.annotate(  # type: ignore[misc]
            x=function("surname", output_field=Sort())
        ).values("x")
        for function in (Length, Lower, Trim, MD5, SHA256)
    },
    "piece": lambda: ANY.annotate(x=Substr("surname", 1, 4, output_field=Sort())).values("x"),
    "beginning": lambda: ANY.annotate(x=Left("surname", 4, output_field=Sort())).values("x"),
    "place in it": lambda: ANY.annotate(x=StrIndex("surname", Value("K"))).values("x"),
    "greatest of all": lambda: ANY.aggregate(x=Max("surname")),
    "least of each": lambda: Alias.objects.annotate(x=Min("person__surname")).values("x"),
    "how many different": lambda: ANY.aggregate(x=Count("surname", distinct=True)),
    "order": lambda: ANY.order_by("surname"),
    "order backwards": lambda: ANY.order_by(F("surname").desc(nulls_last=True)),
    "order of another model": lambda: Alias.objects.order_by("person__surname"),
    "compared with another column": lambda: ANY.filter(surname=F("given_names")),
    **{
        f"filter {how}": lambda how=how: ANY.filter(**{f"surname{how}": NAME})  # type: ignore[misc]
        for how in (
            "",
            "__iexact",
            "__contains",
            "__startswith",
            "__regex",
            "__gt",
            "__lte",
            "__length",
            "__year",
            "__x",
        )
    },
    "filter in": lambda: ANY.filter(surname__in=[NAME]),
    "filter bytes": lambda: ANY.filter(surname=NAME.encode()),
    "exclude": lambda: ANY.exclude(Q(surname=NAME) | Q(sex="other")),
    "filter of another model": lambda: Alias.objects.filter(person__surname=NAME),
    "get": lambda: ANY.get(surname=NAME),
    "get or create": lambda: ANY.get_or_create(surname=NAME),
    "search": lambda: ANY.filter(surname__search=NAME),
    "latest": lambda: ANY.latest("surname"),
    "in_bulk": lambda: ANY.in_bulk([NAME], field_name="surname"),  # type: ignore[misc]
}


@pytest.mark.parametrize("how", ["contains", "iexact", "startswith", "gt", "range", "regex", "length", "year"])
def test_there_is_no_searching_in_ciphertext(row: Person, how: str) -> None:
    with pytest.raises(FieldError, match="Unsupported lookup"):
        ANY.filter(**{f"surname__{how}": row.surname})


@pytest.mark.parametrize("way", REFUSED)
def test_what_would_make_something_of_it_is_refused(row: Person, way: str) -> None:
    _alias(row)
    with pytest.raises((FieldError, TypeError, ValueError, DatabaseError)) as refused, transaction.atomic():
        list(REFUSED[way]())
    assert given_away(str(refused.value), row.surname.box) == []


# --- what may be asked


def test_whether_a_cell_is_empty_may_be_asked(row: Person) -> None:
    assert ANY.get(given_names="", birth_date="") == row
    assert ANY.filter(surname="").count() == ANY.filter(surname=b"").count() == 0
    assert ANY.exclude(surname="").get() == row
    assert ANY.filter(surname__in=["", None]).count() == 0
    assert ANY.filter(surname__isnull=False).get() == row
    assert ANY.annotate(called=F("surname")).exclude(called="").get() == row
    assert ANY.aggregate(number=Count("pk", filter=~Q(surname="")))["number"] == 1


def test_this_very_box_may_be_asked_for(row: Person) -> None:
    assert ANY.get(surname=row.surname) == row
    assert ANY.get(surname__in=[row.surname]) == row
    assert ANY.filter(surname=stored().surname).get() != row


# --- what writes

WRITES: dict[str, Callable[[Person], Any]] = {
    "set": lambda row: setattr(row, "surname", NAME),
    "set bytes": lambda row: setattr(row, "surname", NAME.encode()),
    "set an expression": lambda row: setattr(row, "surname", Value(NAME)),
    "made": lambda row: Person(scope=row.scope, created_at=AT, surname=NAME),
    "created": lambda row: ANY.create(scope=row.scope, created_at=AT, surname=NAME),
    "update": lambda row: ANY.update(surname=NAME),
    "update bytes": lambda row: ANY.update(surname=NAME.encode()),
    "update value": lambda row: ANY.update(surname=Value(NAME)),
    "update bytes value": lambda row: ANY.update(surname=Value(NAME.encode(), output_field=models.BinaryField())),
    "update other column": lambda row: ANY.update(given_names=F("surname")),
    "update concat": lambda row: ANY.update(surname=Concat(Value(NAME), Value("x"))),
    "update the word": lambda row: ANY.update(surname=SHOWN),
    "bulk_update": lambda row: ANY.bulk_update([row], ["surname"]),
    "update or create": lambda row: ANY.update_or_create(pk=row.pk, defaults={"surname": NAME}),
}


@pytest.mark.parametrize("way", WRITES)
def test_what_the_vault_has_not_sealed_is_not_written(row: Person, way: str) -> None:
    with pytest.raises(TypeError, match="takes only what the vault has sealed") as refused, transaction.atomic():
        WRITES[way](row)
    assert NAME not in str(refused.value)
    again = ANY.get()
    assert (again.surname, again.given_names) == (row.surname, "")


def test_no_statement_carries_the_name(row: Person) -> None:
    with CaptureQueriesContext(connection) as asked:
        stored()
        row.sex = Person.Sex.FEMALE
        row.save()
    said = " ".join(query["sql"] for query in asked.captured_queries)
    assert "INSERT" in said
    assert "UPDATE" in said
    assert given_away(said, b"") == []


def test_a_row_that_was_held_for_long_brings_no_older_cell_back(row: Person) -> None:
    newer = ANY.get()
    with transaction.atomic():
        cells.seal(newer, surname="Hoxha")
        newer.save()
    row.sex = Person.Sex.FEMALE
    row.save()
    again = ANY.get()
    assert (again.surname, again.sex) == (newer.surname, "female")
    assert cells.open_cells(again, ["surname"]) == {"surname": "Hoxha"}


# --- what a model may say of such a field


@isolate_apps("besa.people")
def test_a_model_orders_by_no_cell_and_indexes_none() -> None:
    @classified(retention="a day", P2="name other third")
    class Thing(models.Model):
        name = SealedField(unique=True)
        other = SealedField()
        third = SealedField()

        class Meta:
            app_label = "people"
            ordering = ["-third"]
            indexes = [models.Index(fields=["other"], name="thing_other")]

        def __str__(self) -> str:
            return ""

    said = [
        error.msg for field in Thing._meta.local_fields for error in field.check() if isinstance(error, checks.Error)
    ]
    assert said == [
        "a sealed field has no index.",
        "a sealed field has no index.",
        "nothing is ordered by a sealed field.",
    ]
