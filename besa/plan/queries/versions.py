"""A plan as it stood in one of its versions, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from besa.plan.content.files import dump_json, dump_yaml
from besa.plan.content.roster import DirectoryRoster
from besa.plan.content.shape import Content
from besa.plan.content.workbook_out import dump_workbook
from besa.plan.versions import diff, rows_of
from besa.ui.lists import XLSX

FILES = {"xlsx": "Excel", "yaml": "YAML", "json": "JSON"}


@dataclass(frozen=True)
class Target:
    """The changes of one activity, aim or objective."""

    code: str
    row: Mapping[str, Any] | None  # the row, for its text in the reader's language
    is_activity: bool
    changes: tuple[Mapping[str, Any], ...]

    @property
    def kind(self) -> str:
        fields = {change["field"] for change in self.changes}
        return "added" if "added" in fields else "removed" if "removed" in fields else "changed"


def rows_by_code(content: Content) -> dict[str, Mapping[str, Any]]:
    """Components, aims, objectives and activities of a document by the code that changes name them by."""
    return {row[level.identity]: row for level, row, _ in rows_of(content)}


def by_target(changes: Iterable[Mapping[str, Any]], *contents: Content) -> list[Target]:
    """Changes grouped by what they change, in the order of the first that touches it; titles from the first content that has it."""
    rows = [rows_by_code(content) for content in contents]
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for change in changes:
        grouped.setdefault(change["target"], []).append(change)
    found = []
    for code, its in grouped.items():
        row = next((known[code] for known in rows if code in known), None)
        for change in its:
            row = row or change.get("after") if change["field"] == "added" else row
        found.append(Target(code, row, row is not None and "id" in row, tuple(its)))
    return found


def compared(first: Content, second: Content) -> list[Target]:
    """What changes from the first document to the second."""
    return by_target([asdict(change) for change in diff(first, second)], second, first)


def file_of(content: Content, kind: str) -> tuple[bytes, str]:
    """The document as a file of one of `FILES`, and the file's media type."""
    if kind == "json":
        return dump_json(content).encode(), "application/json"
    derive = DirectoryRoster().derive
    if kind == "yaml":
        return dump_yaml(content, derive).encode(), "application/yaml; charset=utf-8"
    return dump_workbook(content, derive), XLSX
