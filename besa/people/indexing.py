"""The tokens of a person in the database: written with her identity, asked when somebody looks for her."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet

from besa.people import tokens
from besa.people.identity import Identity, Part
from besa.people.models import Contact as Way
from besa.people.models import IdentityToken, Paper, Person
from besa.vault import keystore

KEY = "index"


@dataclass(frozen=True, repr=False)
class Query:
    """What somebody knows of the person she looks for. `number` is of any paper; a surname alone finds nobody."""

    surname: str = ""
    given: str = ""
    birth_year: int | None = None
    number: str = ""
    phone: str = ""


def index(person: Person, identity: Identity) -> None:
    """Replace the tokens of the person by those of the identity."""
    person.tokens.all().delete()
    IdentityToken.objects.bulk_create(
        IdentityToken(person=person, digest=digest) for digest in digests(person, identity)
    )


def digests(person: Person, identity: Identity) -> list[bytes]:
    """What the index holds of the person; the order tells nothing."""
    key = keystore.named(KEY)
    return sorted(token.digest for token in tokens.padded(key, _tokens(key, identity), person.pk.bytes))


def _tokens(key: bytes, identity: Identity) -> set[tokens.Token]:
    fields = identity.person
    national = [part for part in identity.papers if part.values.get("kind") == Paper.Kind.NATIONAL_ID]
    return tokens.tokens(
        key,
        surname=str(fields.get("surname") or ""),
        given=str(fields.get("given_names") or ""),
        birth_year=year_of(str(fields.get("birth_date") or "")),
        is_estimated=bool(fields.get("is_birth_estimated")),
        national_id=_number(national[0]) if national else "",
        # also without its country, for those who look for a paper and know its number only
        papers=[(country, _number(part)) for part in identity.papers for country in {_country(part), ""}],
        phones=[str(part.values["value"]) for part in identity.contacts if part.values.get("kind") == Way.Kind.PHONE],
        aliases=[
            tokens.Name(str(part.values.get("surname") or ""), str(part.values.get("given_names") or ""))
            for part in identity.aliases
        ],
    )


def _number(part: Part) -> str:
    return str(part.values.get("number") or "")


def _country(part: Part) -> str:
    return str(part.values.get("country") or "")


def year_of(birth_date: str) -> int | None:
    """The year of a date of birth as it is written down: ISO 8601, or a year alone."""
    year = birth_date[:4]
    return int(year) if len(year) == 4 and year.isdigit() else None


def found(query: Query) -> QuerySet[Person]:
    """The persons whom the query may mean, whoever asks: what of them she may know, the case's policy says."""
    wanted = tokens.query_tokens(
        keystore.named(KEY),
        surname=query.surname,
        given=query.given,
        birth_year=query.birth_year,
        national_id=query.number,
        papers=[("", query.number)] if query.number else [],
        phones=[query.phone] if query.phone else [],
    )
    digests = [token.digest for token in wanted]
    return Person.objects.filter(pk__in=IdentityToken.objects.filter(digest__in=digests).values("person"))


def alike(identity: Identity, but: uuid.UUID | None = None) -> dict[uuid.UUID, frozenset[tokens.Kind]]:
    """The persons in whose index something of the identity stands, by their keys, with what agrees: numbers, names with year, sounds.

    `but` is a person who is left out: herself. One query; whoever asks, all are found.
    """
    key = keystore.named(KEY)
    wanted = {token.digest: token.kind for token in _asked(key, identity)}
    if not wanted:
        return {}
    rows = IdentityToken.objects.filter(digest__in=list(wanted)).exclude(person=but).values_list("person", "digest")
    found: dict[uuid.UUID, set[tokens.Kind]] = defaultdict(set)
    for person, digest in rows:
        found[person].add(wanted[bytes(digest)])
    return {person: frozenset(kinds) for person, kinds in found.items()}


def _asked(key: bytes, identity: Identity) -> set[tokens.Token]:
    """What is asked for a whole identity: her numbers, and each of her names as somebody else may have written it."""
    fields = identity.person
    year = year_of(str(fields.get("birth_date") or ""))
    called = [tokens.Name(str(fields.get("surname") or ""), str(fields.get("given_names") or ""))]
    for part in identity.aliases:
        surname, given = str(part.values.get("surname") or ""), str(part.values.get("given_names") or "")
        called.append(tokens.Name(surname or called[0].surname, given or called[0].given))
    national = [part for part in identity.papers if part.values.get("kind") == Paper.Kind.NATIONAL_ID]
    found = tokens.query_tokens(
        key,
        national_id=_number(national[0]) if national else "",
        papers=[(country, _number(part)) for part in identity.papers for country in {_country(part), ""}],
        phones=[str(part.values["value"]) for part in identity.contacts if part.values.get("kind") == Way.Kind.PHONE],
    )
    off = tokens.ESTIMATE if fields.get("is_birth_estimated") else 1
    for name in called:
        found |= tokens.query_tokens(key, surname=name.surname, given=name.given, birth_year=year, years_off=off)
    return found
