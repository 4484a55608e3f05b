"""Rows of points, each with its quartiles and its mean with an interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fixviz.drawing.colors import COLORS
from fixviz.drawing.lettering import LETTER, shortened
from fixviz.drawing.markup import Html, tag
from fixviz.drawing.spread import spread
from fixviz.drawing.strokes import (
    LABELS,
    Box,
    Drawing,
    fill,
    label,
    lower_axis,
    place,
    rectangle,
    titles,
    upright,
)
from fixviz.reading.figures.figure import Strips

_ROW: Final = 44.0
_POINTS: Final = 13.0
"""How far points lie from the middle of their row at most, in pixels."""
_BOX: Final = 16.0
_FAR: Final = 6.5
"""Half the size of the mean's diamond."""


def strips(chart: Strips, across: float) -> Drawing:
    """Draw the rows from the top."""
    low, high = chart.axis.low, chart.axis.high
    assert low is not None and high is not None
    names = [shortened(row.title, LABELS * across) for row in chart.rows]
    left = 20 + LETTER * max(map(len, names))
    box = Box(left, across - 14.0, 4.0, 4.0 + _ROW * len(names))

    def at_x(value: float) -> float:
        return box.left + (value - low) / (high - low) * (box.right - box.left)

    parts: list[Html] = lower_axis(low, high, at_x, box)
    parts += titles(chart.axis.title, "", box)
    if chart.zero and low <= 0 <= high:
        x = place(at_x(0.0))
        line = {"x1": x, "x2": x, "y1": place(box.top), "y2": place(box.bottom)}
        parts.append(tag("line", **line, class_="line reference", stroke_dasharray="2 3"))
    for number, (name, row) in enumerate(zip(names, chart.rows, strict=True)):
        middle = box.top + _ROW * (number + 0.5)
        parts.append(label(name, left - 8, middle + 4, "end"))
        color = "reference" if row.color is None else f"s{row.color % COLORS}"
        if row.quartiles is not None:
            first, median, third = (at_x(value) for value in row.quartiles)
            outline = {"class_": f"line {color}", "style": "stroke-width:1"}
            parts.append(
                rectangle(first, middle - _BOX, max(third - first, 0.5), 2 * _BOX, **outline)
            )
            parts.append(upright(median, middle - _BOX, middle + _BOX, f"line {color}"))
        places = middle + _POINTS * spread(len(row.values))
        for value, y, key in zip(row.values.tolist(), places.tolist(), row.keys, strict=True):
            where = {"cx": place(at_x(value)), "cy": place(y)}
            parts.append(tag("circle", **where, r=2.6, class_=fill(row.color), fill_opacity="0.55"))
            if key == chart.chosen:
                parts.append(tag("circle", **where, r=7, class_="chosen"))
        if row.mean is not None:
            parts += _mean(at_x, row.mean, row.ends, middle)
    return Drawing(across, box.bottom + 42, parts)


def _mean(
    at_x: Callable[[float], float], mean: float, ends: tuple[float, float] | None, y: float
) -> list[Html]:
    """Draw a mean, and the line of its interval."""
    parts = []
    if ends is not None:
        a, b = (place(at_x(end)) for end in ends)
        line = {"x1": a, "x2": b, "y1": place(y), "y2": place(y)}
        parts.append(tag("line", **line, class_="line s6", style="stroke-width:3"))
    x = at_x(mean)
    corners = ((0.0, -_FAR), (_FAR, 0.0), (0.0, _FAR), (-_FAR, 0.0))
    path = "L".join(f"{place(x + a)} {place(y + b)}" for a, b in corners)
    return [*parts, tag("path", d=f"M{path}Z", class_="f6")]
