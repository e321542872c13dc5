"""What may be counted, declared beside the records that it counts; `besa.statistics` counts it.

A measure turns a period and a knowledge date into rows without identity: an opaque key, the codes by which it can be broken down,
and a value. What a figure is, how it is written and what makes it up is then a function of these rows.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import product
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.lib.periods import Period

TOTAL = ""  # the code of a dimension that is not broken down
MOST_DIMENSIONS = 3
UNKNOWN = "unknown"
NOT_KNOWN = _("not known")
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Span:
    """The days that a figure speaks of, both included, and the moment from which one looks."""

    first: date
    last: date
    known_at: datetime

    @classmethod
    def of(cls, period: Period, known_at: datetime) -> Span:
        return cls(period.start, period.end, known_at)

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The first moment of the first day, and the first one after the last day."""
        days = (self.first, self.last + timedelta(days=1))
        first, after = (timezone.make_aware(datetime.combine(day, time.min)) for day in days)
        return first, after


@dataclass(frozen=True)
class Row:
    """One thing that is counted. `codes` by dimension; `value` is added up; of a median it is one value, of a share 1 or 0."""

    key: str
    codes: Mapping[str, str] = field(default_factory=dict)
    value: Decimal | int = 1


class Kind(StrEnum):
    """How rows become a figure."""

    COUNT = "count"  # the sum of the values
    DISTINCT = "distinct"  # how many different keys: who has two rows in a cell is one there, and cells that share a key do not add up
    SHARE = "share"  # per cent of the rows whose value is 1
    MEDIAN = "median"


@dataclass(frozen=True)
class Dimension:
    """By what a figure can be broken down; `words` gives the names of codes in the language of the reader, asked for many at once."""

    code: str
    title: Promise
    words: Callable[[Collection[str]], Mapping[str, str]]


def choice(words: Mapping[Any, Any]) -> Callable[[Collection[str]], Mapping[str, str]]:
    """The names of codes that stand in a list."""
    return lambda codes: {code: str(words.get(code) or (NOT_KNOWN if code == UNKNOWN else code)) for code in codes}


@dataclass(frozen=True)
class Measure:
    """What may be counted; a new way of counting is a new `version`. Which plan asks for it, the country's `measures.yaml` says.

    `opens` names what the key of a row is (`case`, `referral`), so that a figure can be opened as far as the reader may see; empty where
    nothing can be opened.
    """

    code: str
    title: Promise
    definition: Promise
    unit: Promise
    rows: Callable[[Span], Iterable[Row]]
    dimensions: tuple[Dimension, ...] = ()
    kind: Kind = Kind.COUNT
    opens: str = ""
    version: int = 1

    def dimension(self, code: str) -> Dimension:
        """Raises KeyError for a dimension by which this is not broken down."""
        return {one.code: one for one in self.dimensions}[code]


@dataclass(frozen=True)
class Figure:
    """A number, and of how many rows (of different keys, where these are counted) it was made. None: of nothing, which is not zero."""

    value: Decimal | None
    base: int


def figure(kind: Kind, rows: Sequence[Row]) -> Figure:
    """The figure that the rows make: a count of nothing is 0; a share or a median of nothing is no number."""
    if kind is Kind.DISTINCT:
        number = len({row.key for row in rows})
        return Figure(Decimal(number), number)
    values = [Decimal(row.value) for row in rows]
    if kind is Kind.COUNT:
        return Figure(sum(values, Decimal(0)), len(values))
    if not values:
        return Figure(None, 0)
    if kind is Kind.SHARE:
        return Figure((100 * sum(values, Decimal(0)) / len(values)).quantize(TENTH), len(values))
    return Figure(Decimal(str(statistics.median(values))).quantize(TENTH), len(values))


def table(measure: Measure, rows: Iterable[Row], by: Sequence[str]) -> dict[tuple[str, ...], Figure]:
    """Figures by the codes of the dimensions `by`, margins included: `TOTAL` stands for all. Raises KeyError, ValueError."""
    if len(by) > MOST_DIMENSIONS:
        raise ValueError(f"by {MOST_DIMENSIONS} dimensions at most")
    for code in by:
        measure.dimension(code)
    cells: dict[tuple[str, ...], list[Row]] = {(TOTAL,) * len(by): []}
    for row in rows:
        codes = [(TOTAL, row.codes.get(code) or UNKNOWN) for code in by]
        for key in product(*codes):
            cells.setdefault(key, []).append(row)
    return {key: figure(measure.kind, found) for key, found in sorted(cells.items())}
