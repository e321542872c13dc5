"""The charts: drawn offline, in one theme and the reader's language, and honest about what is missing."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from besa.lib import charts, pictures
from besa.lib.document.blocks import Language
from besa.lib.palette import STATUS_COLOURS
from besa.lib.tests.sample import LABELS, line_chart, map_chart, status_chart, timeline_chart

MAKERS = [status_chart, line_chart, timeline_chart, map_chart]


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("language", ["en", "sq"])
def test_every_chart_is_drawn_as_svg_and_png_of_one_width(maker: type, language: Language) -> None:
    spec = maker(language)
    drawn = pictures.svg(spec)
    assert f'width="{charts.WIDTH}"' in drawn[:400]
    assert " style=" not in drawn
    assert pictures.png(spec).startswith(b"\x89PNG")
    assert pictures.svg(spec) is drawn  # kept, not drawn twice


def _shown(spec: charts.Spec) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", pictures.svg(spec))


def test_status_bars_carry_their_numbers_and_colours() -> None:
    spec = status_chart("sq")
    assert {"3", "4", "5", "6", *LABELS["sq"].values()} <= set(_shown(spec))
    for key in LABELS["sq"]:
        assert STATUS_COLOURS[key] in pictures.svg(spec)


def test_a_bar_that_is_missing_says_so_and_zero_says_zero() -> None:
    values = [("Interior", Decimal("1234.5")), ("Labour", None), ("Health", 0)]
    shown = _shown(charts.bars(values, axis="ALL", language="sq", missing="pa raportuar"))
    assert "1\u00a0234,5" in shown
    assert shown.count("pa raportuar") == 1
    assert shown.count("0") == 2  # the axis and the ministry of health


def test_bars_without_any_value_are_drawn() -> None:
    shown = _shown(charts.bars([("Interior", None)], axis="ALL", language="en", missing="not reported"))
    assert "not reported" in shown


def test_a_missing_quarter_breaks_the_line() -> None:
    line = next(mark for mark in re.findall(r"<path [^>]*>", pictures.svg(line_chart("en"))) if "line mark" in mark)
    drawn = line.split(' d="')[1].split('"')[0]
    assert drawn.count("M") == 2  # two pieces


def test_a_timeline_speaks_the_readers_months() -> None:
    assert "jan 2009" in _shown(timeline_chart("sq"))
    assert "Jan 2009" in _shown(timeline_chart("en"))


def test_a_map_names_its_areas_and_what_is_missing() -> None:
    assert {"Berat", "1,234", "Dibër", "not reported"} <= set(_shown(map_chart("en")))
