"""Scales: which values the two ends of the colors stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scale:
    """Values at the two ends of the colors. A signed scale has 0 in the middle."""

    low: float
    high: float
    colors: str = "viridis"

    @classmethod
    def of(cls, maps: NDArray[np.floating], colors: str = "viridis") -> Scale:
        """Return a scale from the smallest to the largest defined value; 0 to 1 where nothing is defined."""
        defined = maps[np.isfinite(maps)]
        if not defined.size:
            return cls(0.0, 1.0, colors)
        return cls(float(defined.min()), float(defined.max()), colors)

    @classmethod
    def signed(cls, maps: NDArray[np.floating]) -> Scale:
        """Return a scale that is symmetric about 0, blue below and orange above."""
        defined = np.abs(maps[np.isfinite(maps)])
        most = (float(defined.max()) if defined.size else 0.0) or 1.0
        return cls(-most, most, "diverging")

    def shares(self, maps: NDArray[np.floating]) -> NDArray[np.float32]:
        """Convert values to places on the scale, 0..1."""
        span = self.high - self.low
        if span <= 0:
            return np.where(np.isfinite(maps), 0.5, np.nan).astype(np.float32)
        return ((maps.astype(np.float32) - self.low) / span).astype(np.float32)
