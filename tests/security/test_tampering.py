"""Tampering with the record of events is caught: the quick version of `benchmarks/reliability/tampering.py`."""

from __future__ import annotations

import re

import pytest

from benchmarks.reliability import tampering


def test_every_tampering_is_caught(capfd: pytest.CaptureFixture[str]) -> None:
    assert tampering.main(["--rounds", "300"]) == 0
    said = capfd.readouterr().out
    assert re.search(r"^tampering: 300 of 300 caught$", said, re.MULTILINE)
    assert len(re.findall(r"^ok  ", said, re.MULTILINE)) == 11
