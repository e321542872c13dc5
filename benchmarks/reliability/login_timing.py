"""Can a stranger tell by the time of a refused sign-in whether an account exists? The figure is an AUC; 0.5 is a blind guess.

For each kind of account (open, closed, without a password, with a passkey only) refused sign-ins are timed against those of
addresses that have no account, in random order, with the real hash of production, through the whole of Besa. Run on a
database of its own in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

GOAL = (0.45, 0.55)


def main(argv: Sequence[str]) -> int:
    """Print the AUC of each kind; 0 when all are within the goal, else 1."""
    parser = argparse.ArgumentParser(prog="login_timing", description=__doc__)
    parser.add_argument("--rounds", type=int, default=600, help="timed sign-ins of each kind (default 600)")
    parser.add_argument("--seed", type=int, default=None, help="order of the sign-ins; left out, it differs each time")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "BESA_VAR": folder, "BESA_MODE": "demo", "DJANGO_SETTINGS_MODULE": "besa.settings"}
        seed = "" if options.seed is None else str(options.seed)
        command = [sys.executable, "-m", "benchmarks.reliability.login_world", str(options.rounds), seed]
        return subprocess.run(command, env=env, check=False).returncode


def auc(first: Sequence[float], second: Sequence[float]) -> float:
    """The chance that a value of `second` is greater than one of `first`; equal ones count half."""
    ranked = sorted((value, name) for name, values in enumerate((first, second)) for value in values)
    total, place = 0.0, 0
    while place < len(ranked):
        end = place
        while end < len(ranked) and ranked[end][0] == ranked[place][0]:
            end += 1
        total += sum(name for _value, name in ranked[place:end]) * (place + 1 + end) / 2
        place = end
    size = len(second)
    return (total - size * (size + 1) / 2) / (len(first) * size)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
