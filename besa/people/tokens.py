"""The blind index: keyed digests by which a sealed person is found again. Pure functions of a 32-byte key.

A digest is HMAC-SHA256 over the kind and the parts, cut to 16 bytes. What is digested is a number, or a compound of surname, given
name and birth. There is no digest of a surname alone: whoever steals the table and knows how often each surname occurs would
read a part of them off the counts (`python -m benchmarks.reliability.index_attack` says how large a part).

What widens a search (nicknames, spellings, a year either way, names in the wrong order) is done when somebody asks, not when a
person is stored: what is not in the table cannot be counted. Only what the asker cannot know is stored: an estimated year.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from besa.people import names, scripts

KEY_BYTES = 32
DIGEST_BYTES = 16
CALLING_CODE = "355"  # Albania
ESTIMATE = 2  # years either way that an estimated age may be wrong and still be found
STEP = 12  # rows per person: a multiple of this
MOST_WORDS = 3  # of a surname or of given names; more are not a name but a sentence
DECADES = range(1900, 2100, 10)
UNKNOWN = "unknown"


class Kind(StrEnum):
    """What was digested. It is part of the digest and is not stored: rows that find nobody must not be told from the others."""

    NATIONAL_ID = "national_id"
    PAPER = "paper"
    PHONE = "phone"
    NAME_AND_YEAR = "name_and_year"  # the names as written
    SOUND_AND_DECADE = "sound_and_decade"  # one surname and one given name as they sound
    NOTHING = "nothing"  # fills up the rows of a person; found by no search


@dataclass(frozen=True)
class Token:
    """One row of the index, of which the digest alone is written."""

    kind: Kind
    digest: bytes


@dataclass(frozen=True, repr=False)
class Name:
    """A surname with given names; an alias, too."""

    surname: str
    given: str


def tokens(
    key: bytes,
    *,
    surname: str = "",
    given: str = "",
    birth_year: int | None = None,
    is_estimated: bool = False,
    national_id: str = "",
    papers: Iterable[tuple[str, str]] = (),
    phones: Iterable[str] = (),
    aliases: Iterable[Name] = (),
    calling_code: str = CALLING_CODE,
) -> set[Token]:
    """What is stored of one person. `papers` are (country, number). An alias may lack a part and takes it from the name."""
    found = set(_numbers(key, national_id, papers, phones, calling_code))
    years = _around(birth_year, ESTIMATE if is_estimated else 0)
    for name in (Name(surname, given), *aliases):
        one = Name(name.surname or surname, name.given or given)
        found |= {_name_and_year(key, one, year) for year in years if _is_compound(one)}
        decades = {_decade(year) for year in years} or {UNKNOWN}
        found |= {_sound(key, *pair, decade) for pair in _sounds(one.surname, one.given) for decade in decades}
    return found


def query_tokens(
    key: bytes,
    *,
    surname: str = "",
    given: str = "",
    birth_year: int | None = None,
    years_off: int = 1,
    national_id: str = "",
    papers: Iterable[tuple[str, str]] = (),
    phones: Iterable[str] = (),
    calling_code: str = CALLING_CODE,
) -> set[Token]:
    """What a searcher asks for, from whatever parts she knows; nothing for a surname or a given name alone.

    Names are asked for as written, in the years that are at most `years_off` away; and as they sound with all their variants and
    in either order, in the decades of these years, every decade where no year is known, and among persons without a year.
    """
    found = set(_numbers(key, national_id, papers, phones, calling_code))
    years = _around(birth_year, years_off)
    name = Name(surname, given)
    if _is_compound(name):
        found |= {_name_and_year(key, name, year) for year in years}
        decades = {_decade(year) for year in years} or {str(decade) for decade in DECADES}
        found |= {_sound(key, *pair, decade) for pair in _asked_sounds(name) for decade in decades | {UNKNOWN}}
    return found


def padded(key: bytes, found: set[Token], owner: bytes) -> set[Token]:
    """The tokens filled up to a multiple of STEP rows, so that their number does not tell how many papers and names there are.

    A woman with four false passports would stand out in a table that nobody can read. `owner` is the person's key: the same
    person is filled up with the same rows each time, so that writing her anew shows nothing new.
    """
    missing = -len(found) % STEP if found else STEP
    return found | {_token(key, Kind.NOTHING, owner.hex(), str(number)) for number in range(missing)}


# --- digests


def _token(key: bytes, kind: Kind, *parts: str) -> Token:
    """The kind and each part with its length before it, so that no two lists of parts are the same text."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"the key of the index has {KEY_BYTES} bytes")
    texts = [part.encode("utf-8") for part in (f"besa index {kind}", *parts)]
    message = b"".join(len(text).to_bytes(4, "big") + text for text in texts)
    return Token(kind, hmac.digest(key, message, hashlib.sha256)[:DIGEST_BYTES])


