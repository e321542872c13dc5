"""Small helpers for text that people search and sort by."""

import unicodedata
from typing import Any

from django.utils.translation import get_language


def folded(text: str) -> str:
    """Lower case without diacritics, so that “Tiranë” is found by “tirane”."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def in_language(obj: Any, field: str, language: str | None = None) -> str:
    """The value of `field_en` or `field_sq` in the reader's language, in the other one where it is empty."""
    wanted = "sq" if (language or get_language() or "en").startswith("sq") else "en"
    other = "en" if wanted == "sq" else "sq"
    return str(getattr(obj, f"{field}_{wanted}") or getattr(obj, f"{field}_{other}"))
