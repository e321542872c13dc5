"""The colours of states and the letters of charts, the same in every chart, table and format.

Blue to vermilion keeps apart what colour-blind readers confuse; lightness alternates, so that neighbours in a bar
differ in grayscale too. No chart relies on the colour alone: segments carry numbers and keep the legend's order.
"""

from __future__ import annotations

INK = "#1d2733"
MUTED = "#5b6673"
RULE = "#d5dae0"
ACCENT = "#1f4e79"

CHART_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"  # inside vl-convert; elsewhere one of the same widths

STATUS_COLOURS = {
    "completed": "#1f4e79",
    "on_track": "#7fb8dd",
    "delayed": "#e39b1e",
    "constrained": "#a63d14",
    "dropped": "#6b7280",
    "not_due": "#d3d8de",
    "not_reported": "#f7f8f9",
}
OTHER_COLOUR = "#9aa4af"

# the names of the same colours in Tabler, for the dot beside a state on a page
STATUS_TONES = {
    "completed": "blue",
    "on_track": "azure",
    "delayed": "yellow",
    "constrained": "red",
    "dropped": "secondary",
    "not_due": "muted",
    "not_reported": "muted",
}


def status_colour(key: str) -> str:
    return STATUS_COLOURS.get(key, OTHER_COLOUR)
