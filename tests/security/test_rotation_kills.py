"""A change of keys survives its end: the quick version of `benchmarks/reliability/rotation_kills.py`, on the database of this run."""

from __future__ import annotations

import os
import re

import pytest

from benchmarks.reliability import rotation_kills


def test_a_change_of_keys_that_is_killed_leaves_nothing_unreadable(capfd: pytest.CaptureFixture[str]) -> None:
    database = "postgres" if os.environ.get("BESA_DATABASE_URL", "").startswith("postgres") else "sqlite"
    assert rotation_kills.main(["--kills", "5", "--database", database]) == 0
    said = capfd.readouterr().out
    assert re.search(r"killed at 5 points \(2 file, 1 commit, 1 statement, 1 clock\), 1 more while it continued", said)
    assert re.search(r"0 unreadable, lost or not whole", said)
    found = re.search(r"at first (\d+) cases, (\d+) attachments, (\d+) cells", said)
    assert found
    assert (int(found[1]) >= 24, int(found[2]) >= 12, int(found[3]) >= 48) == (True, True, True)  # enough could be lost
    assert re.search(r"meanwhile .*\d+ reveal", said)
    assert len(re.findall(r"^ok  ", said, re.MULTILINE)) == 7
