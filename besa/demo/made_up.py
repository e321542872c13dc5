"""Made-up people for the demonstration and for the studies of search: the same for the same seed, and nobody's.

Telephone numbers, national identity numbers and papers have forms that no authority gives out: mobile prefix 60, a check letter Z
and series ZZ. Shares of sex, age and community are those of the casework that the strategy describes, not of the population.
"""

from __future__ import annotations

import random
import re
import string
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

DATA = Path(__file__).with_name("made_up_names.toml")
TODAY = date(2009, 7, 6)  # of the demonstration
FEMALE, MALE = "female", "male"
T = TypeVar("T")

# Of the people in the files: most are young women; Roma and Egyptian children are far more than their share of the country.
COMMUNITIES = {"albanian": 83, "roma_and_egyptian": 13, "greek_minority": 4}
SHARE_FEMALE = 0.78
AGES = {(5, 11): 7, (12, 17): 27, (18, 24): 36, (25, 34): 19, (35, 49): 9, (50, 70): 2}
CITIZENSHIPS = {("ALB",): 90, ("XKX",): 3, ("ALB", "GRC"): 2, ("ALB", "ITA"): 2, ("MDA",): 1, ("MKD",): 1, ("MNE",): 1}
# The weight of the n-th most frequent name is 1 / (n + FLATNESS): the most frequent surname is borne by 2 to 3 in a hundred.
FLATNESS = 10


@dataclass(frozen=True)
class MadeUp:
    """A person who does not exist. `maiden` is "" for who has kept the surname; `papers` are (country, number)."""

    number: int
    community: str
    surname: str
    given: str
    maiden: str
    sex: str
    born: date
    is_estimated: bool
    citizenships: tuple[str, ...]
    national_id: str
    papers: tuple[tuple[str, str], ...]
    phones: tuple[str, ...]


@cache
def _data() -> dict[str, dict[str, str]]:
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


@cache
def names_of(community: str, part: str) -> tuple[str, ...]:
    """The names of a community, the most frequent first; part is `female`, `male` or `surnames`."""
    return tuple(dict.fromkeys(_data()[community][part].split()))


@cache
def weights_of(community: str, part: str) -> tuple[float, ...]:
    """The share of each of these names; they add up to 1."""
    weights = [1 / (rank + FLATNESS) for rank in range(1, len(names_of(community, part)) + 1)]
    return tuple(weight / sum(weights) for weight in weights)


@cache
def _home() -> dict[str, str]:
    return dict(pair.split(":") for pair in _data()["home"]["names"].split())


def ages() -> dict[int, float]:
    """The share of each age in years among the people in the files."""
    total = sum(AGES.values())
    return {
        age: weight / total / (last - first + 1)
        for (first, last), weight in AGES.items()
        for age in range(first, last + 1)
    }


@cache
def _sums(community: str, part: str) -> tuple[float, ...]:
    return tuple(accumulate(weights_of(community, part)))


def _name(chance: random.Random, community: str, part: str) -> str:
    return chance.choices(names_of(community, part), cum_weights=_sums(community, part))[0]


def _of(chance: random.Random, weights: dict[T, int]) -> T:
    return chance.choices(list(weights), list(weights.values()))[0]


def people(count: int, seed: int = 1) -> Iterator[MadeUp]:
    """So many made-up people. The first n of a seed are the same however many are asked for."""
    for number in range(count):
        yield _person(number, random.Random(f"{seed} {number}"))


