"""Distributions, paired differences and outliers over clips, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fixviz.evaluation.intervals import RESAMPLES, Interval

Array = NDArray[np.float64]
ROUGH: Final = 10
"""Videos below which an interval is called rough: percentiles of so few resampled values are too narrow."""
UNUSUAL: Final = 3.5
"""Robust z-score from which on a value is called unusual (Iglewicz and Hoaglin 1993)."""
_DRAWS: Final = 2_500_000
"""Draws of videos that an interval takes about, where RESAMPLES would need more."""
_FEWEST: Final = 1_000
_AT_ONCE: Final = 1_000_000
_MOST_KEPT: Final = 5_000
"""Videos up to which draws are kept in memory, at most 20 MB of them for one number of videos."""
_KEPT_DRAWS: Final = 8
"""For how many numbers of videos: the intervals of one question share one or a few."""
_MAD_TO_SD: Final = 1.4826
"""The standard deviation of a normal distribution over its median absolute deviation."""
_MEAN_TO_SD: Final = 1.2533
"""The same over its mean absolute deviation."""
_ROUNDING: Final = 1e-6
"""Differences below this share of the values come from numbers of single precision."""


@dataclass(frozen=True)
class Summary:
    """What sums up the values of some clips."""

    count: int
    """Clips with a value."""
    missing: int
    """Clips without one."""
    mean: Interval | None
    """None without a value; its ends are None where there is a single video."""
    deviation: float
    """Standard deviation over clips (n − 1); NaN of fewer than two."""
    quantiles: tuple[float, float, float, float, float]
    """Smallest value, lower quartile, median, upper quartile, largest value; NaN without a value."""


@dataclass(frozen=True)
class Difference:
    """One model less another on the same clips."""

    model: str
    minus: str
    group: str | None
    """Which clips; None for all."""
    values: Array
    """One for each clip of the source; NaN where one of the two has no value, or outside the group."""
    summary: Summary
    higher: int
    """Clips on which `model` has the higher value."""
    lower: int

    @property
    def equal(self) -> int:
        """Clips on which both have the same value."""
        return self.summary.count - self.higher - self.lower


def resamples_for(videos: int) -> int:
    """Return how many resamples an interval takes: 10,000, fewer of more than 250 videos."""
    return max(_FEWEST, min(RESAMPLES, _DRAWS // max(videos, 1)))


@lru_cache(maxsize=_KEPT_DRAWS)
def _kept_draws(videos: int) -> list[NDArray[np.int32]]:
    return list(_draws(videos))


def _draws(videos: int) -> Iterator[NDArray[np.int32]]:
    """Yield which videos each resample holds, [some resamples, videos]: always the same for one number."""
    random, wanted = np.random.default_rng(0), resamples_for(videos)
    together = max(1, _AT_ONCE // videos)
    for begin in range(0, wanted, together):
        size = min(together, wanted - begin), videos
        yield random.integers(videos, size=size, dtype=np.int32)


def bootstrap_mean(values: Array, videos: NDArray[np.int64]) -> Interval | None:
    """Return the mean over clips with its 95 % bootstrap interval; None without a value.

    values: one for each clip; NaN is left out. videos: number of each clip's video. Videos are drawn with
    replacement, and each brings all of its clips, since parts of one video are not independent. The ends are
    the 2.5th and 97.5th percentile of the resampled means. One video has no interval.
    """
    known = np.isfinite(values)
    values = values[known]
    if not len(values):
        return None
    mean = float(values.mean())
    _, place = np.unique(videos[known], return_inverse=True)
    sums, counts = np.bincount(place, values), np.bincount(place)
    if len(sums) == 1:
        return Interval(mean, None, None)
    every = _kept_draws(len(sums)) if len(sums) <= _MOST_KEPT else _draws(len(sums))
    alike, means = bool((counts == 1).all()), []
    for drawn in every:
        means.append(sums[drawn].sum(1) / (len(sums) if alike else counts[drawn].sum(1)))
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    # Of equal values the ends would differ from the mean by the last bit.
    return Interval(mean, min(float(low), mean), max(float(high), mean))


def summarize(values: Array, videos: NDArray[np.int64]) -> Summary:
    """Return what sums up the values of some clips. videos: as for `bootstrap_mean`."""
    known = values[np.isfinite(values)]
    ends = np.percentile(known, [0, 25, 50, 75, 100]) if len(known) else np.full(5, np.nan)
    return Summary(
        len(known),
        len(values) - len(known),
        bootstrap_mean(values, videos),
        float(known.std(ddof=1)) if len(known) > 1 else float("nan"),
        tuple(float(end) for end in ends),  # type: ignore[arg-type]
    )


def paired(
    model: str,
    minus: str,
    first: Array,
    second: Array,
    videos: NDArray[np.int64],
    group: tuple[str, NDArray[np.bool_]] | None = None,
) -> Difference:
    """Return one model less another, clip by clip.

    first, second: values of the two, for the same clips. group: its name, and which clips are in it.
    """
    values = first - second
    inside = np.ones(len(values), bool) if group is None else group[1]
    return Difference(
        model,
        minus,
        None if group is None else group[0],
        np.where(inside, values, np.nan),
        summarize(values[inside], videos[inside]),
        int((values[inside] > 0).sum()),
        int((values[inside] < 0).sum()),
    )


def robust_z(values: Array) -> Array:
    """Return how many robust standard deviations each value lies above the median of all.

    (x − median) / (1.4826 · MAD), MAD the median of |x − median|. Where more than half of the values are
    equal up to rounding, 1.2533 times the mean of |x − median| takes its place. 0 where all are equal; NaN
    stays.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return np.full(len(values), np.nan)
    middle = float(np.median(known))
    away, rounding = np.abs(known - middle), _ROUNDING * float(np.abs(known).max())
    spread = _MAD_TO_SD * float(np.median(away))
    if spread <= rounding:
        spread = _MEAN_TO_SD * float(away.mean())
    if spread <= rounding:
        return np.where(np.isfinite(values), 0.0, np.nan)
    return np.asarray((values - middle) / spread, np.float64)


