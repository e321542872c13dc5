"""Nothing that is told to Besa lies in the clear: the quick version of `benchmarks/reliability/canaries.py`."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection, connections

from benchmarks.reliability import canaries


def _migrated(folder: Path) -> None:
    """The tables of the tests' own databases, which nothing stands in."""
    for alias, name in (("default", "besa"), ("keystore", "keystore")):
        source = connections[alias].settings_dict["NAME"]
        with closing(sqlite3.connect(source)) as opened, closing(sqlite3.connect(folder / f"{name}.sqlite3")) as out:
            opened.backup(out)


def test_no_canary_is_found(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--canaries", "100", "--short", "--database", "postgres"]
    if connection.vendor == "sqlite":
        _migrated(tmp_path)
        words = [*words[:-1], "sqlite", "--migrated", str(tmp_path)]
    found = canaries.main(words)
    said = capsys.readouterr().out
    assert found == 0, said
    assert re.search(r"^canaries on \w+: 0 of \d{3} found$", said, re.MULTILINE)
    left = re.search(r"self-check: (\d+) of (\d+) canaries found", said)
    assert left
    assert left[1] == left[2]
    assert int(left[1]) > 40
