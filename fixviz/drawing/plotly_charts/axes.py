"""What charts of every kind share: the colors of a theme, and axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fixviz.reading.figures.figure import Axis

Palette = Sequence[str]
"""The colors of the theme in use, by their numbers."""


def titled(title: str) -> dict[str, Any]:
    """Return what gives an axis a title; nothing for an empty one."""
    return {"title": {"text": title}} if title else {}


def of_axis(axis: Axis) -> dict[str, Any]:
    """Return title and ends of an axis."""
    ends = None if axis.low is None or axis.high is None else [axis.low, axis.high]
    return {**titled(axis.title), "zeroline": False, "range": ends}
