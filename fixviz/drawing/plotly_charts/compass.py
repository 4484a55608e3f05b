"""Values of neighbors, drawn towards where they lie."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fixviz.drawing.plotly_charts.axes import Palette
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


def compass(chart: Compass, palette: Palette) -> go.Figure:
    """Draw the grid neighbors around the patch, and the other frames below them on the same scale."""
    most, grid, time = 1.05 * chart.most, chart.grid, chart.frames
    drawn = make_subplots(
        rows=2,
        cols=1,
        specs=[[{"type": "polar"}], [{"type": "xy"}]],
        row_heights=[0.76, 0.24],
        vertical_spacing=0.12,
    )
    drawn.add_barpolar(
        theta=[_ANGLES[arm.dy, arm.dx] for arm in grid],
        r=[arm.value for arm in grid],
        width=[30] * len(grid),
        marker_color=palette[0],
        name=GRID,
        text=[arm.label for arm in grid],
        hovertemplate="%{text}: %{r:.3f}<extra></extra>",
        row=1,
        col=1,
    )
    drawn.add_bar(
        y=[arm.label for arm in time],
        x=[arm.value for arm in time],
        orientation="h",
        marker_color=palette[1],
        name=FRAMES,
        text=[number(arm.value) for arm in time],
        textposition="outside",
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        row=2,
        col=1,
    )
    drawn.update_polars(
        angularaxis={
            "tickvals": [_ANGLES[arm.dy, arm.dx] for arm in grid],
            "ticktext": [arm.label for arm in grid],
        },
        radialaxis={"range": [0, most], "angle": 22.5, "nticks": 4, "tickfont": {"size": 10}},
        bgcolor="rgba(0,0,0,0)",
        # Start below the legend, which would otherwise lie over the topmost label.
        domain={"x": [0, 1], "y": [0.36, 0.92]},
    )
    drawn.update_xaxes(range=with_room(0.0, most), title=chart.axis.title)
    drawn.update_layout(height=460)
    return drawn