def _person(number: int, chance: random.Random) -> MadeUp:
    community = _of(chance, COMMUNITIES)
    sex = FEMALE if chance.random() < SHARE_FEMALE else MALE
    first, last = _of(chance, AGES)
    born = TODAY - timedelta(days=int((chance.randint(first, last) + chance.random()) * 365.2425))
    surname = _name(chance, community, "surnames")
    given = _name(chance, community, sex)
    if chance.random() < 0.04:
        second = _name(chance, community, sex)
        given = given if second == given else f"{given} {second}"
    is_married = sex == FEMALE and chance.random() < (0.5 if last >= 25 else 0.1 if last >= 18 else 0)
    # A child of the streets is often in no register, and nobody knows the day.
    is_estimated = chance.random() < (0.25 if community == "roma_and_egyptian" else 0.06)
    citizenships = ("ALB",) if community == "roma_and_egyptian" else _of(chance, CITIZENSHIPS)
    return MadeUp(
        number=number,
        community=community,
        surname=surname,
        given=given,
        maiden=_name(chance, community, "surnames") if is_married else "",
        sex=sex,
        born=born.replace(month=1, day=1) if is_estimated else born,
        is_estimated=is_estimated,
        citizenships=citizenships,
        national_id="" if is_estimated or citizenships[0] != "ALB" else _national_id(number, sex, born),
        papers=_papers(number, chance, citizenships, is_estimated),
        phones=tuple(_phone(number, place) for place in range(_of(chance, {0: 40, 1: 50, 2: 10}))),
    )


