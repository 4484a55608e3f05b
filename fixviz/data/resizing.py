"""Scale frames to the size that a model takes. Needs no torch."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.model.geometry import model_size


def resize_frames(frames: NDArray[np.uint8], short_side: int) -> NDArray[np.uint8]:
    """Scale uint8 RGB [N, H, W, 3] so that the short side has `short_side` pixels, aspect kept."""
    height, width = model_size(frames.shape[1], frames.shape[2], short_side)
    if frames.shape[1:3] == (height, width):
        return frames
    shrinks = height < frames.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.stack([cv2.resize(f, (width, height), interpolation=method) for f in frames])
