"""Places for the names of points, so that names do not lie over each other.

A page may be drawn at any width: places are sought that hold at several. Each name stands to the right or to
the left of its point, moved up or down where there is no room, at a height that does not depend on the width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LINE: Final = 14.0
"""Height of a name in pixels."""
GAP: Final = 12.0
"""Between the middle of a point and its name, in pixels."""
_MARK: Final = 6.0
"""Half the size of a point in pixels."""
_LINE: Final = 1.5
"""Half the width of a line."""
_HALF_LINES: Final = 56
_OVER_A_NAME, _OUTSIDE, _FAR = 100.0, 30.0, 0.02
"""How much worse than over a point or a line it is for a name to lie over another name, beyond the edge, or
a pixel further away from its point."""


@dataclass(frozen=True)
class Named:
    """A point, and how wide its name is."""

    x: float
    """Place across the chart, 0 at the left and 1 at the right."""
    y: float
    """Pixels from the top of the chart."""
    width: float
    """Of its name in pixels; 0 for a point without one."""
    across: tuple[float, float] | None = None
    """Ends of a line through it, from the left to the right, as places across the chart."""
    upright: tuple[float, float] | None = None
    """Ends of a line through it, from the top to the bottom, in pixels from the top."""


@dataclass(frozen=True)
class LabelPlace:
    """Where a name stands beside its point."""

    right: bool
    """Whether it begins to the right of the point; else it ends to the left."""
    down: float
    """How far its middle is below the point, in pixels."""


_Box = tuple[float, float, float, float]


def label_places(
    points: Sequence[Named], height: float, widths: Sequence[float]
) -> list[LabelPlace]:
    """Return a place for the name of each point, at all of these widths of the chart in pixels.

    height: of the chart in pixels. Where the chart is too small for all names, some lie over points.
    """
    found: dict[int, LabelPlace] = {}
    placed: list[list[_Box]] = [[] for _ in widths]
    marks = [[_marks(point, width) for point in points] for width in widths]
    for number in sorted(range(len(points)), key=lambda i: points[i].y):
        point = points[number]
        if point.width == 0:
            found[number] = LabelPlace(True, 0.0)
            continue
        best, least = LabelPlace(True, 0.0), float("inf")
        for place in _candidates(point, height):
            cost = _FAR * abs(place.down) * len(widths)
            if cost >= least:
                continue
            for width, names, others in zip(widths, placed, marks, strict=True):
                box = _box(point, place, width)
                cost += _OVER_A_NAME * sum(_meet(box, other) for other in names)
                cost += sum(
                    _meet(box, mark)
                    for i, of_point in enumerate(others)
                    for mark in of_point[i == number :]
                )
                cost += _OUTSIDE * (box[0] < 0 or box[2] > width)
            if cost < least:
                best, least = place, cost
        found[number] = best
        for width, names in zip(widths, placed, strict=True):
            names.append(_box(point, best, width))
    return [found[number] for number in range(len(points))]


def _marks(point: Named, width: float) -> list[_Box]:
    """Return where a point is drawn, then its lines."""
    x, y = point.x * width, point.y
    found = [(x - _MARK, y - _MARK, x + _MARK, y + _MARK)]
    if point.upright is not None:
        found.append((x - _LINE, point.upright[0], x + _LINE, point.upright[1]))
    if point.across is not None:
        left, right = (end * width for end in point.across)
        # A name has no room beside its own point where a line begins there, but above it.
        found.append((left, y - _LINE, right, y + _LINE))
    return found


def _candidates(point: Named, height: float) -> list[LabelPlace]:
    """Return places beside a point, the nearest first, on the side with more room before the other."""
    first = point.x < 0.5
    steps = [0.0]
    for step in range(1, _HALF_LINES):
        steps += [-step * LINE / 2, step * LINE / 2]
    inside = [s for s in steps if LINE / 2 <= point.y + s <= height - LINE / 2]
    return [LabelPlace(side, step) for step in inside or [0.0] for side in (first, not first)]


def _box(point: Named, place: LabelPlace, width: float) -> _Box:
    """Return left, top, right and bottom of a name."""
    start = point.x * width + (GAP if place.right else -GAP - point.width)
    middle = point.y + place.down
    return start, middle - LINE / 2, start + point.width, middle + LINE / 2


def _meet(a: _Box, b: _Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
