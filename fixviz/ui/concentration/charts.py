"""The page's charts, as plotly figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

Array = NDArray[np.floating]

DASHES = ("solid", "dash", "dot", "dashdot")
_GRAY = "#7C8893"
_MOST_NUMBERS = 48
"""Cells of a grid up to which each shows its number."""


@dataclass(frozen=True)
class Line:
    """What one model contributes to a chart."""

    title: str
    color: str
    dash: str
    values: Array


def time_chart(
    times: Sequence[float],
    lines: Sequence[Line],
    *,
    title: str,
    now: float,
    reference: Array | None = None,
    reference_title: str = "",
    segments: Sequence[Mapping[str, Any]] = (),
) -> go.Figure:
    """One line a model over the frames' times, a reference, and the frame in view.

    segments: class, start_s and end_s of what the clip is known to show, as bands with their names.
    """
    chart = go.Figure()
    if reference is not None:
        chart.add_scatter(
            x=times,
            y=reference,
            name=reference_title,
            mode="lines",
            line={"color": _GRAY, "dash": "dot", "width": 1.5},
            hovertemplate=f"{reference_title}: %{{y:.3g}}<extra></extra>",
        )
    for line in lines:
        chart.add_scatter(
            x=times,
            y=line.values,
            name=line.title,
            mode=_mode(line.values),
            line={"color": line.color, "dash": line.dash, "width": 2},
            marker={"size": 5},
            cliponaxis=False,
            customdata=np.arange(len(times)),
            hovertemplate="frame %{customdata}, %{x:.2f} s: %{y:.4g}"
            f"<extra>{line.title}</extra>",
        )
    for segment in segments:
        chart.add_vrect(
            x0=segment["start_s"],
            x1=segment["end_s"],
            fillcolor=_GRAY,
            opacity=0.14,
            line_width=0,
            layer="below",
            annotation={"text": segment["class"], "font": {"size": 11}},
            annotation_position="bottom left",
        )
    chart.add_vline(x=now, line={"color": _GRAY, "width": 1})
    chart.update_xaxes(title="Time (s)", zeroline=False)
    if len(times) > 1:
        # Markers would widen it, and charts above each other would no longer share their times.
        chart.update_xaxes(range=[times[0], times[-1]])
    chart.update_yaxes(title=title, rangemode="tozero")
    return chart


def grid_chart(
    values: Array,
    *,
    low: float,
    high: float,
    signed: bool,
    chosen: tuple[int, int | None],
    notes: Mapping[int, str],
) -> go.Figure:
    """Layers by heads as colored cells with their numbers; points over them can be clicked.

    values: [L, n]. chosen: layer and head in view, outlined. notes: a phrase about some heads.
    """
    layers, heads = values.shape
    layer, head = (index.ravel().tolist() for index in np.indices(values.shape))
    chart = go.Figure(
        go.Heatmap(
            z=values,
            zmin=low,
            zmax=high,
            colorscale=_DIVERGING if signed else "Viridis",
            colorbar={"thickness": 10, "len": 1, "nticks": 4, "outlinewidth": 0},
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    # A heat map's cells cannot be clicked on a page; points can.
    chart.add_scatter(
        x=head,
        y=layer,
        mode="markers",
        marker={"size": 26, "symbol": "square", "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[
            f"layer {y}, head {x}: {_number(values[y, x], 4)}"
            + (f"<br>{notes[x]}" if x in notes else "")
            for y, x in zip(layer, head, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
    if values.size <= _MOST_NUMBERS:
        # Not as text of the points, which a click would fade.
        colors = text_colors((values - low) / (high - low), signed)
        texts = [_number(value, 2) for value in values.ravel()]
        # All at once: added one by one, they take longer than the rest of the chart.
        chart.update_layout(
            annotations=[
                {
                    "x": x,
                    "y": y,
                    "text": text,
                    "font": {"size": 12, "color": color},
                    "showarrow": False,
                }
                for x, y, text, color in zip(head, layer, texts, colors, strict=True)
            ]
        )
    row, column = chosen
    chart.add_shape(
        type="rect",
        x0=-0.5 if column is None else column - 0.5,
        x1=heads - 0.5 if column is None else column + 0.5,
        y0=row - 0.5,
        y1=row + 0.5,
        line={"color": "#E4572E", "width": 2},
    )
    chart.update_xaxes(title="Head", dtick=1, range=[-0.5, heads - 0.5])
    chart.update_yaxes(title="Layer", dtick=1, range=[layers - 0.5, -0.5])
    for update in (chart.update_xaxes, chart.update_yaxes):
        update(showgrid=False, zeroline=False, fixedrange=True)
    chart.update_layout(dragmode=False)
    return chart


def _mode(values: Array) -> str:
    """With markers where frames are undefined: a frame between two of those would not be seen, and
    gaps in a dashed line would look like its dashes."""
    if len(values) < 2:
        return "markers"
    return "lines" if np.isfinite(values).all() else "lines+markers"


_DIVERGING = [[0.0, "#2166AC"], [0.5, "#F2F2F2"], [1.0, "#B35806"]]


def text_colors(shares: Array, signed: bool = False) -> list[str]:
    """A color for each cell's number that can be read on the cell's own; gray where it has none."""
    dark_cell = np.abs(shares - 0.5) > 0.3 if signed else shares < 0.6
    colors = np.where(np.isfinite(shares), np.where(dark_cell, "#FFFFFF", "#15242B"), _GRAY)
    return [str(color) for color in colors.ravel()]


def lorenz_chart(lines: Sequence[Line]) -> go.Figure:
    """Cumulative share of attention over the share of keys, weakest first, with the diagonal."""
    chart = go.Figure()
    chart.add_scatter(
        x=[0, 100],
        y=[0, 100],
        name="uniform",
        mode="lines",
        line={"color": _GRAY, "dash": "dot", "width": 1.5},
        hoverinfo="skip",
    )
    for line in lines:
        chart.add_scatter(
            x=percent_of_keys(line.values),
            y=100 * line.values,
            name=line.title,
            mode="lines",
            line={"color": line.color, "dash": line.dash, "width": 2},
            hovertemplate="the weakest %{x:.0f} % of keys hold %{y:.3g} %"
            f"<extra>{line.title}</extra>",
        )
    chart.update_xaxes(title="Keys, weakest first (%)", range=[0, 100.5], dtick=20, zeroline=False)
    chart.update_yaxes(title="Share of attention (%)", range=[0, 101], dtick=20, zeroline=False)
    return chart


def histogram_chart(lines: Sequence[Line]) -> go.Figure:
    """Share of queries per bin of concentration, as steps; `values` are counts."""
    chart = go.Figure()
    for line in lines:
        shares = 100 * line.values / max(line.values.sum(), 1)
        bins = len(shares)
        edges = np.linspace(0, 1, bins + 1)
        chart.add_scatter(
            x=edges,
            y=np.append(shares, shares[-1]),
            name=line.title,
            mode="lines",
            line={"color": line.color, "dash": line.dash, "width": 2, "shape": "hv"},
            text=[
                *(
                    f"{i / bins:.2f} to {(i + 1) / bins:.2f}: {s:.3g} %"
                    for i, s in enumerate(shares)
                ),
                "",
            ],
            hovertemplate="%{text}" + f"<extra>{line.title}</extra>",
        )
    chart.update_xaxes(title="Concentration of a query", range=[0, 1], zeroline=False)
    chart.update_yaxes(title="Queries (%)", rangemode="tozero", zeroline=False)
    return chart


def percent_of_keys(values: Array) -> Array:
    """Where the points of a Lorenz curve lie, 0 to 100 %."""
    return np.linspace(0, 100, len(values))


def _number(value: float | np.floating, digits: int) -> str:
    """With so many digits, all of them before the point if need be."""
    if not np.isfinite(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"
