"""Cells, numbers and dates in the document's language, and text that every format can hold."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol

from besa.lib.document.blocks import Cell, Language, Status

LOCALES: dict[str, str] = {"en": "en_GB", "sq": "sq_AL"}
LANGUAGE_TAGS: dict[str, str] = {"en": "en-GB", "sq": "sq-AL"}
NOTHING = "–"
_MOST_DIGITS = 40  # beyond it a number is written with its exponent

# neither XML nor a PDF can hold these; a vertical tab is what Word's line break becomes when it is pasted
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text without what no format can hold; line breaks of any system become one newline."""
    broken = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\u2028", "\n")
    return _UNPRINTABLE.sub("", broken)


def long_date(day: date, language: Language) -> str:
    """“6 July 2009”, “6 korrik 2009”."""
    return format_date(day, "d MMMM y", locale=LOCALES[language])


def short_date(day: date, language: Language) -> str:
    """For tables: “6 Jul 2009”, “6 korr 2009”."""
    return format_date(day, "d MMM y", locale=LOCALES[language])


def number(value: int | Decimal, language: Language) -> str:
    """“1,234.50” or “1 234,50” with the decimals that the value has."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            return NOTHING
        if max(abs(int(value.as_tuple().exponent)), abs(value.adjusted())) > _MOST_DIGITS:
            return str(value)
    locale = LOCALES[language]
    # not babel's own formatting, which rounds beyond 28 digits or fails
    signs = {",": get_group_symbol(locale), ".": get_decimal_symbol(locale)}
    digits = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,d}"
    return "".join(signs.get(sign, sign) for sign in digits)


def cell_text(cell: Cell, language: Language) -> str:
    """The cell as it is printed; None is “–”."""
    if cell is None:
        return NOTHING
    if isinstance(cell, Status):
        return printable(cell.label)
    if isinstance(cell, int | Decimal):
        return number(cell, language)
    if isinstance(cell, date):
        return short_date(cell, language)
    return printable(cell) or NOTHING
