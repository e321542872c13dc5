"""Full-text search of a plan in both languages, without regard to case and diacritics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from besa.lib.text import folded, in_language
from besa.plan.models import Activity, Aim, Annexed, Component, Heading, Objective, Plan
from besa.plan.queries.plans import activities_of

LIMIT = 100
_WORD = re.compile(r"[^\s,;“”\"„]+")
_CODE = re.compile(r"(?=.*\d)[ivx]{0,5}[\d.()#a-z]*", re.IGNORECASE)
_AROUND = 90


@dataclass(frozen=True)
class Piece:
    """A stretch of a found text; `is_hit` where it is what was looked for."""

    text: str
    is_hit: bool


@dataclass(frozen=True)
class Hit:
    """Something found: the thing, the words of its kind, and the place in its text."""

    thing: Activity | Heading | Annexed
    kind: str
    pieces: tuple[Piece, ...]
    is_exact: bool = False


@dataclass(frozen=True)
class Found:
    """What a search found, best first within each kind."""

    activities: tuple[Hit, ...]
    headings: tuple[Hit, ...]
    annexed: tuple[Hit, ...]

    @property
    def count(self) -> int:
        return len(self.activities) + len(self.headings) + len(self.annexed)


def words_of(query: str) -> list[str]:
    """The words that must all occur, folded; at most twelve."""
    return [folded(word) for word in _WORD.findall(query)][:12]


def plain_code(text: str) -> str:
    """A code without its punctuation, so that `II.1.b.5`, `II.1.(b).5` and `ii 1 (b) 5` are one."""
    return ".".join(re.findall(r"[^\W\d_]+|\d+", folded(text)))


def search(plan: Plan, query: str) -> Found:
    """Things of the plan's current version that hold all words of the query; those with that very code come first."""
    words = words_of(query)
    if not words:
        return Found((), (), ())
    code = plain_code(query) if _CODE.fullmatch(query.replace(" ", "")) else ""
    headings = [
        *Component.objects.filter(plan=plan),
        *Aim.objects.filter(component__plan=plan),
        *Objective.objects.filter(aim__component__plan=plan),
    ]
    return Found(
        tuple(_activities(plan, words, code)),
        tuple(_among(headings, words, code, ["title"])),
        tuple(_among(list(Annexed.objects.filter(plan=plan)), words, "", ["title", "text", "members"])),
    )


def _activities(plan: Plan, words: list[str], code: str) -> list[Hit]:
    rows = activities_of(plan)
    hits = []
    if code:
        by_code = {pk: plain_code(found) for pk, found in rows.values_list("pk", "identifier")}
        exact = [pk for pk, found in by_code.items() if code in (found, found.partition(".")[2])]
        under = [
            pk for pk, found in by_code.items() if any(f"{whole}.".startswith(f"{code}.") for whole in _ends(found))
        ]
        wanted = [*exact, *(pk for pk in under if pk not in exact)][:LIMIT]
        named = rows.defer("search_en", "search_sq").in_bulk(wanted)
        hits = [Hit(named[pk], "activity", _start(named[pk].text), pk in exact) for pk in wanted]
    condition = Q()
    for word in words:
        condition &= Q(search_en__contains=word) | Q(search_sq__contains=word)
    seen = {hit.thing.pk for hit in hits}
    others = [
        Hit(activity, "activity", pieces(_best(activity, ["text"], words), words))
        for activity in rows.filter(condition).exclude(pk__in=seen)[: LIMIT - len(hits)]
    ]
    # found in the text itself before found in outputs, agencies or the objective's title
    return hits + sorted(others, key=lambda hit: not any(piece.is_hit for piece in hit.pieces))


def _ends(code: str) -> tuple[str, str]:
    """A plain code with and without its component."""
    return code, code.partition(".")[2]


def _among(things: Sequence[Heading | Annexed], words: list[str], code: str, fields: list[str]) -> list[Hit]:
    exact, others = [], []
    for thing in things:
        if code and code in _ends(plain_code(thing.code)):
            exact.append(Hit(thing, _kind(thing), _start(_best(thing, fields, [])), True))
            continue
        text = folded(" ".join([thing.code, *_texts(thing, fields)]))
        if all(word in text for word in words):
            others.append(Hit(thing, _kind(thing), pieces(_best(thing, fields, words), words)))
    return (exact + others)[:LIMIT]


def _kind(thing: Heading | Annexed) -> str:
    return thing.kind if isinstance(thing, Annexed) else str(thing._meta.model_name)


def _texts(thing: object, fields: Iterable[str]) -> list[str]:
    return [getattr(thing, f"{field}_{language}") for field in fields for language in ("en", "sq")]


def _best(thing: object, fields: list[str], words: list[str]) -> str:
    """The text to show: in the reader's language if a word occurs there, else where one does."""
    shown = [in_language(thing, field) for field in fields]
    for text in [*shown, *_texts(thing, fields)]:
        if text and any(word in folded(text) for word in words):
            return text
    return next((text for text in shown if text), "")


def _start(text: str) -> tuple[Piece, ...]:
    return (Piece(text if len(text) <= 2 * _AROUND else text[: 2 * _AROUND].rstrip() + "…", False),)


def pieces(text: str, words: Iterable[str]) -> tuple[Piece, ...]:
    """The text around the first hit, cut into what is a hit and what is not; hits are found without diacritics."""
    flat, origin = _folded_with_origin(text)
    spans = sorted(
        (origin[found.start()], origin[found.end() - 1] + 1)
        for word in set(words)
        if word
        for found in re.finditer(re.escape(word), flat)
    )
    if not spans:
        return _start(text)
    first = max(0, spans[0][0] - _AROUND)
    last = min(len(text), spans[0][0] + 2 * _AROUND)
    found, at = [Piece("…", False)] if first else [], first
    for start, end in spans:
        if start >= at and end <= last:
            if start > at:
                found.append(Piece(text[at:start], False))
            found.append(Piece(text[start:end], True))
            at = end
    return (*found, Piece(text[at:last] + ("…" if last < len(text) else ""), False))


def _folded_with_origin(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place in `text` that it comes from."""
    flat, origin = [], []
    for place, char in enumerate(text):
        for found in folded(char):
            flat.append(found)
            origin.append(place)
    return "".join(flat), origin
