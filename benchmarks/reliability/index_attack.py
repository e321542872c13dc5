"""How many names does a thief read off the blind index? `python -m benchmarks.reliability.index_attack [--persons 20000] [--seed 1]`

The thief has the whole table (person, digest) and not the key. She knows exactly how frequent each surname, given name and
year of birth is among the people in the files, more than anybody knows. She names each digest in three ways, the best counts:

- by rank: the most frequent digest is the most frequent compound, and so on;
- by likelihood: each number of occurrences goes to the compounds that most probably occur so often (Poisson);
- linked: digests that share a person are put together first, and the groups ranked by their people.

"as stolen" is the table as it lies there: no row says what was digested, and those that fill up look like all others; she knows
how many of each kind there are. The kinds below are what she would reach if she could tell them apart, which she cannot.

A row is named when surname and given name, as they sound, are both right. In no stored kind may more than 3 % of rows be named.
Surnames are counted apart, beside what needs no table: who calls everybody by the commonest name has that many surnames right
("blind"). No stored kind may add more than 3 in a hundred to that. How uneven names are decides all of these figures, and the
made-up names are nobody's statistics: `--flatness 1` makes them far more uneven than the default of 10.

Two kinds are attacked for comparison that Besa does not store: the surname alone, and surname with given name without birth
(which is what the sounds would be if nobody's year of birth were known).
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from besa.demo import made_up
from besa.people import names
from besa.people.tokens import Kind, padded, tokens

LIMIT = 0.03
STOLEN = "as stolen"
SURNAME = "surname alone"
NO_BIRTH = "names, no birth"
NOT_STORED = (NO_BIRTH, SURNAME)
OF_NAMES = (Kind.NAME_AND_YEAR, Kind.SOUND_AND_DECADE)
RAREST = 0.004  # expected occurrences below which the thief does not name a compound
Pair = tuple[str, str]
# compound -> its share among the people; a compound begins with the surname and the given name
Chances = dict[tuple[object, ...], float]


@dataclass(frozen=True)
class Row:
    """One row of the stolen table; `kind` is not in it, and `truth` is what the thief would like to know."""

    person: int
    kind: str
    digest: bytes
    truth: frozenset[Pair]


@dataclass(frozen=True)
class Result:
    """What was named of one kind, or of all: rows, the best way, greatest shares of whole names and surnames right, surnames blind."""

    kind: str
    rows: int
    way: str
    named: float
    surname: float
    blind: float


def table(people: Iterable[made_up.MadeUp], key: bytes) -> list[Row]:
    """The index as it is stored, filled up; and the rows of the kinds that are not stored."""
    rows = []
    for person in people:
        found = tokens(
            key,
            surname=person.surname,
            given=person.given,
            birth_year=person.born.year,
            is_estimated=person.is_estimated,
            national_id=person.national_id,
            papers=person.papers,
            phones=person.phones,
        )
        truth = frozenset((names.phonetic(person.surname), given) for given in names.phonetic(person.given).split())
        rows += [
            Row(person.number, token.kind, token.digest, truth)
            for token in padded(key, found, person.number.to_bytes(8, "big"))
        ]
        surname = names.phonetic(person.surname)
        rows.append(Row(person.number, SURNAME, _digest(key, surname), truth))
        rows += [Row(person.number, NO_BIRTH, _digest(key, f"{surname} {given}"), truth) for _, given in truth]
    return rows


def _digest(key: bytes, text: str) -> bytes:
    return hashlib.blake2b(text.encode(), key=key, digest_size=16).digest()


# --- what the thief knows


def pairs() -> dict[Pair, float]:
    """The share of each surname with each given name, as they sound."""
    found: dict[Pair, float] = defaultdict(float)
    sexes = {made_up.FEMALE: made_up.SHARE_FEMALE, made_up.MALE: 1 - made_up.SHARE_FEMALE}
    for community, weight in made_up.COMMUNITIES.items():
        share = weight / sum(made_up.COMMUNITIES.values())
        lasts = _by_sound(community, "surnames")
        for sex, part in sexes.items():
            for given, chance in _by_sound(community, sex).items():
                for surname, other in lasts.items():
                    found[surname, given] += share * part * chance * other
    return dict(found)


def _by_sound(community: str, part: str) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for name, weight in zip(made_up.names_of(community, part), made_up.weights_of(community, part), strict=True):
        found[names.phonetic(name)] += weight
    return dict(found)


def years() -> dict[int, float]:
    """The share of each year of birth: who is so old was born in one of two years."""
    found: dict[int, float] = defaultdict(float)
    first = made_up.TODAY.timetuple().tm_yday / 365.2425
    for age, share in made_up.ages().items():
        found[made_up.TODAY.year - age] += share * first
        found[made_up.TODAY.year - age - 1] += share * (1 - first)
    return dict(found)


def knowledge(people: int) -> dict[str, Chances]:
    """For each kind that is made of names, the share of each compound that may be worth naming."""
    known = pairs()
    by_year = years()
    by_decade: dict[int, float] = defaultdict(float)
    for year, share in by_year.items():
        by_decade[year // 10 * 10] += share
    surnames: Chances = defaultdict(float)
    for (surname, _), share in known.items():
        surnames[surname, ""] += share
    return {
        Kind.NAME_AND_YEAR: _times(known, by_year, RAREST / people),
        Kind.SOUND_AND_DECADE: _times(known, by_decade, RAREST / people),
        NO_BIRTH: {pair: share for pair, share in known.items() if share * people >= RAREST},
        SURNAME: dict(surnames),
    }


def _times(known: dict[Pair, float], when: dict[int, float], least: float) -> Chances:
    top = max(when.values())
    likely = [(pair, share) for pair, share in known.items() if share * top >= least]
    return {
        (*pair, time): share * part for pair, share in likely for time, part in when.items() if share * part >= least
    }


# --- three ways to name a digest


def by_rank(counts: Counter[bytes], chances: Chances) -> dict[bytes, Hashable]:
    order = sorted(chances, key=lambda compound: -chances[compound])
    return dict(zip((digest for digest, _ in counts.most_common()), order, strict=False))


def by_likelihood(counts: Counter[bytes], chances: Chances) -> dict[bytes, Hashable]:
    """The digests that occur n times get the compounds whose chance of occurring just n times is greatest, the frequent first.

    Digests that occur equally often cannot be told apart, so that this is the most that counts say.
    """
    total = counts.total()
    free = {compound: total * chance for compound, chance in chances.items()}
    found: dict[bytes, Hashable] = {}
    for count, group in groupby(counts.most_common(), key=lambda pair: pair[1]):
        digests = [digest for digest, _ in group]
        score = {compound: count * math.log(mean) - mean for compound, mean in free.items()}
        best = sorted(score, key=lambda compound: -score[compound])[: len(digests)]
        found |= dict(zip(digests, best, strict=False))
        for compound in best:
            del free[compound]
    return found


def linked(rows: list[Row], known: dict[Pair, float]) -> dict[bytes, Hashable]:
    """Digests of names that share a person, put together: the group is one name; groups ranked by how many people they have."""
    parent: dict[Hashable, Hashable] = {}

    def root(node: Hashable) -> Hashable:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for row in rows:
        parent[root(row.digest)] = root(row.person)
    people = Counter(root(person) for person in {row.person for row in rows})
    order = sorted(known, key=lambda pair: -known[pair])
    named: dict[Hashable, Hashable] = dict(zip((group for group, _ in people.most_common()), order, strict=False))
    return {row.digest: named.get(root(row.digest)) for row in rows}


# --- the count


def attack(rows: list[Row], people: int, chance: random.Random) -> list[Result]:
    """The best of the three ways for the table as it was stolen, and for each kind by itself."""
    known = pairs()
    chances = knowledge(people)
    stored = [row for row in rows if row.kind not in NOT_STORED]
    joined = linked([row for row in stored if row.kind in OF_NAMES], known)
    found = [_best(STOLEN, stored, known, _mixed(stored, chances), linked(stored, known), chance)]
    for kind in (*Kind, *NOT_STORED):
        mine = [row for row in rows if row.kind == kind]
        found.append(_best(kind, mine, known, chances.get(kind), joined if kind in OF_NAMES else None, chance))
    return found


def _mixed(rows: list[Row], chances: dict[str, Chances]) -> Chances:
    """What the thief knows of rows of which she cannot tell the kind: the compounds of each, by its part of the rows."""
    parts = Counter(row.kind for row in rows)
    return {
        (*compound, kind): share * parts[kind] / len(rows)
        for kind in OF_NAMES
        for compound, share in chances[kind].items()
    }


def _best(
    kind: str,
    rows: list[Row],
    known: dict[Pair, float],
    chances: Chances | None,
    joined: dict[bytes, Hashable] | None,
    chance: random.Random,
) -> Result:
    """The most that one of the ways names; of numbers, which say nothing of names, the commonest name of all."""
    rows = list(rows)
    chance.shuffle(rows)  # equal counts must not be ranked by the order in which people were written
    counts = Counter(row.digest for row in rows)
    commonest = max(known, key=lambda pair: known[pair])
    ways: dict[str, dict[bytes, Hashable]] = {"the commonest name": dict.fromkeys(counts, commonest)}
    if chances is not None:
        ways |= {"by rank": by_rank(counts, chances), "by likelihood": by_likelihood(counts, chances)}
    if joined is not None:
        ways["linked"] = joined
    scored = [_score(kind, way, rows, guesses) for way, guesses in ways.items()]
    order = (lambda one: (one.surname, one.named)) if kind == SURNAME else (lambda one: (one.named, one.surname))
    named, surname = max(one.named for one in scored), max(one.surname for one in scored)
    return Result(kind, len(rows), max(scored, key=order).way, named, surname, scored[0].surname)


def _score(kind: str, way: str, rows: list[Row], guesses: dict[bytes, Hashable]) -> Result:
    named = surname = 0
    for row in rows:
        guess = guesses.get(row.digest)
        if isinstance(guess, tuple):
            named += (guess[0], guess[1]) in row.truth
            surname += guess[0] in {last for last, _ in row.truth}
    count = max(len(rows), 1)
    return Result(kind, len(rows), way, named / count, surname / count, surname / count)


def _print(results: list[Result], rows: list[Row]) -> None:
    print(f"{'kind':<18}{'rows':>8}  {'best attack':<20}{'name':>8}{'surname':>9}{'blind':>8}")
    for one in results:
        note = "  not stored" if one.kind in NOT_STORED else ""
        print(f"{one.kind:<18}{one.rows:>8}  {one.way:<20}{one.named:>8.2%}{one.surname:>9.2%}{one.blind:>8.2%}{note}")
    per_person = Counter(Counter(row.person for row in rows if row.kind not in NOT_STORED).values())
    print(f"rows per person: {', '.join(f'{count} ({people} people)' for count, people in sorted(per_person.items()))}")


def main(argv: Sequence[str]) -> int:
    """Print the shares of each kind; 0 when the stored ones are within the limit, else 1."""
    parser = argparse.ArgumentParser(prog="index_attack", description=__doc__)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flatness", type=int, default=made_up.FLATNESS, help="the lower, the more uneven the names")
    asked = parser.parse_args(argv)
    made_up.FLATNESS = asked.flatness
    key = hashlib.sha256(f"index attack {asked.seed}".encode()).digest()
    rows = table(made_up.people(asked.persons, asked.seed), key)
    results = attack(rows, asked.persons, random.Random(asked.seed))  # noqa: S311 (a study, not a secret)
    print(f"{asked.persons} made-up people, seed {asked.seed}, flatness {asked.flatness}")
    _print(results, rows)
    stored = [one for one in results if one.kind not in NOT_STORED]
    named, added = max(one.named for one in stored), max(one.surname - one.blind for one in stored)
    is_good = max(named, added) <= LIMIT
    print(
        f"{'ok' if is_good else 'FAIL'}: at most {named:.2%} of rows named, {added:.2%} of surnames more than blind (limit {LIMIT:.0%})"
    )
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
