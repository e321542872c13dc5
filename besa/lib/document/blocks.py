"""What a document is made of. Everything is frozen, compares by value and survives the way to JSON and back (`freeze`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Language = Literal["en", "sq"]
ColumnKind = Literal["text", "number", "date", "status"]
Align = Literal["", "left", "right", "center"]
CalloutKind = Literal["info", "warning", "decision"]


@dataclass(frozen=True)
class Status:
    """A state as it is printed: `key` chooses the colour (`besa.lib.palette`), `label` is what the reader reads."""

    key: str
    label: str


# What a cell may hold. None is printed as “–”; what is missing for a reason says so in words (“not reported”), never as 0.
Cell = str | int | Decimal | date | Status | None


@dataclass(frozen=True)
class Run:
    """A stretch of text in one weight and slope."""

    text: str
    bold: bool = False
    italic: bool = False


Text = tuple[Run, ...]


def bold(text: str) -> Run:
    return Run(text, bold=True)


def italic(text: str) -> Run:
    return Run(text, italic=True)


def text_of(*parts: str | Run) -> Text:
    """Runs from plain strings and emphasised ones: `text_of("Adopted on ", bold("6 July 2009"), ".")`."""
    return tuple(part if isinstance(part, Run) else Run(part) for part in parts)


@dataclass(frozen=True)
class Heading:
    """A heading of the document; level 1 opens a chapter, 3 is the lowest."""

    level: int
    text: str

    def __post_init__(self) -> None:
        if self.level not in (1, 2, 3):
            raise ValueError(f"a heading has level 1, 2 or 3, not {self.level}: “{self.text}”")


@dataclass(frozen=True)
class Paragraph:
    """Running text; a line break in a run is kept."""

    runs: Text

    @classmethod
    def of(cls, *parts: str | Run) -> Paragraph:
        return cls(text_of(*parts))


@dataclass(frozen=True)
class Bullets:
    """A list whose order does not matter; each item is a text."""

    items: tuple[Text, ...]

    @classmethod
    def of(cls, *items: str | Text) -> Bullets:
        return cls(tuple(text_of(item) if isinstance(item, str) else item for item in items))


@dataclass(frozen=True)
class Callout:
    """A box that stands out: something to know (info), to worry about (warning), or that was or must be decided."""

    kind: CalloutKind
    title: str
    text: str

    def __post_init__(self) -> None:
        if self.kind not in ("info", "warning", "decision"):
            raise ValueError(f"a callout is info, warning or decision, not “{self.kind}”")


@dataclass(frozen=True)
class Figure:
    """One headline figure: the value, what it counts, and a remark (“of 87 due”)."""

    value: Cell
    label: str
    note: str = ""


@dataclass(frozen=True)
class Figures:
    """A row of headline figures; three to five read well."""

    items: tuple[Figure, ...]


@dataclass(frozen=True)
class Column:
    """A column; `weight` is its share of the width, `align` is empty for what its kind suggests."""

    title: str
    kind: ColumnKind = "text"
    weight: int = 1
    align: Align = ""

    def __post_init__(self) -> None:
        if self.kind not in ("text", "number", "date", "status"):
            raise ValueError(f"a column is text, number, date or status, not “{self.kind}”: “{self.title}”")
        if self.weight < 1:
            raise ValueError(f"a column's weight is at least 1: “{self.title}” has {self.weight}")

    @property
    def alignment(self) -> str:
        return self.align or ("right" if self.kind == "number" else "left")


Row = tuple[Cell, ...]


def _says_something(text: str) -> bool:
    return any(char.isprintable() and not char.isspace() for char in text)


def _check_rows(name: str, columns: tuple[Column, ...], rows: tuple[Row, ...]) -> None:
    if not columns:
        raise ValueError(f"“{name}” has no columns")
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise ValueError(f"“{name}”, row {number}: {len(row)} cells for {len(columns)} columns")


@dataclass(frozen=True)
class Table:
    """A table as it is printed, numbered by the renderers. `has_total` sets the last row apart as the sum of the others."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    source: str = ""
    landscape: bool = False
    has_total: bool = False

    def __post_init__(self) -> None:
        _check_rows(self.caption, self.columns, self.rows)


@dataclass(frozen=True)
class Chart:
    """A chart as a Vega-Lite specification with its data inside (`besa.lib.charts` makes them).

    `alt` says in words what the chart shows. `data` is the same as a table; it is printed under the chart where
    `show_data` is set, and is a sheet of the Excel file in any case. `spec` holds JSON values only.
    """

    caption: str
    alt: str
    spec: Mapping[str, Any]
    data: Table | None = None
    show_data: bool = True

    def __post_init__(self) -> None:
        if not _says_something(self.alt):
            raise ValueError(f"a chart needs words for those who do not see it: “{self.caption}”")


@dataclass(frozen=True)
class PageBreak:
    """A new page where there are pages."""


@dataclass(frozen=True)
class Sheet:
    """Data for the Excel file only; the other formats say that it is there."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        _check_rows(self.name, self.columns, self.rows)


Block = Heading | Paragraph | Bullets | Callout | Figures | Table | Chart | PageBreak | Sheet


@dataclass(frozen=True)
class Annex:
    """An annex: begins on a new page and is numbered by the renderers."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A document in one language. `dated_on` is the date it bears, and the only date that any renderer writes into a file.

    With `has_cover` it opens with a cover and a table of contents; without, with a title on its first page.
    """

    title: str
    language: Language
    dated_on: date
    blocks: tuple[Block, ...]
    subtitle: str = ""
    author: str = ""
    organisation: str = ""
    reference: str = ""
    annexes: tuple[Annex, ...] = ()
    has_cover: bool = True

    def __post_init__(self) -> None:
        if not _says_something(self.title):
            raise ValueError("a document needs a title")
        if self.language not in ("en", "sq"):
            raise ValueError(f"a document is in English (en) or Albanian (sq), not “{self.language}”")

    def all_blocks(self) -> Iterator[Block]:
        """The blocks of the text and then those of the annexes, in order."""
        yield from self.blocks
        for annex in self.annexes:
            yield from annex.blocks
