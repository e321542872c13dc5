"""The names of countries by their codes (ISO 3166-1 alpha-3), in the reader's language, from the data of Unicode."""

from __future__ import annotations

from functools import cache

from babel import Locale
from babel.core import get_global
from django.utils.translation import get_language

from besa.lib.text import folded

OLD = frozenset({"ANT", "BUR", "CSK", "DDR", "FXX", "NTZ", "SUN", "TMP", "VDR", "XKK", "YMD", "YUG", "ZAR"})
EXTRA = {"XKX": "XK"}
NO_COUNTRY = frozenset({"QUU", "XAA", "XBB", "ZZZ"})  # a union, two made-up languages, the unknown


@cache
def _short() -> dict[str, str]:
    """Three letters to two: of the countries of today."""
    known: dict[str, list[str]] = get_global("territory_aliases")  # type: ignore[assignment]
    three = {code: short[0] for code, short in known.items() if len(code) == 3 and code.isalpha() and len(short) == 1}
    return {code: short for code, short in three.items() if code not in OLD | NO_COUNTRY and short.isalpha()} | EXTRA


@cache
def _names(language: str) -> dict[str, str]:
    words = Locale(language).territories
    return {code: str(words[short]) for code, short in _short().items() if short in words}


def names() -> dict[str, str]:
    """Code to name, for the reader."""
    return _names("sq" if (get_language() or "en").startswith("sq") else "en")


@cache
def _written() -> dict[str, str]:
    """Each name in either language, in Albanian with and without its article, and each code, as it is compared: to the code."""
    albanian = {_with_article(name): code for code, name in _names("sq").items()}
    found = albanian | {name: code for language in ("en", "sq") for code, name in _names(language).items()}
    return {folded(name): code for name, code in found.items()} | {folded(code): code for code in _short()}


def _with_article(name: str) -> str:
    """As people say it: Italia for Itali, Kosova for Kosovë."""
    return f"{name}a" if name.endswith("i") else f"{name[:-1]}a" if name.endswith("ë") else name


def find(text: str) -> str:
    """The code of a country that somebody wrote by its name, in either language, or by its code; nothing where there is no such one."""
    return _written().get(folded(text.strip()), "")


def choices() -> list[tuple[str, str]]:
    """Every country for a list to choose from, by name."""
    return sorted(names().items(), key=lambda choice: folded(choice[1]))


def name_of(code: str) -> str:
    """The name of a country; the code itself where there is no such country."""
    return names().get(code, code)
