"""The fuzzy dates of a plan's timeline column: “Mid 2009”, “Autumn 2008”, “By Febr. of each year”, “Ongoing”.

An entry keeps its text. What is meant is the last day of the interval that it names (“Spring 2009” is due on 31 May 2009), a
recurrence, or neither (“Ongoing”). “End 2008 – beginning 2009” starts in the first and is due at the end of the last interval.
“2008 onwards” starts with the interval and has no end, hence no due date; “Starting by end of 2008” must have begun by the end
of 2008, which is therefore its due date.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date

# Months of the named part of a year, first and last. “Mid 2009” ends with June: what is due mid-year is due by its half.
_PARTS = {
    "early": (1, 3),
    "beginning": (1, 3),
    "start": (1, 3),
    "mid": (4, 6),
    "middle": (4, 6),
    "late": (10, 12),
    "end": (10, 12),
    "winter": (1, 2),
    "spring": (3, 5),
    "summer": (6, 8),
    "autumn": (9, 11),
    "first half": (1, 6),
    "second half": (7, 12),
    "first quarter": (1, 3),
    "second quarter": (4, 6),
    "third quarter": (7, 9),
    "fourth quarter": (10, 12),
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "jan(?:uary)?|febr?(?:uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_YEAR = r"(?:19|20)\d\d|20010"  # `20010`: a misprint of 2010 that the Albanian plan keeps
_POINT = re.compile(
    rf"(?:in the course of |the )?(?:(?P<day>\d{{1,2}}) )?(?:(?P<month>{_MONTH})\.?|(?P<part>{_PART}))?"
    rf"(?: of)?(?: the year)? ?(?P<year>{_YEAR})?"
)
_RANGE = re.compile(r" ?(?:-(?!\d\d\b)|[–—]| to | until ) ?")
_ONWARDS = re.compile(r"(?:(?:from |since )?(?P<first>.+?)(?: onwards?| ?[-–—])|from (?P<from>[^-–—]+))")
_EACH = re.compile(
    rf"(?:by |in |every )?(?:the )?(?:(?P<part>{_PART}) of )?(?:(?P<month>{_MONTH})\.? of )?"
    r"(?:each|every)(?: subsequent)? year(?: for the previous year)?"
)
_WORDS = {"weekly": "weekly", "monthly": "monthly", "quarterly": "quarterly", "half-yearly": "half-yearly"}
_WORDS |= {
    "every week": "weekly",
    "every month": "monthly",
    "every quarter": "quarterly",
    "twice a year": "half-yearly",
}
_WORDS |= {"annually": "yearly-12", "yearly": "yearly-12", "each year": "yearly-12", "every year": "yearly-12"}
_OPEN = {"ongoing", "continuing", "continuous", "continuously", "permanent"}
_STEP = {"monthly": 1, "quarterly": 3, "half-yearly": 6}
RECURRENCE = re.compile(r"weekly|monthly|quarterly|half-yearly|yearly-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Entry:
    """One entry: as printed, and what it means. `recurrence` is `weekly`, `monthly`, `quarterly`, `half-yearly` or
    `yearly-02` (by the end of February of each year); empty if it does not recur."""

    text: str
    start_on: date | None = None
    due_on: date | None = None
    recurrence: str = ""

    @property
    def is_open(self) -> bool:
        """Neither due nor recurring: “Ongoing”, “2008 onwards”."""
        return self.due_on is None and not self.recurrence


class UnknownTime(ValueError):
    """The text names no time that we know."""


def parse(text: str) -> Entry:
    """What `text` means; raises UnknownTime if it cannot be read."""
    plain = " ".join(text.casefold().replace("\u00a0", " ").split()).rstrip(".;,")
    entry = Entry(text)
    if plain in _OPEN:
        return entry
    if plain in _WORDS:
        return replace(entry, recurrence=_WORDS[plain])
    first, joined, each = plain.partition(", and ")
    if joined:
        point, again = parse(first), parse(each)
        if point.due_on and again.recurrence and not point.recurrence:
            return replace(point, text=text, recurrence=again.recurrence)
        raise UnknownTime(text)
    if match := _EACH.fullmatch(plain):
        return replace(entry, recurrence=f"yearly-{_last_month(match):02}")
    return _interval(entry, plain)


def _interval(entry: Entry, plain: str) -> Entry:
    if onwards := _ONWARDS.fullmatch(plain):
        return replace(entry, start_on=_point(onwards["first"] or onwards["from"], entry.text)[0])
    plain = re.sub(r"^(?:starting )?by ", "", plain)
    until = re.match(r"(?:until|till|up to) ", plain)
    parts = _RANGE.split(plain[until.end() :] if until else plain)
    if len(parts) > 2:
        raise UnknownTime(entry.text)
    end = _point(parts[-1], entry.text)
    if until:
        return replace(entry, due_on=end[1])
    start = _point(parts[0], entry.text, year=end[1].year)[0]
    if start > end[1]:
        raise UnknownTime(entry.text)
    return replace(entry, start_on=start if len(parts) == 2 else None, due_on=end[1])


def _point(plain: str, printed: str, year: int | None = None) -> tuple[date, date]:
    """First and last day of “mid 2009”; `year` is that of the range's end, for “March – May 2009”."""
    iso = re.fullmatch(r"\d{4}-\d\d-\d\d", plain)
    try:
        if iso:
            return date.fromisoformat(plain), date.fromisoformat(plain)
        match = _POINT.fullmatch(plain.strip())
        if match is None or not (match["year"] or (year and (match["month"] or match["part"]))):
            raise UnknownTime(printed)
        if match["day"] and not match["month"]:
            raise UnknownTime(printed)
        return _days(match, int((match["year"] or str(year)).replace("20010", "2010")))
    except ValueError as error:
        raise UnknownTime(printed) from error


