"""From a clip to what a model computed on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.windows import Windows
from fixviz.data.resizing import resize_frames as resize_frames
from fixviz.media.clip import Clip
from fixviz.model.geometry import PatchGrid, model_size
from fixviz.model.layers import BlockTrace
from fixviz.model.transformer import VideoTransformer, normalize_pixels


def grid_of(model: VideoTransformer, height: int, width: int) -> PatchGrid:
    """Return the patch grid of frames of `height` x `width` pixels, once scaled to the model's size."""
    config = model.config
    return PatchGrid(*model_size(height, width, config.image_size), config.patch, config.stride)


def values_per_window(model: VideoTransformer, height: int, width: int) -> int:
    """Return the number of token values of one window, by which memory grows."""
    grid = grid_of(model, height, width)
    return grid.rows * grid.columns * model.config.frames * model.config.dim


@dataclass(frozen=True)
class ClipTrace:
    """What a model computed on a clip, window by window (W windows of T frames)."""

    windows: Windows
    grid: PatchGrid
    blocks: list[BlockTrace]
    """Intermediates [W, T, h, w, ...] of every attention of every block."""
    logits: Tensor
    """[W, classes]"""

    @property
    def probabilities(self) -> Tensor:
        """[W, classes], each row summing to 1."""
        return self.logits.softmax(-1)


@torch.inference_mode()
def trace(model: VideoTransformer, clip: Clip) -> ClipTrace:
    """Run `model` on the windows of `clip` and return all intermediates as data.

    Keeps every intermediate of every window in memory; `fixviz.analysis.run.analyze_clip` keeps only
    maps and measures. Source of the windows: fixviz.analysis.windows.
    """
    windows = Windows(len(clip), model.config.frames)
    frames = resize_frames(clip.frames, model.config.image_size)
    result = model.trace(window_pixels(model, frames, windows.indices))
    return ClipTrace(
        windows=windows,
        grid=grid_of(model, *clip.frames.shape[1:3]),
        blocks=result.blocks,
        logits=result.logits,
    )


def window_pixels(
    model: VideoTransformer, frames: NDArray[np.uint8], indices: NDArray[np.int64]
) -> Tensor:
    """Return normalized pixels [W, T, 3, H, W] on the model's device, from frames of the model's size."""
    device = next(model.parameters()).device
    return normalize_pixels(torch.from_numpy(frames[indices]).to(device))
