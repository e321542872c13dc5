"""Server time and number of queries of the pages that people open most, on the demonstration and on much more of it.

Run on a database of its own in a temporary folder; a page is opened five times to warm up and twenty times to measure.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from django.db import connection
from django.test import Client

django.setup()

from benchmarks import world  # noqa: E402  (models can be imported only now)

RESULTS = Path(__file__).parent / "results.md"
WARM, TIMES = 5, 20
PLANS, ROUNDS = 20, 40


@dataclass(frozen=True)
class Row:
    """One figure: median and slowest of the measured times in milliseconds, and the number of SQL queries."""

    what: str
    median: float
    slowest: float
    queries: int | None


def main() -> None:
    world.prepare()
    small = list(_measure())
    report = list(_report())
    world.grow(PLANS, ROUNDS)
    text = _page(small, report, list(_measure()))
    RESULTS.write_text(text)
    sys.stdout.write(text)


def _measure() -> Iterator[Row]:
    for what, login, address in world.pages():
        browser = world.client(login)
        for _time in range(WARM):
            _open(browser, address)
        with connection.execute_wrapper(counter := Counter()):
            _open(browser, address)
        times = [_open(browser, address) for _time in range(TIMES)]
        yield Row(what, statistics.median(times), max(times), counter.queries)


class Counter:
    """Counts the statements that pass."""

    queries = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)


def _open(browser: Client, address: str) -> float:
    begin = time.perf_counter()
    response = browser.get(address)
    if response.status_code != 200:
        raise SystemExit(f"{address} answered {response.status_code}")
    return (time.perf_counter() - begin) * 1000


def _report() -> Iterator[Row]:
    for format in ("html", "pdf", "docx", "xlsx"):
        times = []
        for language in ("en", "sq"):
            begin = time.perf_counter()
            world.report(format, language)
            times.append((time.perf_counter() - begin) * 1000)
        yield Row(f"monitoring report as {format}", statistics.median(times), max(times), None)


def _page(small: list[Row], report: list[Row], large: list[Row]) -> str:
    parts = [
        "# What Besa costs\n",
        f"Made by `make bench`: Python {sys.version.split()[0]}, SQLite, {os.cpu_count()} cores; milliseconds of server time,",
        f"{TIMES} openings of each page after {WARM} to warm up. Goal: a page under 100 ms, the report as PDF under 5 s.\n",
        *_table("The demonstration: one plan, four rounds", small),
        *_table("The report of a quarter, built anew", report),
        *_table(f"The same with {PLANS} plans and {ROUNDS} rounds", large),
    ]
    return "\n".join(parts) + "\n"


def _table(title: str, rows: list[Row]) -> list[str]:
    lines = [f"## {title}\n", "| page | median ms | slowest ms | queries |", "|---|---:|---:|---:|"]
    lines += [
        f"| {r.what} | {r.median:.0f} | {r.slowest:.0f} | {'' if r.queries is None else r.queries} |" for r in rows
    ]
    return [*lines, ""]


if __name__ == "__main__":
    main()
