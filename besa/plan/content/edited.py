"""The form of a plan that people edit: nothing written that follows from the rest, the translation of the table apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from besa.plan.content.shape import (
    ACTIVITY,
    AGENCY,
    AIM,
    BODY,
    COMPONENT,
    DEFINITION,
    LAW,
    OBJECTIVE,
    PLAN,
    TRANSLATED,
    Content,
    Level,
    Row,
    default_code,
)
from besa.plan.content.values import Bad, read_time

Derive = Callable[[Sequence[str]], list[str]]  # printed names of the responsible -> codes of agencies
_CHILD = {COMPONENT.key: AIM, AIM.key: OBJECTIVE, OBJECTIVE.key: ACTIVITY}


def edited(content: Content, derive: Derive) -> dict[str, Any]:
    """The whole plan in the form of the YAML files; `derive` says which agencies follow from the printed names."""
    result: dict[str, Any] = {"plan": short_row(PLAN, content["plan"])}
    result["components"] = [_tree(COMPONENT, row, row["code"], derive) for row in content["components"]]
    result["policies"] = [
        _filled({"text": text, "text_sq": albanian} | more)
        for text, albanian, more in zip(
            content["policies"], content["policies_sq"], content["policies_more"], strict=True
        )
    ]
    result[BODY.key] = [short_row(BODY, row) for row in content[BODY.key]]
    result["glossary"] = {
        abbreviation: [_meaning(*pair) for pair in zip(meanings, content["glossary_sq"][abbreviation], strict=True)]
        for abbreviation, meanings in content["glossary"].items()
    }
    for level in (AGENCY, LAW, DEFINITION):
        result[level.key] = [short_row(level, row) for row in content[level.key]]
    result["albanian"] = dict(_albanian(content))
    return {key: value for key, value in result.items() if value}


def _meaning(meaning: str, albanian: str) -> str | dict[str, str]:
    return {"meaning": meaning, "meaning_sq": albanian} if albanian else meaning


def _filled(row: Row) -> Row:
    return {key: value for key, value in row.items() if value not in ("", [], None, False)}


def short_row(level: Level, row: Row) -> Row:
    """The fields that are filled in, in the order of the declaration."""
    return _filled({field.key: row.get(field.key) for field in level.all_fields})


def short_activity(row: Row, component: str, derive: Derive) -> Row:
    """An activity without what follows from its identifier, its printed names and the words of its timeline."""
    short = short_row(ACTIVITY, row)
    if short["code"] == default_code(row["id"], component):
        del short["code"]
    if row["printed_code"] == row["code"]:
        del short["printed_code"]
    if row["agencies"] == derive(row["responsible"]):
        del short["agencies"]
    if "timeline" in short:
        short["timeline"] = [short_time(entry) for entry in row["timeline"]]
    return short


def short_time(entry: Row) -> str | Row:
    """The text alone where it says what is meant."""
    text = str(entry["text"])
    try:
        if read_time(text) == entry:
            return text
    except Bad:
        pass
    rest = {key: entry[key] for key in ("start", "due", "recurrence") if entry[key]}
    return {"text": text, **(rest or {"due": None})}


def _tree(level: Level, row: Row, component: str, derive: Derive) -> Row:
    child = _CHILD.get(level.key)
    if child is None:
        short = short_activity(row, component, derive)
    else:
        short = short_row(level, row)
        if row["printed_code"] == row["code"]:
            del short["printed_code"]
    for key in TRANSLATED[level.key]:
        short.pop(f"{key}_sq", None)
    if child is not None:
        short[child.key] = [_tree(child, part, component, derive) for part in row[child.key]]
    return short


def _albanian(content: Content) -> Any:
    def walk(level: Level, rows: list[Row]) -> Any:
        for row in rows:
            translation = _filled({key: row[f"{key}_sq"] for key in TRANSLATED[level.key]})
            if translation:
                yield row[level.identity], translation
            if child := _CHILD.get(level.key):
                yield from walk(child, row[child.key])

    return walk(COMPONENT, content["components"])
