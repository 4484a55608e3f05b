"""Values of neighbors, drawn towards where they lie."""

from __future__ import annotations

import math

import numpy as np

from fixviz.drawing.markup import tag
from fixviz.drawing.strokes import (
    Drawing,
    label,
    place,
    under_legend,
)
from fixviz.drawing.svg_charts.bars import sideways
from fixviz.reading.figures.figure import (
    FRAMES,
    GRID,
    Compass,
    Series,
)
from fixviz.reading.numbers import number

_REACH = 92.0
"""Length of the longest arm of a compass, in pixels."""


def compass(chart: Compass, across: float) -> Drawing:
    """Draw the grid neighbors around the patch, and the other frames below them on the same scale."""
    most, grid, time = chart.most, chart.grid, chart.frames
    middle, height = across / 2, 2 * _REACH + 76
    center = height / 2
    parts = [
        tag("circle", cx=place(middle), cy=place(center), r=place(_REACH * s), class_="none")
        for s in (0.5, 1.0)
    ]
    for arm in grid:
        angle = math.atan2(arm.dy, arm.dx)
        reach = _REACH * (arm.value / most if math.isfinite(arm.value) else 0.0)
        points = [
            (middle + reach * math.cos(angle + turn), center + reach * math.sin(angle + turn))
            for turn in (-0.22, 0.22)
        ]
        path = f"M{place(middle)} {place(center)}" + "".join(
            f"L{place(x)} {place(y)}" for x, y in points
        )
        parts.append(tag("path", d=f"{path}Z", class_="f0"))
        x, y = middle + (_REACH + 12) * math.cos(angle), center + (_REACH + 12) * math.sin(angle)
        side = None if arm.dx > 0 else "end" if arm.dx < 0 else "middle"
        parts.append(label(f"{arm.label} {number(arm.value)}", x, y + 4, side, size=11))
    if time:
        values = np.array([arm.value for arm in time])
        bars = sideways(
            [arm.label for arm in time],
            [(Series("", values, 1), np.zeros(len(time)))],
            (0.0, 1.05 * most),
            chart.axis.title,
            "",
            number,
            across,
        )
        parts.append(tag("g", *bars.parts, transform=f"translate(0 {place(height)})"))
        height += bars.height
    names = [Series(GRID, np.zeros(0), 0)] * bool(grid)
    names += [Series(FRAMES, np.zeros(0), 1)] * bool(time)
    return under_legend(names, Drawing(across, height, parts), blocks=True)
