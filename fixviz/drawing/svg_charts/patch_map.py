"""A map over a frame, with the chosen patch outlined."""

from __future__ import annotations

import math

import numpy as np

from fixviz.drawing.colors import color_at, hex_of
from fixviz.drawing.images import data_url, smaller
from fixviz.drawing.markup import tag
from fixviz.drawing.strokes import (
    Drawing,
    place,
    rectangle,
)
from fixviz.drawing.svg_charts.scale_bar import scale_bar
from fixviz.reading.figures.figure import (
    PatchMap,
)

_PICTURE = 480


def patch_map(chart: PatchMap, across: float) -> Drawing:
    """Draw the frame with its cells, each centered at a multiple of the patch's height and width."""
    high, wide = chart.image.shape[:2]
    zoom = across / wide
    height = high * zoom
    picture = data_url(smaller(chart.image, _PICTURE))
    parts = [tag("image", href=picture, x=0, y=0, width=place(across), height=place(height))]
    shares = chart.scale.shares(chart.values)
    tall, broad = (zoom * side for side in chart.cell)

    def cell(row: int, column: int) -> tuple[float, float, float, float]:
        x, y = max((column - 0.5) * broad, 0.0), max((row - 0.5) * tall, 0.0)
        right, bottom = min((column + 0.5) * broad, across), min((row + 0.5) * tall, height)
        return x, y, max(right - x, 0.0), max(bottom - y, 0.0)

    for (i, j), value in np.ndenumerate(chart.values):
        if math.isfinite(value):
            color = hex_of(color_at(chart.scale.colors, float(shares[i, j])))
            parts.append(rectangle(*cell(i, j), fill=color, fill_opacity=0.6))
    parts.append(rectangle(*cell(*chart.patch), class_="patch"))
    bar = scale_bar(chart.scale, chart.unit, across)
    parts.append(tag("g", *bar.parts, transform=f"translate(0 {place(height + 8)})"))
    return Drawing(across, height + 8 + bar.height, parts)
