"""Occlusion: how far the logit falls when a patch is taken away, by captum."""

from __future__ import annotations

import math

import numpy as np
import torch
from captum.attr import FeatureAblation
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.attribution.catalog import Baseline
from fixviz.analysis.attribution.study import Steps, Study


def occlusion(
    study: Study,
    window: int,
    target: int,
    *,
    baseline: Baseline,
    block: int,
    frames: int,
    counter: Steps,
) -> NDArray[np.float32]:
    """Return how far one window's logit falls when the baseline replaces a block of patches, [T, h, w].

    Blocks of `block` x `block` patches over `frames` frames, each patch by its own cell of pixels;
    every patch of a block gets the block's number. Zeiler and Fergus 2014.
    """
    blocks = _blocks(study, block, frames)
    pixels = study.pixels(window)
    by_pixel = np.asarray(study.cells.spread(blocks), dtype=np.int64)
    mask = torch.from_numpy(by_pixel).to(pixels.device)[None, :, None]

    def logits(clips: Tensor) -> Tensor:
        counter.step()
        return study.logits(clips)

    with torch.no_grad():
        found = FeatureAblation(logits).attribute(
            pixels,
            baselines=study.baseline(window, baseline),
            target=target,
            feature_mask=mask.expand(pixels.shape),
            perturbations_per_eval=study.clips_at_once,
        )
    rows, columns = _any_pixel(study.cells.rows), _any_pixel(study.cells.columns)
    values = found[0, :, 0].float().cpu().numpy()
    return np.asarray(values[:, rows[:, None], columns])


def occlusion_passes(study: Study, block: int, frames: int) -> int:
    """Return the number of forward passes of `occlusion`: one for the clip, and the blocks in batches."""
    blocks = int(_blocks(study, block, frames).max()) + 1
    return math.ceil(blocks / study.clips_at_once) + 1


def _blocks(study: Study, block: int, frames: int) -> NDArray[np.int64]:
    """Return for every patch the number of its block, [T, h, w]."""
    length = study.windows.length
    t, y, x = np.indices((length, study.grid.rows, study.grid.columns)) // np.array(
        [frames, block, block]
    ).reshape(3, 1, 1, 1)
    rows, columns = y.max() + 1, x.max() + 1
    return np.asarray((t * rows + y) * columns + x, dtype=np.int64)


def _any_pixel(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each cell a pixel that belongs to it."""
    return np.asarray(np.unique(numbers, return_index=True)[1], dtype=np.int64)
