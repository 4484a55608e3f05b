"""The truth of a run's clip: which patches of each model the target covers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.target import POSITIVE
from fixviz.data.truth import Truth
from fixviz.media.clip import Clip
from fixviz.model.config import ModelConfig
from fixviz.model.geometry import PatchGrid, model_size


class ClipTruth:
    """What is known of the target in a clip's frames; nothing where the truth is of another video."""

    def __init__(self, clip: Clip, truth: Truth | None) -> None:
        self._clip = clip
        misfit = None if truth is None else truth.misfit(clip)
        self._truth = None if misfit else truth
        self.notes: list[str] = []
        """A sentence for the user about a truth file that was not used."""
        if misfit:
            self.notes.append(f"The truth file beside the video was not used: {misfit}.")
        self._masks: dict[tuple[int, int], NDArray[np.float32]] = {}

    def per_patch(self, config: ModelConfig) -> NDArray[np.float32] | None:
        """Return the covered fraction of each patch's window in the frame, [N, h, w]; None if unknown."""
        if self._truth is None:
            return None
        _, rows, columns, _ = self._clip.frames.shape
        size = model_size(rows, columns, config.image_size)
        if size not in self._masks:
            self._masks[size] = self._truth.mask_of(self._clip, *size)
        grid = PatchGrid(*size, config.patch, config.stride)
        return grid.coverage(self._masks[size]).astype(np.float32)

    def entry(self) -> dict[str, Any] | None:
        """Return the truth's entry in the manifest; None if nothing is known."""
        if self._truth is None:
            return None
        return {"positive": POSITIVE, "segments": list(self._truth.segments)}
