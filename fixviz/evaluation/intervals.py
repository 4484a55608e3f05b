"""Intervals of measured figures: of shares, of means over clips, of rank correlations. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fixviz.evaluation.results import Z95

RESAMPLES: Final = 10_000


class Interval(NamedTuple):
    """A figure with the ends of its 95 % interval; both are None where there is none."""

    mean: float
    low: float | None
    high: float | None


def wilson_interval(right: float, total: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share: `right` answers out of `total`."""
    share, z2 = right / total, Z95**2
    center = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    # When none or all are right, one end is the share itself; rounding misses it by the last bit.
    return max(0.0, min(center - half, share)), min(1.0, max(center + half, share))


def mean_over_clips(
    sums: NDArray[np.float64], counts: NDArray[np.float64] | None = None
) -> Interval | None:
    """Return the mean of values that come in clips, with its 95 % bootstrap interval.

    sums: of the values of each clip; counts: how many values that clip has, 1 each without it. The unit of
    the bootstrap is the clip, since the frames of one clip are not independent: percentiles of RESAMPLES
    seeded resamples. A single clip has no interval. None where no clip has a value.
    """
    counts = np.ones(len(sums)) if counts is None else counts
    there = counts > 0
    sums, counts = sums[there], counts[there]
    if len(sums) == 0:
        return None
    mean = float(sums.sum() / counts.sum())
    if len(sums) == 1:
        return Interval(mean, None, None)
    draws = np.random.default_rng(0).integers(len(sums), size=(RESAMPLES, len(sums)))
    means = sums[draws].sum(1) / counts[draws].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    # Of equal values the ends would differ from the mean by the last bit.
    return Interval(mean, min(float(low), mean), max(float(high), mean))


def rank_correlation(x: Sequence[float], y: Sequence[float]) -> Interval | None:
    """Return Spearman's rank correlation with an approximate 95 % interval.

    Tied values share their mean rank. Interval: Fisher's z with the variance (1 + r^2 / 2) / (n - 3) of
    Bonett and Wright (2000); None of fewer than 5 pairs, and of a perfect order, of which this
    approximation would say that it is certain. None of fewer than 3 pairs, or where all x or all y are equal.
    """
    if len(x) != len(y):
        raise ValueError(f"{len(x)} and {len(y)} values are no pairs.")
    if len(x) < 3:
        return None
    first, second = ranks(x), ranks(y)
    spread = float(first.std() * second.std())
    if spread == 0:
        return None
    r = float(np.mean((first - first.mean()) * (second - second.mean())) / spread)
    # A perfect order misses 1 by the last bit.
    r = max(-1.0, min(1.0, round(r, 12)))
    if len(x) < 5 or abs(r) == 1:
        return Interval(r, None, None)
    half = Z95 * math.sqrt((1 + r**2 / 2) / (len(x) - 3))
    return Interval(r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half))


def ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Return the rank of each value, 1 for the smallest; tied values share the mean of their ranks."""
    given = np.asarray(values, np.float64)
    below = (given[:, None] > given).sum(1)
    equal = (given[:, None] == given).sum(1)
    return np.asarray(below + (equal + 1) / 2, dtype=np.float64)
