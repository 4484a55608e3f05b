"""What charts of every kind share: the colors of a theme, and axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fixviz.reading.figures.figure import Axis

Palette = Sequence[str]
"""The colors of the theme in use, by their numbers."""


def set_axis(update: Any, axis: Axis) -> None:
    """Set title and ends of an axis. update: the figure's function for the axis."""
    update(title=axis.title, zeroline=False)
    if axis.low is not None and axis.high is not None:
        update(range=[axis.low, axis.high])
