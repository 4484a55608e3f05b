"""Bars, and parts that add up."""

from __future__ import annotations

import math

import numpy as np

from fixviz.drawing.colors import GRAY
from fixviz.drawing.plotly_charts.axes import Palette, of_axis, titled
from fixviz.drawing.plotly_charts.sketch import Sketch
from fixviz.reading.figures.figure import (
    Bars,
    Waterfall,
)
from fixviz.reading.numbers import signed, with_room


def bars(chart: Bars, palette: Palette) -> Sketch:
    """Draw bars with their numbers, or many thin upright ones without."""
    several = len(chart.series) > 1
    drawn = Sketch()
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
        drawn.add(
            "bar",
            name=series.title,
            marker={"color": color},
            hovertemplate=f"{where}: {value}<extra>{series.title if several else ''}</extra>",
            **along,
        )
    if chart.upright:
        labels = {**titled(chart.label_title), "type": "category", "nticks": 16}
        drawn.lay_out(barmode="overlay", height=300, xaxis=labels, yaxis=of_axis(chart.axis))
        return drawn
    thick = 14 if len(chart.labels) <= 8 else 9
    drawn.lay_out(
        barmode="group" if chart.bars_per_label > 1 else "overlay",
        bargap=0.25,
        height=110 + (14 + thick * chart.bars_per_label) * len(chart.labels),
        showlegend=several,
    )
    labels = {**titled(chart.label_title), "autorange": "reversed", "type": "category"}
    drawn.lay_out(yaxis=labels, xaxis=of_axis(chart.axis))
    if chart.axis.low is None:
        ends = np.concatenate([series.y[np.isfinite(series.y)] for series in chart.series])
        drawn.lay_out(xaxis={"range": with_room(min([0.0, *ends]), max([0.0, *ends]))})
    else:
        # Room for the number of a bar that ends where the axis does.
        drawn.lay_out(xaxis={"domain": [0, 0.88]})
    return drawn


def _written(value: float, chart: Bars) -> str:
    """Write a bar's number, with its sign if any bar goes below 0."""
    if not math.isfinite(value):
        return ""
    if chart.with_signs:
        return signed(value)
    return format(value, chart.form)


def waterfall(chart: Waterfall, palette: Palette) -> Sketch:
    """Draw parts that add up, and their sum."""
    values = chart.values.tolist()
    drawn = Sketch(height=140 + 26 * len(chart.parts), yaxis={"autorange": "reversed"})
    drawn.add(
        "waterfall",
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
    )
    levels = np.concatenate([chart.starts, chart.starts + chart.values])
    ends = with_room(float(levels.min()), float(levels.max()))
    drawn.lay_out(xaxis={**titled(chart.axis.title), "range": ends})
    return drawn
