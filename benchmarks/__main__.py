"""Server time and number of queries of the pages that people open most, on the demonstration and on much more of it.

Run on a database of its own in a temporary folder; a page is opened five times to warm up and twenty times to measure.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import django
from django.db import connection
from django.test.utils import CaptureQueriesContext

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
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"BESA_VAR": folder, "BESA_MODE": "demo", "DJANGO_SETTINGS_MODULE": "besa.settings"}
        django.setup()
        world = import_module("benchmarks.world")  # its models wait for the settings above
        world.prepare()
        small = list(_measure(world.pages(), world.client))
        report = list(_report(world.report))
        world.grow(PLANS, ROUNDS)
        large = list(_measure(world.pages(), world.client))
    text = _page(small, report, large)
    RESULTS.write_text(text)
    sys.stdout.write(text)


def _measure(pages: list[tuple[str, str, str]], client: Callable[[str], object]) -> Iterator[Row]:
    for what, login, address in pages:
        browser = client(login)
        for _time in range(WARM):
            _open(browser, address)
        with CaptureQueriesContext(connection) as queries:
            _open(browser, address)
        times = [_open(browser, address) for _time in range(TIMES)]
        yield Row(what, statistics.median(times), max(times), len(queries))


def _open(browser: object, address: str) -> float:
    begin = time.perf_counter()
    response = browser.get(address)  # type: ignore[attr-defined]
    if response.status_code != 200:
        raise SystemExit(f"{address} answered {response.status_code}")
    return (time.perf_counter() - begin) * 1000


def _report(report: Callable[[str, str], None]) -> Iterator[Row]:
    for format in ("html", "pdf", "docx", "xlsx"):
        times = []
        for language in ("en", "sq"):
            begin = time.perf_counter()
            report(format, language)
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
