"""How concentrated attention is: the measures of one row of weights.

All take weights [..., N], non-negative, summing to 1 over the last axis. A row of NaN, or N = 1
where a measure divides by ln N, gives NaN. Weights are rounded, so their sum may be off by some
units in the last place; each measure is kept within its range all the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.measure_table import ROW_MEASURES, names

Array = NDArray[np.floating]

METRICS: Final = names(ROW_MEASURES)
"""Order of the last axis of `concentration_measures`."""


def entropy(weights: Array) -> Array:
    """Return the entropy -sum A ln A of each row in nats, with 0 ln 0 = 0; from 0 to ln N."""
    logs = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    # NaN weights have no logarithm above; times NaN they stay NaN.
    total = -np.einsum("...n,...n->...", weights, logs)
    return np.asarray(np.clip(total, 0, math.log(weights.shape[-1])))


def top_mass(ascending: Array, share: float = 0.1) -> Array:
    """Return the sum of the ceil(share * N) largest weights of ascending rows, at most 1."""
    k = math.ceil(share * ascending.shape[-1])
    return np.asarray(np.minimum(ascending[..., -k:].sum(-1), 1))


def gini(ascending: Array) -> Array:
    """Return the Gini coefficient of rows in ascending order: 0 for uniform, (N - 1) / N for one key."""
    n = ascending.shape[-1]
    rank = np.arange(1, n + 1, dtype=ascending.dtype)
    value = (ascending @ (2 * rank - n - 1)) / (n * ascending.sum(-1))
    return np.asarray(np.clip(value, 0, (n - 1) / n))


def lorenz_curve(weights: Array) -> Array:
    """Return the cumulative share of the k weakest keys for k = 0..N, shape [..., N + 1]."""
    cumulative = np.minimum(np.sort(weights, axis=-1).cumsum(-1), 1)
    return np.concatenate([np.zeros_like(cumulative[..., :1]), cumulative], axis=-1)


def concentration(weights: Array) -> Array:
    """Return only the concentration 1 - H / ln N of each row: [..., N] to [..., 1]; NaN for N = 1."""
    n = weights.shape[-1]
    h = entropy(weights)[..., None]
    return 1 - h / math.log(n) if n > 1 else np.full_like(h, np.nan)


def concentration_measures(weights: Array) -> NDArray[np.float32]:
    """Return the measures named in METRICS for each row: [..., N] to [..., M].

    Normalized entropy is H / ln N, concentration 1 minus that; effective support is exp(H), the
    number of keys that a uniform row of the same entropy would have.
    """
    return sorted_measures(np.sort(weights, axis=-1))


def sorted_measures(ascending: Array) -> NDArray[np.float32]:
    """Return `concentration_measures` of rows that are already in ascending order."""
    rows = _Rows(ascending)
    return np.stack([_OF_ROWS[name](rows) for name in METRICS], axis=-1).astype(np.float32)


@dataclass(frozen=True)
class _Rows:
    """Rows of weights [..., N] in ascending order, and what several measures need of them."""

    ascending: Array

    @property
    def keys(self) -> int:
        return int(self.ascending.shape[-1])

    @cached_property
    def entropy(self) -> Array:
        return entropy(self.ascending)

    @cached_property
    def normalized(self) -> Array:
        if self.keys == 1:
            return np.full_like(self.entropy, np.nan)
        return np.asarray(self.entropy / math.log(self.keys))


_OF_ROWS: Final[Mapping[str, Callable[[_Rows], Array]]] = {
    "entropy": lambda rows: rows.entropy,
    "normalized_entropy": lambda rows: rows.normalized,
    "concentration": lambda rows: 1 - rows.normalized,
    "effective_support": lambda rows: np.minimum(np.exp(rows.entropy), rows.keys),
    "top10_mass": lambda rows: top_mass(rows.ascending),
    "gini": lambda rows: gini(rows.ascending),
}
"""How each measure of fixviz.analysis.measure_table is computed."""
