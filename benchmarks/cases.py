"""What do 100,000 cases cost? `python -m benchmarks.cases [--cases 100000] [--times 40] [--database both] [--seed 2009]`

The pages that people open most, searching and referring, on the demonstration with so many made-up cases beside it (`besa demo --people`):
median and 95th percentile of the server's time, how many a second one process answers, and SQL statements. On SQLite; on
PostgreSQL as the owner of the tables; and there once more as the application's own role behind row-level security. Exit 1 if a
reading is not under the goal in 95 of 100 openings. The table goes between its two marks in `benchmarks/results.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from tools.system import postgres_programs

RESULTS = Path(__file__).parent / "results.md"
BEGIN, END = "<!-- cases: begin -->", "<!-- cases: end -->"
GOAL = 150  # milliseconds in which 95 of 100 readings are answered
DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def main(argv: Sequence[str]) -> int:
    """Print the figures of each database and keep them."""
    parser = argparse.ArgumentParser(prog="cases", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=40, help="openings of each page (default 40)")
    parser.add_argument("--seed", type=int, default=2009)
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.inside:
        measure = import_module("benchmarks.cases_world").measure  # it needs the settings of the folder
        options.inside.write_text(json.dumps(measure(options.cases, options.times, options.seed)))
        return 0
    wanted = list(DATABASES) if options.database == "both" else [options.database]
    if options.database == "both" and postgres_programs() is None:
        wanted.remove("postgres")
    found: dict[str, list[dict[str, Any]]] = {}
    for database in wanted:
        found |= _measured(database, options)
    text = _table(found, options)
    sys.stdout.write(text)
    _keep(text)
    return int(any(row["p95"] > GOAL for rows in found.values() for row in rows if row["is_reading"]))


def _measured(database: str, options: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    with tempfile.TemporaryDirectory() as folder:
        rest = {name: value for name, value in os.environ.items() if not name.startswith(("BESA_", "DJANGO_"))}
        env = {**rest, "BESA_VAR": folder, "BESA_MODE": "demo", "DJANGO_SETTINGS_MODULE": "besa.settings"}
        out = Path(folder) / "figures.json"
        words = [f"--{name}={getattr(options, name)}" for name in ("cases", "times", "seed")]
        around = [sys.executable, "-m", "tools.postgres"] if database == "postgres" else []
        inside = [sys.executable, "-m", "benchmarks.cases", *words, f"--inside={out}"]
        subprocess.run([*around, *inside], env=env, check=True)
        figures: dict[str, list[dict[str, Any]]] = json.loads(out.read_text())
        return figures


def _table(found: dict[str, list[dict[str, Any]]], options: argparse.Namespace) -> str:
    lines = [
        f"## With {options.cases:,} cases\n",
        f"Made by `python -m benchmarks.cases`: {options.times} openings of each, {os.cpu_count()} cores; median and 95th percentile in",
        f"milliseconds, answers a second of one process, SQL statements. Goal: 95 of 100 readings under {GOAL} ms.\n",
    ]
    for where, rows in found.items():
        lines += [f"### {where}\n", "| what | p50 ms | p95 ms | a second | statements |", "|---|---:|---:|---:|---:|"]
        lines += [
            f"| {row['what']} | {row['p50']:.0f} | {row['p95']:.0f} | {row['rate']:.0f} | {row['statements']} |"
            for row in rows
        ]
        lines.append("")
    return "\n".join(lines) + "\n"


def _keep(text: str) -> None:
    """In the place of the last figures."""
    kept = RESULTS.read_text() if RESULTS.exists() else ""
    before, _begin, rest = kept.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    RESULTS.write_text(f"{before.rstrip()}\n\n{BEGIN}\n\n{text}{END}\n{after.lstrip()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
