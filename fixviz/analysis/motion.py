"""Where a model looks when no truth is known: does attention go where something moves?

Two measures compare, frame by frame, attention received with the length of the optical flow per
patch, at the model's resolution, less the camera's. Motion agreement is their rank correlation: whether
all patches stand in the same order. Attended motion is the flow where attention is, over the flow
anywhere: how much more moves there.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.errors import OptionError
from fixviz.model.geometry import PatchGrid

STILL = 0.05
"""Pixels: flow that differs by less than this across a frame is below what the method resolves."""
SMALLEST = 16
"""Pixels: the short side below which two frames cannot be matched."""
_TIED = 1e-5
"""Relative difference of float32 sums that may be rounding alone."""


def motion_magnitude(
    frames: NDArray[np.uint8], neighbors: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Return the length of the optical flow from each frame to its neighbor, less `camera_flow`.

    frames, neighbors: uint8 RGB [N, H, W, 3]; neighbor i is the native frame next to frame i
    that differs from it (`Clip.next_frames`), both at the model's resolution.
    Returns [N, H, W] in pixels from frame to neighbor. OpenCV's DIS flow (Kroeger et al.
    2016), medium preset. Raises OptionError for frames below 16 pixels, which it cannot match.
    """
    if frames.shape != neighbors.shape or frames.ndim != 4:
        raise ValueError(f"frames {frames.shape} and neighbors {neighbors.shape} do not pair up")
    if min(frames.shape[1:3]) < SMALLEST:
        raise OptionError(
            f"Motion cannot be measured in frames of {frames.shape[2]} x {frames.shape[1]} pixels;"
            f" take {SMALLEST} or more."
        )
    magnitudes = np.empty(frames.shape[:3], np.float32)
    for i, (frame, neighbor) in enumerate(zip(frames, neighbors, strict=True)):
        # a fresh one each time: it would start from the last pair's flow otherwise
        method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        gray = [cv2.cvtColor(x, cv2.COLOR_RGB2GRAY) for x in (frame, neighbor)]
        flow = method.calc(gray[0], gray[1], None)  # type: ignore[call-overload]
        flow = flow - camera_flow(flow)
        magnitudes[i] = np.hypot(flow[..., 0], flow[..., 1])
    return magnitudes


def camera_flow(flow: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the part of a frame's optical flow that the camera explains: pan, zoom, roll, slant.

    flow, and what is returned: [H, W, 2], (dx, dy) in pixels. An affine motion fitted by least median of
    squares (Rousseeuw 1984), so what moves by itself does not matter while it fills less than half of
    the frame. Taking out only the median flow would leave the border of a zooming or rolling
    picture to move more than any object.
    """
    height, width = flow.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    before = np.stack([x, y], -1)
    # every second pixel says as much: the flow is smoother than that
    here = np.ascontiguousarray(before[::2, ::2]).reshape(-1, 2)
    there = here + flow[::2, ::2].reshape(-1, 2)
    affine, _ = cv2.estimateAffine2D(here, there, method=cv2.LMEDS)
    if affine is None:  # no motion fits, as where all places fall together
        return np.broadcast_to(np.median(flow, axis=(0, 1)), flow.shape).astype(np.float32)
    after: NDArray[np.float32] = before @ affine[:, :2].T + affine[:, 2] - before
    return after.astype(np.float32)


def motion_per_patch(
    magnitude: NDArray[np.floating], patch: int, stride: int
) -> NDArray[np.float64]:
    """Return the mean motion over each patch's window, clipped to the frame: [N, H, W] to [N, h, w]."""
    grid = PatchGrid(magnitude.shape[-2], magnitude.shape[-1], patch, stride)
    return grid.coverage(magnitude)


def motion_agreement(
    received: NDArray[np.floating], motion: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return the Spearman correlation of attention received with motion, per frame: -1 to 1.

    received: [..., N, h, w] (layers and heads in front, by source); motion: [N, h, w] from
    `motion_per_patch`. Returns [..., N]; NaN where the map is constant or undefined, or nothing
    moves against the rest (motion varies by less than STILL pixels). Patches whose attention
    differs by less than one part in 100,000 are tied: what is equal but for rounding has one rank on every
    processor.
    """
    still = _still(received, motion)
    maps = received.reshape(*received.shape[:-2], -1)
    places = motion.reshape(len(motion), -1)
    return np.where(still, np.nan, spearman(maps, places, tied=_TIED))


def attended_motion(
    received: NDArray[np.floating], motion: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return the mean motion of the patches weighted by the attention they receive, over their plain mean.

    1: as under uniform attention; 2: attention is where it moves twice as fast as on average. Shapes as
    in `motion_agreement`. Returns [..., N]; NaN where no patch receives anything, or nothing moves
    against the rest.
    """
    still = _still(received, motion)
    maps, moved = received.astype(np.float64), motion.astype(np.float64)
    total = maps.sum((-2, -1))
    undefined = still | (total <= 0)
    usual = np.where(undefined, 1.0, total * moved.mean((-2, -1)))
    return np.where(undefined, np.nan, (maps * moved).sum((-2, -1)) / usual)


def _still(received: NDArray[np.floating], motion: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell for each frame whether nothing moves, as far as the flow resolves it, [N].

    Raises ValueError where the two do not fit.
    """
    if received.shape[-3:] != motion.shape:
        raise ValueError(f"received {received.shape} does not fit motion {motion.shape}")
    return np.asarray(np.ptp(motion.reshape(len(motion), -1), axis=-1) < STILL)


def spearman(
    a: NDArray[np.floating], b: NDArray[np.floating], tied: float = 0.0
) -> NDArray[np.float64]:
    """Rank correlation over the last axis of arrays that broadcast against each other.

    Equal values share the mean of their ranks. NaN where either is constant or holds a NaN. tied: relative
    difference up to which neighbors in the order of `a` count as equal.
    """
    x, y = ranks(a, tied), ranks(b)
    x = x - x.mean(-1, keepdims=True)
    y = y - y.mean(-1, keepdims=True)
    scale = np.sqrt((x * x).sum(-1) * (y * y).sum(-1))
    undefined = (scale == 0) | np.isnan(a).any(-1) | np.isnan(b).any(-1)
    result = (x * y).sum(-1) / np.where(undefined, 1.0, scale)
    return np.where(undefined, np.nan, result)


def ranks(values: NDArray[np.floating], tied: float = 0.0) -> NDArray[np.float64]:
    """Rank 0.. of each value along the last axis; equal values get the mean of their ranks.

    tied: relative difference up to which a value counts as equal to the next one.
    """
    rows = values.reshape(-1, values.shape[-1])
    order = rows.argsort(axis=-1)
    ascending = np.take_along_axis(rows, order, -1)
    first = np.ones(rows.shape, bool)
    before, after = ascending[:, :-1], ascending[:, 1:]
    first[:, 1:] = before != after
    if tied:
        first[:, 1:] &= after - before > tied * np.abs(after)
    group = first.ravel().cumsum() - 1
    places = np.broadcast_to(np.arange(rows.shape[-1]), rows.shape).ravel()
    mean = np.bincount(group, places) / np.bincount(group)
    result = np.empty(rows.shape, np.float64)
    np.put_along_axis(result, order, mean[group].reshape(rows.shape), -1)
    return result.reshape(values.shape)
