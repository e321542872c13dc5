"""Which passwords are too easy to guess: common ones, those made of one or two common words, those made of the field's own words.

Any characters may stand in a password, and none has to (OWASP ASVS 5.0, 6.2). What counts is how many pieces somebody has to
guess: a common word, a row of the keyboard or of the alphabet, the same letter again and again are one piece each.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

FEWEST_PIECES = 3
SHORTEST = 3
# Words that everybody tries first in this house; they count as no piece at all.
BARRED = (
    *("besa", "anti", "human", "being", "beings", "trafficking", "traffic", "trafik", "trafikim", "trafikimi", "trafikimit"),
    *("njerez", "njerezve", "qenie", "qenieve", "viktima", "viktime", "victim", "victims", "mbrojtje", "mbrojtja"),
    *("albania", "albanian", "shqip", "shqiperi", "shqiperia", "shqiptar", "tirana", "tirane", "kosova", "kosove"),
    *("ministria", "ministry", "policia", "police", "prokuroria", "prosecution", "komuna", "bashkia", "qark", "prefektura"),
    *("koordinator", "coordinator", "administrator", "admin", "auditor", "strehe", "streha", "shelter", "besaadmin"),
)  # fmt: skip
ROWS = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qazwsxedcrfvtgbyhnujm",
    "abcdefghijklmnopqrstuvwxyz",
    "12345678901234567890",
)
DISGUISES = str.maketrans("0134578@$!ëç", "oieastbasiec")
PLAIN = str.maketrans("ëç", "ec")


@cache
def _rows() -> tuple[str, ...]:
    return ROWS + tuple(row[::-1] for row in ROWS)


def _is_row(text: str) -> bool:
    """Keys that lie beside each other, letters or digits that follow each other, or one character again and again."""
    return len(text) >= SHORTEST and (len(set(text)) == 1 or any(text in row for row in _rows()))


def pieces(text: str, common: frozenset[str]) -> int:
    """The fewest pieces that make up the text: barred words for nothing, common words and rows one each, else letters one each."""
    fewest = [0] * (len(text) + 1)
    for end in range(1, len(text) + 1):
        fewest[end] = fewest[end - 1] + 1
        for start in range(max(0, end - 30), end - SHORTEST + 1):
            part = text[start:end]
            if part in BARRED:
                fewest[end] = min(fewest[end], fewest[start])
            elif part in common or _is_row(part):
                fewest[end] = min(fewest[end], fewest[start] + 1)
    return fewest[-1]


def _shortest_period(text: str) -> str:
    """The text that gives this one when it is repeated."""
    place = (text + text).find(text, 1)
    return text[:place]


def _readings(password: str) -> set[str]:
    """The password as it may be meant: without what stands around its letters, and with digits for letters taken back."""
    lower = _shortest_period(password.lower())
    letters = {"".join(char for char in lower.translate(table) if char.isalpha()) for table in (PLAIN, DISGUISES)}
    return letters if any(char.isalpha() for char in lower) else {lower}


class GuessablePasswordValidator(CommonPasswordValidator):
    """Refuses what the library's list of common passwords holds, and what is made of too few pieces."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.common = frozenset(word for word in self.passwords if len(word) >= SHORTEST and word.isalpha())

    def validate(self, password: str, user: Any = None) -> None:
        super().validate(password, user)
        if min(pieces(reading, self.common) for reading in _readings(password)) < FEWEST_PIECES:
            raise ValidationError(self.get_error_message(), code="password_too_common")
