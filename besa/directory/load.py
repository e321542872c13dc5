"""Reading a country's files: `country.toml` and tables of places, crossings, agencies, aliases, bodies and seats.

Reading finds every problem of every file; nothing of it touches the database, `actions.load_country` writes.
"""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from besa.directory.models import Agency, Body, Place, Seat
from besa.directory.queries import alias_key

COLUMNS = {
    "places.csv": "code kind name name_sq parent valid_from valid_to lat lon",
    "crossings.csv": "code name name_sq kind neighbour qark lat lon",
    "agencies.csv": "code name name_sq kind parent place is_reporting nrm_signatory_from note",
    "aliases.csv": "printed agencies reason",
    "bodies.csv": "code name name_sq level kind parent meets place legal_basis tasks tasks_sq members members_sq",
    "seats.csv": "body agency holder function from_on",
}
OPTIONAL = {"seats.csv"}


@dataclass
class Row:
    """A row of a table as written; what is wrong with it is collected in the country's list."""

    file: str
    number: int
    cells: dict[str, str]
    problems: list[str]

    def wrong(self, text: str) -> None:
        self.problems.append(f"{self.file}, row {self.number}: {text}")

    def text(self, name: str, *, needed: bool = False, longest: int = 10_000) -> str:
        value = self.cells.get(name, "")
        if needed and not value:
            self.wrong(f"column {name} is empty")
        if len(value) > longest:
            self.wrong(f"column {name} is longer than {longest} characters")
        return value

    def choice(self, name: str, allowed: list[str], *, needed: bool = True) -> str:
        value = self.text(name, needed=needed)
        if value and value not in allowed:
            self.wrong(f"“{value}” in column {name} is not one of {', '.join(allowed)}")
        return value

    def day(self, name: str, *, needed: bool = False) -> date | None:
        value = self.text(name, needed=needed)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.wrong(f"“{value}” in column {name} is not a date; write 2009-07-06")
            return None

    def degrees(self, name: str, limit: int) -> Decimal | None:
        value = self.text(name)
        if not value:
            return None
        try:
            number = Decimal(value).quantize(Decimal("0.0001"))
        except InvalidOperation:
            number = Decimal("NaN")
        if not abs(number) <= limit:
            self.wrong(f"“{value}” in column {name} is not a number between -{limit} and {limit}")
            return None
        return number

    def yes(self, name: str) -> bool:
        return self.choice(name, ["yes", "no"]) == "yes"


@dataclass
class Country:
    """What the files say, as values of our models' fields; references are codes. `problems` empty: it can be written."""

    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    places: list[dict[str, Any]] = field(default_factory=list)
    agencies: list[dict[str, Any]] = field(default_factory=list)
    aliases: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    seats: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read(folder: Path) -> Country:
    """Read a country's folder; every problem of every file is in `problems`."""
    country = Country(folder)
    country.settings = _settings(country)
    tables = {name: _table(country, name) for name in COLUMNS}
    country.places = [_place(row) for row in tables["places.csv"]] + [_crossing(row) for row in tables["crossings.csv"]]
    country.agencies = [_agency(row) for row in tables["agencies.csv"]]
    country.bodies = [_body(row) for row in tables["bodies.csv"]]
    codes = {"place": _codes(country.places), "agency": _codes(country.agencies), "body": _codes(country.bodies)}
    country.aliases = [_alias(row, codes["agency"]) for row in tables["aliases.csv"]]
    country.seats = [_seat(row, codes) for row in tables["seats.csv"]]
    _check_references(tables, codes, country.problems)
    _check_repeated(tables, country.problems)
    _check_expected(country)
    return country


def _settings(country: Country) -> dict[str, Any]:
    try:
        with (country.folder / "country.toml").open("rb") as file:
            found = tomllib.load(file)
    except FileNotFoundError:
        country.problems.append("country.toml: there is no such file; a country's folder needs one")
        return {}
    except tomllib.TOMLDecodeError as error:
        country.problems.append(f"country.toml: {error}")
        return {}
    country.problems += [
        f"country.toml: “{name}” is missing" for name in ("code", "name_en", "name_sq") if not found.get(name)
    ]
    return found


def _table(country: Country, name: str) -> list[Row]:
    try:
        with (country.folder / name).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS[name].split() if column not in (reader.fieldnames or [])]
            if missing:
                country.problems.append(f"{name}, row 1: columns are missing: {', '.join(missing)}")
                return []
            return list(_rows(country, name, reader))
    except FileNotFoundError:
        if name not in OPTIONAL:
            country.problems.append(f"{name}: there is no such file")
    except UnicodeDecodeError:
        country.problems.append(f"{name}: the file is not written in UTF-8; save it as “CSV UTF-8”")
    return []


def _rows(country: Country, name: str, reader: csv.DictReader[str]) -> Iterator[Row]:
    for cells in reader:
        row = Row(name, reader.line_num, {}, country.problems)
        if None in cells or None in cells.values():
            row.wrong("has more or fewer cells than the head; put cells with commas in quotes")
        else:
            row.cells = {key: value.strip() for key, value in cells.items()}
            yield row


def _names(row: Row, longest: int) -> dict[str, Any]:
    return {
        "code": row.text("code", needed=True, longest=40),
        "name_en": row.text("name", needed=True, longest=longest),
        "name_sq": row.text("name_sq", needed=True, longest=longest),
    }