def _name_and_year(key: bytes, name: Name, year: int) -> Token:
    return _token(key, Kind.NAME_AND_YEAR, names.normalised(name.surname), names.normalised(name.given), str(year))


def _sound(key: bytes, surname: str, given: str, decade: str) -> Token:
    return _token(key, Kind.SOUND_AND_DECADE, surname, given, decade)


# --- names and years


def _is_compound(name: Name) -> bool:
    return bool(names.normalised(name.surname) and names.normalised(name.given))


def _sounds(surname: str, given: str) -> set[tuple[str, str]]:
    """Each surname with each given name: a double name is found by either half."""
    return {
        (last, first)
        for last in names.phonetic(surname).split()[:MOST_WORDS]
        for first in names.phonetic(given).split()[:MOST_WORDS]
    }


def _asked_sounds(name: Name) -> Iterator[tuple[str, str]]:
    """Each surname with each variant of each given name, both also as spellings from abroad; and the two exchanged."""
    for last, first in ((name.surname, name.given), (name.given, name.surname)):
        lasts = names.normalised(last).split()[:MOST_WORDS]
        firsts = names.normalised(first).split()[:MOST_WORDS]
        called = {code for word in firsts for other in names.variants(word) for code in names.heard(other)}
        yield from ((code, other) for word in lasts for code in names.heard(word) for other in called)


def _around(year: int | None, off: int) -> list[int]:
    return [] if year is None else list(range(year - off, year + off + 1))


def _decade(year: int) -> str:
    return str(year // 10 * 10)


# --- numbers


def _numbers(
    key: bytes, national_id: str, papers: Iterable[tuple[str, str]], phones: Iterable[str], calling_code: str
) -> Iterator[Token]:
    if number := bare(national_id):
        yield _token(key, Kind.NATIONAL_ID, number)
    for country, paper in papers:
        if number := bare(paper):
            yield _token(key, Kind.PAPER, bare(country), number)
    for phone in phones:
        if number := e164(phone, calling_code):
            yield _token(key, Kind.PHONE, number)


def bare(number: str) -> str:
    """A number of a paper without blanks, strokes and small letters; Greek and Cyrillic look-alikes as their Latin letters."""
    return re.sub(r"[^A-Z0-9]", "", scripts.plain(scripts.folded(number)).upper())


def e164(phone: str, calling_code: str = CALLING_CODE) -> str:
    """`+` and digits as ITU-T E.164 writes them; "" for what is too short or too long to be a telephone number.

    A number without a country is one of `calling_code`; the 0 of the trunk goes, also from "+355 (0)69".
    """
    text = scripts.plain(scripts.folded(phone))
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", text))
    if text.lstrip(" (").startswith("+"):
        digits = digits.removeprefix("00")
    elif digits.startswith("00"):
        digits = digits[2:]
    elif digits.startswith("0"):
        digits = calling_code + digits.lstrip("0")
    elif not (digits.startswith(calling_code) and len(digits) >= len(calling_code) + 8):
        digits = calling_code + digits
    if digits.startswith(calling_code + "0"):
        digits = calling_code + digits.removeprefix(calling_code).lstrip("0")
    return f"+{digits}" if 8 <= len(digits) <= 15 else ""
