"""Which frames of a video a clip takes: arithmetic only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fixviz.errors import OptionError
from fixviz.media.clip import Crop

# start + n / rate in floating point may miss the end by a rounding error; that is no further frame.
_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class Span:
    """The times to sample and the part of the video that they cover, in seconds."""

    times: NDArray[np.float64]
    """[N] start_s + k / rate_hz."""
    start_s: float
    end_s: float
    requested_end_s: float
    truncated: bool


def plan_span(
    duration_s: float,
    fps: float,
    *,
    rate_hz: float,
    start_s: float,
    end_s: float | None,
    frames: int | None,
    max_frames: int,
    tick_s: float = 0.0,
) -> Span:
    """Sample times k / rate_hz from `start_s` up to (not including) `end_s`; at least one.

    At most `frames` of them when given; never more than `max_frames`, which counts as truncated.
    An end up to a tenth of a second (or one native frame) behind the video's is its end, since
    durations are shown rounded. Times in the file are exact to `tick_s` seconds, so no frame is taken
    for less than that at its end. Raises OptionError for values outside the video or without sense.
    """
    if not (math.isfinite(rate_hz) and rate_hz > 0):
        raise OptionError(f"The sampling rate is {rate_hz} Hz; it must be a number above 0.")
    if frames is not None and frames < 1:
        raise OptionError(f"{frames} frames were asked for; ask for 1 or more.")
    end = duration_s if end_s is None else end_s
    if not math.isfinite(start_s) or not 0 <= start_s < duration_s:
        raise OptionError(
            f"The start {start_s:g} s is outside the video; it must be between 0 s and "
            f"{duration_s:.2f} s, where the video ends."
        )
    if not math.isfinite(end) or end > duration_s + max(0.1, 1 / fps):
        raise OptionError(
            f"The end {end:g} s is outside the video, which ends at {duration_s:.2f} s; "
            "use an earlier end or leave it out."
        )
    end = min(end, duration_s)
    if end <= start_s:
        raise OptionError(f"The end {end:g} s must come after the start {start_s:g} s.")

    available = max(1, math.ceil(min((end - start_s - tick_s) * rate_hz - _ROUNDING, 2**53)))
    wanted = available if frames is None else min(available, frames)
    count = min(wanted, max_frames)
    times = start_s + np.arange(count, dtype=np.float64) / rate_hz
    covered = end if count == available else min(end, start_s + count / rate_hz)
    return Span(times, start_s, covered, end, truncated=wanted > count)


def frames_on_screen(
    timestamps: NDArray[np.float64], times: NDArray[np.float64], tick_s: float
) -> NDArray[np.int64]:
    """Return the number of the frame that a player shows at each time: the last one that has begun.

    `timestamps` [F] ascending and `times` [N] in seconds -> [N]. A file rounds its timestamps to
    `tick_s` seconds, so a frame counts as begun up to half of that early.
    """
    begun = np.searchsorted(timestamps, times + tick_s / 2 + _ROUNDING, side="right")
    return (begun - 1).clip(0, len(timestamps) - 1).astype(np.int64)


def following_frames(indices: NDArray[np.int64], frame_count: int) -> NDArray[np.int64]:
    """Return the native frames with which each frame may be compared for its motion, [N] -> [N, 2].

    The next one, and the one after it in case that repeats the frame or cannot be decoded. At the end
    of the video the ones before; where a video has no such frame, the frame itself
    (`fixviz.analysis.motion`).
    """
    near = np.where(indices + 1 < frame_count, indices + 1, indices - 1)
    far = np.where(indices + 2 < frame_count, indices + 2, indices - 2)
    pairs = np.stack([near, far], -1)
    return np.where(pairs < 0, indices[:, None], pairs).astype(np.int64)


def display_size(height: int, width: int, short: int = 360, long: int = 1280) -> tuple[int, int]:
    """Return the size (height, width) at which frames are kept: aspect kept, never enlarged.

    The short side is at most `short` pixels; the long one at most `long`, so that a very wide
    picture does not take gigabytes.
    """
    scale = min(1.0, short / min(height, width), long / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def check_crop(crop: Crop | None, height: int, width: int) -> Crop | None:
    """Return `crop` if it is inside a frame of `height` x `width` native pixels, else raise OptionError."""
    if crop is None:
        return None
    left, top, crop_width, crop_height = crop
    inside = left >= 0 and top >= 0 and left + crop_width <= width and top + crop_height <= height
    if not inside or crop_width < 1 or crop_height < 1:
        raise OptionError(
            f"The crop (left {left}, top {top}, width {crop_width}, height {crop_height}) does not "
            f"lie inside the picture of {width} x {height} pixels."
        )
    return crop
