"""Fit power laws to what was measured, and find where two curves cross. Needs no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np

LARGE_PART: Final = 8.0
"""A power law is fitted to sizes of at least the largest one divided by this: three doublings."""
_FEWEST: Final = 3


@dataclass(frozen=True)
class PowerLaw:
    """value = factor * tokens ** exponent, by least squares on logarithms."""

    exponent: float
    error: float
    """Standard error of the exponent, from how far the points are off the line."""
    factor: float
    tokens: tuple[int, ...]
    """Numbers of tokens of the points that were fitted."""

    def at(self, tokens: float) -> float:
        """Return the value at a number of tokens."""
        return float(self.factor * tokens**self.exponent)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def fit_power_law(tokens: Sequence[int], values: Sequence[float]) -> PowerLaw | None:
    """Fit the large part of the points: what is constant, such as calling a function, counts little there.

    tokens: in order. Points are taken from the largest number of tokens down to an eighth of it, or three
    points where that are fewer. None for fewer than three points, or a value that is not above 0.
    """
    if len(tokens) < _FEWEST:
        return None
    first = next(i for i, n in enumerate(tokens) if n * LARGE_PART >= tokens[-1])
    first = min(first, len(tokens) - _FEWEST)
    used, y = tuple(tokens[first:]), np.asarray(values[first:], np.float64)
    if not (np.isfinite(y).all() and (y > 0).all()):
        return None
    x, y = np.log(np.asarray(used, np.float64)), np.log(y)
    spread = x - x.mean()
    exponent = float(spread @ y / (spread @ spread))
    off = y - y.mean() - exponent * spread
    error = math.sqrt(float(off @ off) / (len(x) - 2) / float(spread @ spread))
    factor = math.exp(float(y.mean()) - exponent * float(x.mean()))
    return PowerLaw(exponent, error, factor, used)


@dataclass(frozen=True)
class Crossing:
    """From how many tokens on a second curve stays below a first one."""

    state: Literal["within", "always", "never"]
    """within the measured range; at all of its sizes; or not at its largest size."""
    tokens: float | None = None
    low: float | None = None
    high: float | None = None
    """Ends of its 95 % interval, within the two sizes between which the curves cross."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def find_crossing(
    tokens: Sequence[int],
    first: Sequence[float],
    second: Sequence[float],
    first_errors: Sequence[float],
    second_errors: Sequence[float],
) -> Crossing:
    """Return where the second curve gets below the first for good.

    tokens: in order; values and their standard errors at each. Between two sizes both curves are taken as
    straight on logarithmic axes, and the errors at both ends are carried on to the crossing.
    """
    lead = [math.log(a / b) for a, b in zip(first, second, strict=True)]
    if not lead or lead[-1] <= 0:
        return Crossing("never")
    last = len(lead) - 1
    while last > 0 and lead[last - 1] > 0:
        last -= 1
    if last == 0:
        return Crossing("always")
    before, after = lead[last - 1], lead[last]
    low, high = math.log(tokens[last - 1]), math.log(tokens[last])
    step, share = high - low, -before / (after - before)
    variances = [
        (first_errors[i] / first[i]) ** 2 + (second_errors[i] / second[i]) ** 2
        for i in (last - 1, last)
    ]
    # share = -before / (after - before), so its slopes are -after and before over the square of the span.
    slopes = (after / (after - before) ** 2, before / (after - before) ** 2)
    error = step * math.sqrt(sum(s**2 * v for s, v in zip(slopes, variances, strict=True)))
    at = low + share * step
    ends = (max(low, at - 1.96 * error), min(high, at + 1.96 * error))
    return Crossing("within", math.exp(at), math.exp(ends[0]), math.exp(ends[1]))
