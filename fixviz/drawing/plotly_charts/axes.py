"""What charts of every kind share: the colors of a theme, and axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from fixviz.drawing.strokes import log_ticks
from fixviz.reading.figures.figure import Axis

_RAISED: Final = 1e5
"""From such numbers on, the ticks of a logarithmic axis are written as powers of ten."""

Palette = Sequence[str]
"""The colors of the theme in use, by their numbers."""


def titled(title: str) -> dict[str, Any]:
    """Return what gives an axis a title; nothing for an empty one."""
    return {"title": {"text": title}} if title else {}


def of_axis(axis: Axis) -> dict[str, Any]:
    """Return title and ends of an axis. ValueError for a logarithmic one whose ends are not fixed."""
    ends = None if axis.low is None or axis.high is None else [axis.low, axis.high]
    if axis.log:
        return {**titled(axis.title), **_logarithmic(ends)}
    return {**titled(axis.title), "zeroline": False, "range": ends}


def _logarithmic(ends: list[float] | None) -> dict[str, Any]:
    """Return what makes an axis logarithmic: Plotly takes its ends as powers of ten."""
    if ends is None or ends[0] <= 0:
        raise ValueError("The ends of a logarithmic axis must be fixed, and above 0.")
    ticks = log_ticks(*ends)
    powers = ticks[-1] >= _RAISED or ticks[0] <= 1 / _RAISED
    written = {"exponentformat": "power"} if powers else {"tickformat": ",~g"}
    return {
        "type": "log",
        "range": [math.log10(end) for end in ends],
        "zeroline": False,
        "tickvals": ticks,
        **written,
    }
