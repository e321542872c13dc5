"""Our list of the library's words names words that the library still uses."""

from __future__ import annotations

from pathlib import Path

import allauth

from besa.directory.words import SIGN_IN_WORDS


def test_words_are_the_library_s() -> None:
    root = Path(allauth.__file__).parent
    text = "".join(path.read_text() for pattern in ("*.py", "*.html", "*.txt") for path in root.rglob(pattern))
    assert [word for word in SIGN_IN_WORDS if word not in text] == []
