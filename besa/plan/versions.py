"""The versions of a plan: the text of any of them, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from besa.lib.refusal import Refused
from besa.plan.content.edited import short_time
from besa.plan.content.shape import ACTIVITY, AIM, COMPONENT, OBJECTIVE, Content, Level, Row
from besa.plan.models import Plan

ADDED, REMOVED = "added", "removed"
# Follow from other fields, or are the numbers by which everything else names the row.
_FOLLOWS = {"agencies", "code", "id"}


@dataclass(frozen=True)
class Change:
    """One field of one row: `target` is an activity's identifier or a head's code; a list field has lists of strings.

    `field` is `added` (then `before` is None and `after` the whole row) or `removed` (the other way round) for a whole row.
    """

    target: str
    field: str
    before: Any
    after: Any


def content_of(plan: Plan, number: int | None = None) -> Content:
    """The content of a version, by default of the current one; raises Refused if the plan has no such version."""
    number = number or plan.current_version
    content: Content | None = plan.versions.filter(number=number).values_list("content", flat=True).first()
    if content is None:
        raise Refused(_("%(plan)s has no version %(number)s.") % {"plan": plan.code, "number": number})
    for name in ("glossary", "glossary_sq"):  # PostgreSQL keeps a JSON object's keys in an order of its own
        if name in content:
            content[name] = dict(sorted(content[name].items(), key=lambda pair: (pair[0].casefold(), pair[0])))
    return content


def rows_of(content: Content) -> Iterator[tuple[Level, Row, str]]:
    """Every head and activity with its level and the code of the row above, in printed order."""
    for component in content["components"]:
        yield COMPONENT, component, ""
        for aim in component["aims"]:
            yield AIM, aim, component["code"]
            for objective in aim["objectives"]:
                yield OBJECTIVE, objective, aim["code"]
                for activity in objective["activities"]:
                    yield ACTIVITY, activity, objective["code"]


def value_in(level: Level, row: Row, key: str) -> Any:
    """A field as amendments speak of it: texts, lists of texts; a time by its words where they say what is meant."""
    value = row[key]
    if level is ACTIVITY and key == "timeline":
        return [short_time(entry) for entry in value]
    return value


def whole_row(level: Level, row: Row, above: str) -> Row:
    """An activity as `added` and `removed` show it, with the objective that it belongs to."""
    return {field.key: value_in(level, row, field.key) for field in level.all_fields} | {"objective": above}


def diff(before: Content, after: Content) -> list[Change]:
    """What `after` says differently, row by row in printed order, removed rows last; agencies follow from `responsible`."""
    old = {row[level.identity]: (level, row, above) for level, row, above in rows_of(before)}
    new = {row[level.identity]: (level, row, above) for level, row, above in rows_of(after)}
    changes: list[Change] = []
    for target, (level, row, above) in new.items():
        if target not in old:
            if level is ACTIVITY:
                changes.append(Change(target, ADDED, None, whole_row(level, row, above)))
            continue
        for field in level.all_fields:
            if field.key in _FOLLOWS and row.get("responsible") != old[target][1].get("responsible"):
                continue
            pair = (value_in(level, old[target][1], field.key), value_in(level, row, field.key))
            if pair[0] != pair[1]:
                changes.append(Change(target, field.key, *pair))
    for target, (level, row, above) in old.items():
        if target not in new and level is ACTIVITY:
            changes.append(Change(target, REMOVED, whole_row(level, row, above), None))
    return changes
