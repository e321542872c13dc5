"""How much two identities agree, as a number by which suggestions are put in order. Pure.

A number of a paper names one person; a telephone is shared by families; a name with the year of birth is borne by several; a name
as it sounds with the decade by many. Nothing is decided by it: people look at both files.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.people.tokens import Kind

WEIGHTS: dict[Kind, int] = {
    Kind.NATIONAL_ID: 95,
    Kind.PAPER: 85,
    Kind.NAME_AND_YEAR: 70,
    Kind.PHONE: 50,
    Kind.SOUND_AND_DECADE: 40,
}
KIND_WORDS: dict[str, Promise] = {
    Kind.NATIONAL_ID: _("the national identity number"),
    Kind.PAPER: _("the number of a paper"),
    Kind.NAME_AND_YEAR: _("the name and the year of birth"),
    Kind.PHONE: _("a telephone number"),
    Kind.SOUND_AND_DECADE: _("the sound of the name and the decade of birth"),
}
LEAST = 40  # below this nothing is suggested


def score(kinds: Iterable[Kind]) -> int:
    """From 0 to 100: each kind that agrees takes its share of what is still missing to certainty."""
    missing = 100.0
    for kind in set(kinds):
        missing *= 1 - WEIGHTS.get(kind, 0) / 100
    return round(100 - missing)


def is_suggested(kinds: Iterable[Kind]) -> bool:
    return score(kinds) >= LEAST
