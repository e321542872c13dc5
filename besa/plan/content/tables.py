"""A plan's document taken apart into rows, each knowing where it stands, so that one check serves text files and workbooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from besa.plan.content.problems import Faulty, Problem, Where
from besa.plan.content.shape import (
    ABBREVIATION,
    ACTIVITY,
    AIM,
    ANNEXES,
    COMPONENT,
    LEVELS,
    OBJECTIVE,
    PLAN,
    POLICY,
    TRANSLATED,
    TREE,
    Level,
)

Path = tuple[str | int, ...]
UNREAD = object()  # stands for a value that has been complained of already
Locate = Callable[[Path], Where]


@dataclass
class Record:
    """A row as it was written: raw values, where it stands, the row above it (or the code that it gives for it)."""

    level: Level
    values: dict[str, Any]
    locate: Callable[[str, int | None], Where]
    above: Record | None = None
    places: dict[str, Path] = field(default_factory=dict)

    def where(self, key: str = "", index: int | None = None) -> Where:
        return self.locate(key, index)


@dataclass
class Tables:
    """All rows of a document by the key of their level, in order, and what was wrong with its structure."""

    records: dict[str, list[Record]] = field(default_factory=lambda: {key: [] for key in LEVELS})
    problems: list[Problem] = field(default_factory=list)

    def add(self, record: Record) -> Record:
        self.records[record.level.key].append(record)
        return record

    def fault(self, where: Where, kind: str, message: str, advice: str = "") -> None:
        self.problems.append(Problem(where, kind, message, advice))


_CHILDREN = {COMPONENT.key: AIM, AIM.key: OBJECTIVE, OBJECTIVE.key: ACTIVITY}
_TOP = {
    "plan", "components", "legal_framework", "policies", "policies_sq", "policies_more", "coordination_bodies", "definitions",
    "glossary", "glossary_sq", "agencies", "albanian",
}  # fmt: skip


class Flattener:
    """Walks a document (JSON or YAML, contract or edited form) once."""

    def __init__(self, locate: Locate) -> None:
        self.locate, self.tables = locate, Tables()

    def flatten(self, document: Any) -> Tables:
        if not isinstance(document, Mapping):
            raise Faulty(
                [Problem(self.locate(()), "type", _("the file holds no plan"), _("it must begin with “plan:”"))]
            )
        for key in document:
            if key not in _TOP:
                self._unknown((key,), key)
        self._row(PLAN, document.get("plan") or {}, ("plan",))
        self._rows(COMPONENT, document, (), None)
        for level in ANNEXES:
            if level not in (POLICY, ABBREVIATION):
                self._rows(level, document, (), None)
        self._policies(document)
        self._glossary(document)
        self._albanian(document.get("albanian"))
        return self.tables

    def _unknown(self, path: Path, key: str) -> None:
        message = _("“%(key)s” is not a field of a plan") % {"key": key}
        self.tables.fault(self.locate(path), "unknown_field", message, _("correct its name or take it out"))

    def _list(self, owner: Mapping[str, Any], key: str, path: Path) -> list[Any]:
        value = owner.get(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self.tables.fault(self.locate((*path, key)), "type", _("“%(key)s” must be a list") % {"key": key})
        return []

    def _rows(self, level: Level, owner: Mapping[str, Any], path: Path, above: Record | None) -> None:
        for index, values in enumerate(self._list(owner, level.key, path)):
            self._row(level, values, (*path, level.key, index), above)

    def _row(self, level: Level, values: Any, path: Path, above: Record | None = None) -> None:
        if not isinstance(values, Mapping):
            self.tables.fault(self.locate(path), "type", _("this must be a row with named fields"))
            return
        child = _CHILDREN.get(level.key)
        for key in values:
            if level.field(key) is None and not (child and key == child.key):
                self._unknown((*path, key), key)
        record = self._record(level, dict(values), path, above)
        if child:
            self._rows(child, values, path, record)

    def _record(self, level: Level, values: dict[str, Any], path: Path, above: Record | None = None) -> Record:
        places: dict[str, Path] = {}

        def locate(key: str, index: int | None) -> Where:
            place: Path = places.get(key) or ((*path, key) if key else path)
            return self.locate(place if index is None else (*place, index))

        return self.tables.add(Record(level, values, locate, above, places))

    def _policies(self, document: Mapping[str, Any]) -> None:
        albanian = self._list(document, "policies_sq", ())
        more = self._list(document, "policies_more", ())
        for index, policy in enumerate(self._list(document, "policies", ())):
            path: Path = ("policies", index)
            if isinstance(policy, Mapping):
                self._row(POLICY, policy, path)
                continue
            values = dict(more[index]) if index < len(more) and isinstance(more[index], Mapping) else {}
            values |= {"text": policy} | ({"text_sq": albanian[index]} if index < len(albanian) else {})
            record = self._record(POLICY, values, path)
            record.places["text"] = path

    def _glossary(self, document: Mapping[str, Any]) -> None:
        glossary, albanian = document.get("glossary") or {}, document.get("glossary_sq") or {}
        for key, value in (("glossary", glossary), ("glossary_sq", albanian)):
            if not isinstance(value, Mapping):
                self.tables.fault(
                    self.locate((key,)), "type", _("a glossary must be abbreviations with their meanings")
                )
                return
        for abbreviation in glossary:
            translations = self._list(albanian, abbreviation, ("glossary_sq",))
            for index, meaning in enumerate(self._list(glossary, abbreviation, ("glossary",))):
                values = dict(meaning) if isinstance(meaning, Mapping) else {"meaning": meaning}
                path: Path = ("glossary", abbreviation, index)
                for key in values:
                    if ABBREVIATION.field(key) is None:
                        self._unknown((*path, key), key)
                if index < len(translations):
                    values.setdefault("meaning_sq", translations[index])
                self._record(ABBREVIATION, {"abbreviation": abbreviation, **values}, path)

    def _albanian(self, translations: Any) -> None:
        """Put the translations, kept apart by code or identifier, to their rows."""
        if translations is None:
            return
        if not isinstance(translations, Mapping):
            self.tables.fault(self.locate(("albanian",)), "type", _("translations must be named by code or identifier"))
            return
        known = {
            str(record.values.get(level.identity)): record
            for level in TREE
            for record in self.tables.records[level.key]
        }
        for code, values in translations.items():
            path: Path = ("albanian", code)
            record = known.get(code)
            if record is None or not isinstance(values, Mapping):
                message = _("a translation is given for “%(code)s”, which the plan does not have") % {"code": code}
                self.tables.fault(self.locate(path), "unknown_translation", message, _("correct the code"))
                continue
            for key, value in values.items():
                if key not in TRANSLATED[record.level.key]:
                    self._unknown((*path, key), key)
                    continue
                record.values[f"{key}_sq"] = value
                record.places[f"{key}_sq"] = (*path, key)


def flatten(document: Any, locate: Locate) -> Tables:
    """The rows of a document; `locate` says where a path stands in its file."""
    return Flattener(locate).flatten(document)
