"""Points with intervals over one pair of axes, each with its name."""

from __future__ import annotations

from typing import Final

import numpy as np

from fixviz.drawing.label_places import GAP, LINE, Named, label_places
from fixviz.drawing.lettering import width_of
from fixviz.drawing.markup import Html, tag
from fixviz.drawing.strokes import (
    Box,
    Drawing,
    fill,
    label,
    left_axis,
    lower_axis,
    place,
    titles,
    under_legend,
)
from fixviz.reading.figures.figure import Scatter, Series

_HEIGHT: Final = 400.0
_SIZE: Final = 5.0
"""Half the size of a point."""


def scatter(chart: Scatter, across: float) -> Drawing:
    """Draw the points with their intervals and names; a ring marks the chosen one."""
    x_low, x_high = chart.x_axis.low, chart.x_axis.high
    y_low, y_high = chart.y_axis.low, chart.y_axis.high
    assert x_low is not None and x_high is not None and y_low is not None and y_high is not None
    box = Box(52.0, across - 14.0, 22.0, _HEIGHT - 42.0)

    def at_x(value: float) -> float:
        return box.left + (value - x_low) / (x_high - x_low) * (box.right - box.left)

    def at_y(value: float) -> float:
        return box.bottom - (value - y_low) / (y_high - y_low) * (box.bottom - box.top)

    parts = [*left_axis(y_low, y_high, at_y, box), *lower_axis(x_low, x_high, at_x, box)]
    parts += titles(chart.x_axis.title, "", box)
    parts.append(label(chart.y_axis.title, 2, 13, "title"))
    width, height = box.right - box.left, box.bottom - box.top
    named = [
        Named(
            (at_x(p.x) - box.left) / width,
            at_y(p.y) - box.top,
            width_of(p.label),
            p.x_ends
            and ((at_x(p.x_ends[0]) - box.left) / width, (at_x(p.x_ends[1]) - box.left) / width),
            p.y_ends and (at_y(p.y_ends[1]) - box.top, at_y(p.y_ends[0]) - box.top),
        )
        for p in chart.points
    ]
    places = label_places(named, height, [width])
    for point in chart.points:
        color = chart.groups[point.group].color
        if point.x_ends is not None:
            left, right = (at_x(end) for end in point.x_ends)
            parts.append(_bar(left, at_y(point.y), right, at_y(point.y), color))
        if point.y_ends is not None:
            low, high = (at_y(end) for end in point.y_ends)
            parts.append(_bar(at_x(point.x), low, at_x(point.x), high, color))
    for point, found in zip(chart.points, places, strict=True):
        x, y = at_x(point.x), at_y(point.y)
        group = chart.groups[point.group]
        if point.key == chart.chosen:
            parts.append(tag("circle", cx=place(x), cy=place(y), r=10, class_="chosen"))
        parts.append(_mark(x, y, group.shape, group.color, hollow=point.hollow))
        if not point.label:
            continue
        start = x + (GAP if found.right else -GAP)
        if abs(found.down) > LINE:
            ends = {"x1": place(x), "y1": place(y), "x2": place(start), "y2": place(y + found.down)}
            parts.append(tag("line", **ends, class_="axis"))
        kind = None if found.right else "end"
        parts.append(label(point.label, start, y + found.down + 4, kind))
    samples = [Series(g.title, np.zeros(0), g.color) for g in chart.groups]
    return under_legend(samples, Drawing(across, _HEIGHT, parts), blocks=True)


def _bar(x1: float, y1: float, x2: float, y2: float, color: int) -> Html:
    ends = {"x1": place(x1), "y1": place(y1), "x2": place(x2), "y2": place(y2)}
    return tag("line", **ends, class_=f"line s{color}", style="stroke-width:1.2")


def _mark(x: float, y: float, shape: str, color: int, *, hollow: bool) -> Html:
    """Draw a point; a hollow one shows its outline only."""
    kind = f"line s{color}" if hollow else fill(color)
    if shape == "circle":
        return tag("circle", cx=place(x), cy=place(y), r=_SIZE, class_=kind)
    far = 1.3 * _SIZE
    corners = {
        "square": ((-_SIZE, -_SIZE), (_SIZE, -_SIZE), (_SIZE, _SIZE), (-_SIZE, _SIZE)),
        "diamond": ((0.0, -far), (far, 0.0), (0.0, far), (-far, 0.0)),
        "triangle": ((0.0, -far), (far, _SIZE), (-far, _SIZE)),
    }[shape]
    path = "L".join(f"{place(x + a)} {place(y + b)}" for a, b in corners)
    return tag("path", d=f"M{path}Z", class_=kind)
