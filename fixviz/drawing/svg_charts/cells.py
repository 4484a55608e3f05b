"""Colored cells with their numbers."""

from __future__ import annotations

import math

import numpy as np

from fixviz.drawing.colors import color_at, hex_of, ink_on
from fixviz.drawing.lettering import LETTER, shortened
from fixviz.drawing.markup import tag
from fixviz.drawing.strokes import (
    LABELS,
    Box,
    Drawing,
    label,
    place,
    rectangle,
    titles,
)
from fixviz.drawing.svg_charts.scale_bar import scale_bar
from fixviz.reading.figures.figure import (
    Cells,
)
from fixviz.reading.numbers import number


def cells(chart: Cells, across: float) -> Drawing:
    """Draw colored cells, with their numbers where the chart asks for them."""
    named = not isinstance(chart.columns, np.ndarray)
    columns = list(chart.columns) if named else [number(float(at)) for at in chart.columns]
    rows = [shortened(name, LABELS * across) for name in chart.rows]
    left = 34 + LETTER * max(map(len, rows))
    gap = 1 if named else 0
    width, height = (across - 6 - left) / len(columns), _row_height(chart)
    top = 6.0
    shares = chart.scale.shares(chart.values)
    parts = []
    for (i, j), value in np.ndenumerate(chart.values):
        x, y = left + j * width, top + i * height
        inner = (x + gap, y + gap, width - 2 * gap, height - 2 * gap)
        if not math.isfinite(value):
            parts.append(rectangle(*inner, class_="none"))
            continue
        color = color_at(chart.scale.colors, float(shares[i, j]))
        parts.append(rectangle(*inner, fill=hex_of(color)))
        if chart.numbers:
            shown = number(float(value), 2 if width < 44 else 3)
            parts.append(
                tag(
                    "text",
                    shown,
                    x=place(x + width / 2),
                    y=place(y + height / 2 + 4),
                    style=f"fill:{ink_on(color)}",
                    class_="middle",
                )
            )
    if chart.chosen is not None:
        row, column = chart.chosen
        parts.append(
            rectangle(
                left if column is None else left + column * width,
                top + row * height,
                width * (len(columns) if column is None else 1),
                height,
                class_="chosen",
            )
        )
    parts += [
        label(name, left - 6, top + (i + 0.5) * height + 4, "end") for i, name in enumerate(rows)
    ]
    room = LETTER * (max(map(len, columns)) + (0 if named else 1))
    every = max(1, math.ceil(len(columns) * room / (across - left)))
    end = top + len(chart.rows) * height
    parts += [
        label(name, left + (j + 0.5) * width, end + 15, "middle")
        for j, name in enumerate(columns)
        if j % every == 0
    ]
    parts += titles(chart.column_title, chart.row_title, Box(left, across - 6.0, top, end))
    end += 42 if chart.column_title else 26
    if chart.unit:
        bar = scale_bar(chart.scale, chart.unit, across - left)
        parts.append(tag("g", *bar.parts, transform=f"translate({place(left)} {place(end)})"))
        end += bar.height
    return Drawing(across, end, parts)


def _row_height(chart: Cells) -> float:
    """Return the height of a row of cells in pixels; many rows are low, with numbers or without."""
    if len(chart.rows) > 8:
        return 22.0 if chart.numbers or len(chart.rows) <= 16 else 14.0
    return 30.0 if chart.numbers or len(chart.rows) <= 4 else 18.0
