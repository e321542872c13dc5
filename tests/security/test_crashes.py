"""A crash loses nothing: the quick version of `benchmarks/reliability/crashes.py`, on the database of this run."""

from __future__ import annotations

import os
import re

import pytest

from benchmarks.reliability import crashes


def test_a_crash_loses_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    database = "postgres" if os.environ.get("BESA_DATABASE_URL", "").startswith("postgres") else "sqlite"
    assert crashes.main(["--rounds", "10", "--database", database]) == 0
    said = capfd.readouterr().out
    found = re.search(r"10 rounds, (\d) of them with the server, (\d+) writes acknowledged, (\d+) broken off", said)
    assert found
    assert int(found[1]) == (database == "postgres")
    assert int(found[2]) > 0  # there was something to lose
    assert int(found[3]) > 0
    assert len(re.findall(r"^ok  ", said, re.MULTILINE)) == 7
