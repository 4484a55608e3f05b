"""What charts of every kind share: the colors of a theme, and axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from fixviz.reading.figures.figure import Axis

_DECADES: Final = 3.0
"""A logarithmic axis of so many powers of ten marks these alone; a shorter one 2 and 5 times them as well."""

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
    low, high = (math.log10(end) for end in ends)
    ticks = {"dtick": 1 if high - low >= _DECADES else "D2", "exponentformat": "power"}
    return {"type": "log", "range": [low, high], "zeroline": False, **ticks}
