"""Lines over one pair of axes."""

from __future__ import annotations

import math

import numpy as np

from fixviz.drawing.markup import tag
from fixviz.drawing.strokes import (
    HEIGHT,
    Box,
    Drawing,
    label,
    left_axis,
    lower_axis,
    path_of,
    place,
    rectangle,
    share_along,
    span_of,
    titles,
    under_legend,
    upright,
)
from fixviz.reading.figures.figure import (
    Lines,
)


def lines(chart: Lines, across: float) -> Drawing:
    """Draw lines over one pair of axes, with bands, the frame in view and a shaded area."""
    low, high = chart.y_axis.low, chart.y_axis.high
    if low is None or high is None:
        low, high = span_of([one.y for one in chart.series])
    box = Box(52.0, across - 14.0, 36.0 if chart.bands else 22.0, HEIGHT - 42.0)
    first, last = chart.x_axis.low, chart.x_axis.high
    if first is None or last is None:
        first, last = float(chart.x[0]), float(chart.x[-1])
    if last <= first:
        first, last = first - 0.5, last + 0.5
    across_axis = share_along(first, last, log=chart.x_axis.log)
    up_axis = share_along(low, high, log=chart.y_axis.log)

    def at_x(value: float) -> float:
        return box.left + across_axis(value) * (box.right - box.left)

    def at_y(value: float) -> float:
        return box.bottom - up_axis(value) * (box.bottom - box.top)

    parts = []
    for band in chart.bands:
        start, end = (
            min(max(at_x(float(band[k])), box.left), box.right) for k in ("start_s", "end_s")
        )
        if end - start < 1:
            continue
        parts.append(rectangle(start, box.top, end - start, box.bottom - box.top, class_="band"))
        parts.append(label(band["class"], start + 3, box.top - 5, "small"))
    parts += left_axis(low, high, at_y, box, log=chart.y_axis.log)
    parts += lower_axis(first, last, at_x, box, whole=chart.x_axis.whole, log=chart.x_axis.log)
    parts += titles(chart.x_axis.title, "", box)
    parts.append(label(chart.y_axis.title, 2, 13, "title"))
    if chart.shade is not None:
        under, over = chart.shade
        edge = [*zip(chart.x, under, strict=True), *reversed([*zip(chart.x, over, strict=True)])]
        places = [(at_x(float(a)), at_y(float(np.clip(b, low, high)))) for a, b in edge]
        path = "M" + "L".join(f"{place(a)} {place(b)}" for a, b in places)
        parts.append(tag("path", d=path, class_="band"))
    if chart.now is not None:
        parts.append(upright(at_x(chart.now), box.top, box.bottom, "now"))
    for one in chart.series:
        x, y = (chart.x if one.x is None else one.x), one.y
        if one.steps:
            x, y = np.repeat(x, 2)[1:-1], np.repeat(y, 2)
        points = [
            (at_x(float(a)), at_y(float(b)) if math.isfinite(b) else 0.0, math.isfinite(b))
            for a, b in zip(x, y, strict=True)
        ]
        parts += path_of(points, one)
    return under_legend(chart.series, Drawing(across, HEIGHT, parts))
