"""Case numbers: random, with a check character. They carry no year, no region and no sequence."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs; none that is mistaken for another
RANDOM = 8
PATTERN = f"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]"


def check_character(signs: str) -> str:
    """The Luhn check character in base 32: it finds each wrong sign and nearly all exchanges of neighbours (ISO/IEC 7812-1, B)."""
    total = 0
    for place, sign in enumerate(reversed(signs)):
        value = ALPHABET.index(sign) * (1 if place % 2 else 2)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def new_number() -> str:
    """A fresh number such as `K7M2-9QXA-5`; one of 32**8."""
    signs = "".join(secrets.choice(ALPHABET) for _place in range(RANDOM))
    return written(signs)


def written(signs: str) -> str:
    """Eight signs as a number with its check character."""
    return f"{signs[:4]}-{signs[4:]}-{check_character(signs)}"


def understood(text: str) -> str:
    """The number that somebody typed, however she set blanks, dashes and capitals; empty when it is none or mistyped."""
    signs = "".join(sign for sign in text.upper() if sign.isalnum())
    if len(signs) != RANDOM + 1 or any(sign not in ALPHABET for sign in signs):
        return ""
    number = written(signs[:RANDOM])
    return number if number[-1] == signs[-1] else ""
