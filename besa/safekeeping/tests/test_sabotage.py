"""A few of the sabotaged backups of `python -m benchmarks.reliability.backups`, on a database of their own."""

from __future__ import annotations

import os

import pytest

from benchmarks.reliability import backups

NAMES = {
    "a document's file is missing",
    "a bit of a document's file is changed",
    "a recipient that is none",
    "the disk is full",
    "a bit of the archive is changed while it is written",
    "killed",
}


def test_sabotaged_backups_are_reported_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os, "environ", {name: value for name, value in os.environ.items() if not name.startswith("BESA_")}
    )
    one_of_each = {sabotage.name: sabotage for sabotage in backups.sabotages() if sabotage.name in NAMES}
    monkeypatch.setattr(backups, "sabotages", lambda: list(one_of_each.values()))
    assert backups.run() == (len(NAMES), [])
