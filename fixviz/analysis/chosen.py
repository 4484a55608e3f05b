"""The frames of a batch of windows whose maps are kept: each from the window in which it is most central."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.windows import Windows


@dataclass(frozen=True)
class ChosenFrames:
    """Which (window of the batch, position in it) each of F wanted frames is; int64 [F] both."""

    window: Tensor
    position: Tensor

    @classmethod
    def of(cls, windows: Windows, batch: NDArray[np.int64]) -> ChosenFrames:
        """Return the frames that take their maps from the windows of `batch`, which follow each other."""
        inside = np.isin(windows.of_frame, batch)
        return cls(
            torch.from_numpy(windows.of_frame[inside] - batch[0]),
            torch.from_numpy(windows.position_of_frame[inside]),
        )

    def take(self, x: Tensor) -> Tensor:
        """Pick the wanted frames: [B, T, ...] to [F, ...]."""
        return x[self.window.to(x.device), self.position.to(x.device)]

    def with_neighbors(self, windows: int, length: int, reach: int) -> Tensor:
        """Return flat indices into (window, position) of the wanted frames and those up to `reach` away."""
        wanted = torch.zeros(windows, length, dtype=torch.bool)
        for offset in range(-reach, reach + 1):
            position = self.position + offset
            inside = (position >= 0) & (position < length)
            wanted[self.window[inside], position[inside]] = True
        return wanted.flatten().nonzero().squeeze(1)
