"""What every loader of a country's files answers: what it did, or everything that is wrong, and then it did nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


class Unloadable(Exception):
    """Files that cannot be loaded; `problems` are lines that say file, row and what to do."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__(f"{len(self.problems)} problems")


@dataclass
class Tally:
    """How many things of a kind were added, changed and left as they were."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, thing: str, what: str) -> None:
        """`what` is added, changed or left."""
        self.counts[(thing, what)] += 1

    def lines(self) -> list[str]:
        things = dict.fromkeys(thing for thing, _what in self.counts)
        return [
            f"{thing}: " + ", ".join(f"{self.counts[(thing, what)]} {what}" for what in ("added", "changed", "left"))
            for thing in things
        ]
