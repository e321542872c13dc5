"""Names in Greek, Cyrillic and foreign Latin letters, written as Albanian names are written, without diacritics.

The library anyascii knows every script but goes letter by letter; Albanian sounds take two letters in Greek (Μπ is b, Ντ is d,
Τζ is xh) and have letters of their own in Macedonian and Serbian (Ќ is q, Ѓ is gj, Џ is xh). These are said here, the rest is
anyascii's. Where a spelling has several readings the usual one comes first: Greek has one letter for s and sh.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice, product

from anyascii import anyascii

MOST_READINGS = 64

# Greek, longest first. Each spelling with its readings, the usual one first; "" where it is not heard.
# `^` begins a word, `$` ends it, `_` stands before a vowel. Accents are taken off before, the diaeresis is not: αϊ is no αι.
# The final ς is a σ in a folded text.
GREEK: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("^γκι_", ("gj", "gi")),  # Γκιόκα is Gjoka
    ("^γκ", ("g", "gj")),
    ("^μπ", ("b",)),
    ("^ντζ", ("xh",)),
    ("^ντ", ("d", "nd")),
    ("^γι_", ("j", "gj")),  # Γιώργος is Jorgo
    ("^ι_", ("j", "i")),
    ("ντζ", ("nxh", "xh")),
    ("γκι_", ("gj", "gi", "ngj")),
    ("γκ", ("g", "gj", "ng")),
    ("γγ", ("ng", "ngj")),
    ("γχ", ("nh",)),
    ("γι_", ("j", "gj", "gi")),
    ("μπ", ("b", "mb", "mp")),  # Αρμπέν is Arben, Λάμπρος is Llambro
    ("ντ", ("d", "nd", "nt")),
    ("τζι_", ("xh", "gj", "xhi")),
    ("τζ", ("xh", "gj")),
    ("τσ", ("c", "q")),  # ç and c, both c without the cedilla
    ("σσ", ("s", "sh")),
    ("σι_", ("si", "sh", "shi")),
    ("λλ", ("ll", "l")),
    ("νι_", ("ni", "nj")),
    ("κι_", ("q", "ki")),  # Κιαμίλ is Qamil
    ("ου", ("u",)),
    ("αι", ("e", "ai", "aj")),
    ("ει", ("i", "ei", "ej")),
    ("οι", ("i", "oi", "oj")),
    ("υι", ("i",)),
    ("αυ", ("av", "af")),
    ("ευ", ("ev", "ef")),
    ("οσ$", ("o", "", "os")),  # the ending of the nominative is no part of an Albanian name
    ("ησ$", ("i", "", "is")),
    ("ισ$", ("i", "is")),
    ("ασ$", ("a", "as")),
    ("εσ$", ("e", "es")),
    ("ουσ$", ("u", "ush", "us")),
    ("α", ("a",)),
    ("β", ("v",)),
    ("γ(?=[ειηυ])", ("gj", "g", "j")),
    ("γ", ("g",)),
    ("δ", ("dh", "d")),
    ("ε", ("e",)),
    ("ζ", ("z", "zh")),
    ("η", ("i",)),
    ("θ", ("th",)),
    ("ι", ("i", "j", "y")),
    ("ϊ", ("i", "j")),
    ("ϋ", ("i", "y")),
    ("κ(?=[ειηυ])", ("k", "q")),
    ("κ", ("k",)),
    ("λ", ("l", "ll")),
    ("μ", ("m",)),
    ("ν", ("n",)),
    ("ξ", ("ks",)),
    ("ο", ("o",)),
    ("π", ("p",)),
    ("ρ", ("r",)),
    ("σ", ("s", "sh")),
    ("τ", ("t",)),
    ("υ", ("i", "y")),
    ("φ", ("f",)),
    ("χ", ("h",)),
    ("ψ", ("ps",)),
    ("ω", ("o",)),
)

# Cyrillic: Macedonian, Serbian and Montenegrin first, Bulgarian and Russian with them.
CYRILLIC: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("дж", ("xh", "gj")),
    ("дз", ("x",)),
    ("кј", ("q",)),
    ("кь", ("q",)),
    ("гј", ("gj",)),
    ("гь", ("gj",)),
    ("нь", ("nj",)),
    ("ль", ("l",)),
    ("џ", ("xh", "gj")),
    ("ќ", ("q",)),
    ("ћ", ("q", "c")),
    ("ѓ", ("gj", "xh")),
    ("ђ", ("gj", "xh")),
    ("њ", ("nj",)),
    ("љ", ("lj", "l", "ll")),  # Љуљета is Luljeta
    ("ѕ", ("x",)),
    ("ж", ("zh",)),
    ("ш", ("sh",)),
    ("щ", ("sht",)),
    ("ч", ("c", "q")),  # ç without its cedilla
    ("ц", ("c",)),
    ("х", ("h",)),
    ("ј", ("j",)),
    ("й", ("j",)),
    ("ю", ("ju",)),
    ("я", ("ja",)),
    ("ё", ("jo",)),
    ("є", ("je",)),
    ("ї", ("ji",)),
    ("ъ", ("e",)),  # Bulgarian for ë
    ("ь", ("",)),
    ("э", ("e",)),
    ("ы", ("i",)),
    ("и", ("i", "y")),
    ("л", ("l", "ll")),
    ("т", ("t", "th")),
    ("д", ("d", "dh")),
)

# Letters of the neighbours' Latin alphabets that sound otherwise than their bare letter.
LATIN = {
    "š": "sh",
    "ş": "sh",
    "ș": "sh",
    "ž": "zh",
    "č": "c",
    "ć": "q",
    "đ": "gj",
    "ü": "y",
    "ı": "i",
    "ğ": "g",
    "ß": "ss",
    "ø": "o",
    "dž": "xh",
}
_LATIN = re.compile("|".join(sorted(LATIN, key=len, reverse=True)))
_VOWEL = {"greek": "αεηιουω", "cyrillic": "аеиоуяюё"}


def _pattern(rows: tuple[tuple[str, tuple[str, ...]], ...], vowels: str) -> re.Pattern[str]:
    """The spellings as one expression, in their order; each is a group of its own."""
    parts = []
    for spelling, _ in rows:
        part = spelling.replace("^", r"\b").replace("$", r"\b")
        parts.append(f"({part[:-1]}(?=[{vowels}]))" if part.endswith("_") else f"({part})")
    return re.compile("|".join(parts))


_SCRIPTS = tuple(
    (re.compile(f"[{letters}]"), _pattern(rows, _VOWEL[name]), rows)
    for name, letters, rows in (("greek", "Ͱ-Ͽ", GREEK), ("cyrillic", "Ѐ-ӿ", CYRILLIC))
)


def folded(text: str) -> str:
    """Lower case and composed, so that one letter has one form; Greek without its accents, Cyrillic with its own letters."""
    # Compatibility forms may appear only after folding, and folding may undo composition: hence twice.
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(_bare(letter) if "Ͱ" <= letter <= "Ͽ" or "ἀ" <= letter <= "῿" else letter for letter in text)


def _bare(letter: str) -> str:
    """A Greek letter without its accent; ι and υ keep their diaeresis, which parts them from the vowel before."""
    parts = unicodedata.normalize("NFD", letter)
    return {"ι": "ϊ", "υ": "ϋ"}.get(parts[0], parts[0]) if "\u0308" in parts else parts[0]


def plain(text: str) -> str:
    """The same in small unaccented Latin letters; whatever is no letter stays for the caller to see."""
    return anyascii(_LATIN.sub(lambda found: LATIN[found[0]], text)).lower()


def readings(word: str) -> list[str]:
    """The ways in which one folded word may be read in Latin letters, the usual one first. One only for Latin words."""
    for letters, pattern, rows in _SCRIPTS:
        if letters.search(word):
            return _read(word, pattern, rows)
    return [plain(word)]


def _read(word: str, pattern: re.Pattern[str], rows: tuple[tuple[str, tuple[str, ...]], ...]) -> list[str]:
    pieces: list[tuple[str, ...]] = []
    end = 0
    for found in pattern.finditer(word):
        pieces.append((plain(word[end : found.start()]),))
        pieces.append(rows[(found.lastindex or 1) - 1][1])
        end = found.end()
    pieces.append((plain(word[end:]),))
    return list(dict.fromkeys("".join(parts) for parts in islice(_nearest(pieces), MOST_READINGS)))


def _nearest(pieces: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """All readings, those with the fewest unusual choices first; a long word is read in the usual way but for one place."""
    usual = tuple(piece[0] for piece in pieces)
    one_off = [(*usual[:n], other, *usual[n + 1 :]) for n, piece in enumerate(pieces) for other in piece[1:]]
    open_places = [n for n, piece in enumerate(pieces) if len(piece) > 1]
    if len(open_places) > 8:
        return [usual, *one_off]
    ranked = sorted(
        product(*(range(len(piece)) for piece in pieces)), key=lambda choice: (sum(map(bool, choice)), choice)
    )
    return [tuple(piece[n] for piece, n in zip(pieces, choice, strict=True)) for choice in ranked]
