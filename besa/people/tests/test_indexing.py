"""The index in the database: it finds who was written, and its rows say nothing of what each of them is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from benchmarks.reliability import index_attack, scores
from besa.audit.actions import SYSTEM
from besa.people import actions, indexing
from besa.people.identity import Identity, Part
from besa.people.indexing import Query
from besa.people.models import IdentityToken, Person
from besa.people.tokens import STEP
from besa.vault import keystore
from besa.vault.providers import provider

AT = datetime(2009, 7, 6, 10, tzinfo=UTC)
ARTA = Identity(
    person={"surname": "Hoxha", "given_names": "Arta", "birth_date": "1990-03-04"},
    papers=(Part({"kind": "passport", "country": "ITA", "number": "ZZ 0000017"}),),
    contacts=(Part({"kind": "phone", "value": "+355 60 000 0001"}),),
)


@pytest.fixture(autouse=True)
def installation(db: None, settings: Settings, tmp_path: Path) -> None:
    """Keys of this test alone."""
    settings.KEYS = str(tmp_path / "keys")
    provider.cache_clear()
    keystore.named.cache_clear()


def written(identity: Identity) -> Person:
    return actions.add(identity=identity, scope=keystore.new_scope(at=AT), by=SYSTEM, at=AT)


@pytest.mark.parametrize(
    "query",
    [
        Query(surname="Hoxha", given="Arta", birth_year=1991),
        Query(surname="hodža", given="ARTA"),
        Query(number="zz0000017"),
        Query(phone="060 000 0001"),
    ],
    ids=["names and year", "names as they sound", "paper", "telephone"],
)
def test_who_was_written_is_found(query: Query) -> None:
    arta, _other = written(ARTA), written(Identity(person={"surname": "Kola", "given_names": "Mira"}))
    assert list(indexing.found(query)) == [arta]


def test_a_row_says_nothing_but_a_digest_of_one_length() -> None:
    assert {field.name for field in IdentityToken._meta.concrete_fields} == {"id", "person", "digest"}
    known, unknown = written(ARTA), written(Identity(person={}))
    for person in (known, unknown):
        digests = [bytes(digest) for digest in person.tokens.values_list("digest", flat=True)]
        assert len(digests) == STEP
        assert {len(digest) for digest in digests} == {16}
        # the order in which they were written does not say which of them fill up
        assert digests == sorted(digests)
    assert indexing.found(Query(surname="Hoxha", given="Arta")).count() == 1


def test_a_digest_stands_once_for_a_person() -> None:
    token = written(ARTA).tokens.earliest("digest")
    with pytest.raises(IntegrityError), transaction.atomic():
        IdentityToken.objects.create(person=token.person, digest=bytes(token.digest))


def test_the_attack_names_hardly_anybody_and_would_if_surnames_were_stored(capsys: pytest.CaptureFixture[str]) -> None:
    assert index_attack.main(["--persons", "1000"]) == 0
    shares = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    surnames, blind = (float(shares["surname alone"].split("%")[at].split()[-1]) for at in (1, 2))
    assert surnames > 2 * blind, "the attack has no teeth"
    assert "as stolen" in shares


def test_a_suggestion_of_a_high_score_is_mostly_right() -> None:
    first, second = scores.made_up_records(1500, seed=3)
    found = scores.worth(bytes(range(32)), first, second)
    recall = {threshold: one.right / len(second) for threshold, one in found.items()}
    precision = {threshold: one.right / one.suggested for threshold, one in found.items()}
    assert recall[40] > 0.93
    assert precision[50] > 0.9
    assert precision[90] > 0.99
    assert sorted(precision.values()) == pytest.approx(list(precision.values()), abs=0.02), "more is more"
