"""Points with intervals over one pair of axes, each with its name."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from fixviz.drawing.colors import CHOSEN, GRAY
from fixviz.drawing.label_places import GAP, LINE, Named, label_places
from fixviz.drawing.plotly_charts.axes import Palette, of_axis
from fixviz.drawing.plotly_charts.sketch import Sketch
from fixviz.reading.figures.figure import Axis, Point, Scatter

_HEIGHT: Final = 460
_PLOT: Final = 370.0
"""About how high the part of the chart is in which the points lie, in pixels."""
_WIDTHS: Final = (250.0, 330.0, 420.0, 520.0, 640.0, 800.0)
"""Widths at which names do not lie over each other, from that of a phone on."""
_LETTER: Final = 6.3
"""About the mean width of a letter of a name, in pixels."""
_SYMBOLS: Final = {
    "circle": "circle",
    "square": "square",
    "diamond": "diamond",
    "triangle": "triangle-up",
}


def scatter(chart: Scatter, palette: Palette) -> Sketch:
    """Draw the points. A click on one selects it; its customdata is [key]."""
    drawn = Sketch(height=_HEIGHT)
    for number, group in enumerate(chart.groups):
        for hollow in (False, True):
            members = [p for p in chart.points if p.group == number and p.hollow == hollow]
            if not members:
                continue
            color = palette[group.color % len(palette)]
            symbol = _SYMBOLS[group.shape] + ("-open" if hollow else "")
            same = {"opacity": 1}
            named = not hollow or all(p.hollow for p in chart.points if p.group == number)
            drawn.add(
                "scatter",
                x=np.array([p.x for p in members]),
                y=np.array([p.y for p in members]),
                mode="markers",
                name=group.title,
                showlegend=named,
                marker={"size": 11, "symbol": symbol, "color": color, "line": {"width": 1.5}},
                selected={"marker": same},
                unselected={"marker": same},
                error_x=_bars([(p.x, p.x_ends) for p in members], color),
                error_y=_bars([(p.y, p.y_ends) for p in members], color),
                customdata=[[p.key] for p in members],
                text=[p.note.replace("\n", "<br>") for p in members],
                hovertemplate="%{text}<extra></extra>",
                cliponaxis=False,
            )
    marked = next((p for p in chart.points if p.key == chart.chosen), None)
    if marked is not None:
        drawn.add(
            "scatter",
            x=np.array([marked.x]),
            y=np.array([marked.y]),
            mode="markers",
            marker={
                "size": 22,
                "symbol": "circle-open",
                "color": CHOSEN,
                "line": {"width": 2.5},
            },
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
            hoverinfo="skip",
            showlegend=False,
            cliponaxis=False,
        )
    drawn.lay_out(
        xaxis=of_axis(chart.x_axis),
        yaxis=of_axis(chart.y_axis),
        annotations=_names(chart, palette[-1]),
        dragmode=False,
    )
    return drawn


def _bars(values: list[tuple[float, tuple[float, float] | None]], color: str) -> dict[str, Any]:
    """Return the intervals as Plotly's error bars."""
    return {
        "type": "data",
        "symmetric": False,
        "array": np.array([0.0 if ends is None else ends[1] - mean for mean, ends in values]),
        "arrayminus": np.array([0.0 if ends is None else mean - ends[0] for mean, ends in values]),
        "thickness": 1.2,
        "width": 0,
        "color": color,
    }


def _names(chart: Scatter, ink: str) -> list[dict[str, Any]]:
    points = [_named(chart, p) for p in chart.points]
    places = label_places(points, _PLOT, _WIDTHS)
    return [
        _name(point, place.right, place.down, ink)
        for point, place in zip(chart.points, places, strict=True)
        if point.label
    ]


def _named(chart: Scatter, point: Point) -> Named:
    def across(value: float) -> float:
        return share_of(chart.x_axis, value)

    def down(value: float) -> float:
        return (1 - share_of(chart.y_axis, value)) * _PLOT

    return Named(
        across(point.x),
        down(point.y),
        _LETTER * len(point.label),
        None if point.x_ends is None else (across(point.x_ends[0]), across(point.x_ends[1])),
        None if point.y_ends is None else (down(point.y_ends[1]), down(point.y_ends[0])),
    )


def _name(point: Point, right: bool, down: float, ink: str) -> dict[str, Any]:
    """Return the annotation of one name; where it had to be moved, a line leads to its point."""
    moved = abs(down) > LINE
    return {
        "x": point.x,
        "y": point.y,
        "text": point.label,
        "font": {"size": 11, "color": ink},
        "xanchor": "left" if right else "right",
        "yanchor": "middle",
        "ax": GAP if right else -GAP,
        "ay": down,
        "showarrow": True,
        "arrowhead": 0,
        "arrowwidth": 1 if moved else 0.1,
        "arrowcolor": GRAY if moved else "rgba(0,0,0,0)",
        "standoff": 6,
        "borderpad": 0,
        "captureevents": False,
    }


def share_of(axis: Axis, value: float) -> float:
    """Return where a value lies between the ends of its axis, 0 to 1."""
    assert axis.low is not None and axis.high is not None
    return (value - axis.low) / (axis.high - axis.low)
