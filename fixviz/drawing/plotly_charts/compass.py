"""Values of neighbors, drawn towards where they lie."""

from __future__ import annotations

from fixviz.drawing.plotly_charts.axes import Palette, titled
from fixviz.drawing.plotly_charts.sketch import Sketch
from fixviz.reading.figures.figure import (
    FRAMES,
    GRID,
    Compass,
)
from fixviz.reading.numbers import number, with_room

_ANGLES = {(0, 1): 0, (-1, 1): 45, (-1, 0): 90, (-1, -1): 135} | {
    (0, -1): 180,
    (1, -1): 225,
    (1, 0): 270,
    (1, 1): 315,
}
"""Angle of a grid neighbor (dy, dx) in degrees, counterclockwise from the right."""


def compass(chart: Compass, palette: Palette) -> Sketch:
    """Draw the grid neighbors around the patch, and the other frames below them on the same scale."""
    most, grid, time = 1.05 * chart.most, chart.grid, chart.frames
    drawn = Sketch(height=460)
    drawn.add(
        "barpolar",
        subplot="polar",
        theta=[_ANGLES[arm.dy, arm.dx] for arm in grid],
        r=[arm.value for arm in grid],
        width=[30] * len(grid),
        marker={"color": palette[0]},
        name=GRID,
        text=[arm.label for arm in grid],
        hovertemplate="%{text}: %{r:.3f}<extra></extra>",
    )
    drawn.add(
        "bar",
        xaxis="x",
        yaxis="y",
        y=[arm.label for arm in time],
        x=[arm.value for arm in time],
        orientation="h",
        marker={"color": palette[1]},
        name=FRAMES,
        text=[number(arm.value) for arm in time],
        textposition="outside",
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    around = {
        "tickvals": [_ANGLES[arm.dy, arm.dx] for arm in grid],
        "ticktext": [arm.label for arm in grid],
    }
    outward = {"range": [0, most], "angle": 22.5, "nticks": 4, "tickfont": {"size": 10}}
    drawn.lay_out(
        polar={
            "angularaxis": around,
            "radialaxis": outward,
            "bgcolor": "rgba(0,0,0,0)",
            # Start below the legend, which would otherwise lie over the topmost label.
            "domain": {"x": [0, 1], "y": [0.36, 0.92]},
        },
        xaxis={"anchor": "y", "range": with_room(0.0, most), **titled(chart.axis.title)},
        yaxis={"anchor": "x", "domain": [0, 0.21]},
    )
    return drawn
