"""Codes of a plan in addresses: `IV.3.(a).1.3#2` is written `IV.3.a.1.3-2`, and nothing else is written so."""

from __future__ import annotations

import re
from functools import lru_cache

from django.urls import reverse

_PAREN = re.compile(r"\(([a-z])\)(#\d+)?")
_LETTER = re.compile(r"([a-z])(-\d+)?")
_BARE = re.compile(r"[a-z](#\d+)?")
_ESCAPE = re.compile(r"~([0-9a-f]+)~")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")


def to_slug(identifier: str) -> str:
    """The identifier as a part of an address: `(a)` becomes `a`, `#` a hyphen, anything else unusual `~hex~`."""
    slug = ".".join(_part_to_slug(part) for part in identifier.split("."))
    return slug.replace(".", "~2e~") if set(slug) == {"."} else slug  # browsers would take dots alone for a folder


def from_slug(slug: str) -> str:
    """The identifier of an address; raises ValueError if no identifier is written so."""
    identifier = ".".join(_part_from_slug(part) for part in slug.split("."))
    if to_slug(identifier) != slug:
        raise ValueError(f"no identifier is written “{slug}”")
    return identifier


def _part_to_slug(part: str) -> str:
    match = _PAREN.fullmatch(part)
    if match:
        return match[1] + (match[2] or "").replace("#", "-")
    if _BARE.fullmatch(part):  # a letter printed without its parentheses must stay apart from one with them
        return _escaped(part[0]) + part[1:].replace("#", "-")
    return "".join("-" if char == "#" else char if char in _PLAIN else _escaped(char) for char in part)


def _part_from_slug(part: str) -> str:
    match = _LETTER.fullmatch(part)
    if match:
        return f"({match[1]})" + (match[2] or "").replace("-", "#")
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), part.replace("-", "#"))


def _escaped(char: str) -> str:
    return f"~{ord(char):x}~"


@lru_cache(maxsize=4096)
def activity_url(plan_code: str, identifier: str) -> str:
    """The address of an activity's page, kept, since a page of the plan has hundreds."""
    return reverse("plan:activity", args=[plan_code, identifier])


class IdentifierConverter:
    """An activity's identifier, or the code of an aim or objective, in an address."""

    regex = r"[A-Za-z0-9_.~-]+"

    def to_python(self, value: str) -> str:
        try:
            return from_slug(value)
        except OverflowError as error:
            raise ValueError(value) from error

    def to_url(self, value: object) -> str:
        return to_slug(str(value))
