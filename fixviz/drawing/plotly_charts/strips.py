"""Rows of points, each with its quartiles and its mean with an interval."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from fixviz.drawing.colors import CHOSEN, GRAY
from fixviz.drawing.plotly_charts.axes import Palette, of_axis
from fixviz.drawing.plotly_charts.sketch import Sketch
from fixviz.drawing.spread import spread
from fixviz.reading.figures.figure import Strip, Strips

_ROW: Final = 62
_POINTS: Final = 0.3
"""How far points lie from the middle of their row at most, in rows."""
_BOX: Final = 0.36


def strips(chart: Strips, palette: Palette) -> Sketch:
    """Draw the rows from the top. A click on a point selects it; its customdata is [key]."""
    drawn = Sketch(height=90 + _ROW * len(chart.rows), showlegend=False)
    if chart.zero:
        drawn.add_line_at(0.0, color=GRAY, width=1.5, dash="dot")
    for number, row in enumerate(chart.rows):
        color = GRAY if row.color is None else palette[row.color % len(palette)]
        places = number + _POINTS * spread(len(row.values))
        if row.quartiles is not None:
            low, middle, high = row.quartiles
            box: dict[str, Any] = {"y0": number - _BOX, "y1": number + _BOX}
            drawn.add_shape("rect", x0=low, x1=high, **box, line={"color": color, "width": 1})
            drawn.add_shape("line", x0=middle, x1=middle, **box, line={"color": color, "width": 2})
        drawn.add(
            "scatter",
            x=np.asarray(row.values, np.float64),
            y=places,
            mode="markers",
            name=row.title,
            marker={"size": 8, "color": color, "opacity": 0.55},
            selected={"marker": {"opacity": 0.55}},
            unselected={"marker": {"opacity": 0.55}},
            customdata=[[key] for key in row.keys],
            text=[note.replace("\n", "<br>") for note in row.notes],
            hovertemplate="%{text}<extra></extra>",
            cliponaxis=False,
        )
        if row.mean is not None:
            drawn.add("scatter", **_mean(row, number, palette[-1]))
        ringed = [i for i, key in enumerate(row.keys) if key == chart.chosen]
        if ringed:
            drawn.add("scatter", **_ring(np.asarray(row.values)[ringed], places[ringed]))
    drawn.lay_out(
        xaxis=of_axis(chart.axis),
        yaxis={
            "tickvals": list(range(len(chart.rows))),
            "ticktext": [row.title for row in chart.rows],
            "range": [len(chart.rows) - 0.5, -0.5],
            "zeroline": False,
            "showgrid": False,
            "automargin": True,
        },
        dragmode=False,
    )
    return drawn


def _mean(row: Strip, number: int, ink: str) -> dict[str, Any]:
    """Return the trace of a mean with its interval."""
    assert row.mean is not None
    low, high = row.ends or (row.mean, row.mean)
    interval = "" if row.ends is None else f"<br>95 % interval {low:.4g} to {high:.4g}"
    return {
        "x": np.array([row.mean]),
        "y": np.array([float(number)]),
        "mode": "markers",
        "name": row.title,
        "marker": {"size": 11, "symbol": "diamond", "color": ink},
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": np.array([high - row.mean]),
            "arrayminus": np.array([row.mean - low]),
            "thickness": 3,
            "width": 8,
            "color": ink,
        },
        "hovertemplate": f"{row.title}<br>mean %{{x:.4g}}{interval}<extra></extra>",
        "cliponaxis": False,
    }


def _ring(x: Any, y: Any) -> dict[str, Any]:
    """Return the trace that marks the chosen points."""
    return {
        "x": np.asarray(x, np.float64),
        "y": np.asarray(y, np.float64),
        "mode": "markers",
        "marker": {
            "size": 18,
            "symbol": "circle-open",
            "color": CHOSEN,
            "line": {"width": 2.5},
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
