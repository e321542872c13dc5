"""Names as keys of comparison: how a name is written, how it sounds, what else the same person may be called.

Three pure functions, from strict to wide. `normalised` undoes what a keyboard, an alphabet or a form does to a name. `phonetic`
undoes what an ear, a dialect or Albanian grammar does to it. `variants` adds what families and other countries call the person.
None is for display, and none decides that two people are one: they make suggestions possible without an index of plain names.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import Any

from besa.people import scripts

DATA = Path(__file__).with_name("nicknames.toml")
MOST_VARIANTS = 256

# Forms of address and ranks that get into name fields: Albanian, Italian, Greek, English. Hoxha and Haxhi are names with us.
TITLES = frozenset(
    (
        *("z", "zt", "znj", "zj", "zonj", "zonja", "zonjusha", "zoti", "dr", "prof", "ing", "av", "avokat", "avokati"),
        *("mr", "mrs", "ms", "miss", "sig", "signor", "signora", "dott", "kirios", "kiria"),
    )
)
# Italian, Dutch and Arabic particles belong to the word after them: "De Luca" and "DeLuca" are one name.
PARTICLES = frozenset(
    (
        *("de", "di", "da", "del", "della", "dello", "degli", "la", "lo", "le"),
        *("el", "al", "ul", "van", "von", "bin", "ibn", "mac", "mc"),
    )
)

_APOSTROPHES = re.compile(r"['’‘`´ʹʼ′]")
_NOT_A_WORD = re.compile(r"[^a-z]+")


def normalised(name: str) -> str:
    """The name in small Latin letters without diacritics, its words in the order of the alphabet.

    - Alphabets: Greek and Cyrillic become Latin as Albanian names are written (`scripts`); of several readings a known name wins.
    - ë is e and ç is c: half of all keyboards and most foreign papers have neither. So upper case without diacritics is the same.
    - An apostrophe joins (D'Angelo), a hyphen parts (Hoxha-Kola): double names are written with and without it.
    - Titles go unless nothing else is left; particles join the word after them.
    - Words are sorted: which given name comes first, and whether the surname does, differs from one office to the next.
    """
    words: list[str] = []
    for raw in re.split(r"[\W\d_]+", _APOSTROPHES.sub("", scripts.folded(name))):
        words += _NOT_A_WORD.sub(" ", _latin(raw)).split()
    while (fewer := _joined(_untitled(words))) != words:
        words = fewer
    return " ".join(sorted(words))


def phonetic(name: str) -> str:
    """How each word of the name sounds without its ending, in the order of the alphabet; equal for spellings of one name.

    Each word goes through `_nominative` (running text), `_sound` (letters) and `_stem` (definite forms); one that then sounds
    like no known name is read once more as a spelling from abroad (`_ABROAD`).
    """
    return " ".join(sorted(sound_of(word) for word in normalised(name).split()))


def variants(name: str) -> frozenset[str]:
    """The normalised name and the names that the same person may go by: nicknames, equivalents abroad, accusatives undone.

    One step, no chains: Met may be a Muhamet or a Mehmet, but Muhamet is no Mehmet. By sound it holds both ways.
    """
    words = normalised(name).split()
    choices = [sorted(_equivalents(word)) for word in words]
    size = 1
    for choice in choices:
        size *= len(choice)
    if size <= MOST_VARIANTS:
        return frozenset(" ".join(sorted(choice)) for choice in product(*choices))
    one_off = (
        " ".join(sorted([*words[:n], other, *words[n + 1 :]])) for n, choice in enumerate(choices) for other in choice
    )
    return frozenset(one_off)


# --- words


def _untitled(words: list[str]) -> list[str]:
    return [word for word in words if word not in TITLES] or words


def _joined(words: list[str]) -> list[str]:
    """Particles made one word with the next; with the one before where nothing comes after."""
    joined: list[str] = []
    prefix = ""
    for word in words:
        if word in PARTICLES:
            prefix += word
        else:
            joined.append(prefix + word)
            prefix = ""
    if prefix and joined:
        joined[-1] += prefix
    return joined or ([prefix] if prefix else [])


@lru_cache(maxsize=4096)
def _latin(word: str) -> str:
    """The reading of a word that is a known name as it stands, else one that sounds like a known name, else the usual one."""
    found = scripts.readings(word)
    if len(found) == 1:
        return found[0]
    as_written = next((reading for reading in found if reading in known()), "")
    return as_written or next((reading for reading in found if _stem(_sound(reading)) in known_sounds()), found[0])


# --- sounds

# In this order, on small letters; what is found becomes a sound written as one sign. Capitals are sounds that have two letters.
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sign)
    for pattern, sign in (
        # Greek papers in Latin letters spell b, d, g as mp, nt, gk at the start, xh as tz, u as ou.
        (r"^mp", "b"),
        (r"^nt", "d"),
        (r"gk", "g"),
        (r"ou", "u"),
        # German, French and English spellings of xh, ç and sh.
        (r"dsch|dzh", "X"),
        (r"tsch|tch", "c"),
        (r"sch", "S"),
        (r"sci(?=[aou])|sc(?=[ei])", "S"),  # Italian: Scehu is Shehu
        (r"sh", "S"),
        (r"zh", "Z"),
        # gj and xh fall together in the north and in Kosovo; Italian gi before a vowel, dj of Serbian papers, x and tz of
        # foreign ones stand for either (Gjoka, Xhoka, Gioka, Djoka; Hoxha, Hoxa, Hotza).
        (r"gj|xh|dj|gi(?=[aeou])|x|dz|tz", "X"),
        (r"gh", "g"),  # Italian Ghergo
        (r"c(?=r)", "k"),  # Italian Cristina; no name of ours begins with cr
        (r"kh", "h"),  # Arabic and Russian papers: Khalil is Halil
        (r"ch(?=[eibdfgklmnprstvz])", "k"),  # Italian Chiara, Michele; Christo
        # q and ç fall together in the north and in Kosovo; c is ç without its cedilla, ch the English ç.
        (r"ch|q|kj|ts", "c"),
        # th, dh and t, d: no neighbour's alphabet but the Greek has both (Thanas, Tanas; Dhimitri, Dimitri).
        (r"th", "t"),
        (r"dh", "d"),
        (r"ph", "f"),
        (r"w", "v"),
        (r"(?<=.)gli(?=[aeou])", "li"),  # Italian Guglielmo
        # nj as Italian gn, and as n with i or j before a vowel (Tanja, Tania; Antonio).
        (r"gn|n[ijy]+(?=[aeou])", "N"),
        (r"nj", "N"),
        # y is the English j before a vowel at the start or after one, else i: Greek and Slav papers write Hisa for Hysa.
        (r"(?:^|(?<=[aeiou]))y(?=[aeou])", "j"),
        (r"y", "i"),
        # j after a consonant and between i and a vowel is heard as i (Arjan, Arian; Marija, Maria).
        (r"ij+(?=[aeiou])", "i"),
        (r"(?<=[^aeiou])j(?=[aeou])", "i"),
        (r"ii+", "i"),
        # and as i after a vowel when none follows (Bajram, Bairam; Saimir, Sajmir).
        (r"(?<=[aeou])j(?![aeiou])", "i"),
        # h is heard at the start only: Mehmet and Memet, Ibrahim and Ibraim.
        (r"(?<=.)h", ""),
        # ll and l, rr and r, and every other double letter: Italian doubles and undoubles, foreign papers know no ll.
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=8192)
def _sound(word: str) -> str:
    """The word as it sounds, ending and all."""
    for spelling, ours in _respelled():
        if word.startswith(spelling):
            word = ours + word[len(spelling) :]
            break
    for pattern, sign in _SOUNDS:
        word = pattern.sub(sign, word)
    return word


_UNVOICED = str.maketrans("bdgzv", "ptksf")


def _stem(sound: str) -> str:
    """The sound without the ending that says "the": Agim and Agimi, Shehu and Sheh, Kola and Kolë, Drita and Dritë.

    - Masculine -i and -u go. Names in -i take -u (Ali, Aliu): both go.
    - Feminine and masculine names in -a and -ë are one another's definite and indefinite form: the ending stays, as a. So Arben
      and Arbena, Luan and Luana, Art and Arta remain different people.
    - -j after a vowel, the family ending of the north, goes: Gjoka and Gjokaj stand in one family's papers.
    - -er after a consonant is -r: the definite form drops the vowel (Dhimitër, Dhimitri).
    - At the end voice is lost: Muhamed and Muhamet, Rexheb and Rexhep.
    """
    stem = sound
    if len(stem) >= 4:
        stem = re.sub(r"(?<=[aeo])i$", "", stem)
        stem = re.sub(r"(?<=..)os$", "o", stem)  # the Greek nominative in Latin letters: Jorgos
    if len(stem) >= 3:
        stem = re.sub(r"e$", "a", stem)
        stem = re.sub(r"(?<=..)(?:iu|i|u)$", "", stem)
    stem = re.sub(r"(?<=[^aeiou])er$", "r", stem)
    return stem[:-1] + stem[-1:].translate(_UNVOICED) if len(stem) >= 3 else stem


# Ends of running text and of women's surnames, each with what the name ends in when it stands alone.
_CASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ise", ("ia", "i")),  # së Marisë
    ("jes", ("e", "ia", "i")),  # së Luljes
    ("ies", ("ie",)),
    ("es", ("a", "e")),  # i Hoxhës, së Dritës
    ("it", ("", "i")),  # i Agimit
    ("ut", ("", "u")),  # i Shehut
    ("ija", ("ia", "ie", "i")),  # Gashija, the woman of the Gashis
    ("ja", ("ia", "e", "a", "i", "u")),  # Berishja, Kelmendja, Lulja
    ("ua", ("o",)),  # Jorgua
)
_ACCUSATIVES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("in", ("", "i")),  # Agimin
    ("un", ("", "u")),  # Shehun
    ("en", ("a", "e")),  # Dritën
)


def _nominative(word: str) -> str:
    """The name as it stands alone, for a word from running text; a known name is left alone (Halit is no genitive).

    An ending goes when a known name remains, or, for the genitives, when enough remains to be a name. Accusatives look too much
    like names (Valentin, Arben) to go here: `variants` tries them.
    """
    if word in known():
        return word
    for without in _without(word, _CASES):
        if without in known():
            return without
    if re.fullmatch(r"[a-z]{3,}[^aeiou]it", word) or re.fullmatch(r"[a-z]{2,}[khg]ut", word):
        return word[:-2]
    return word[:-1] if re.fullmatch(r"[a-z]{2,}[^aeiou]es", word) else word


def _without(word: str, cases: tuple[tuple[str, tuple[str, ...]], ...]) -> list[str]:
    return [
        word[: -len(end)] + alone
        for end, alones in cases
        if word.endswith(end) and len(word) - len(end) >= 2
        for alone in alones
    ]


# Spellings from abroad that are right as Albanian too: tried only where the word as it stands sounds like no known name.
_ABROAD: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"c(?![eiht])|c(?=t)"), "k"),  # Italian: Marcu is Marku, Hector Hektor
    (re.compile(r"g(?=[ei])"), "gj"),  # Italian: Gini is Gjini
    (re.compile(r"s(?=[pkqcmn])"), "sh"),  # no neighbour but the Slavs writes sh before a consonant: Spresa, Scodra
    (re.compile(r"ch(?=[aou])"), "h"),  # Greek papers in Latin letters: Chotza is Hoxha
)


@lru_cache(maxsize=65536)
def sound_of(word: str) -> str:
    """The phonetic code of one normalised word."""
    code = _stem(_sound(_nominative(word)))
    return code if code in known_sounds() else next((one for one in _abroad(word) if one in known_sounds()), code)


def heard(word: str) -> frozenset[str]:
    """The codes to ask for when a normalised word may be a spelling from abroad; its own alone when it sounds like a known name."""
    code = sound_of(word)
    return frozenset([code]) if code in known_sounds() else frozenset([code, *_abroad(word)])


def _abroad(word: str) -> Iterator[str]:
    """The codes of the word read as a spelling from abroad, first in one way, then in several."""
    choices = sorted(product((False, True), repeat=len(_ABROAD)), key=sum)
    for chosen in choices[1:]:
        other = word
        for (pattern, ours), is_chosen in zip(_ABROAD, chosen, strict=True):
            other = pattern.sub(ours, other) if is_chosen else other
        if other != word:
            yield _stem(_sound(_nominative(other)))


# --- data


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


@cache
def _respelled() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(_data()["respelled"].items(), key=lambda pair: -len(pair[0])))


@cache
def groups() -> tuple[frozenset[str], ...]:
    """What one name may be called, per name. Greek and Cyrillic entries are in Latin letters by their usual reading."""
    found = []
    for section, lines in _data().items():
        if section not in ("known", "respelled"):
            found += [frozenset(_plainly(f"{name} {others}")) for name, others in lines.items()]
    return tuple(found)


def _plainly(text: str) -> list[str]:
    return [scripts.readings(word)[0] for word in scripts.folded(text).split()]


@cache
def known() -> frozenset[str]:
    """Every name in the data, normalised."""
    plain = {word for text in _data()["known"].values() for word in _plainly(text)}
    return frozenset(plain.union(*groups()))


@cache
def known_sounds() -> frozenset[str]:
    return frozenset(_stem(_sound(word)) for word in known())


@cache
def _groups_by_sound() -> dict[str, frozenset[str]]:
    """Sound of a name -> all names that share a line with a name of this sound."""
    found: dict[str, set[str]] = {}
    for group in groups():
        for word in group:
            found.setdefault(sound_of(word), set()).update(group)
    return {sound: frozenset(names) for sound, names in found.items()}


@lru_cache(maxsize=8192)
def _equivalents(word: str) -> frozenset[str]:
    alone = [word, *(name for name in _without(word, _ACCUSATIVES) if name in known())]
    return frozenset(alone).union(*(_groups_by_sound().get(sound_of(name), frozenset()) for name in alone))
