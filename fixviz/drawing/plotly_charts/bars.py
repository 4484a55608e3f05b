"""Bars, and parts that add up."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from fixviz.drawing.colors import GRAY
from fixviz.drawing.plotly_charts.axes import Palette, set_axis
from fixviz.reading.figures.figure import (
    Bars,
    Waterfall,
)
from fixviz.reading.numbers import signed, with_room


def bars(chart: Bars, palette: Palette) -> go.Figure:
    """Draw bars with their numbers, or many thin upright ones without."""
    several = len(chart.series) > 1
    drawn = go.Figure()
    for series in chart.series:
        color = GRAY if series.color is None else palette[series.color % len(palette)]
        along = {"x": list(chart.labels), "y": series.y}
        if not chart.upright:
            along = {"x": series.y, "y": list(chart.labels)}
            along |= {"text": [_written(v, chart) for v in series.y.tolist()]}
            along |= {"textposition": "outside", "cliponaxis": False, "orientation": "h"}
            along |= {"textfont": {"size": 12}}
        where, value = ("%{x}", "%{y:.4g}") if chart.upright else ("%{y}", "%{x:.4g}")
        if chart.notes:
            along["customdata"] = list(chart.notes)
            value += ", %{customdata}"
        drawn.add_bar(
            name=series.title,
            marker={"color": color},
            hovertemplate=f"{where}: {value}<extra>{series.title if several else ''}</extra>",
            **along,
        )
    if chart.upright:
        drawn.update_layout(barmode="overlay", height=300)
        drawn.update_xaxes(title=chart.label_title or None, type="category", nticks=16)
        set_axis(drawn.update_yaxes, chart.axis)
        return drawn
    thick = 14 if len(chart.labels) <= 8 else 9
    drawn.update_layout(
        barmode="group" if chart.bars_per_label > 1 else "overlay",
        bargap=0.25,
        height=110 + (14 + thick * chart.bars_per_label) * len(chart.labels),
        showlegend=several,
    )
    drawn.update_yaxes(autorange="reversed", type="category", title=chart.label_title or None)
    set_axis(drawn.update_xaxes, chart.axis)
    if chart.axis.low is None:
        ends = np.concatenate([series.y[np.isfinite(series.y)] for series in chart.series])
        drawn.update_xaxes(range=with_room(min([0.0, *ends]), max([0.0, *ends])))
    else:
        # Room for the number of a bar that ends where the axis does.
        drawn.update_xaxes(domain=[0, 0.88])
    return drawn


def _written(value: float, chart: Bars) -> str:
    """Write a bar's number, with its sign if any bar goes below 0."""
    if not math.isfinite(value):
        return ""
    if chart.with_signs:
        return signed(value)
    return format(value, chart.form)


def waterfall(chart: Waterfall, palette: Palette) -> go.Figure:
    """Draw parts that add up, and their sum."""
    values = chart.values.tolist()
    drawn = go.Figure(
        go.Waterfall(
            orientation="h",
            y=[*chart.labels, chart.total],
            x=values,
            measure=["relative"] * len(chart.parts) + ["total"],
            text=[signed(v) for v in values],
            textposition="outside",
            increasing={"marker": {"color": palette[1]}},
            decreasing={"marker": {"color": palette[0]}},
            totals={"marker": {"color": palette[4]}},
            hovertemplate="%{y}: %{text}<extra></extra>",
        ),
        layout={"height": 140 + 26 * len(chart.parts)},
    )
    drawn.update_yaxes(autorange="reversed")
    levels = np.concatenate([chart.starts, chart.starts + chart.values])
    drawn.update_xaxes(title=chart.axis.title, range=with_room(levels.min(), levels.max()))
    return drawn
