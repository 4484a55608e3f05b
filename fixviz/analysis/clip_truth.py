"""The truth of a run's clip: which patches of each model the target covers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.target import POSITIVE
from fixviz.data.clip_masks import ClipMasks
from fixviz.data.truth import Truth
from fixviz.media.clip import Clip
from fixviz.model.config import ModelConfig
from fixviz.model.geometry import PatchGrid, model_size


class ClipTruth:
    """What is known of the target in a clip's frames; nothing where the truth is of another video."""

    def __init__(self, clip: Clip, truth: Truth | ClipMasks | None) -> None:
        self._clip = clip
        self._truth = truth
        self.notes: list[str] = []
        """Sentences for the user about a truth file that was not used, or about masks."""
        if isinstance(truth, ClipMasks):
            self.notes.extend(truth.notes)
        elif truth is not None and (misfit := truth.misfit(clip)):
            self._truth = None
            self.notes.append(f"The truth file beside the video was not used: {misfit}.")
        self._masks: dict[tuple[int, int], NDArray[np.float32]] = {}

    def per_patch(self, config: ModelConfig) -> NDArray[np.float32] | None:
        """Return the covered fraction of each patch's window in the frame, [N, h, w]; None if unknown.

        NaN in frames without a mask.
        """
        if self._truth is None:
            return None
        _, rows, columns, _ = self._clip.frames.shape
        size = model_size(rows, columns, config.image_size)
        if size not in self._masks:
            self._masks[size] = (
                self._truth.masks(*size)
                if isinstance(self._truth, ClipMasks)
                else self._truth.mask_of(self._clip, *size)
            )
        grid = PatchGrid(*size, config.patch, config.stride)
        return grid.coverage(self._masks[size]).astype(np.float32)

    def entry(self) -> dict[str, Any] | None:
        """Return the truth's entry in the manifest; None if nothing is known."""
        if self._truth is None:
            return None
        if isinstance(self._truth, ClipMasks):
            source = self._truth.source
            return {
                "positive": POSITIVE,
                "segments": [],
                "masks": {
                    "name": source.name,
                    "sha256": source.sha256,
                    "inverted": source.inverted,
                    "frames": int(self._truth.known.sum()),
                },
                "shown": np.flatnonzero(self._truth.covered.any((1, 2))).tolist(),
            }
        return {"positive": POSITIVE, "segments": list(self._truth.segments)}
