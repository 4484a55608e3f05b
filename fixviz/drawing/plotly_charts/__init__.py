"""Described charts as the JSON of Plotly figures, for pages; a module for each kind of chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from fixviz.drawing.plotly_charts.axes import Palette
from fixviz.drawing.plotly_charts.bars import bars, waterfall
from fixviz.drawing.plotly_charts.cells import cells
from fixviz.drawing.plotly_charts.compass import compass
from fixviz.drawing.plotly_charts.lines import lines
from fixviz.drawing.plotly_charts.margins import margins
from fixviz.drawing.plotly_charts.patch_map import patch_map
from fixviz.drawing.plotly_charts.scatter import scatter
from fixviz.drawing.plotly_charts.sketch import Sketch
from fixviz.drawing.plotly_charts.strips import strips
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

_LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0}
_DRAW: Final[dict[type, Callable[[Any, Palette], Sketch]]] = {
    Lines: lines,
    Cells: cells,
    Bars: bars,
    Waterfall: waterfall,
    Compass: compass,
    PatchMap: patch_map,
    Scatter: scatter,
    Strips: strips,
}


def plotly_chart(chart: Any, palette: Palette) -> dict[str, Any]:
    """Return one chart as the JSON of a Plotly figure. TypeError for a kind it does not know.

    palette: the colors of the theme in use.
    """
    if type(chart) not in _DRAW:
        raise TypeError(f"{type(chart).__name__} is not drawn with Plotly.")
    drawn = _DRAW[type(chart)](as_text(chart), palette)
    drawn.lay_out(margin=margins(drawn), legend=_LEGEND, hovermode="closest")
    return drawn.content()


def as_text(described: Any) -> Any:
    """Return what is described with every text in it escaped, for Plotly reads tags and %{...} in texts.

    A class called `<b>ball</b>` is then shown by that name.
    """
    if isinstance(described, str):
        escaped = described.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return escaped.replace("%{", "&#37;{")
    if isinstance(described, Mapping):
        return {key: as_text(value) for key, value in described.items()}
    if isinstance(described, list | tuple):
        return type(described)(map(as_text, described))
    if is_dataclass(described) and not isinstance(described, type):
        return replace(
            described,
            **{field.name: as_text(getattr(described, field.name)) for field in fields(described)},
        )
    return described
