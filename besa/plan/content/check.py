"""Rows of a file checked as a whole: the content of a plan, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from django.utils.translation import gettext as _

from besa.plan.content.problems import Faulty, Problem, Where
from besa.plan.content.shape import (
    ABBREVIATION,
    ACTIVITY,
    AGENCY,
    AIM,
    ANNEXES,
    COMPONENT,
    DEFINITION,
    OBJECTIVE,
    PLAN,
    POLICY,
    TREE,
    Content,
    Row,
    default_code,
)
from besa.plan.content.tables import UNREAD, Record, Tables
from besa.plan.content.values import Bad, value_of

Naming = Callable[[str], "list[str] | str | None"]


class Roster(Protocol):
    """The agencies that exist: their codes, and what a printed name means (codes, the reason why it names none, or None)."""

    @property
    def codes(self) -> Collection[str]: ...

    def resolve(self, printed: str) -> list[str] | str | None: ...


@dataclass
class _Checked:
    """A row whose values could be read. `failed` names the fields that could not."""

    record: Record
    row: Row
    failed: set[str] = field(default_factory=set)
    above: _Checked | None = None
    children: int = 0


class Check:
    """One check of one file."""

    def __init__(self, tables: Tables, roster: Roster) -> None:
        self.tables, self.roster = tables, roster
        self.rows: dict[str, list[_Checked]] = {}
        self.known: dict[str, _Checked] = {}  # codes and identifiers that a reference may name
        self.named: dict[str, list[str]] = {}  # printed names that the file itself explains

    def run(self) -> Content:
        """The content; raises Faulty with every problem, in the file's order."""
        for key, records in self.tables.records.items():
            self.rows[key] = [self._read(record) for record in records]
        self._identities()
        self._hierarchy()
        self._plan()
        self._agencies()
        for item in self.rows[ACTIVITY.key]:
            self._activity(item)
        if self.tables.problems:
            raise Faulty(sorted(set(self.tables.problems)))
        return self._content()

    def fault(
        self, item: _Checked, key: str, kind: str, message: str, advice: str = "", index: int | None = None
    ) -> None:
        self.tables.problems.append(Problem(item.record.where(key, index), kind, message, advice))

    # --- one row by itself

    def _read(self, record: Record) -> _Checked:
        item = _Checked(record, {})
        for spec in record.level.all_fields:
            if record.values.get(spec.key) is UNREAD:
                item.row[spec.key] = spec.empty
                item.failed.add(spec.key)
                continue
            try:
                item.row[spec.key] = value_of(record.values.get(spec.key), spec)
            except Bad as bad:
                item.row[spec.key] = spec.empty
                item.failed.add(spec.key)
                self.fault(item, spec.key, bad.kind, bad.message, bad.advice, bad.index)
                continue
            if spec.is_required and item.row[spec.key] in ("", [], None):
                item.failed.add(spec.key)
                message = _("“%(field)s” is empty") % {"field": spec.key}
                self.fault(item, spec.key, "missing", message, _("fill it in: %s") % spec.help)
        self._translated(item)
        return item

    def _translated(self, item: _Checked) -> None:
        for spec in item.record.level.fields:
            if not (spec.translated and spec.is_list) or {spec.key, f"{spec.key}_sq"} & item.failed:
                continue
            own, albanian = len(item.row[spec.key]), len(item.row[f"{spec.key}_sq"])
            if albanian and albanian != own:
                values = {"field": spec.key, "own": own, "albanian": albanian}
                message = _("“%(field)s” has %(own)s parts and %(albanian)s in Albanian") % values
                self.fault(item, f"{spec.key}_sq", "translation", message, _("translate each part, in the same order"))

    # --- rows among each other

    def _identities(self) -> None:
        seen_in: dict[str, dict[str, _Checked]] = {DEFINITION.key: {}, AGENCY.key: {}}
        for level in (*TREE, DEFINITION, AGENCY):
            seen = seen_in.get(level.key, self.known)
            for item in self.rows[level.key]:
                code = item.row[level.identity]
                if not code:
                    continue
                if code in seen:
                    where = seen[code].record.where(level.identity)
                    message = _("“%(code)s” is there twice, first in %(where)s") % {"code": code, "where": where}
                    self.fault(item, level.identity, "duplicate", message, _("each needs a code of its own"))
                else:
                    seen[code] = item
        meanings: set[tuple[str, str]] = set()
        for item in self.rows[ABBREVIATION.key]:
            meaning = (item.row["abbreviation"], item.row["meaning"])
            if all(meaning) and meaning in meanings:
                message = _("“%s” is there twice with the same meaning") % meaning[0]
                self.fault(item, "abbreviation", "duplicate", message, _("take one of them out"))
            meanings.add(meaning)

    def _hierarchy(self) -> None:
        """Put each row under the one above it; a heading without anything under it is a gap."""
        for level in TREE[1:]:
            above_key = level.above
            by_record = {id(item.record): item for item in self.rows[above_key]}
            singular = above_key.removesuffix("s")
            for item in self.rows[level.key]:
                if item.record.above is not None:
                    item.above = by_record[id(item.record.above)]
                else:
                    item.above = self._named_above(item, singular, above_key)
                if item.above:
                    item.above.children += 1
        for level, below in ((COMPONENT, AIM), (AIM, OBJECTIVE), (OBJECTIVE, ACTIVITY)):
            if any(item.above is None for item in self.rows[below.key]):
                continue  # it has been said of those rows that nobody knows where they belong
            for item in self.rows[level.key]:
                if not item.children:
                    values = {"code": item.row["code"], "below": _(below.key)}
                    self.fault(
                        item, "code", "gap", _("“%(code)s” has no %(below)s") % values, _("add them or take it out")
                    )
        if not self.rows[COMPONENT.key]:
            where = (
                self.rows[PLAN.key][0].record.where() if self.rows[PLAN.key] else Where(sheet=COMPONENT.sheet, row=2)
            )
            self.tables.fault(where, "gap", _("the plan has no components"), _("add them"))

    def _named_above(self, item: _Checked, singular: str, above_key: str) -> _Checked | None:
        raw = item.record.values.get(singular)
        if raw is UNREAD:
            return None
        code = str(raw or "").strip()
        found = self.known.get(code)
        if found and found.record.level.key == above_key:
            return found
        if code:
            message = _("there is no %(kind)s “%(code)s”") % {"kind": _(singular), "code": code}
        else:
            message = _("“%(field)s” is empty") % {"field": singular}
        kind = "unknown_above" if code else "missing"
        self.fault(item, singular, kind, message, _("write the code of a row of the sheet before"))
        return None

    def _plan(self) -> None:
        for item in self.rows[PLAN.key][1:]:
            self.fault(item, "code", "duplicate", _("a file holds one plan"), _("take the second row out"))
        if not self.rows[PLAN.key]:
            message = _("the plan itself is not described")
            self.tables.fault(
                Where(sheet=PLAN.sheet, row=2), "missing", message, _("fill in its code, title and period")
            )
            return
        item = self.rows[PLAN.key][0]
        start, end = item.row["period_start"], item.row["period_end"]
        if start and end and end <= start:
            message = _("the plan ends on %(end)s, before it starts") % {"end": end}
            self.fault(item, "period_end", "period", message, _("correct the dates"))

    def _agencies(self) -> None:
        here = {item.row["code"] for item in self.rows[AGENCY.key]}
        for item in self.rows[AGENCY.key]:
            row = item.row
            for name in (row["code"], row["name"], row["name_sq"], *row["printed"]):
                self.named[name.casefold()] = [row["code"]]
            if row["parent"] and row["parent"] not in here and row["parent"] not in self.roster.codes:
                message = _("there is no agency “%s”") % row["parent"]
                self.fault(item, "parent", "unknown_agency", message, _("write the code of an agency"))

    def _activity(self, item: _Checked) -> None:
        row = item.row
        self._parent(item)
        for index, code in enumerate(row["see_also"]):
            if code not in self.known:
                message = _("it refers to “%s”, which the plan does not have") % code
                self.fault(
                    item, "see_also", "unknown_reference", message, _("write the code of a row of this plan"), index
                )
        if row["agencies"] or "agencies" in item.failed:
            self._given_agencies(item)
        elif "responsible" not in item.failed:
            row["agencies"] = self._resolved(item)

    def _parent(self, item: _Checked) -> None:
        parent = item.row["parent"] = item.row["parent"] or None
        if parent is None:
            return None if "parent" in item.failed else self._missing_parent(item)
        found = self.known.get(parent)
        if found is None or found.record.level is not ACTIVITY:
            advice = _("write the identifier of an activity of this plan, or leave it empty")
            return self.fault(item, "parent", "unknown_parent", _("there is no activity “%s”") % parent, advice)
        if found.above and item.above and found.above is not item.above:
            message = _("its parent “%s” belongs to another objective") % parent
            return self.fault(item, "parent", "foreign_parent", message, _("move the row or correct the parent"))
        rows = self.rows[ACTIVITY.key]
        if rows.index(found) >= rows.index(item):
            message = _("its parent “%s” comes after it") % parent
            return self.fault(item, "parent", "parent_order", message, _("put the parent first"))
        return None

    def _missing_parent(self, item: _Checked) -> None:
        """A number such as X.1.2 without X.1 is a gap, unless the note says why."""
        identifier, objective = item.row["id"].split("#")[0], item.above.row["code"] if item.above else ""
        if not objective or not identifier.startswith(f"{objective}."):
            return
        above = identifier.rpartition(".")[0]
        if above == objective or item.row["note"]:
            return
        message = _("by its number it is a part of “%s”, but names no parent") % above
        self.fault(item, "parent", "gap", message, _("fill in the parent, or say in the note why there is none"))

    def _given_agencies(self, item: _Checked) -> None:
        here = {other.row["code"] for other in self.rows[AGENCY.key]}
        for index, code in enumerate(item.row["agencies"]):
            if code not in here and code not in self.roster.codes:
                message = _("there is no agency “%s”") % code
                self.fault(item, "agencies", "unknown_agency", message, _("write the code of an agency"), index)

    def _resolved(self, item: _Checked) -> list[str]:
        found: list[str] = []
        is_whole = True
        for index, printed in enumerate(item.row["responsible"]):
            codes = self.named.get(printed.casefold()) or self.roster.resolve(printed)
            if codes is None:
                is_whole = False
                message = _("“%s” is no agency that we know") % printed
                advice = _("correct the name, or add it to the agencies or their aliases")
                self.fault(item, "responsible", "unknown_agency", message, advice, index)
            elif not isinstance(codes, str):
                found += [code for code in codes if code not in found]
        if is_whole and not found:
            message = _("none of the responsible is an agency")
            self.fault(item, "responsible", "no_agency", message, _("name the agency that leads"))
        return found

    # --- the whole

    def _content(self) -> Content:
        plan = dict(self.rows[PLAN.key][0].row)
        plan["version"] = plan["version"] or 1
        lists: dict[int, list[Row]] = {}
        content: Content = {"plan": plan, "components": []}
        keys = {COMPONENT.key: AIM.key, AIM.key: OBJECTIVE.key, OBJECTIVE.key: ACTIVITY.key}
        for level in TREE:
            for item in self.rows[level.key]:
                row = item.row
                owner = lists[id(item.above)] if item.above else content["components"]
                if level is ACTIVITY:
                    row["code"] = row["code"] or default_code(row["id"], self._component_of(item))
                    row["printed_code"] = row["printed_code"] or row["code"]
                else:
                    row["printed_code"] = row["printed_code"] or row["code"]
                    row[keys[level.key]] = lists[id(item)] = []
                owner.append(row)
        return content | self._annexes()

    def _component_of(self, item: _Checked) -> str:
        while item.above is not None:
            item = item.above
        return str(item.row["code"])

    def _annexes(self) -> Content:
        result: Content = {}
        for level in ANNEXES:
            rows = [item.row for item in self.rows[level.key]]
            if level is POLICY:
                result["policies"] = [row["text"] for row in rows]
                result["policies_sq"] = [row["text_sq"] for row in rows]
                result["policies_more"] = [
                    {key: row[key] for key in row if key not in ("text", "text_sq")} for row in rows
                ]
            elif level is ABBREVIATION:
                result |= {"glossary": _grouped(rows, "meaning"), "glossary_sq": _grouped(rows, "meaning_sq")}
            else:
                result[level.key] = rows
        return result


def _grouped(rows: Iterable[Row], key: str) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for row in rows:
        result.setdefault(row["abbreviation"], []).append(row[key])
    return result


def checked(tables: Tables, roster: Roster) -> Content:
    """The content that the rows make; raises Faulty with all problems of the file."""
    return Check(tables, roster).run()


def iso(day: str | None) -> date | None:
    """A day of the content as a date."""
    return date.fromisoformat(day) if day else None


__all__ = ["Any", "Roster", "checked", "iso"]
