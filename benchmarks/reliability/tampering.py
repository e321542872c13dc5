"""Is every tampering with the record of events, and with the rows that it bears witness to, caught?

Each round somebody who owns the database takes the triggers off and does one thing at random: edits, deletes, swaps or inserts
events, cuts the end off, changes a head, writes the chain anew with the stolen key, puts a sealed cell back to an older
ciphertext, changes, deletes or adds a row. Then the triggers are put back, `audit_verify --anchors --data` runs, and the database
goes back to what it was. A real SQLite file in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from importlib import import_module


def main(argv: Sequence[str]) -> int:
    """Print caught of rounds by kind; 0 when all were caught, else 1."""
    parser = argparse.ArgumentParser(prog="tampering", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10_000, help="tamperings (default 10000)")
    parser.add_argument("--seed", type=int, default=None, help="of the tamperings; left out, it differs each time")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.inside:
        return _measure(
            options.rounds, options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
        )
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "BESA_VAR": folder, "BESA_MODE": "demo", "DJANGO_SETTINGS_MODULE": "besa.settings"}
        env.pop("BESA_DATABASE_URL", None)
        command = [sys.executable, "-m", "benchmarks.reliability.tampering", "--inside", *argv]
        return subprocess.run(command, env=env, check=False).returncode


def _measure(rounds: int, seed: int) -> int:
    world = import_module("benchmarks.reliability.tampering_world")  # it needs the settings of the temporary folder
    prepared = world.prepare()
    chance, begin = random.Random(seed), time.perf_counter()  # noqa: S311
    done: Counter[str] = Counter()
    missed: list[str] = []
    for _round in range(rounds):
        kind = chance.choice(list(prepared.ways))
        what = prepared.tamper(kind, chance)
        done[kind] += 1
        if what:
            missed.append(f"{kind}: {what}")
    prepared.verify()  # nothing of all that has stayed
    seconds = time.perf_counter() - begin
    for kind in prepared.ways:
        lost = sum(line.startswith(f"{kind}:") for line in missed)
        print(f"{'FAIL' if lost else 'ok  '} {kind}: {done[kind] - lost} of {done[kind]} caught")
    for line in missed[:10]:
        print(f"     missed, {line}")
    print(
        f"     {prepared.events} events, {prepared.rows} rows with a witness, seed {seed}, {seconds / rounds * 1000:.1f} ms a round"
    )
    print(f"tampering: {rounds - len(missed)} of {rounds} caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
