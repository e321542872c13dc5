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
