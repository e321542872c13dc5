"""What an identity consists of, in the clear, for the moment in which somebody writes or reads it. Never kept, never logged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from besa.directory.case_policy import Group


@dataclass(frozen=True, repr=False)
class Part:
    """One alias, paper, contact or guardian: its clear and its sealed fields by name."""

    values: dict[str, object]


@dataclass(frozen=True, repr=False)
class Identity:
    """An identity as somebody writes it: fields of the person by name, and her parts by the group that they are shown in."""

    person: dict[str, object]
    aliases: tuple[Part, ...] = ()
    papers: tuple[Part, ...] = ()
    contacts: tuple[Part, ...] = ()
    languages: tuple[Part, ...] = ()
    guardians: tuple[Part, ...] = ()


# Which sealed fields of the person and which of her parts each group shows.
PERSON_FIELDS: dict[Group, tuple[str, ...]] = {
    Group.NAMES: ("surname", "given_names", "father_name"),
    Group.BIRTH: ("birth_date", "birth_place"),
    Group.PAPERS: (),
    Group.CONTACTS: (),
    Group.GUARDIAN: (),
}
PARTS: dict[Group, tuple[str, ...]] = {
    Group.NAMES: ("aliases",),
    Group.BIRTH: (),
    Group.PAPERS: ("papers",),
    Group.CONTACTS: ("contacts", "languages"),
    Group.GUARDIAN: ("guardians",),
}


@dataclass(frozen=True, repr=False)
class Revealed:
    """What was opened: the values of the person's fields, and of each of her parts, by name."""

    fields: dict[str, str]
    parts: dict[str, list[dict[str, object]]] = field(default_factory=dict)


def fields_of(groups: Iterable[Group]) -> list[str]:
    """The names under which the record of events says what was opened."""
    found: list[str] = []
    for group in Group:
        if group in set(groups):
            found += [*PERSON_FIELDS[group], *PARTS[group]]
    return found
