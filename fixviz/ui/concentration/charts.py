"""Colors of numbers on cells, for the page of the neighborhood."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def text_colors(shares: NDArray[np.floating], signed: bool = False) -> list[str]:
    """A color for each cell's number that can be read on the cell's own; gray where it has none."""
    dark_cell = np.abs(shares - 0.5) > 0.3 if signed else shares < 0.6
    colors = np.where(np.isfinite(shares), np.where(dark_cell, "#FFFFFF", "#15242B"), "#7C8893")
    return [str(color) for color in colors.ravel()]