def _place(row: Row) -> dict[str, Any]:
    start, end = row.day("valid_from"), row.day("valid_to")
    if start and end and end < start:
        row.wrong("valid_to lies before valid_from")
    kinds = [kind for kind in Place.Kind.values if kind != Place.Kind.CROSSING]
    return _names(row, 120) | {
        "kind": row.choice("kind", kinds),
        "parent": row.text("parent"),
        "valid_from": start,
        "valid_to": end,
        "latitude": row.degrees("lat", 90),
        "longitude": row.degrees("lon", 180),
        "crossing_kind": "",
        "neighbour": "",
    }


def _crossing(row: Row) -> dict[str, Any]:
    return _names(row, 120) | {
        "kind": Place.Kind.CROSSING.value,
        "parent": row.text("qark", needed=True),
        "valid_from": None,
        "valid_to": None,
        "latitude": row.degrees("lat", 90),
        "longitude": row.degrees("lon", 180),
        "crossing_kind": row.choice("kind", Place.CrossingKind.values),
        "neighbour": row.text("neighbour", longest=3),
    }


def _agency(row: Row) -> dict[str, Any]:
    kind = row.choice("kind", Agency.Kind.values)
    is_group, is_reporting = kind == Agency.Kind.GROUP, row.yes("is_reporting")
    if is_group and is_reporting:
        row.wrong("a group makes no returns; write “no” in column is_reporting")
    return _names(row, 200) | {
        "kind": kind,
        "parent": row.text("parent"),
        "place": row.text("place"),
        "is_group": is_group,
        "is_reporting": is_reporting,
        "nrm_signatory_from": row.day("nrm_signatory_from"),
        "note": row.text("note"),
    }


def _body(row: Row) -> dict[str, Any]:
    long = {f"{name}_en": row.text(name) for name in ("tasks", "members")}
    return _names(row, 200) | {
        "level": row.choice("level", Body.Level.values),
        "kind": row.text("kind", longest=40),
        "parent": row.text("parent"),
        "place": row.text("place"),
        "meets": row.choice("meets", Body.Meets.values, needed=False),
        "legal_basis": row.text("legal_basis", longest=300),
        **long,
        **{f"{name}_sq": row.text(f"{name}_sq") for name in ("tasks", "members")},
    }


def _alias(row: Row, agencies: set[str]) -> dict[str, Any]:
    printed = row.text("printed", needed=True, longest=300)
    codes = [code.strip() for code in row.text("agencies").split(";") if code.strip()]
    reason = row.text("reason", longest=200)
    for code in codes:
        if code not in agencies:
            row.wrong(f"there is no agency {code} in agencies.csv")
    if not codes and not reason:
        row.wrong("names no agency; say in column reason why")
    return {"key": alias_key(printed), "printed": printed, "agencies": codes, "reason": reason}


def _seat(row: Row, codes: dict[str, set[str]]) -> dict[str, Any]:
    for name in ("body", "agency"):
        if row.text(name, needed=True) not in codes[name]:
            row.wrong(f"there is no {name} {row.text(name)}")
    return {
        "body": row.text("body"),
        "agency": row.text("agency"),
        "holder": row.text("holder", longest=120),
        "function": row.choice("function", Seat.Function.values),
        "from_on": row.day("from_on", needed=True),
    }


def _codes(values: list[dict[str, Any]]) -> set[str]:
    return {value["code"] for value in values}


def _check_references(tables: dict[str, list[Row]], codes: dict[str, set[str]], problems: list[str]) -> None:
    """Every parent and place exists, and nothing lies within itself."""
    references = [
        ("places.csv", "parent", "place"),
        ("crossings.csv", "qark", "place"),
        ("agencies.csv", "parent", "agency"),
        ("agencies.csv", "place", "place"),
        ("bodies.csv", "parent", "body"),
        ("bodies.csv", "place", "place"),
    ]
    for file, column, thing in references:
        for row in tables[file]:
            code = row.cells[column]
            if code and code not in codes[thing]:
                row.wrong(f"there is no {thing} {code} (column {column})")
    for file in ("places.csv", "agencies.csv", "bodies.csv"):
        parents = {row.cells["code"]: row.cells["parent"] for row in tables[file]}
        for row in tables[file]:
            if _is_within_itself(row.cells["code"], parents):
                row.wrong(f"{row.cells['code']} lies within itself")


def _is_within_itself(code: str, parents: dict[str, str]) -> bool:
    current, steps = parents.get(code, ""), 0
    while current and steps <= len(parents):
        if current == code:
            return True
        current, steps = parents.get(current, ""), steps + 1
    return False


def _check_repeated(tables: dict[str, list[Row]], problems: list[str]) -> None:
    """Codes and printed names are there once; places and crossings share their codes."""
    keys: dict[str, dict[str, Row]] = {"places": {}, "agencies.csv": {}, "bodies.csv": {}, "aliases.csv": {}}
    for file, rows in tables.items():
        seen = keys.get("places" if file in ("places.csv", "crossings.csv") else file)
        for row in rows if seen is not None else []:
            key = alias_key(row.cells["printed"]) if file == "aliases.csv" else row.cells["code"]
            first = seen.setdefault(key, row) if seen is not None else row
            if first is not row:
                row.wrong(f"“{key}” is in {first.file}, row {first.number} already")


def _check_expected(country: Country) -> None:
    """The country has as many parts on a day as `country.toml` says."""
    for expected in country.settings.get("expected", []):
        day = expected.get("on")
        if not isinstance(day, date):
            country.problems.append("country.toml: an “expected” block needs a day, such as on = 2009-07-06")
            continue
        there = Counter(
            place["kind"]
            for place in country.places
            if (place["valid_from"] or day) <= day <= (place["valid_to"] or day)
        )
        for kind, number in expected.items():
            if kind != "on" and there[kind] != number:
                country.problems.append(f"places.csv: {there[kind]} of kind {kind} on {day}, {number} are expected")
