"""Opening what is sealed of a person. Whoever calls this has asked whether the reader may, and has recorded that she does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import prefetch_related_objects

from besa.directory.case_policy import Group
from besa.people.identity import PARTS, PERSON_FIELDS, Identity, Part, Revealed
from besa.people.models import Person, PersonPart
from besa.vault import cells


def opened(person: Person, groups: Iterable[Group]) -> Revealed:
    """The values of the groups. Raises KeyGone when the case was erased."""
    return opened_many([person], groups)[0]


def opened_many(persons: Sequence[Person], groups: Iterable[Group]) -> list[Revealed]:
    """The same of several persons, in their order; the keys of all of them in one query."""
    chosen = set(groups)
    wanted = [group for group in Group if group in chosen]
    fields = [name for group in wanted for name in PERSON_FIELDS[group]]
    parts = [name for group in wanted for name in PARTS[group]]
    if len(persons) > 1:
        prefetch_related_objects(persons, *parts)
    rows = [
        (place, name, row) for place, one in enumerate(persons) for name in parts for row in getattr(one, name).all()
    ]
    sealed = [(row, cells.sealed_fields(type(row))) for _place, _name, row in rows]
    told = cells.open_many([*((person, fields) for person in persons), *sealed])
    found = [Revealed(values, {name: [] for name in parts}) for values in told[: len(persons)]]
    for (place, name, row), values in zip(rows, told[len(persons) :], strict=True):
        found[place].parts[name].append(_shown(row) | values)
    return found


def _shown(row: PersonPart) -> dict[str, object]:
    """What of a part is in the clear, with the words for its codes."""
    sealed = cells.sealed_fields(type(row))
    names = [field.name for field in row._meta.concrete_fields if field.name not in ("id", "scope", "person")]
    clear = {name: getattr(row, name) for name in names if name not in sealed}
    words = {
        f"{name}_words": str(getattr(row, f"get_{name}_display")())
        for name in clear
        if hasattr(row, f"get_{name}_display")
    }
    return clear | words


def whole(person: Person) -> Identity:
    """The whole identity, for the index alone; nobody is shown it."""
    read = opened(person, Group)
    fields: dict[str, object] = {**read.fields, "is_birth_estimated": person.is_birth_estimated}
    return Identity(
        person=fields, **{name: tuple(Part(values) for values in rows) for name, rows in read.parts.items()}
    )
