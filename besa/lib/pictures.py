"""A Vega-Lite specification as a picture: SVG for pages and print, PNG for Word. Needs no network and no browser.

The letters are Liberation Sans, which comes inside vl-convert, so that a chart is the same on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import vl_convert

_VEGA_LITE = "6.1"
_KEPT = 128  # pictures of each kind; a large report has a dozen
Spec = Mapping[str, Any]


def svg(spec: Spec) -> str:
    """The chart as SVG text without style attributes."""
    return _svg(_canonical(spec))


def png(spec: Spec, scale: float = 2) -> bytes:
    """The chart as PNG; a scale of 2 is sharp in print at the width of a page."""
    return _png(_canonical(spec), scale)


def _canonical(spec: Spec) -> str:
    return json.dumps(spec, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@lru_cache(maxsize=_KEPT)
def _svg(canonical: str) -> str:
    return vl_convert.vegalite_to_svg(json.loads(canonical), vl_version=_VEGA_LITE, allowed_base_urls=[])


@lru_cache(maxsize=_KEPT)
def _png(canonical: str, scale: float) -> bytes:
    return vl_convert.vegalite_to_png(json.loads(canonical), vl_version=_VEGA_LITE, scale=scale, allowed_base_urls=[])
