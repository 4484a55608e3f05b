"""How much room the axes of a chart need at its sides.

Plotly finds that out, too: it draws a chart, measures its texts, and draws all of it again where they need
more room than they have. With enough room from the start it draws once. Lengths are in CSS pixels, for the
font of the pages (11.25 px, titles 13.125 px), as Plotly came to them; where a text turns out to be longer,
Plotly still makes the room.
"""

from __future__ import annotations

from typing import Final

from fixviz.drawing.plotly_charts.sketch import Sketch

_EDGE: Final = 8
_END: Final = 16
"""Half of the last number under a horizontal axis."""
_TOP: Final = 28
_LEGEND: Final = 42
_LETTER: Final = 5.4
"""Mean width of a letter."""
_NUMBER: Final = 5
"""Letters of a number beside an axis, such as -0.25."""
_LABELS: Final = 24
"""Beside or below the labels of an axis, without their own length."""
_TITLE_BELOW: Final = 26
_TITLE_BESIDE: Final = 29
"""Title of an axis, with what keeps it from the labels."""
_LINE: Final = 14
"""Height of a label."""
_CELLS: Final = 8
"""Between an axis and cells."""
_COLOR_BAR: Final = 92


def margins(chart: Sketch) -> dict[str, int]:
    """Return the margins of a chart: l, r, t and b."""
    found = {"l": _EDGE, "r": _EDGE, "t": _TOP, "b": _EDGE}
    x, y = chart.part("xaxis"), chart.part("yaxis")
    cells = any(trace["type"] == "heatmap" for trace in chart.traces)
    if x and x.get("visible", True):
        found["b"] = round(_LABELS + _LINE + _TITLE_BELOW * ("title" in x) + _CELLS * cells)
        found["r"] = _EDGE if cells else _END
    if y and y.get("visible", True):
        labels = y.get("ticktext") or [
            name for trace in chart.traces if trace.get("orientation") == "h" for name in trace["y"]
        ]
        longest = max((len(str(label)) for label in labels), default=_NUMBER)
        found["l"] = round(
            _LABELS + _LETTER * longest + _TITLE_BESIDE * ("title" in y) + _CELLS * cells
        )
    if any(trace.get("showscale", trace["type"] == "heatmap") for trace in chart.traces):
        found["r"] = _COLOR_BAR
    if chart.shows_legend():
        found["t"] = _LEGEND
    return found
