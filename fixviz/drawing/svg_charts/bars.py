"""Bars, and parts that add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from fixviz.drawing.lettering import LETTER, shortened
from fixviz.drawing.strokes import (
    HEIGHT,
    LABELS,
    Box,
    Drawing,
    fill,
    label,
    left_axis,
    rectangle,
    span_of,
    titles,
    under_legend,
    upright,
)
from fixviz.reading.figures.figure import (
    Array,
    Bars,
    Series,
    Waterfall,
)
from fixviz.reading.numbers import signed

_UPWARD = 14
"""Room for a title that reads upward, in pixels."""


def bars(chart: Bars, across: float) -> Drawing:
    """Draw bars with their numbers, or many thin upright ones without."""
    if chart.upright:
        return _upright_bars(chart, across)
    low, high = chart.axis.low, chart.axis.high
    if low is None or high is None:
        low, high = span_of([one.y for one in chart.series])
    body = sideways(
        chart.labels,
        [(one, np.zeros(len(one.y))) for one in chart.series],
        (low, high),
        chart.axis.title,
        chart.label_title,
        lambda value: signed(value) if chart.with_signs else format(value, chart.form),
        across,
        lanes=chart.bars_per_label,
    )
    return under_legend(chart.series, body, blocks=True)


def waterfall(chart: Waterfall, across: float) -> Drawing:
    """Draw parts that add up, and their sum."""
    values, starts = chart.values, chart.starts
    colors = [1 if value > 0 else 0 for value in values[:-1]] + [4]
    return sideways(
        [*chart.labels, chart.total],
        [(Series("", values, 0), starts)],
        span_of([starts, starts + values]),
        chart.axis.title,
        "",
        signed,
        across,
        colors,
    )


def sideways(
    labels: Sequence[str],
    series: Sequence[tuple[Series, Array]],
    span: tuple[float, float],
    title: str,
    label_title: str,
    write: Any,
    across: float,
    colors: Sequence[int] | None = None,
    lanes: int = 1,
) -> Drawing:
    """Draw bars to the right and left of 0; each series comes with the values where its bars begin.

    colors: of the single bars, else that of the series. lanes: how many bars a label has at most.
    """
    labels = [shortened(name, LABELS * across) for name in labels]
    left = 14 + (_UPWARD if label_title else 0) + LETTER * max(map(len, labels))
    room = 8 + LETTER * 7
    low, high = span
    begin, stop = left + (room if low < 0 else 0), across - room
    thick = 20.0 if lanes == 1 else 13.0
    pitch = thick * lanes + 7

    def at_x(value: float) -> float:
        return begin + (value - low) / (high - low) * (stop - begin)

    bottom = 4 + pitch * len(labels)
    parts = [upright(at_x(0), 2, bottom, "axis")]
    for i, name in enumerate(labels):
        parts.append(label(name, left - 6, 4 + pitch * i + pitch / 2, "end"))
        for j, (one, starts) in enumerate(series):
            value = float(one.y[i])
            if not math.isfinite(value):
                continue
            a, b = at_x(float(starts[i])), at_x(float(starts[i] + value))
            y = 4 + pitch * i + thick * (j if lanes > 1 else 0)
            color = fill(one.color if colors is None else colors[i])
            parts.append(rectangle(min(a, b), y, max(abs(b - a), 0.8), thick - 2, class_=color))
            side = "end" if value < 0 else None
            where = (b + (-4 if value < 0 else 4), y + thick / 2 + 3)
            parts.append(label(write(value), *where, side, size=11))
    parts += titles(title, label_title, Box(left, across - 6.0, 0.0, bottom - 14))
    return Drawing(across, bottom + 26, parts)


def _upright_bars(chart: Bars, across: float) -> Drawing:
    low, high = span_of([one.y for one in chart.series])
    count = len(chart.labels)
    box = Box(52.0, across - 14.0, 22.0, HEIGHT - 42.0)
    width = (box.right - box.left) / max(count, 1)

    def at_y(value: float) -> float:
        return box.bottom - (value - low) / (high - low) * (box.bottom - box.top)

    parts = left_axis(low, high, at_y, box)
    for one in chart.series:
        for i, value in enumerate(one.y.tolist()):
            if math.isfinite(value):
                ends = sorted((at_y(0.0), at_y(value)))
                x, wide = box.left + i * width, max(0.7 * width, 0.4)
                height = max(ends[1] - ends[0], 0.4)
                parts.append(rectangle(x, ends[0], wide, height, class_=fill(one.color)))
    every = max(1, math.ceil(count * LETTER * (max(map(len, chart.labels)) + 1) / across))
    parts += [
        label(name, box.left + (i + 0.5) * width, box.bottom + 16, "middle")
        for i, name in enumerate(chart.labels)
        if i % every == 0
    ]
    parts += titles(chart.label_title, "", box)
    parts.append(label(chart.axis.title, 2, 13, "title"))
    return under_legend(chart.series, Drawing(across, HEIGHT, parts), blocks=True)
