"""The work of one leave-one-out result: what is left out, where, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.derived import Subject
from fixviz.analysis.leave_one_out.omissions import Omission, omissions
from fixviz.analysis.trace import resize_frames, values_per_window, window_pixels
from fixviz.analysis.windows import Windows
from fixviz.model.transformer import VideoTransformer

_VALUES_AT_ONCE = 2**18
"""Most token features a batch of windows has, where it can: small batches stay in the caches."""


@dataclass(frozen=True)
class Sweep:
    """What is left out, in which layers, over which windows of a clip."""

    rows: tuple[Omission, ...]
    layers: list[int]
    frames: NDArray[np.uint8]
    """[N, H, W, 3], resized for the model."""
    windows: Windows
    batches: list[NDArray[np.int64]]
    """Numbers of the windows that run together."""

    @classmethod
    def of(cls, subject: Subject, layers: list[int]) -> Sweep:
        """Return the sweep over all windows. Raises OptionError for a model without feature shift."""
        model = subject.model
        small = resize_frames(subject.frames, model.config.image_size)
        windows = Windows(len(small), model.config.frames)
        at_once = _VALUES_AT_ONCE // values_per_window(model, *small.shape[1:3])
        return cls(omissions(model.config), layers, small, windows, windows.batches(at_once))

    def pixels(self, model: VideoTransformer, batch: NDArray[np.int64]) -> Tensor:
        """Return the windows of one batch as `model` takes them: [B, T, 3, H, W]."""
        return window_pixels(model, self.frames, self.windows.indices[batch])

    def description(self) -> dict[str, Any]:
        """Return plain JSON values: what the axes of the arrays count."""
        return {
            "rows": [row.to_dict() for row in self.rows],
            "layers": self.layers,
            "windows": self.windows.starts.tolist(),
        }