@dataclass(frozen=True)
class Outlier:
    """A clip whose value, or paired difference, is far from those of the others."""

    clip: int
    """Its number among the clips of the source."""
    of: str
    """Name of the model, or of the difference as "a − b"."""
    value: float
    median: float
    """Of all clips."""
    z: float

    @property
    def unusual(self) -> bool:
        """Whether it lies at least UNUSUAL robust standard deviations from the median."""
        return abs(self.z) >= UNUSUAL


def outliers(series: Sequence[tuple[str, Array]], most: int) -> list[Outlier]:
    """Return the clips furthest from the others, the furthest first, each clip once.

    series: names and values, one for each clip. A clip stands there for the series in which its robust
    z-score is largest; of equal ones, for the first.
    """
    best: dict[int, Outlier] = {}
    for name, values in series:
        z = robust_z(values)
        if not np.isfinite(z).any():
            continue
        middle = float(np.nanmedian(values))
        for clip in np.flatnonzero(np.isfinite(z)).tolist():
            if clip not in best or abs(z[clip]) > abs(best[clip].z):
                best[clip] = Outlier(clip, name, float(values[clip]), middle, float(z[clip]))
    return sorted(best.values(), key=lambda found: (-abs(found.z), found.clip))[:most]


def distances(series: Sequence[tuple[str, Array]]) -> Array:
    """Return the largest robust z-score of each clip in any series, without its sign; 0 where it has none.

    series: names and values, one for each clip.
    """
    scores = np.abs([robust_z(values) for _, values in series])
    return np.asarray(np.nan_to_num(scores).max(0), np.float64)


def spread_out(values: Array, most: int) -> NDArray[np.int64]:
    """Return up to `most` places of known values, evenly spread over their order, both ends among them."""
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    if len(order) <= most:
        return np.sort(order)
    return np.sort(order[np.unique(np.linspace(0, len(order) - 1, most).round().astype(int))])
