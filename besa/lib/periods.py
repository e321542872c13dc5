"""Periods of reporting: a quarter `2009Q2`, a half-year `2009H1` or a year `2009`, as one type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import total_ordering

from django.utils.translation import gettext as _

_PER_YEAR = {"Q": 4, "H": 2, "Y": 1}
_SHAPE = re.compile(r"(?P<year>[12]\d{3})(?:(?P<kind>[QH])(?P<number>[1-4]))?")


@total_ordering
@dataclass(frozen=True)
class Period:
    """A quarter, half-year or year. `kind` is Q, H or Y; `number` counts from 1 within the year."""

    year: int
    kind: str = "Y"
    number: int = 1

    def __post_init__(self) -> None:
        if self.kind not in _PER_YEAR or not 1 <= self.number <= _PER_YEAR[self.kind]:
            raise ValueError(f"no such period: {self.year} {self.kind}{self.number}")

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read `2009Q2`, `2009H1` or `2009`; raises ValueError that says what is expected."""
        match = _SHAPE.fullmatch(text.strip().upper())
        if match is None or (match["kind"] == "H" and int(match["number"]) > 2):
            raise ValueError(f"“{text}” is not a period; write 2009Q2, 2009H1 or 2009")
        return cls(int(match["year"]), match["kind"] or "Y", int(match["number"] or 1))

    @classmethod
    def containing(cls, day: date, kind: str = "Q") -> Period:
        """The period of this kind in which the day lies."""
        months = 12 // _PER_YEAR[kind]
        return cls(day.year, kind, (day.month - 1) // months + 1)

    @property
    def start(self) -> date:
        return date(self.year, (self.number - 1) * self._months + 1, 1)

    @property
    def end(self) -> date:
        """The last day, included."""
        return self.next().start - timedelta(days=1)

    @property
    def _months(self) -> int:
        return 12 // _PER_YEAR[self.kind]

    def next(self, steps: int = 1) -> Period:
        """The period `steps` later; negative steps go back."""
        index = self.year * _PER_YEAR[self.kind] + self.number - 1 + steps
        return Period(index // _PER_YEAR[self.kind], self.kind, index % _PER_YEAR[self.kind] + 1)

    def previous(self) -> Period:
        return self.next(-1)

    def quarters(self) -> tuple[Period, ...]:
        """The quarters that make up the period, in order."""
        first = Period.containing(self.start, "Q")
        return tuple(first.next(step) for step in range(self._months // 3))

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return str(self.year) if self.kind == "Y" else f"{self.year}{self.kind}{self.number}"

    def __lt__(self, other: Period) -> bool:
        return (self.start, self.end) < (other.start, other.end)

    @property
    def label(self) -> str:
        """The period in the reader's language: “second quarter of 2009”."""
        if self.kind == "Y":
            return str(self.year)
        ordinal = [_("first"), _("second"), _("third"), _("fourth")][self.number - 1]
        if self.kind == "H":
            return _("%(ordinal)s half of %(year)s") % {"ordinal": ordinal, "year": self.year}
        return _("%(ordinal)s quarter of %(year)s") % {"ordinal": ordinal, "year": self.year}
