"""Rights over HTTP: `python -m benchmarks.reliability.oracle_http [--database sqlite|postgresql|both]`

Every cell of role x deed x stance x state is asked over HTTP through each page that does the deed, and judged by an oracle that
was written from the prose of the design. On PostgreSQL row-level security stands behind the pages and the statements run as the
application's own role. What a reader may know nothing of must be answered word for word like a number that does not exist, and
in the same time: for that, pages are written out, and the figure is an AUC, where 0.5 is a blind guess.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence

WORLD = [sys.executable, "-m", "benchmarks.reliability.oracle_world"]


def main(argv: Sequence[str]) -> int:
    """Print the wrong cells of each database; 0 when there are none and no time tells, else 1."""
    parser = argparse.ArgumentParser(prog="oracle_http", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--every", type=int, default=1, help="ask each so many-th question only (default 1)")
    parser.add_argument("--rounds", type=int, default=600, help="timed pages of each kind (default 600)")
    options = parser.parse_args(argv)
    wanted = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
    return max(_run(database, options.every, options.rounds) for database in wanted)


def _run(database: str, every: int, rounds: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        env = {name: value for name, value in os.environ.items() if not name.startswith("BESA_")}
        env |= {"BESA_VAR": folder, "BESA_MODE": "test", "DJANGO_SETTINGS_MODULE": "besa.settings"}
        before = [sys.executable, "-m", "tools.postgres"] if database == "postgresql" else []
        return subprocess.run([*before, *WORLD, str(every), str(rounds)], env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
