"""The blind index finds who is looked for, holds nothing of a name alone, and tells nothing by its shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besa.people.tokens import STEP, Kind, Name, Token, bare, e164, padded, query_tokens, tokens

KEY = bytes(range(32))
ARTA: dict[str, Any] = {"surname": "Hoxha", "given": "Arta"}


def kinds(found: set[Token]) -> dict[Kind, int]:
    return {
        kind: sum(token.kind == kind for token in found) for kind in Kind if any(token.kind == kind for token in found)
    }


def test_what_is_stored_of_a_person() -> None:
    papers, phones = [("ALB", "ZZ 1234567"), ("ITA", "ZZ7")], ["060 0000001"]
    found = tokens(KEY, **ARTA, birth_year=1990, national_id="J05101001Z", papers=papers, phones=phones)
    assert kinds(found) == {
        Kind.NATIONAL_ID: 1,
        Kind.PAPER: 2,
        Kind.PHONE: 1,
        Kind.NAME_AND_YEAR: 1,
        Kind.SOUND_AND_DECADE: 1,
    }
    assert {len(token.digest) for token in found} == {16}
    assert len({token.digest for token in found}) == len(found)


def test_nothing_of_a_part_of_a_name_is_stored_or_asked() -> None:
    parts: list[dict[str, Any]] = [{"surname": "Hoxha"}, {"given": "Arta"}, {"surname": "Hoxha", "given": " .-1"}, {}]
    for part in parts:
        assert tokens(KEY, **part, birth_year=1990) == set()
        assert query_tokens(KEY, **part, birth_year=1990) == set()
        assert query_tokens(KEY, **part) == set()
    assert {Kind(kind) for kind in Kind} - {Kind.NOTHING} == {
        *(Kind.NATIONAL_ID, Kind.PAPER, Kind.PHONE, Kind.NAME_AND_YEAR, Kind.SOUND_AND_DECADE)
    }


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ({**ARTA, "birth_year": 1990}, {**ARTA, "birth_year": 1990}),
        ({**ARTA, "birth_year": 1990}, {**ARTA, "birth_year": 1989}),
        ({**ARTA, "birth_year": 1990}, ARTA),
        ({**ARTA}, {**ARTA, "birth_year": 1990}),
        ({**ARTA, "birth_year": 1990, "is_estimated": True}, {**ARTA, "birth_year": 1987}),
        ({**ARTA, "birth_year": 1990}, {"surname": "Χότζα", "given": "Άρτα", "birth_year": 1990}),
        ({**ARTA, "birth_year": 1990}, {"surname": "Arta", "given": "Hoxha", "birth_year": 1990}),
        ({**ARTA, "birth_year": 1990}, {"surname": "Hoxha-Kola", "given": "Maria Arta", "birth_year": 1990}),
        ({"surname": "Hoxha Kola", "given": "Arta Maria", "birth_year": 1990}, {"surname": "Kola", "given": "Maria"}),
        (
            {"surname": "Kurti", "given": "Muhamet", "birth_year": 1990},
            {"surname": "Curti", "given": "Met", "birth_year": 1991},
        ),
        ({**ARTA, "aliases": [Name("", "Besa")]}, {"surname": "Hoxha", "given": "Besa"}),
        ({**ARTA, "aliases": [Name("Kola", "")]}, {"surname": "Kola", "given": "Arta"}),
        ({"phones": ["+355 60 000 0001"]}, {"phones": ["060/000-0001"]}),
        ({"papers": [("ALB", "ZZ-001 ")]}, {"papers": [("alb", "zz001")]}),
        ({"national_id": "j05101001z"}, {"national_id": "J 05101001 Z"}),
    ],
)
def test_is_found(stored: dict[str, Any], asked: dict[str, Any]) -> None:
    assert tokens(KEY, **stored) & query_tokens(KEY, **asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"surname": "Hysa", "given": "Arta", "birth_year": 1990},
        {"surname": "Hoxha", "given": "Artan", "birth_year": 1990},
        {"surname": "Hoxha", "given": "Arta", "birth_year": 1975},
        {"phones": ["+39 600000001"]},
        {"papers": [("ITA", "ZZ001")]},
        {"national_id": "ZZ001"},  # the number of a paper is not asked for as another kind
    ],
)
def test_is_not_found(asked: dict[str, Any]) -> None:
    stored = tokens(KEY, **ARTA, birth_year=1990, papers=[("ALB", "ZZ001")], phones=["+355600000001"])
    assert not stored & query_tokens(KEY, **asked)


def test_another_key_gives_other_digests_and_a_short_one_none() -> None:
    assert not tokens(KEY, **ARTA, birth_year=1990) & tokens(bytes(32), **ARTA, birth_year=1990)
    with pytest.raises(ValueError, match="32 bytes"):
        tokens(b"short", **ARTA, birth_year=1990)


def test_every_person_has_rows_in_steps_and_the_same_ones_each_time() -> None:
    few, many = tokens(KEY, **ARTA), tokens(KEY, **ARTA, papers=[("ALB", f"ZZ{number}") for number in range(12)])
    assert len(padded(KEY, set(), b"1")) == len(padded(KEY, few, b"1")) == STEP
    assert len(padded(KEY, many, b"1")) == 2 * STEP
    assert padded(KEY, few, b"1") == padded(KEY, few, b"1") >= few
    assert padded(KEY, few, b"1") & padded(KEY, few, b"2") == few


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        *(
            ("060 000 0001", "+355600000001"),
            ("+355 (0)60 000 0001", "+355600000001"),
            ("00355600000001", "+355600000001"),
        ),
        *(("355600000001", "+355600000001"), ("600000001", "+355600000001"), ("+39 06 1234567", "+39061234567")),
        *(("+355 060 0000001", "+355600000001"), ("", ""), ("no", ""), ("12", ""), ("+" + "1" * 16, "")),
    ],
)
def test_telephone_numbers(phone: str, number: str) -> None:
    assert e164(phone) == number


@given(st.text(max_size=30))
def test_numbers_of_any_text(text: str) -> None:
    assert bare(bare(text)) == bare(text)
    assert e164(text) == "" or e164(e164(text)) == e164(text)
