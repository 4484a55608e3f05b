"""Which patch a pixel counts for: the same cells as those in which maps are drawn.

Patches overlap, but an attribution in pixels must be counted once, and a patch that is taken away
must not take its neighbors along. So every pixel belongs to the patch whose center is nearest: S x S
pixels around each center, half of that in the first row and column, and what is left of the frame
in the last ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fixviz.media.overlay import cells_of_pixels
from fixviz.model.geometry import PatchGrid


@dataclass(frozen=True)
class Cells:
    """The cells of one frame: of every pixel row and column the patch row and column."""

    grid: PatchGrid

    @property
    def rows(self) -> NDArray[np.int64]:
        """Patch row of every pixel row, [H]; a row halfway between two centers goes down."""
        return cells_of_pixels(self.grid.height, self.grid.rows, self.grid.stride)[0]

    @property
    def columns(self) -> NDArray[np.int64]:
        """Patch column of every pixel column, [W]; halfway between two centers goes right."""
        return cells_of_pixels(self.grid.width, self.grid.columns, self.grid.stride)[0]

    def total(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the sum of [..., H, W] over each cell, [..., h, w]; the total is kept."""
        down = self.rows == np.arange(self.grid.rows)[:, None]
        right = self.columns == np.arange(self.grid.columns)[:, None]
        return np.asarray(down.astype(np.float64) @ values @ right.T.astype(np.float64))

    def spread(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Give every pixel the value of its cell: [..., h, w] to [..., H, W]."""
        return np.asarray(values[..., self.rows[:, None], self.columns])
