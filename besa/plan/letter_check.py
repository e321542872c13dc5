"""The letter check of a whole plan: every head and row against the lines of the source, or against fingerprints of them.

The fingerprints (`source-letters.json` beside the plan) are the letter counts of each row's source lines, so that the check runs
where the source text is not at hand, and can still say which letters a row lost or invented.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from besa.plan.content.files import read_yaml_folder
from besa.plan.content.shape import ACTIVITY, AIM, COMPONENT, OBJECTIVE, TREE, default_code
from besa.plan.content.tables import Record
from besa.plan.letters import HEADING_LABELS, difference, letters, plain_text, row_letters

FINGERPRINTS = "source-letters.json"
_LABEL = {AIM.key: "STRATEGIC AIM", OBJECTIVE.key: "SPECIFIC OBJECTIVE"}
_HEAD_CELLS = ("printed_code", "title", "indicators", "targets", "footnotes")


@dataclass(frozen=True)
class Item:
    """A head or row to be checked: its name, kind, source lines, letters, and whether its labels are printed torn."""

    name: str
    kind: str
    first: int
    last: int
    letters: Counter[str]
    is_torn: bool = False


@dataclass
class Result:
    """What the check has found. `failing` names the heads and rows whose letters differ, and how."""

    counts: Counter[str] = field(default_factory=Counter)
    failing: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    overlaps: list[str] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not (self.failing or self.overlaps or self.uncovered or self.stale)


def items_of(folder: Path) -> list[Item]:
    """All heads and rows of a plan's folder that name source lines, in printed order."""
    tables = read_yaml_folder(folder)
    found = [
        item
        for level in TREE
        for record in tables.records[level.key]
        if (item := _item(record)) is not None
    ]  # fmt: skip
    return sorted(found, key=lambda item: (item.first, item.last))


def _item(record: Record) -> Item | None:
    values, level = dict(record.values), record.level
    lines = values.get("source_lines")
    if not lines:
        return None
    name = str(values[level.identity])
    values["printed_code"] = values.get("printed_code") or values.get("code") or _default(record, name)
    found = row_letters(values) if level is ACTIVITY else letters(" ".join(_cells(values)))
    torn = level.key in _LABEL and str(values.get("label_torn", "")).casefold() == "true"
    return Item(name, level.key, int(lines[0]), int(lines[1]), found, torn)


def _default(record: Record, name: str) -> str:
    top = record
    while top.above is not None:
        top = top.above
    return default_code(name, str(top.values.get("code")))


def _cells(values: dict[str, Any]) -> Iterator[str]:
    for cell in _HEAD_CELLS:
        value = values.get(cell) or ""
        yield value if isinstance(value, str) else " ".join(value)


def _expected(item: Item, source: Sequence[str]) -> Counter[str]:
    """The letters of the item's source lines without running heads, page footers and the labels of heads."""
    text = plain_text(source, item.first, item.last)
    if item.kind in (ACTIVITY.key, COMPONENT.key):
        return letters(text)
    found = letters(HEADING_LABELS.sub(" ", text))
    # A torn label is no word in the text: its letters are taken away one by one.
    return found - letters(_LABEL[item.kind]) if item.is_torn else found


def check_with_source(items: Sequence[Item], source: Sequence[str]) -> Result:
    """Compare all items with the text; find lines that two items claim and printed lines that none does."""
    result = Result()
    for item in items:
        _compare(result, item, _expected(item, source))
    _coverage(result, items, source)
    return result


def check_with_fingerprints(items: Sequence[Item], prints: dict[str, list[Any]]) -> Result:
    """Compare all items with the kept counts of their source lines' letters."""
    result = Result()
    for item in items:
        if item.name not in prints or prints[item.name][:2] != [item.first, item.last]:
            result.stale.append(f"{item.name}: its source lines have no fingerprint")
            result.counts[item.kind] += 1
            continue
        _compare(result, item, unpacked(prints[item.name][2]))
    result.stale += [f"{name}: the plan has no such row" for name in prints.keys() - {item.name for item in items}]
    _overlaps(result, items)
    return result


def _compare(result: Result, item: Item, expected: Counter[str]) -> None:
    result.counts[item.kind] += 1
    if item.is_torn:
        result.torn.append(item.name)
    if said := difference(item.letters, expected):
        result.failing.append(f"{item.name} (lines {item.first}-{item.last}): {said}")


def _overlaps(result: Result, items: Sequence[Item]) -> None:
    for one, other in pairwise(items):
        if other.first <= one.last:
            result.overlaps.append(f"{one.name} and {other.name} both claim line {other.first}")


def _coverage(result: Result, items: Sequence[Item], source: Sequence[str]) -> None:
    _overlaps(result, items)
    ends = [*items[1:], None]
    for item, following in zip(items, ends, strict=True):
        first, last = item.last + 1, following.first - 1 if following else len(source)
        if first <= last and (left := " ".join(plain_text(source, first, last).split())):
            result.uncovered.append(f"lines {first}-{last}: {left[:100]}")


def fingerprints(items: Sequence[Item], source: Sequence[str]) -> dict[str, list[Any]]:
    """Name -> first line, last line, letter counts of the source."""
    return {item.name: [item.first, item.last, packed(_expected(item, source))] for item in items}


def packed(counts: Counter[str]) -> str:
    """`a12 b3`: each letter with its count, in order."""
    return " ".join(f"{char}{count}" for char, count in sorted(counts.items()))


def unpacked(text: str) -> Counter[str]:
    return Counter({part[0]: int(part[1:]) for part in text.split()})


def dump_fingerprints(prints: dict[str, list[Any]]) -> str:
    """One row a line, so that a change is seen in review."""
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in prints.items())
    return "{\n" + rows + "\n}\n"
