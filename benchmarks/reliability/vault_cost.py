"""What does sealing cost? `python -m benchmarks.reliability.vault_cost [--cases 50] [--times 40] [--database both]`

Microseconds to seal and to open one cell; milliseconds of one reveal over HTTP, asked of `besa serve` as a country runs it; and how
many times longer pages take that show, or open, 50 cases than the same pages with the same rows without sealing. For that
comparison alone, and in the measuring process alone, cells are kept as they are and no key is fetched; both are opened in turn.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.reliability.canary_search import Planter
from benchmarks.reliability.canary_walk import Walk
from benchmarks.reliability.canary_world import world
from tools.system import postgres_programs

DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def main(argv: Sequence[str]) -> int:
    """Print the figures of each database."""
    parser = argparse.ArgumentParser(prog="vault_cost", description=__doc__)
    parser.add_argument("--cases", type=int, default=50, help="on a page (default 50)")
    parser.add_argument(
        "--times", type=int, default=40, help="openings of each page (default 40), five times as many reveals"
    )
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.inside:
        measure = import_module(
            "benchmarks.reliability.vault_cost_world"
        ).measure  # it needs the settings of the folder
        measure(options.cases, options.times)
        return 0
    wanted = list(DATABASES) if options.database == "both" else [options.database]
    if options.database == "both" and postgres_programs() is None:
        wanted.remove("postgres")
    return max(_measured(name, options.cases, options.times) for name in wanted)


def _measured(database: str, cases: int, times: int) -> int:
    print(f"     {DATABASES[database]}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        rest = {name: value for name, value in os.environ.items() if not name.startswith(("BESA_", "DJANGO_"))}
        env = {**rest, "BESA_VAR": folder, "BESA_MODE": "demo", "DJANGO_SETTINGS_MODULE": "besa.settings"}
        words = [
            sys.executable,
            "-m",
            "benchmarks.reliability.vault_cost",
            "--inside",
            f"--cases={cases}",
            f"--times={times}",
        ]
        around = [sys.executable, "-m", "tools.postgres"] if database == "postgres" else []
        code = subprocess.run([*around, *words], env=env, check=False).returncode
    median, late = _reveals(database, times * 5)
    print(
        f"one reveal over HTTP on {DATABASES[database]}: median {median:.1f} ms, 95 in 100 under {late:.1f} ms",
        flush=True,
    )
    return code


def _reveals(database: str, times: int) -> tuple[float, float]:
    """Milliseconds of reveals, one after another, of the installation that `canaries` walks through."""
    with tempfile.TemporaryDirectory() as folder, world(database, Path(folder)) as made, made.served():
        walk = Walk(made, Planter())
        path, worker = f"/cases/{walk.open_simply()}/reveal/", walk.by("municipality")
        taken = []
        for turn in range(-5, times):
            begin = time.perf_counter()
            worker.post(path, {"purpose": "assistance"}, 200)
            if turn >= 0:
                taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