def _days(match: re.Match[str], year: int) -> tuple[date, date]:
    if match["day"]:
        day = date(year, _month(match["month"]), int(match["day"]))
        return day, day
    if match["month"]:
        first = last = _month(match["month"])
    else:
        first, last = _PARTS[match["part"]] if match["part"] else (1, 12)
    return date(year, first, 1), _month_end(year, last)


def _last_month(match: re.Match[str]) -> int:
    if match["month"]:
        return _month(match["month"])
    return _PARTS[match["part"]][1] if match["part"] else 12


def _month(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def next_due(entry: Entry, today: date) -> date | None:
    """The next day on or after `today` by which it must be done; the date that has passed if it does not recur; None if open."""
    if entry.due_on and (entry.due_on >= today or not entry.recurrence):
        return entry.due_on
    if not entry.recurrence:
        return None
    after = max(today, entry.start_on or today)
    if entry.recurrence == "weekly":
        return date.fromordinal(after.toordinal() + 6 - after.weekday())
    if entry.recurrence.startswith("yearly-"):
        month = int(entry.recurrence[-2:])
        due = _month_end(after.year, month)
        return due if due >= after else _month_end(after.year + 1, month)
    step = _STEP[entry.recurrence]
    return _month_end(after.year, (after.month - 1) // step * step + step)


_SQ_PARTS = {
    "early": "Fillimi i", "beginning": "Fillimi i", "start": "Fillimi i", "mid": "Mesi i", "middle": "Mesi i", "late": "Fundi i",
    "end": "Fundi i", "winter": "Dimri i", "spring": "Pranvera e", "summer": "Vera e", "autumn": "Vjeshta e",
    "first half": "Gjashtëmujori i parë i", "second half": "Gjashtëmujori i dytë i", "first quarter": "Tremujori i parë i",
    "second quarter": "Tremujori i dytë i", "third quarter": "Tremujori i tretë i", "fourth quarter": "Tremujori i katërt i",
}  # fmt: skip
_SQ_MONTHS = (
    "janar", "shkurt", "mars", "prill", "maj", "qershor", "korrik", "gusht", "shtator", "tetor", "nëntor", "dhjetor"
)  # fmt: skip
_SQ_WORDS = {
    "weekly": "Çdo javë", "monthly": "Çdo muaj", "quarterly": "Çdo tre muaj", "half-yearly": "Çdo gjashtë muaj",
    "yearly-12": "Çdo vit",
}  # fmt: skip


def label(text: str, language: str) -> str:
    """The entry in the reader's language: “Mesi i vitit 2009”; as printed in English and where it cannot be read."""
    if not language.startswith("sq"):
        return text
    try:
        parse(text)
    except UnknownTime:
        return text
    plain = " ".join(text.casefold().split()).rstrip(".;,")
    said = _albanian(plain)
    return said[:1].upper() + said[1:]


def _albanian(plain: str) -> str:
    if plain in _OPEN:
        return "Në vazhdimësi"
    if plain in _WORDS:
        return _SQ_WORDS[_WORDS[plain]]
    first, joined, each = plain.partition(", and ")
    if joined:
        return f"{_albanian(first)} dhe {_lower(_albanian(each))}"
    if match := _EACH.fullmatch(plain):
        when = f"deri në fund të muajit {_SQ_MONTHS[_last_month(match) - 1]} të çdo viti"
        when = when.replace("çdo viti", "çdo viti pasues") if "subsequent" in plain else when
        return when + (" për vitin paraardhës" if "previous" in plain else "")
    if onwards := _ONWARDS.fullmatch(plain):
        return f"{_sq_point(onwards['first'] or onwards['from'])} e në vazhdim"
    for english, albanian in (("starting by ", "Nis deri në "), ("by ", "Deri në "), ("until ", "Deri në ")):
        if plain.startswith(english):
            return albanian + _definite(_sq_point(plain[len(english) :]))
    return " – ".join(
        _sq_point(part) if index == 0 else _lower(_sq_point(part)) for index, part in enumerate(_RANGE.split(plain))
    )


def _sq_point(plain: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", plain):
        return f"{int(plain[8:])} {_SQ_MONTHS[int(plain[5:7]) - 1]} {plain[:4]}"
    match = _POINT.fullmatch(plain.strip())
    if match is None:
        return plain
    year = (match["year"] or "").replace("20010", "2010")
    if plain.startswith("in the course"):
        return f"Gjatë vitit {year}"
    if match["month"]:
        return " ".join(filter(None, [match["day"], _SQ_MONTHS[_month(match["month"]) - 1], year]))
    if match["part"]:
        return f"{_SQ_PARTS[match['part']]} vitit {year}".removesuffix("vitit ").strip()
    return year


def _definite(said: str) -> str:
    """After “deri në”: “fund të vitit 2009”."""
    for nominative, after in (
        ("Fillimi i", "fillim të"), ("Mesi i", "mes të"), ("Fundi i", "fund të"), ("Pranvera e", "pranverë të"),
        ("Vjeshta e", "vjeshtë të"), ("Vera e", "verë të"), ("Dimri i", "dimër të"), ("Gjashtëmujori i parë i", "gjashtëmujorin e parë të"),
        ("Gjashtëmujori i dytë i", "gjashtëmujorin e dytë të"),
    ):  # fmt: skip
        if said.startswith(nominative):
            return after + said[len(nominative) :]
    return _lower(said)


def _lower(said: str) -> str:
    return said[:1].lower() + said[1:]
