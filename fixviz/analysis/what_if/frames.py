"""What the network is shown: frames uint8 RGB [N, H, W, 3], changed by interventions."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.what_if.interventions import Intervention
from fixviz.analysis.what_if.picture import (
    Cropped,
    FramesDropped,
    FramesFrozen,
    FramesReversed,
    FramesShuffled,
    PatchesHidden,
)

Frames = NDArray[np.uint8]
_GRAY = 128


def frame_order(interventions: Sequence[Intervention], frames: int) -> NDArray[np.int64]:
    """Return which frame of the run is shown at each of its `frames` times, [N]."""
    order = np.arange(frames)
    for intervention in interventions:
        match intervention:
            case FramesFrozen(frame):
                order = np.full(frames, order[frame])
            case FramesReversed():
                order = order[::-1].copy()
            case FramesShuffled(seed):
                order = order[np.random.default_rng(seed).permutation(frames)]
            case FramesDropped(dropped):
                order = order[_kept_before(dropped, frames)]
    return order


def hide_patches(
    frames: Frames, hidden: PatchesHidden, stride: int, scale: tuple[float, float]
) -> Frames:
    """Fill the cells of `stride` x `stride` model pixels around the centers of the hidden patches.

    scale: pixels of `frames` per model pixel, down and across. Blur is Gaussian with a standard
    deviation of one stride, so that nothing smaller than a patch is left; gray is the middle of the
    range, which the network sees as 0.
    """
    by_frame = hidden.by_frame()
    everywhere = by_frame.pop(None, [])
    result = frames.copy()
    for number in range(len(frames)) if everywhere else by_frame:
        assert number is not None  # the cells of all frames were taken out
        picture = frames[number]
        filled = (
            cv2.GaussianBlur(picture, (0, 0), sigmaX=stride * scale[1], sigmaY=stride * scale[0])
            if hidden.fill == "blur"
            else np.full_like(picture, _GRAY)
        )
        for row, column in (*everywhere, *by_frame.get(number, [])):
            part = (_span(row, stride, scale[0]), _span(column, stride, scale[1]))
            result[number][part] = filled[part]
    return result


def crop_pixels(crop: Cropped, height: int, width: int) -> tuple[int, int, int, int]:
    """Return (left, top, width, height) of the crop in pixels of a picture."""
    left, right = (round(width * edge / 100) for edge in (crop.left, crop.right))
    top, bottom = (round(height * edge / 100) for edge in (crop.top, crop.bottom))
    return left, top, max(1, right - left), max(1, bottom - top)


def _span(number: int, stride: int, scale: float) -> slice:
    """Return the pixels of one row or column of cells; the slice is cut at the frame's edge."""
    first, last = (number - 0.5) * stride * scale, (number + 0.5) * stride * scale
    return slice(max(0, round(first)), max(0, round(last)))


def _kept_before(dropped: Sequence[int], frames: int) -> NDArray[np.int64]:
    """Return for each time the last kept time up to it; before all of them, the first kept."""
    kept = np.setdiff1d(np.arange(frames), dropped)
    before = np.searchsorted(kept, np.arange(frames), side="right") - 1
    return np.asarray(kept[np.maximum(before, 0)], dtype=np.int64)
