"""Is a person found again as another office has written her? `python -m benchmarks.reliability.matching [--persons 20000] [--seed 1]`

Everybody of the made-up people is in the index; each is then asked for once in every way that another office may have written her
(`besa.demo.made_up.VARIANTS`), by names and year of birth only: telephones and papers would make it easy. Recall is the share of
questions among whose answers the person is; precision the share of answers that are the person; the list is how many answers
there are on average, the person among them. No threshold: suggestions are looked at by people.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from besa.demo import made_up
from besa.people.tokens import Kind, Token, query_tokens, tokens

Index = dict[bytes, set[int]]


@dataclass
class Score:
    """Questions asked, found again, answers given."""

    asked: int = 0
    found: int = 0
    answers: int = 0

    def line(self) -> str:
        share = self.found / self.asked if self.asked else 0
        precision = self.found / self.answers if self.answers else 1
        return f"{share:>9.1%}{precision:>11.1%}{self.answers / max(self.asked, 1):>7.1f}"


def index_of(people: list[made_up.MadeUp], key: bytes) -> Index:
    """Digest -> the people who bear it."""
    found: Index = defaultdict(set)
    for person in people:
        stored = tokens(
            key,
            surname=person.surname,
            given=person.given,
            birth_year=person.born.year,
            is_estimated=person.is_estimated,
        )
        for token in stored:
            found[token.digest].add(person.number)
    return found


def ask(index: Index, asked: set[Token], kind: Kind | None = None) -> set[int]:
    """Who bears one of the digests; of one kind only, where a kind is given."""
    return set().union(*(index.get(token.digest, set()) for token in asked if kind in (None, token.kind)))


def _row(name: str, people: list[made_up.MadeUp], index: Index, key: bytes, seed: int) -> tuple[Score, Score]:
    exact, wide = Score(), Score()
    for person in people:
        other = made_up.variant(person, name, seed)
        if other == person:
            continue  # no nickname is known, no maiden name, no letter that another alphabet writes otherwise
        asked = query_tokens(key, surname=other.surname, given=other.given, birth_year=other.born.year)
        for score, answers in ((exact, ask(index, asked, Kind.NAME_AND_YEAR)), (wide, ask(index, asked))):
            score.asked += 1
            score.found += person.number in answers
            score.answers += len(answers)
    return exact, wide


def main(argv: Sequence[str]) -> int:
    """Print recall, precision and length of the list for each variant."""
    parser = argparse.ArgumentParser(prog="matching", description=__doc__)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(argv)
    key = hashlib.sha256(f"matching {asked.seed}".encode()).digest()
    people = list(made_up.people(asked.persons, asked.seed))
    index = index_of(people, key)
    start = time.perf_counter()
    print(f"{asked.persons} made-up people, seed {asked.seed}; recall, precision, answers")
    print(f"{'written':<26}{'asked':>7}  {'as written, by year':<27}  all tokens")
    total = Score(), Score()
    for name in made_up.VARIANTS:
        scores = _row(name, people, index, key, asked.seed)
        for whole, part in zip(total, scores, strict=True):
            whole.asked, whole.found, whole.answers = (
                whole.asked + part.asked,
                whole.found + part.found,
                whole.answers + part.answers,
            )
        print(f"{name:<26}{scores[0].asked:>7}  {scores[0].line()}  {scores[1].line()}", flush=True)
    print(f"{'all':<26}{total[0].asked:>7}  {total[0].line()}  {total[1].line()}")
    print(f"{(time.perf_counter() - start) / total[0].asked * 1e6:.0f} us a question, normalising and digests included")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
