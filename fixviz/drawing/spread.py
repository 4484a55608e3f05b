"""How far the points of a strip lie above or below its middle, so that equal values can be told apart."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_GOLDEN: Final = 0.6180339887498949
"""Multiples of it, without their whole part, are spread evenly however many there are."""


def spread(count: int) -> NDArray[np.float64]:
    """Return a place from −1 to 1 for each of so many points, always the same."""
    return np.asarray(2 * ((np.arange(count) + 0.5) * _GOLDEN % 1) - 1, np.float64)
