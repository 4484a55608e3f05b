"""The motion of a run's clip, and whether each model's attention goes where it is.

The flow is measured once per model size; models of one size share it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.measure_table import MOTION_MEASURES, names
from fixviz.analysis.motion import (
    SMALLEST,
    attended_motion,
    motion_agreement,
    motion_magnitude,
    motion_per_patch,
)
from fixviz.analysis.trace import resize_frames
from fixviz.media.clip import Clip
from fixviz.model.config import ModelConfig


class ClipMotion:
    """How much each place of a clip moves from its frames to the native frames next to them."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._magnitudes: dict[int, NDArray[np.float32]] = {}

    def per_patch(self, config: ModelConfig) -> NDArray[np.float32]:
        """Return the mean length of the flow over each patch's window, less the camera's: [N, h, w].

        In pixels of the model's frame to the next native frame that differs. NaN for frames without a
        decoded neighbor (a video of one frame, damage), and for frames too small to be matched.
        """
        magnitude = self._magnitude(config.image_size)
        return motion_per_patch(magnitude, config.patch, config.stride).astype(np.float32)

    def _magnitude(self, size: int) -> NDArray[np.float32]:
        """Return the length of the flow, [N, H, W], at the short side `size`."""
        if size not in self._magnitudes:
            self._magnitudes[size] = self._measure(size)
        return self._magnitudes[size]

    def _measure(self, size: int) -> NDArray[np.float32]:
        frames = resize_frames(self._clip.frames, size)
        magnitude = np.full(frames.shape[:3], np.nan, np.float32)
        following, indices = self._clip.next_frames, self._clip.next_indices
        if following is None or indices is None or min(frames.shape[1:3]) < SMALLEST:
            return magnitude
        known = indices != self._clip.indices
        if known.any():
            magnitude[known] = motion_magnitude(
                frames[known], resize_frames(following[known], size)
            )
        return magnitude


def motion_arrays(
    motion: NDArray[np.float32], maps: Mapping[str, NDArray[np.float32]]
) -> dict[str, NDArray[np.generic]]:
    """Return a model's arrays of motion measures, as a run stores them (docs/reference/run-format.md).

    motion: [N, h, w] from `ClipMotion.per_patch`. maps: "<axis>/attention_received/source"
    [L, n, N, h, w] among others (`ModelMaps.arrays`). Returns "motion" in float16, and
    "<axis>/<measure>" [L, n, N] in float32 for every one of MOTION_MEASURES.
    """
    arrays: dict[str, NDArray[np.generic]] = {"motion": motion.astype(np.float16)}
    for name, received in maps.items():
        axis, _, quantity = name.partition("/")
        if quantity == "attention_received/source":
            for measure in names(MOTION_MEASURES):
                found = _OF_MOTION[measure](received, motion)
                arrays[f"{axis}/{measure}"] = found.astype(np.float32)
    return arrays


_OF_MOTION = {"motion_agreement": motion_agreement, "attended_motion": attended_motion}
"""How each measure of fixviz.analysis.measure_table is computed."""
