"""Numbers as figures write them."""

from __future__ import annotations

import math

_ROOM = 0.22
"""Share of the bars' span that a number of six characters needs at either end in a narrow window."""


def number(value: float, digits: int = 3) -> str:
    """Write a number with so many digits, all of them before the point if need be; "–" if undefined."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def signed(value: float) -> str:
    """Write a number with its sign and three decimals; what rounds to 0 has no sign."""
    text = f"{value:+.3f}"
    return "0.000" if float(text) == 0 else text.replace("-", "−")


def with_room(low: float, high: float) -> list[float]:
    """Return the range of an axis for bars from `low` to `high`, both ends of which carry numbers.

    An end at 0, from which no bar points outward, gets no room. Where all is 0: -1 to 1.
    """
    if low == high == 0:
        return [-1.0, 1.0]
    room = _ROOM * (high - low)
    return [low - room if low < 0 else low, high + room if high > 0 else high]
