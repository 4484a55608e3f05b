"""What the rows of attention weights say per frame, gathered while they are formed.

A frame is the frame of the query. The mean Lorenz curve of a frame's queries is the Lorenz curve of
the mean of their sorted rows (every row sums to 1, and sums and interpolation are linear), so one
row a frame is all that has to be kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from einops import rearrange, reduce
from numpy.typing import NDArray

from fixviz.analysis.measures import METRICS
from fixviz.model.config import Axis

Array = NDArray[np.floating]

LORENZ_POINTS: Final = 21
"""The mean Lorenz curve is kept at 0, 5, ..., 100 % of the keys."""
BINS: Final = 20
"""Bins of equal width over 0..1 of the histogram of concentration."""
_CONCENTRATION = METRICS.index("concentration")


def lorenz_points(ascending: Array) -> NDArray[np.float32]:
    """Return the Lorenz curve at LORENZ_POINTS equal steps of the share of keys, weakest keys first.

    ascending: [..., N], rows sorted in ascending order that sum to 1, or the mean of such rows.
    Returns [..., LORENZ_POINTS]: the cumulative share of attention, linear between two keys.
    """
    keys = ascending.shape[-1]
    start = np.zeros_like(ascending[..., :1])
    curve = np.concatenate([start, ascending.cumsum(-1)], axis=-1)
    place = np.linspace(0, keys, LORENZ_POINTS)
    below = np.minimum(place.astype(np.int64), keys - 1)
    part = (place - below).astype(curve.dtype)
    return np.asarray(
        curve[..., below] * (1 - part) + curve[..., below + 1] * part, dtype=np.float32
    )


def concentration_histogram(concentration: Array) -> NDArray[np.float32]:
    """Count the queries that fall into each of BINS bins: [..., Q] to [..., BINS].

    A bin contains its lower edge, and the last bin its upper edge too. Undefined queries (NaN) are not
    counted.
    """
    rows = concentration.reshape(-1, concentration.shape[-1])
    known = np.isfinite(rows)
    bins = np.clip(np.where(known, rows, 0) * BINS, 0, BINS - 1).astype(np.int64)
    offset = np.arange(len(rows))[:, None] * BINS
    counts = np.bincount((bins + offset)[known], minlength=len(rows) * BINS)
    return counts.reshape(*concentration.shape[:-1], BINS).astype(np.float32)


@dataclass(frozen=True)
class QueryLayout:
    """Which frame each query of the sequences along `axis` belongs to.

    `batch` windows of `length` frames. Spatial attention is read only for the frames `wanted`, flat
    numbers into (window, frame), one sequence each; the others are None's: all frames are read.
    """

    axis: Axis
    batch: int
    length: int
    wanted: NDArray[np.int64] | None = None

    @property
    def groups(self) -> int:
        """How many consecutive groups of equal size, one a frame, the queries of a sequence form."""
        return 1 if self.axis == "spatial" else self.length

    def places(self, values: Array) -> Array:
        """Arrange values per query by frame and place: [sequences, n, Q, ...] to [x, n, frames, places, ...].

        The method `frames` takes the result once it has been reduced over the places.
        """
        if self.axis == "spatial":
            return values[:, :, None]
        pattern = "(b p) n t ... -> b n t p ..." if self.axis == "temporal" else _JOINT
        return rearrange(values, pattern, b=self.batch, **self._length)

    def mean_rows(self, ascending: Array) -> Array:
        """Average rows over the places of a frame: [sequences, n, groups, M] to [x, n, frames, M]."""
        if self.axis == "temporal":
            return reduce(ascending, "(b p) n t m -> b n t m", "mean", b=self.batch)
        return ascending

    def frames(self, values: Array) -> NDArray[np.float32]:
        """Arrange [x, n, frames, ...] as [batch, n, length, ...]; NaN where a frame was not read."""
        if self.axis != "spatial" or self.wanted is None:
            return np.asarray(values, dtype=np.float32)
        shape = (self.batch * self.length, values.shape[1], *values.shape[3:])
        full = np.full(shape, np.nan, np.float32)
        full[self.wanted] = values[:, :, 0]
        return rearrange(full, "(b t) n ... -> b n t ...", b=self.batch)

    @property
    def _length(self) -> dict[str, int]:
        return {"t": self.length} if self.axis == "joint" else {}


_JOINT = "b n (t p) ... -> b n t p ..."


def frame_figures(
    measures: NDArray[np.float32], ascending: NDArray[np.float32], layout: QueryLayout
) -> dict[str, NDArray[np.float32]]:
    """Return the measures of the queries of each frame, [batch, n, length, ...] by name.

    These are the measures' means, the mean Lorenz curve and the histogram of concentration. measures,
    ascending: as in `fixviz.analysis.rows.Rows`.
    """
    per_query = layout.places(measures)
    return {
        "metrics": layout.frames(per_query.mean(3)),
        "lorenz": layout.frames(lorenz_points(layout.mean_rows(ascending))),
        "concentration_histogram": layout.frames(
            concentration_histogram(per_query[..., _CONCENTRATION])
        ),
    }
