"""Raw values of a file turned into the canonical values of a plan's content, or into problems."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from besa.lib import timeline
from besa.plan.content.shape import DAY, LINES, NUMBER, TEXT, TEXTS, TIMES, YES, Field

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_SPAN = re.compile(r"(\d+) ?[-–] ?(\d+)")
_TRUE, _FALSE = {"yes", "true", "1", "po"}, {"no", "false", "0", "jo", ""}


class Bad(ValueError):
    """A value cannot be taken. `index` is its place in a list."""

    def __init__(self, kind: str, message: str, advice: str = "", index: int | None = None) -> None:
        super().__init__(message)
        self.kind, self.message, self.advice, self.index = kind, message, advice, index


def clean(raw: object, field: Field) -> str:
    """The text without blanks at the ends of its lines; raises Bad for what is no text, too long, or holds control characters."""
    if raw is None:
        return ""
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise Bad("type", _("“%(field)s” must be a text") % {"field": field.key})
    text = unicodedata.normalize("NFC", str(raw).replace("\r\n", "\n").replace("\t", " "))
    if found := _UNWANTED.search(text):
        message = _("“%(field)s” holds the control character U+%(code)04X") % {
            "field": field.key,
            "code": ord(found[0]),
        }
        raise Bad("control_character", message, _("type the text anew"))
    text = "\n".join(line.rstrip() for line in text.strip().split("\n"))
    if len(text) > field.max_length:
        values = {"field": field.key, "length": len(text), "most": field.max_length}
        raise Bad(
            "too_long", _("“%(field)s” has %(length)s characters, %(most)s are possible") % values, _("shorten it")
        )
    return text


def value_of(raw: object, field: Field) -> Any:
    """The canonical value of a field; raises Bad."""
    if field.is_list:
        return _list(raw, field)
    if field.kind == LINES:
        return _lines(raw)
    text = clean(raw if not isinstance(raw, bool) or field.kind != YES else str(raw), field)
    if field.kind == TEXT:
        if text and field.choices and text not in field.choices:
            choices = ", ".join(field.choices)
            raise Bad("choice", _("“%(text)s” is not possible here") % {"text": text}, _("write one of: %s") % choices)
        return text
    if not text:
        return field.empty
    return {NUMBER: _number, DAY: _day, YES: _yes}[field.kind](text)


def _number(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,8}", text):
        raise Bad("number", _("“%s” is not a whole number above zero") % text)
    return int(text)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise Bad("date", _("“%s” is not a date") % text, _("write it as 2009-06-30")) from error


def _yes(text: str) -> bool:
    if text.casefold() not in _TRUE | _FALSE:
        raise Bad("choice", _("“%s” is not possible here") % text, _("write yes or no"))
    return text.casefold() in _TRUE


def _lines(raw: object) -> list[int] | None:
    if raw in (None, "", []):
        return None
    match = _SPAN.fullmatch(raw.strip()) if isinstance(raw, str) else None
    pair = list(match.groups()) if match else raw
    try:
        if not isinstance(pair, list):
            raise ValueError
        first, last = (int(part) for part in pair)
        if not 1 <= first <= last <= 10**7:
            raise ValueError
    except (TypeError, ValueError) as error:
        raise Bad("source_lines", _("“%s” is not a first and a last line") % raw, _("write them as 868-905")) from error
    return [first, last]


def _list(raw: object, field: Field) -> list[Any]:
    if raw is None or raw == "":
        return []
    if not isinstance(raw, list):
        raise Bad("type", _("“%(field)s” must be a list") % {"field": field.key})
    result = []
    for index, part in enumerate(raw):
        try:
            value = _time(part, field) if field.kind == TIMES else clean(part, field)
        except Bad as bad:
            bad.index = index
            raise
        if not value:
            message = _("“%(field)s” has an empty part") % {"field": field.key}
            raise Bad("empty_part", message, _("fill it in or take it out"), index)
        result.append(value)
    return result


def _time(raw: object, field: Field) -> dict[str, Any]:
    """`{text, start, due, recurrence}`; what the text means is read from it unless it is said."""
    if not isinstance(raw, Mapping):
        text = clean(raw, field)
        return read_time(text) if text else {}
    if strange := set(raw) - {"text", "start", "due", "recurrence"}:
        raise Bad(
            "unknown_field", _("“%s” is not a field of a plan") % min(strange), _("correct its name or take it out")
        )
    text = clean(raw.get("text"), field)
    if not text or set(raw) == {"text"}:
        return read_time(text) if text else {}
    recurrence = clean(raw.get("recurrence"), field)
    if recurrence and not timeline.RECURRENCE.fullmatch(recurrence):
        advice = _("write one of: weekly, monthly, quarterly, half-yearly, yearly-01 … yearly-12")
        raise Bad("timeline", _("“%s” is no recurrence") % recurrence, advice)
    start, due = (value_of(raw.get(key), Field(key, DAY)) for key in ("start", "due"))
    if start and due and start > due:
        raise Bad("timeline", _("“%s” ends before it starts") % text)
    return {"text": text, "start": start, "due": due, "recurrence": recurrence or None}


def read_time(text: str) -> dict[str, Any]:
    """What a timeline entry means, as the content keeps it; raises Bad if it cannot be read."""
    try:
        entry = timeline.parse(text)
    except timeline.UnknownTime as error:
        advice = _(
            "write it as Mid 2009, First quarter of 2009, Ongoing, quarterly or 2009-06-30, or say what it means"
        )
        raise Bad("timeline", _("the time “%s” cannot be read") % text, advice) from error
    start, due = (day.isoformat() if day else None for day in (entry.start_on, entry.due_on))
    return {"text": text, "start": start, "due": due, "recurrence": entry.recurrence or None}


__all__ = ["TEXTS", "Bad", "clean", "read_time", "value_of"]
