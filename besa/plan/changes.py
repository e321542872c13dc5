"""Changes of an amendment put into the content of a plan, or the reason why they do not fit."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from besa.lib.refusal import Conflict, Refused
from besa.plan.content.check import Roster, checked
from besa.plan.content.problems import Faulty, Where
from besa.plan.content.shape import ACTIVITY, Content, Level, Row
from besa.plan.content.tables import flatten
from besa.plan.versions import ADDED, REMOVED, rows_of, value_in

_KEYS = {"target", "field", "before", "after"}


class Outdated(Conflict):
    """The plan does not read as the amendment says; `target` and `field` name where."""

    def __init__(self, reason: str, target: str, field: str) -> None:
        super().__init__(reason)
        self.target, self.field = target, field


class _Applying:
    def __init__(self, content: Content) -> None:
        self.content = copy.deepcopy(content)
        self.lists: dict[str, list[Row]] = {}  # activities by the code of their objective
        self.rows: dict[str, tuple[Level, Row, str]] = {}
        for level, row, above in rows_of(self.content):
            self.rows[row[level.identity]] = (level, row, above)
            if "activities" in row:
                self.lists[row["code"]] = row["activities"]

    def apply(self, change: Mapping[str, Any]) -> None:
        target, field = str(change["target"]), str(change["field"])
        if field == ADDED:
            return self._add(target, change["after"])
        if target not in self.rows:
            raise Outdated(_("The plan has no row “%s”.") % target, target, field)
        if field == REMOVED:
            return self._remove(target)
        return self._set(target, field, change["before"], change["after"])

    def _set(self, target: str, field: str, before: Any, after: Any) -> None:
        level, row, _above = self.rows[target]
        if level.field(field) is None or field in (level.identity, "code"):
            raise Refused(_("“%(field)s” of %(target)s cannot be amended.") % {"field": field, "target": target})
        if before == after:
            raise Refused(_("“%(field)s” of %(target)s is not changed.") % {"field": field, "target": target})
        if value_in(level, row, field) != before:
            reason = _("“%(field)s” of %(target)s does not read as the amendment says under “before”.")
            raise Outdated(reason % {"field": field, "target": target}, target, field)
        row[field] = after
        if field == "responsible":
            row["agencies"] = []  # they follow from the names

    def _add(self, target: str, after: Any) -> None:
        if target in self.rows:
            raise Outdated(_("The plan already has a row “%s”.") % target, target, ADDED)
        if not isinstance(after, Mapping) or after.get("objective") not in self.lists:
            raise Refused(_("Say to which objective the new activity %s belongs.") % target)
        row = {key: value for key, value in after.items() if key not in ("objective", "follows")} | {"id": target}
        rows = self.lists[after["objective"]]
        rows.insert(self._place(rows, row, after.get("follows")), row)
        self.rows[target] = (ACTIVITY, row, after["objective"])

    def _place(self, rows: list[Row], row: Row, follows: object) -> int:
        """After the row that it follows; else after the last part of its parent; else at the end."""
        ids = [other["id"] for other in rows]
        if follows in ids:
            return ids.index(str(follows)) + 1
        family = [index for index, other in enumerate(rows) if row.get("parent") in (other["id"], other.get("parent"))]
        return family[-1] + 1 if row.get("parent") and family else len(rows)

    def _remove(self, target: str) -> None:
        level, row, above = self.rows.pop(target)
        if level is not ACTIVITY:
            raise Refused(_("Only activities can be taken out; %s is a heading.") % target)
        self.lists[above].remove(row)


def check_shape(changes: object) -> list[dict[str, Any]]:
    """The changes as a list of {target, field, before, after}; raises Refused if they are not, or name a field twice."""
    if not isinstance(changes, Sequence) or isinstance(changes, str) or not changes:
        raise Refused(_("An amendment changes at least one thing."))
    seen = set()
    for change in changes:
        if not isinstance(change, Mapping) or set(change) != _KEYS:
            raise Refused(_("A change needs exactly: target, field, before, after."))
        place = (change["target"], change["field"])
        if place in seen:
            raise Refused(_("“%(field)s” of %(target)s is changed twice.") % {"field": place[1], "target": place[0]})
        seen.add(place)
    return [dict(change) for change in changes]


def applied(content: Content, changes: Sequence[Mapping[str, Any]], roster: Roster) -> Content:
    """The content of the next version. Raises Outdated if the plan does not read as `before` says, Refused if the result would
    not be a sound plan."""
    applying = _Applying(content)
    for change in check_shape(changes):
        applying.apply(change)
    applying.content["plan"]["version"] += 1
    try:
        return checked(flatten(applying.content, lambda path: Where(path=_words(applying.content, path))), roster)
    except Faulty as faulty:
        reasons = "; ".join(str(problem) for problem in faulty.problems[:5])
        raise Refused(_("The plan would not be sound: %s.") % reasons) from faulty


def _words(content: Content, path: tuple[str | int, ...]) -> str:
    """The path of a value as people say it: the code of its row and the field."""
    value: Any = content
    name = ""
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return f"{name} {part}".strip()
        if isinstance(value, Mapping):
            name = str(value.get("id") or value.get("code") or name)
    field = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    return f"{name} {field}".strip()
