"""Described charts as SVG: no script, sharp in print, colored by the document's light or dark theme.

A module for each kind of chart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fixviz.drawing.markup import Html, tag
from fixviz.drawing.strokes import WIDTH, Drawing
from fixviz.drawing.svg_charts.bars import bars, waterfall
from fixviz.drawing.svg_charts.cells import cells
from fixviz.drawing.svg_charts.compass import compass
from fixviz.drawing.svg_charts.lines import lines
from fixviz.drawing.svg_charts.patch_map import patch_map
from fixviz.drawing.svg_charts.scatter import scatter
from fixviz.drawing.svg_charts.strips import strips
from fixviz.reading.figures.figure import (
    Bars,
    Cells,
    Compass,
    Lines,
    PatchMap,
    Scatter,
    Strips,
    Waterfall,
)

_DRAW: Final[dict[type, Callable[[Any, float], Drawing]]] = {
    Lines: lines,
    Cells: cells,
    Bars: bars,
    Waterfall: waterfall,
    Compass: compass,
    PatchMap: patch_map,
    Scatter: scatter,
    Strips: strips,
}


def svg(chart: Any, alt: str, across: float = WIDTH) -> Html:
    """Return the chart as an SVG element. alt: its text alternative; across: its width, in pixels, which
    decides how large letters are beside it."""
    drawn = draw(chart, across)
    return tag(
        "svg",
        *drawn.parts,
        viewBox=f"0 0 {drawn.width:.0f} {drawn.height:.0f}",
        role="img",
        aria_label=alt,
        xmlns="http://www.w3.org/2000/svg",
    )


def draw(chart: Any, across: float = WIDTH) -> Drawing:
    """Draw one chart that wide, in pixels. TypeError for a kind that this package does not know."""
    if type(chart) not in _DRAW:
        raise TypeError(f"{type(chart).__name__} is not drawn as SVG.")
    return _DRAW[type(chart)](chart, across)
