"""Where the patches of a frame are. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def model_size(height: int, width: int, short_side: int) -> tuple[int, int]:
    """Return height and width in pixels after scaling the short side to `short_side`, aspect kept."""
    scale = short_side / min(height, width)
    return max(short_side, round(height * scale)), max(short_side, round(width * scale))


@dataclass(frozen=True)
class PatchGrid:
    """The token grid of one frame of `height` x `width` pixels (patch side P even, stride S).

    The patch embedding pads by P // 2, so patch (row, column) is centered at
    (row * S, column * S) and sees P x P pixels; the first row and column lie half outside.
    """

    height: int
    width: int
    patch: int
    stride: int

    @property
    def rows(self) -> int:
        """h = H // S + 1."""
        return self.height // self.stride + 1

    @property
    def columns(self) -> int:
        """w = W // S + 1."""
        return self.width // self.stride + 1

    def coverage(self, mask: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the covered fraction of each patch's P x P window, clipped to the frame.

        mask: [..., height, width] in 0..1. Returns [..., rows, columns].
        """
        if mask.shape[-2:] != (self.height, self.width):
            raise ValueError(f"mask {mask.shape} does not fit {self.height}x{self.width} pixels")
        total = np.zeros((*mask.shape[:-2], self.height + 1, self.width + 1))
        total[..., 1:, 1:] = mask.cumsum(-2, dtype=np.float64).cumsum(-1)
        half = self.patch // 2
        y = np.arange(self.rows) * self.stride
        x = np.arange(self.columns) * self.stride
        y0, y1 = np.clip(y - half, 0, self.height), np.clip(y + half, 0, self.height)
        x0, x1 = np.clip(x - half, 0, self.width), np.clip(x + half, 0, self.width)
        inside = (
            total[..., y1[:, None], x1]
            - total[..., y0[:, None], x1]
            - total[..., y1[:, None], x0]
            + total[..., y0[:, None], x0]
        )
        area = (y1 - y0)[:, None] * (x1 - x0)
        return np.asarray(inside / area, dtype=np.float64)
