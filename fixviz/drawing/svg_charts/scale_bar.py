"""The colors of a scale with their numbers."""

from __future__ import annotations

from fixviz.drawing.colors import stops
from fixviz.drawing.strokes import (
    Drawing,
    label,
    rectangle,
)
from fixviz.reading.numbers import number
from fixviz.reading.scales import Scale


def scale_bar(scale: Scale, unit: str, across: float) -> Drawing:
    """Draw the colors of a scale with their numbers and what they mean."""
    wide = min(across, 300.0)
    colors = stops(scale.colors)
    step = wide / len(colors)
    parts = [
        rectangle(i * step, 0, step + 0.5, 10, fill=color) for i, (_, color) in enumerate(colors)
    ]
    middle = (scale.low + scale.high) / 2
    for share, value, side in (
        (0.0, scale.low, None),
        (0.5, middle, "middle"),
        (1.0, scale.high, "end"),
    ):
        parts.append(label(number(value), share * wide, 23, side))
    parts.append(label(unit, 0, 39, "title"))
    return Drawing(across, 46, parts)
