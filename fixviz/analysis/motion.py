"""Where a model looks when no truth is known: does attention go where something moves?

Motion agreement is the Spearman correlation, per frame, of attention received with
the optical flow per patch, at the model's resolution, less the median flow (the camera's).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.errors import OptionError
from fixviz.model.geometry import PatchGrid

STILL = 0.05
"""Pixels: flow that differs by less than this across a frame is below what the method resolves."""
_SMALLEST = 16


def neighbor_frames(indices: NDArray[np.int64], frame_count: int) -> NDArray[np.int64]:
    """Native frame that each analyzed frame is compared with: the next one, for the last the one before.

    In a video of one frame it is the frame itself, which makes the agreement undefined.
    """
    following = np.where(indices + 1 < frame_count, indices + 1, indices - 1)
    return np.asarray(np.clip(following, 0, None), dtype=np.int64)


def motion_magnitude(
    frames: NDArray[np.uint8], neighbors: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Length of the optical flow from each frame to its neighbor, less the frame's median flow.

    frames, neighbors: uint8 RGB [N, H, W, 3]; neighbor i is the native frame that
    `neighbor_frames` names for frame i, both at the model's resolution.
    Returns [N, H, W] in pixels from one native frame to the next. OpenCV's DIS flow (Kroeger et al.
    2016), medium preset. Raises OptionError for frames below 16 pixels, which it cannot match.
    """
    if frames.shape != neighbors.shape or frames.ndim != 4:
        raise ValueError(f"frames {frames.shape} and neighbors {neighbors.shape} do not pair up")
    if min(frames.shape[1:3]) < _SMALLEST:
        raise OptionError(
            f"Motion cannot be measured in frames of {frames.shape[2]} x {frames.shape[1]} pixels;"
            f" take {_SMALLEST} or more."
        )
    magnitudes = np.empty(frames.shape[:3], np.float32)
    for i, (frame, neighbor) in enumerate(zip(frames, neighbors, strict=True)):
        # a fresh one each time: it would start from the last pair's flow otherwise
        method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        gray = [cv2.cvtColor(x, cv2.COLOR_RGB2GRAY) for x in (frame, neighbor)]
        flow = method.calc(gray[0], gray[1], None)  # type: ignore[call-overload]
        flow = flow - np.median(flow, axis=(0, 1))
        magnitudes[i] = np.hypot(flow[..., 0], flow[..., 1])
    return magnitudes


def motion_per_patch(
    magnitude: NDArray[np.floating], patch: int, stride: int
) -> NDArray[np.float64]:
    """Mean motion over each patch's window, clipped to the frame: [N, H, W] to [N, h, w]."""
    grid = PatchGrid(magnitude.shape[-2], magnitude.shape[-1], patch, stride)
    return grid.coverage(magnitude)


def motion_agreement(
    received: NDArray[np.floating], motion: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Spearman correlation of attention received with motion, per frame: -1 to 1.

    received: [..., N, h, w] (layers and heads in front, by source); motion: [N, h, w] from
    `motion_per_patch`. Returns [..., N]; NaN where the map is constant or undefined, or nothing
    moves against the rest (motion varies by less than STILL pixels).
    """
    if received.shape[-3:] != motion.shape:
        raise ValueError(f"received {received.shape} does not fit motion {motion.shape}")
    maps = received.reshape(*received.shape[:-2], -1)
    moved = motion.reshape(len(motion), -1)
    result = spearman(maps, np.broadcast_to(moved, maps.shape))
    return np.where(np.ptp(moved, axis=-1) < STILL, np.nan, result)


def spearman(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rank correlation over the last axis; equal values share the mean of their ranks.

    NaN where either is constant or holds a NaN.
    """
    x, y = ranks(a), ranks(b)
    x = x - x.mean(-1, keepdims=True)
    y = y - y.mean(-1, keepdims=True)
    scale = np.sqrt((x * x).sum(-1) * (y * y).sum(-1))
    undefined = (scale == 0) | np.isnan(a).any(-1) | np.isnan(b).any(-1)
    result = (x * y).sum(-1) / np.where(undefined, 1.0, scale)
    return np.where(undefined, np.nan, result)


def ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rank 0.. of each value along the last axis; equal values get the mean of their ranks."""
    rows = values.reshape(-1, values.shape[-1])
    result = np.empty(rows.shape, np.float64)
    for row, out in zip(rows, result, strict=True):
        _, inverse, counts = np.unique(row, return_inverse=True, return_counts=True)
        out[:] = (counts.cumsum() - (counts + 1) / 2)[inverse]
    return result.reshape(values.shape)
