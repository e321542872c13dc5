"""Writing an identity: sealed, and findable again by its tokens. Reading one is an act of the case (`cases.actions.reveal`)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from besa.audit import actions as audit
from besa.directory.case_policy import Group
from besa.people import indexing, queries
from besa.people.identity import PARTS as PARTS_OF
from besa.people.identity import PERSON_FIELDS, Identity, Part
from besa.people.models import Alias, Contact, Guardian, Language, Paper, Person, PersonPart
from besa.vault import cells

PARTS: dict[str, type[PersonPart]] = {
    "aliases": Alias,
    "papers": Paper,
    "contacts": Contact,
    "languages": Language,
    "guardians": Guardian,
}


def _fill(row: Person | PersonPart, values: dict[str, object]) -> None:
    sealed = set(cells.sealed_fields(type(row)))
    cells.seal(row, **{name: str(value or "") for name, value in values.items() if name in sealed})
    for name, value in values.items():
        if name not in sealed:
            setattr(row, name, value)


def add(*, identity: Identity, scope: uuid.UUID, by: audit.Actor, at: datetime) -> Person:
    """Seal a new identity by the key `scope`."""
    with transaction.atomic():
        person = Person(scope=scope, created_at=at)
        _fill(person, identity.person)
        person.save(force_insert=True)
        audit.record("identity_added", person, by=by, at=at, fields=identity.person)
        _add_parts(person, identity, only=PARTS, by=by, at=at)
        indexing.index(person, identity)
        return person


def edit(
    *, person: Person, identity: Identity, groups: Iterable[Group] = tuple(Group), by: audit.Actor, at: datetime
) -> Identity:
    """Put another identity in the place of the present one, as far as the groups go; their parts are replaced as a whole.

    What the editor was not shown stays as it is. The whole identity is opened for the index, and given to be compared; nobody is
    shown it.
    """
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        shown = set(groups)
        kept = {name for group in Group if group not in shown for name in PERSON_FIELDS[group]}
        fields = {name: value for name, value in identity.person.items() if name not in kept}
        _fill(person, fields)
        person.save()
        audit.record("identity_edited", person, by=by, at=at, fields=fields)
        parts = {name for group in shown for name in PARTS_OF[group]}
        for name in parts & PARTS.keys():
            for row in getattr(person, name).all():
                audit.record(f"{PARTS[name]._meta.model_name}_removed", row, by=by, at=at, flags=["deleted"])
            getattr(person, name).all().delete()
        _add_parts(person, identity, only=parts, by=by, at=at)
        whole = queries.whole(person)
        indexing.index(person, whole)
        return whole


def _add_parts(person: Person, identity: Identity, *, only: Collection[str], by: audit.Actor, at: datetime) -> None:
    for name, model in PARTS.items():
        if name not in only:
            continue
        parts: tuple[Part, ...] = getattr(identity, name)
        for part in parts:
            row = model(scope=person.scope)
            row.person = person
            _fill(row, part.values)
            row.save(force_insert=True)
            audit.record(f"{model._meta.model_name}_added", row, by=by, at=at, fields=part.values)


def forget(*, person: Person) -> None:
    """Take away what finds the person. What is sealed of her is gone with the key, which whoever erases the case destroys."""
    person.tokens.all().delete()
