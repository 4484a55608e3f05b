"""What a model predicts when fixation is off everywhere: all fixation ratios are 1 in every attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.analysis.leave_one_out.predictions import predictions
from fixviz.analysis.trace import resize_frames, values_per_window, window_pixels
from fixviz.analysis.windows import Windows, is_small_on
from fixviz.model.change import AttentionChange
from fixviz.model.config import ModelConfig
from fixviz.model.transformer import VideoTransformer

RATIOS_OFF: Final = AttentionChange(dial=0.0)

_VALUES_AT_ONCE = 2**18
"""Most token features a batch of windows has, where it can: small batches stay in the caches."""


def is_with_run(config: ModelConfig, frames: NDArray[np.uint8]) -> bool:
    """Tell whether every run has these predictions of a model: it has fixation and is not large.

    For a large model they would cost half as much again as all its maps; What if computes them when
    somebody asks. frames: the run's frames, uint8 [N, H, W, 3].
    """
    return config.fixation != "none" and is_small_on(config, frames)


@torch.inference_mode()
def predictions_ratios_off(
    model: VideoTransformer,
    frames: NDArray[np.uint8],
    step: Callable[[], None] = lambda: None,
) -> NDArray[np.float32]:
    """Return class probabilities [windows, classes] of the whole network with all ratios 1.

    The same weights run on from what every attention gives then, so that later layers get another
    input, too. The network was not trained like this. frames: uint8 [N, H, W, 3]. step: called once
    for every batch of windows (`count_batches` says how often); it may raise to stop.
    """
    small = resize_frames(frames, model.config.image_size)
    windows = Windows(len(small), model.config.frames)
    found = []
    for batch in _batches(model, small.shape[1:3], windows):
        tokens = model.embed(window_pixels(model, small, windows.indices[batch]))
        found.append(predictions(model, tokens, change=RATIOS_OFF).float().cpu().numpy())
        step()
    joined: NDArray[np.float32] = np.concatenate(found)
    return joined


def count_batches(model: VideoTransformer, frames: NDArray[np.uint8]) -> int:
    """Count how often `predictions_ratios_off` calls its `step`."""
    windows = Windows(len(frames), model.config.frames)
    return len(_batches(model, frames.shape[1:3], windows))


def _batches(
    model: VideoTransformer, size: tuple[int, ...], windows: Windows
) -> list[NDArray[np.int64]]:
    """Cut the window numbers into batches."""
    return windows.batches(_VALUES_AT_ONCE // values_per_window(model, *size[:2]))
