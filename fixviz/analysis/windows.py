"""How the frames of a run are cut into the windows of T frames that a model takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fixviz.model.config import ModelConfig
from fixviz.model.effort import is_small
from fixviz.model.geometry import PatchGrid, model_size

VALUES_AT_ONCE = 2**22
"""Most token features a batch of windows may have: bounds the memory of one block's trace."""

WEIGHTS_AT_ONCE = 2**22
"""Most attention weights formed at once: 16 MB of float32."""


@dataclass(frozen=True)
class Windows:
    """Windows of `length` frames, overlapping by half, over `frames` frames.

    A frame inside several windows takes its maps from the one in which it is most central. Fewer
    frames than `length` make one window, whose last frame is repeated; maps of repeats are dropped.
    """

    frames: int
    length: int

    @property
    def starts(self) -> NDArray[np.int64]:
        """First frame of each window; the last window ends with the last frame."""
        last = max(0, self.frames - self.length)
        starts = np.arange(0, last + 1, max(1, self.length // 2))
        return starts if starts[-1] == last else np.append(starts, last)

    @property
    def indices(self) -> NDArray[np.int64]:
        """Frame numbers [windows, length]; repeats of the last frame fill a short clip."""
        inside = self.starts[:, None] + np.arange(self.length)
        return np.asarray(np.minimum(inside, self.frames - 1), dtype=np.int64)

    @property
    def of_frame(self) -> NDArray[np.int64]:
        """The window from which each frame takes its maps, [frames]; the earlier one when two tie."""
        centers = self.starts + (self.length - 1) / 2
        distance = np.abs(np.arange(self.frames)[:, None] - centers)
        return np.asarray(distance.argmin(1), dtype=np.int64)

    @property
    def position_of_frame(self) -> NDArray[np.int64]:
        """Where each frame lies within its window, [frames]."""
        return np.asarray(np.arange(self.frames) - self.starts[self.of_frame], dtype=np.int64)

    def batches(self, at_once: int) -> list[NDArray[np.int64]]:
        """Cut the window numbers into batches of `at_once` windows, or one if that is less."""
        numbers = np.arange(len(self.starts))
        size = max(1, at_once)
        return [numbers[i : i + size] for i in range(0, len(numbers), size)]


def windows_at_once(config: ModelConfig, rows: int, columns: int) -> int:
    """Return how many windows of frames of rows x columns patches a model sees at once, at least 1."""
    return max(1, VALUES_AT_ONCE // (rows * columns * config.frames * config.dim))


def weights_at_once(config: ModelConfig, windows: int, patches: int) -> int:
    """Return how many attention weights are formed at once, at most; patches are those of a frame."""
    frames = config.frames
    counts = {
        "temporal": patches * frames**2,
        "spatial": frames * patches**2,
        "joint": (frames * patches) ** 2,
    }
    most = max(counts[axis] for axis in config.axes)
    return min(WEIGHTS_AT_ONCE, windows * config.heads * most)


def is_small_on(config: ModelConfig, frames: NDArray[np.uint8]) -> bool:
    """Tell whether a model is small enough to compare many variants of it on the windows of `frames`.

    frames: uint8 [N, H, W, 3], of any size: they are scaled to the model's.
    """
    height, width = frames.shape[1:3]
    size = model_size(height, width, config.image_size)
    grid = PatchGrid(*size, config.patch, config.stride)
    windows = len(Windows(len(frames), config.frames).starts)
    return is_small(config, windows, grid.rows, grid.columns)
