"""Names of countries in both languages."""

from __future__ import annotations

from django.utils import translation

from besa.lib import lands


def test_every_country_of_today_has_a_name_in_both_languages() -> None:
    with translation.override("en"):
        english = dict(lands.choices())
    with translation.override("sq"):
        albanian = dict(lands.choices())
        assert lands.name_of("ITA") == "Itali"
        assert lands.name_of("???") == "???"
    assert english.keys() == albanian.keys()
    assert 240 <= len(english) <= 260
    assert {"ALB", "XKX", "GRC", "MKD", "SRB", "GBR"} <= english.keys()
    assert len(set(english.values())) == len(english)
    assert next(iter(english.values())) == "Afghanistan"


def test_a_country_is_found_by_whatever_people_call_it() -> None:
    for language in ("en", "sq"):
        with translation.override(language):
            assert {lands.find(name) for name in lands.names().values()} == lands.names().keys()
            assert all(lands.find(name.upper()) == code for code, name in lands.choices())
    for text, code in (
        ("Shqipëria", "ALB"),
        ("shqiperi", "ALB"),
        ("alb", "ALB"),
        (" Kosova ", "XKX"),
        ("Italia", "ITA"),
    ):
        assert lands.find(text) == code
    assert [lands.find(text) for text in ("", "XX", "Atlantis", "AL")] == ["", "", "", ""]
