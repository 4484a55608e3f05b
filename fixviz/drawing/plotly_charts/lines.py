"""Lines over one pair of axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from fixviz.drawing.colors import DASHES, GRAY
from fixviz.drawing.plotly_charts.axes import Palette, of_axis
from fixviz.drawing.plotly_charts.sketch import Sketch
from fixviz.drawing.strokes import whole_ticks
from fixviz.reading.figures.figure import (
    Lines,
    Series,
)

_TALL = 460
"""Height of a chart whose legend takes many lines in a narrow window."""
_SMALL = 190
"""Height of a chart that is one of many."""
_MOST_MARKS = 16
"""Whole numbers on an axis up to which each is marked."""


def lines(chart: Lines, palette: Palette) -> Sketch:
    """Draw lines over one pair of axes, with bands, the frame in view and a shaded area."""
    drawn = Sketch(height=_TALL if chart.tall else _SMALL if chart.small else 320)
    if chart.small:
        drawn.lay_out(showlegend=False)
    if chart.shade is not None:
        low, high = chart.shade
        drawn.add(
            "scatter",
            x=np.concatenate([chart.x, chart.x[::-1]]),
            y=np.concatenate([high, low[::-1]]),
            fill="toself",
            fillcolor="rgba(124,136,147,0.25)",
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        )
    for series in chart.series:
        drawn.add("scatter", **_line(chart, series, palette))
    for band in chart.bands:
        drawn.add_band(
            band["start_s"],
            band["end_s"],
            band["class"],
            fillcolor=GRAY,
            opacity=0.14,
            line={"width": 0},
            layer="below",
        )
    if chart.now is not None:
        drawn.add_line_at(chart.now, color=GRAY, width=1)
    drawn.lay_out(xaxis=of_axis(chart.x_axis), yaxis=of_axis(chart.y_axis))
    if chart.x_axis.low is None and len(chart.x) > 1:
        # Marks would widen it, and charts above each other would no longer share their times.
        drawn.lay_out(xaxis={"range": [float(chart.x[0]), float(chart.x[-1])]})
    if chart.x_axis.whole:
        ends = (float(chart.x[0]), float(chart.x[-1]))
        few = ends[1] - ends[0] <= _MOST_MARKS
        marks = np.arange(ends[0], ends[1] + 1) if few else whole_ticks(*ends)
        drawn.lay_out(xaxis={"tickvals": list(marks)})
    if chart.y_axis.low is None:
        drawn.lay_out(yaxis={"rangemode": "tozero"})
    return drawn


def _line(chart: Lines, series: Series, palette: Palette) -> dict[str, Any]:
    """Return the arguments of the Plotly trace that draws one series."""
    x, y = chart.x if series.x is None else series.x, series.y
    if series.steps:
        y = np.append(y, y[-1])
    if series.color is None:
        line: dict[str, Any] = {"color": GRAY, "dash": "dot", "width": 1.5}
    else:
        number = series.color % len(palette)
        dash = "dot" if series.dotted else "solid" if series.solid else DASHES[number]
        line = {"color": palette[number], "dash": dash, "width": 2}
    if series.steps:
        line["shape"] = "hv"
    point = "%{text}" if chart.points else "%{x:.4g}"
    unit = " %" if chart.y_axis.title.endswith("(%)") else ""
    return {
        "x": x,
        "y": y,
        "name": series.title,
        "showlegend": None if series.in_legend else False,
        "mode": _mode(series),
        "line": line,
        "marker": _marker(series, line["color"]),
        "cliponaxis": False,
        "text": [*chart.points, ""]
        if series.steps and chart.points
        else list(chart.points) or None,
        "hovertemplate": f"{point}: %{{y:.4g}}{unit}<extra>{series.hover or series.title}</extra>",
    }


def _marker(series: Series, color: str) -> dict[str, Any]:
    if series.cross:
        return {"size": 12, "symbol": "x-thin", "line": {"width": 3, "color": color}}
    return {"size": 5, "symbol": "circle-open" if series.dotted else "circle"}


def _mode(series: Series) -> str:
    """Return Plotly's mode of a series: lines, with marks where values are undefined.

    Without marks, a value between two undefined ones would not be seen, and gaps in a dashed line would look
    like its dashes.
    """
    if len(series.y) < 2:
        return "markers"
    if series.color is None:
        return "lines"
    return "lines+markers" if series.marks or not np.isfinite(series.y).all() else "lines"