def _national_id(number: int, sex: str, born: date) -> str:
    """Formed like an Albanian one (decade, year, month plus 50 for a woman, day, serial) with a check letter that there is not."""
    decade = string.ascii_uppercase[(born.year - 1800) // 10]
    month = born.month + (50 if sex == FEMALE else 0)
    return f"{decade}{born.year % 10}{month:02}{born.day:02}{number % 1000:03}Z"


def _papers(
    number: int, chance: random.Random, citizenships: tuple[str, ...], is_estimated: bool
) -> tuple[tuple[str, str], ...]:
    count = 0 if is_estimated else _of(chance, {0: 45, 1: 45, 2: 8, 3: 2})
    return tuple((citizenships[place % len(citizenships)], f"ZZ{place}{number:07}") for place in range(count))


def _phone(number: int, place: int) -> str:
    return f"+35560{place}{number % 1_000_000:06}"


# --- the same person in another office's file


def _letters(name: str, chance: random.Random) -> str:
    """One slip of the fingers: a letter dropped, doubled, exchanged with the next, or another."""
    if len(name) < 4:
        return name + name[-1]
    place = chance.randrange(1, len(name) - 1)
    before, letter, after = name[:place], name[place], name[place + 1 :]
    slips = (
        before + after,
        before + letter * 2 + after,
        before + after[0] + letter + after[1:],
        before + "aeintsr"[place % 7] + after,
    )
    return chance.choice(slips)


_PLAIN = str.maketrans("ëçËÇ", "ecEC")
# Patterns of our spelling and what an office abroad makes of it, as the letters around it ask for.
_ITALIAN = (
    *(
        (r"(?:xh|gj)(?=[ei])", "g"),
        (r"(?:xh|gj)(?=[aou])", "gi"),
        (r"xh|gj", "g"),
        (r"sh(?=[ei])", "sc"),
        (r"sh(?=[aou])", "sci"),
    ),
    *(
        (r"sh", "s"),
        (r"k(?=[ei])", "ch"),
        (r"k|q", "c"),
        (r"dh", "d"),
        (r"th", "t"),
        (r"ll", "l"),
        (r"rr", "r"),
        (r"nj", "gn"),
    ),
)
_GREEK = (
    *(
        ("gji", "γκι"),
        ("gj", "γκι"),
        ("xh", "τζ"),
        ("sh", "σ"),
        ("zh", "ζ"),
        ("dh", "δ"),
        ("th", "θ"),
        ("nj", "νι"),
        ("ll", "λλ"),
    ),
    *(
        ("rr", "ρ"),
        ("q", "κι"),
        ("ç", "τσ"),
        ("c", "τσ"),
        ("b", "μπ"),
        ("d", "ντ"),
        ("g", "γκ"),
        ("u", "ου"),
        ("y", "ι"),
        ("(?<=[aeëou])[ij]", "ϊ"),
        ("j(?=[aeëou])", "γι"),
        ("j", "ι"),
    ),
    *(
        ("a", "α"),
        ("e", "ε"),
        ("ë", "ε"),
        ("f", "φ"),
        ("h", "χ"),
        ("i", "ι"),
        ("k", "κ"),
        ("l", "λ"),
        ("m", "μ"),
        ("n", "ν"),
    ),
    *(("o", "ο"), ("p", "π"), ("r", "ρ"), ("s", "σ"), ("t", "τ"), ("v", "β"), ("x", "τζ"), ("z", "ζ")),
)
_CYRILLIC = (
    *(
        ("gj", "ѓ"),
        ("xh", "џ"),
        ("sh", "ш"),
        ("zh", "ж"),
        ("dh", "д"),
        ("th", "т"),
        ("nj", "њ"),
        ("ll", "л"),
        ("rr", "р"),
        ("q", "ќ"),
    ),
    *(
        ("ç", "ч"),
        ("c", "ц"),
        ("x", "ѕ"),
        ("a", "а"),
        ("b", "б"),
        ("d", "д"),
        ("e", "е"),
        ("ë", "е"),
        ("f", "ф"),
        ("g", "г"),
    ),
    *(
        ("h", "х"),
        ("i", "и"),
        ("j", "ј"),
        ("k", "к"),
        ("l", "л"),
        ("m", "м"),
        ("n", "н"),
        ("o", "о"),
        ("p", "п"),
        ("r", "р"),
    ),
    *(("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("y", "и"), ("z", "з")),
)


def _spelled(name: str, table: tuple[tuple[str, str], ...]) -> str:
    """The name pattern by pattern in another spelling, the first that fits; what none fits stays as it is."""
    pattern = re.compile("|".join(f"({ours})" for ours, _ in table))
    found = pattern.sub(lambda one: table[(one.lastindex or 1) - 1][1], name.lower())
    return " ".join(word.capitalize() for word in found.split(" "))


def _italian(name: str) -> str:
    return _spelled(name, _ITALIAN).translate(_PLAIN)


def _definite(name: str) -> str:
    """The definite form of the last word, as in running text: Agim, Agimi; Dritë, Drita; and back for a name in -a."""
    if name.endswith(("ë", "e")):
        return name[:-1] + "a"
    if name.endswith("a"):
        return name[:-1] + "ë"
    if name.endswith("i"):
        return name[:-1] if len(name) > 3 else name + "u"
    if name.endswith(("ku", "gu", "hu")):
        return name[:-1]
    return name + ("u" if name.endswith(("k", "g", "h")) else "i" if name[-1] not in "ou" else "")


def _either(chance: random.Random, person: MadeUp, change: Callable[[str], str]) -> MadeUp:
    """One of the two names changed."""
    if chance.random() < 0.5:
        return replace(person, surname=change(person.surname))
    return replace(person, given=change(person.given))


def _both(person: MadeUp, change: Callable[[str], str]) -> MadeUp:
    return replace(person, surname=change(person.surname), given=change(person.given))


def _swapped(born: date) -> date:
    return born.replace(month=born.day, day=born.month) if born.day <= 12 else born


def _years_later(born: date, years: int) -> date:
    return (born if (born.month, born.day) != (2, 29) else born.replace(day=28)).replace(year=born.year + years)


Change = Callable[[MadeUp, random.Random], MadeUp]
VARIANTS: dict[str, Change] = {
    "plain letters": lambda person, _: _both(person, lambda name: name.translate(_PLAIN).upper()),
    "typing slip": lambda person, chance: _either(chance, person, lambda name: _letters(name, chance)),
    "Italian spelling": lambda person, _: _both(person, _italian),
    "Greek spelling": lambda person, _: _both(person, lambda name: _spelled(name, _GREEK)),
    "Cyrillic spelling": lambda person, _: _both(person, lambda name: _spelled(name, _CYRILLIC)),
    "definite form": lambda person, chance: _either(chance, person, _definite),
    "nickname": lambda person, _: replace(person, given=_home().get(person.given, person.given)),
    "names exchanged": lambda person, _: replace(person, surname=person.given, given=person.surname),
    "day and month exchanged": lambda person, _: replace(person, born=_swapped(person.born)),
    "year off by one": lambda person, chance: replace(person, born=_years_later(person.born, chance.choice((-1, 1)))),
    "maiden name": lambda person, _: replace(person, surname=person.maiden or person.surname),
}


def variant(person: MadeUp, kind: str, seed: int = 1) -> MadeUp:
    """The person as another office might have written her; where the kind changes nothing (no nickname is known) she is as she was."""
    return VARIANTS[kind](person, random.Random(f"{seed} {person.number} {kind}"))
