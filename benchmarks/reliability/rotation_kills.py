"""`python -m benchmarks.reliability.rotation_kills [--kills N] [--database sqlite|postgres|both]`: does a change of keys survive its end?

`besa keys rotate`, `besa keys retire` of every older key and `besa keys rotate --data` run in a process that is killed by SIGKILL, at
points spread over the whole run: before and after it writes, syncs, renames or removes a file of keys, before and after commits and
statements, and at moments of the clock. Every fifth time the run that continues is killed too. A second process reads, writes, hands
in files and erases all the while. After each kill the same commands are run again to their end; then every cell and every file must
open from the keys on the disk alone, `keys status` must be whole with nothing older or unfinished in it, and what the second process
was told must be there.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from benchmarks.reliability.crashes import Attack, attack, content_of

KINDS = ("file", "commit", "statement", "clock")  # where the process is killed, by turns
TWICE = 5  # every so many kills the run that continues is killed too
WHOLE = 10  # kills between two looks at everything
TRIES = 12  # to kill a process that ended before its point came


def main(argv: Sequence[str]) -> int:
    """Print what was found for each database; 0 when everything opens after every kill, else 1."""
    return attack(argv, "rotation_kills", Rotations, count="kills", usual=50, about=__doc__ or "")


@dataclass
class Rotations(Attack):
    """The kills on one database, and what came of them."""

    points: Counter[str] = field(default_factory=Counter)
    again: int = 0  # kills of a run that continued
    resumed: int = 0  # runs that found a rotation unfinished

    def run(self, rounds: int) -> int:
        self.world: Any = import_module("benchmarks.reliability.rotation_world")  # they need the settings of the folder
        check: Any = import_module("benchmarks.reliability.crashes_check")
        cast, begin = self.world.prepare(), time.perf_counter()
        checker = check.Checker()
        checker.look([])
        size = self.world.size()
        self._learn(cast, checker)
        for number in range(rounds):
            checker.look(self._round(cast, number, rounds))
            self.stopped += self.world.unreadable()
            if (number + 1) % WHOLE == 0 or number + 1 == rounds:
                checker.whole()
                print(f"     {number + 1} of {rounds} kills, {self._faults(checker)} faults", flush=True)
        wrong = {"unreadable or not whole": len(self.stopped)} | {kind: checker.faults[kind] for kind in check.FAULTS}
        for line in [*self.stopped, *checker.words][:20]:
            print(f"     {line}")
        for kind, count in wrong.items():
            print(f"{'FAIL' if count else 'ok  '} {kind}: {count}")
        print(f"     at first {size}, at last {self.world.size()}, seed {self.seed}")
        print(f"     meanwhile {', '.join(f'{count} {name}' for name, count in sorted(self.done.items()))}")
        print(
            f"rotation of keys on {'SQLite' if self.server is None else 'PostgreSQL'}: killed at {rounds} points"
            f" ({', '.join(f'{self.points[kind]} {kind}' for kind in KINDS)}), {self.again} more while it continued,"
            f" {self.resumed} times with a rotation unfinished; {self._faults(checker)} unreadable, lost or not whole;"
            f" {time.perf_counter() - begin:.0f} s"
        )
        return 1 if self._faults(checker) else 0

    def _faults(self, checker: Any) -> int:
        return len(self.stopped) + int(sum(checker.faults.values()))

    def _learn(self, cast: Any, checker: Any) -> None:
        """One whole run while others write: how many points of each kind it has, and how long it takes."""
        with tempfile.TemporaryFile() as said:
            writer = self.world.begin(cast, self.seed, said.fileno(), with_files=False)
            begun = time.monotonic()
            self.reached: dict[str, int] = self.world.whole_run()
            self.seconds = time.monotonic() - begun
            facts = self._end_of(writer, said.fileno())
        checker.look(facts)
        self.stopped += self.world.unreadable()

    def _round(self, cast: Any, number: int, rounds: int) -> list[dict[str, Any]]:
        """Kill one change of keys at its point and continue it to its end; gives what was acknowledged meanwhile."""
        chance = random.Random(f"{self.seed} {number}")  # noqa: S311  (moments, not secrets)
        kind = KINDS[number % len(KINDS)]
        place, places = number // len(KINDS), -(-rounds // len(KINDS))
        with tempfile.TemporaryFile() as said:
            writer = self.world.begin(cast, self.seed + number + 1, said.fileno(), with_files=number % TWICE == 0)
            self._kill_one(kind, (place + 0.5) / places)
            self.points[kind] += 1
            if number % TWICE == TWICE - 1:
                self._kill_one(chance.choice(KINDS), chance.random())
                self.again += 1
            self.resumed += self.world.is_unfinished()
            self.world.whole_run()
            return self._end_of(writer, said.fileno())

    def _kill_one(self, kind: str, share: float) -> None:
        """Begin the change and see it killed when so much of it is done; one that ends before its point is begun anew."""
        for _try in range(TRIES):
            if self._is_killed(kind, share):
                return
            share *= 0.8
        raise RuntimeError(f"no change of keys came to its point: {kind} {share:.3f}")

    def _is_killed(self, kind: str, share: float) -> bool:
        if kind != "clock":
            pid = self.world.change(kind, max(1, round(share * self.reached[kind])))
            return os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        pid = self.world.change()
        time.sleep(share * self.seconds)
        os.kill(pid, signal.SIGKILL)
        return os.WIFSIGNALED(os.waitpid(pid, 0)[1])

    def _end_of(self, writer: int, said: int) -> list[dict[str, Any]]:
        """The second process dies too, in the midst of what it does."""
        self._kill([writer], random.Random(0), 0, is_server_killed=False)  # noqa: S311
        self._wait_for_server()
        return self._heard(content_of(said), is_server_killed=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
