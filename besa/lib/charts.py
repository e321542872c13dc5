"""The charts of Besa as Vega-Lite specifications with their data inside, made with Altair; `pictures` draws them.

All have one theme and one width, so that their letters are of one size wherever they are placed. What is missing is
said in words or left as a gap, never drawn as zero. Labels come in from the caller, in the document's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

import altair as alt
from babel.dates import get_day_names, get_month_names
from babel.numbers import get_decimal_symbol, get_group_symbol

from besa.lib.document.blocks import Language
from besa.lib.document.words import LOCALES, number
from besa.lib.palette import ACCENT, CHART_FONT, INK, MUTED, OTHER_COLOUR, RULE, status_colour

Spec = dict[str, Any]
WIDTH = 640  # pixels, margins included: the full width of a portrait page
_BAR = 26
_SERIES = ["#1f4e79", "#e39b1e", "#a63d14", "#5aa0cf", "#6b7280", "#3f7f5f"]
_DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [12, 4]]
_SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
_DARK = {"completed", "constrained", "dropped"}  # states whose colour takes white figures


@dataclass(frozen=True)
class Count:
    """How many things of a group are in a state; `group` is printed, `status` is a key of the palette."""

    group: str
    status: str
    count: int


@dataclass(frozen=True)
class Point:
    """A value of a series in a period; None where nothing was reported."""

    period: str
    series: str
    value: int | Decimal | None


@dataclass(frozen=True)
class Span:
    """An activity in time, first and last day included, in a state."""

    label: str
    start: date
    end: date
    status: str


def status_bars(
    counts: Sequence[Count], labels: Mapping[str, str], *, axis: str, language: Language, order: Sequence[str] = ()
) -> Spec:
    """Horizontal bars stacked by state. `labels` names each state and gives the order of legend and stack."""
    groups = list(order or dict.fromkeys(count.group for count in counts))
    keys = [key for key in labels if any(count.status == key for count in counts)]
    values = _values(
        {
            "group": it.group,
            "status": labels[it.status],
            "place": keys.index(it.status),
            "count": it.count,
            "text": number(it.count, language),
            "is_dark": it.status in _DARK,
        }
        for it in counts
        if it.count
    )
    base = alt.Chart(values).encode(
        y=alt.Y("group:N", sort=groups, title=None, scale=alt.Scale(domain=groups)),
        x=alt.X("count:Q", title=axis, stack="zero", axis=_counting_axis()),
        order=alt.Order("place:Q"),
    )
    bars = base.mark_bar(stroke="white", strokeWidth=1.5).encode(
        color=alt.Color(
            "status:N",
            title=None,
            scale=alt.Scale(domain=[labels[key] for key in keys], range=[status_colour(key) for key in keys]),
            legend=alt.Legend(orient="top", direction="horizontal", columns=4),
        )
    )
    outline = base.mark_bar(fill=None, stroke=OTHER_COLOUR, strokeWidth=0.5).encode(detail="status:N")
    figures = base.mark_text(fontSize=11, fontWeight="bold").encode(
        x=alt.X("count:Q", stack="zero", bandPosition=0.5),
        detail="status:N",
        text="text:N",
        color=alt.when(alt.datum.is_dark).then(alt.value("white")).otherwise(alt.value(INK)),
    )
    return _finished(bars + outline + figures, language, height=len(groups) * _BAR + 4)


def bars(values: Sequence[tuple[str, int | Decimal | None]], *, axis: str, language: Language, missing: str) -> Spec:
    """Horizontal bars with their values; `missing` (“not reported”) stands where there is none."""
    names = list(dict.fromkeys(name for name, _value in values))
    data = _values(
        {"name": name, "value": _number(value), "text": missing if value is None else number(value, language)}
        for name, value in values
    )
    base = alt.Chart(data).encode(y=alt.Y("name:N", sort=names, title=None))
    most = max((float(value) for _name, value in values if value is not None), default=0)
    room = alt.Scale(domainMax=most * 1.15) if most > 0 else alt.Scale(domain=[0, 1])  # for the longest bar's figure
    drawn = base.mark_bar(color=ACCENT).encode(x=alt.X("value:Q", title=axis, axis=_counting_axis(), scale=room))
    known = base.transform_filter("isValid(datum.value)").mark_text(align="left", dx=5, color=INK)
    unknown = base.transform_filter("!isValid(datum.value)").mark_text(
        align="left", dx=5, color=MUTED, fontStyle="italic"
    )
    layers = drawn + known.encode(x="value:Q", text="text:N") + unknown.encode(x=alt.datum(0), text="text:N")
    return _finished(layers, language, height=len(names) * _BAR + 4)


def lines(points: Sequence[Point], *, axis: str, language: Language) -> Spec:
    """Lines over periods, told apart by dash and shape as well as colour; a missing value breaks the line."""
    periods = list(dict.fromkeys(point.period for point in points))
    series = list(dict.fromkeys(point.series for point in points))
    data = _values({"period": it.period, "series": it.series, "value": _number(it.value)} for it in points)
    legend = (
        alt.Legend(orient="top", direction="horizontal", symbolSize=90, symbolDash=[1, 0]) if len(series) > 1 else None
    )
    count = range(len(series))
    base = alt.Chart(data).encode(
        x=alt.X("period:O", sort=periods, title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("value:Q", title=axis, axis=_counting_axis(), scale=alt.Scale(zero=True)),
        color=alt.Color(
            "series:N", title=None, legend=legend, scale=alt.Scale(domain=series, range=[_SERIES[i % 6] for i in count])
        ),
    )
    drawn = base.mark_line(strokeWidth=2.2, invalid="break-paths-show-path-domains").encode(
        strokeDash=alt.StrokeDash(
            "series:N", legend=None, scale=alt.Scale(domain=series, range=[_DASHES[i % 6] for i in count])
        )
    )
    marks = base.mark_point(filled=True, opacity=1, size=60, invalid="filter").encode(
        shape=alt.Shape(
            "series:N", legend=legend, title=None, scale=alt.Scale(domain=series, range=[_SHAPES[i % 6] for i in count])
        )
    )
    return _finished(drawn + marks, language, height=220)


def timeline(
    spans: Sequence[Span],
    labels: Mapping[str, str],
    *,
    language: Language,
    today: date | None = None,
    today_label: str = "",
) -> Spec:
    """Activities as bars from first to last day, coloured by state, with the state in words and a line at `today`."""
    names = list(dict.fromkeys(span.label for span in spans))
    keys = [key for key in labels if any(span.status == key for span in spans)]
    data = _values(
        {
            "name": span.label,
            "start": span.start.isoformat(),
            "end": (span.end + timedelta(days=1)).isoformat(),
            "status": labels[span.status],
        }
        for span in spans
    )
    scale = alt.Scale(domain=[labels[key] for key in keys], range=[status_colour(key) for key in keys])
    base = alt.Chart(data).encode(
        y=alt.Y("name:N", sort=names, title=None),
        x=alt.X("utcyearmonthdate(start):T", title=None, axis=alt.Axis(format="%b %Y", labelAngle=0, tickCount=8)),
    )
    legend = alt.Legend(orient="top", direction="horizontal", columns=4)
    drawn = base.mark_bar(height=13, cornerRadius=2, stroke=OTHER_COLOUR, strokeWidth=0.5).encode(
        x2="utcyearmonthdate(end):T", color=alt.Color("status:N", title=None, scale=scale, legend=legend)
    )
    layers = drawn
    if today is not None:
        now = alt.Chart(_values([{"today": today.isoformat(), "text": today_label}])).encode(
            x="utcyearmonthdate(today):T"
        )
        rule = now.mark_rule(color=INK, strokeDash=[3, 3])
        layers = drawn + rule + now.mark_text(align="left", dx=4, y=-6, color=INK, fontSize=11).encode(text="text:N")
    return _finished(layers, language, height=len(names) * 22 + 4)


def regions(
    shapes: Mapping[str, Any],
    values: Mapping[str, int | Decimal | None],
    *,
    key: str,
    names: Mapping[str, str],
    title: str,
    missing: str,
    language: Language,
) -> Spec:
    """A map whose areas darken with the value and carry name and value.

    `shapes` is a GeoJSON FeatureCollection, `key` the property that `values` and `names` go by, `missing` the words for
    an area without a value, which stays white with a dashed border.
    """
    features = [_region(feature, key, values, names, missing, language) for feature in shapes["features"]]
    data = _values(features)
    known, unknown = "isValid(datum.properties.value)", "!isValid(datum.properties.value)"
    areas = alt.Chart(data).transform_filter(known).mark_geoshape(stroke="white", strokeWidth=1.2)
    scale = alt.Scale(range=["#dce9f4", "#1f4e79"], zero=True, nice=True)
    shaded = areas.encode(
        color=alt.Color(
            "properties.value:Q",
            title=title,
            scale=scale,
            legend=alt.Legend(orient="right", gradientLength=160, titleLimit=150),
        )
    )
    blank = alt.Chart(data).transform_filter(unknown)
    empty = blank.mark_geoshape(fill="white", stroke=OTHER_COLOUR, strokeDash=[3, 2])
    at = {"longitude": "properties.lon:Q", "latitude": "properties.lat:Q"}
    lettered: list[alt.Chart] = []
    for field, dy, size in (("name", -6, 9.0), ("text", 6, 10.5)):
        text = alt.Chart(data).encode(**at, text=f"properties.{field}:N")
        weight: Literal["bold", "normal"] = "bold" if field == "text" else "normal"
        lettered.append(  # a pale rim first, so that the letters stand out on dark areas
            text.mark_text(dy=dy, fontSize=size, fontWeight=weight, stroke="white", strokeWidth=3, strokeOpacity=0.85)
        )
        lettered.append(text.mark_text(dy=dy, fontSize=size, fontWeight=weight, color=INK))
    return _finished(alt.layer(shaded, empty, *lettered).project(type="mercator"), language, height=560)


def _region(
    feature: Mapping[str, Any],
    key: str,
    values: Mapping[str, int | Decimal | None],
    names: Mapping[str, str],
    missing: str,
    language: Language,
) -> dict[str, Any]:
    code = feature["properties"][key]
    value = values.get(code)
    lon, lat = _middle(feature["geometry"])
    properties = {
        "name": names.get(code, str(code)),
        "value": _number(value),
        "text": missing if value is None else number(value, language),
        "lon": lon,
        "lat": lat,
    }
    return {"type": "Feature", "geometry": _wound(feature["geometry"]), "properties": properties}


def _wound(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """The geometry with outer rings clockwise, as the drawing library wants them; GeoJSON says the opposite."""
    is_single = geometry["type"] == "Polygon"
    polygons = [geometry["coordinates"]] if is_single else geometry["coordinates"]
    wound = [
        [ring if (_twice_area(ring) < 0) == (place == 0) else ring[::-1] for place, ring in enumerate(polygon)]
        for polygon in polygons
    ]
    return {"type": geometry["type"], "coordinates": wound[0] if is_single else wound}


def _twice_area(ring: Sequence[Sequence[float]]) -> float:
    """Positive when the ring runs counter-clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def _middle(geometry: Mapping[str, Any]) -> tuple[float, float]:
    """The centroid of the largest ring, where a label sits best (planar, good enough for a district)."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    area, lon, lat = max(_centroid(polygon[0]) for polygon in polygons)
    return (round(lon, 4), round(lat, 4)) if area else (polygons[0][0][0][0], polygons[0][0][0][1])


def _centroid(ring: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Area, longitude and latitude by the shoelace formula, relative to the first corner to keep digits."""
    (x0, y0, *_rest), area, x, y = ring[0], 0.0, 0.0, 0.0
    for here, there in zip(ring, [*ring[1:], ring[0]], strict=True):
        x1, y1, x2, y2 = here[0] - x0, here[1] - y0, there[0] - x0, there[1] - y0
        cross = x1 * y2 - x2 * y1
        area, x, y = area + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross
    if not area:
        return 0.0, x0, y0
    return abs(area) / 2, x0 + x / (3 * area), y0 + y / (3 * area)


