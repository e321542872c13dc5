from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from besa.lib.text import folded, in_language


@pytest.mark.parametrize(
    ("written", "searched"),
    [("Tiranë", "tirane"), ("SHKODËR", "shkoder"), ("Çela", "cela"), ("ministria", "MINISTRIA")],
)
def test_diacritics_and_case_do_not_hide_a_word(written: str, searched: str) -> None:
    assert folded(written) == folded(searched)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_a_name_is_in_the_readers_language_or_in_the_other_one() -> None:
    both = SimpleNamespace(name_en="Police", name_sq="Policia")
    with override("sq"):
        assert in_language(both, "name") == "Policia"
        assert in_language(SimpleNamespace(name_en="Police", name_sq=""), "name") == "Police"
    with override("en"):
        assert in_language(both, "name") == "Police"
        assert in_language(SimpleNamespace(name_en="", name_sq="Policia"), "name") == "Policia"
    assert in_language(both, "name", "sq-al") == "Policia"