def _number(value: int | Decimal | None) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value


def _values(rows: Any) -> alt.InlineData:
    return alt.InlineData(values=list(rows))


def _counting_axis() -> alt.Axis:
    return alt.Axis(tickCount=6, tickMinStep=1)


def _finished(chart: Any, language: Language, *, height: int) -> Spec:
    """The specification with size, theme and the language's numbers and months; JSON values only."""
    spec: Spec = chart.properties(width=WIDTH, height=height).to_dict(validate=False)
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    spec["config"] = _theme(language)
    spec.pop("usermeta", None)
    return spec


def _theme(language: Language) -> dict[str, Any]:
    letters = {
        "labelColor": INK,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    axis = {**letters, "domainColor": RULE, "tickColor": RULE, "gridColor": RULE, "gridOpacity": 0.7}
    return {
        "background": "white",
        "font": CHART_FONT,
        "padding": 6,
        "view": {"stroke": None},
        "axis": {**axis, "labelLimit": 260, "labelPadding": 6, "titlePadding": 8},
        "axisY": {"domain": False, "ticks": False},
        "axisQuantitative": {"domain": False, "ticks": False},
        "axisBand": {"grid": False},
        "axisTemporal": {"grid": True},
        "legend": {
            **letters,
            "symbolType": "square",
            "symbolStrokeColor": OTHER_COLOUR,
            "symbolStrokeWidth": 0.5,
            "labelLimit": 200,
        },
        "bar": {"continuousBandSize": 18},
        "scale": {"bandPaddingInner": 0.28, "bandPaddingOuter": 0.14},
        "text": {"fontSize": 12, "font": CHART_FONT},
        "locale": _locale(language),
    }


def _locale(language: Language) -> dict[str, Any]:
    """Numbers and dates of the language as Vega wants them."""
    name = LOCALES[language]
    months = {
        width: [get_month_names(width, locale=name)[i] for i in range(1, 13)] for width in ("wide", "abbreviated")
    }
    days = {
        width: [get_day_names(width, locale=name)[(i - 1) % 7] for i in range(7)] for width in ("wide", "abbreviated")
    }
    return {
        "number": {
            "decimal": get_decimal_symbol(name),
            "thousands": get_group_symbol(name),
            "grouping": [3],
            "currency": ["", ""],
        },
        "time": {
            "dateTime": "%d %B %Y %H:%M",
            "date": "%d.%m.%Y",
            "time": "%H:%M",
            "periods": ["AM", "PM"],
            "days": days["wide"],
            "shortDays": days["abbreviated"],
            "months": months["wide"],
            "shortMonths": months["abbreviated"],
        },
    }
