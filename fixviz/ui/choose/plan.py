"""What an analysis of the chosen span takes in: its frames, its windows and its patches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fixviz.analysis.windows import Windows
from fixviz.media.clip import Crop
from fixviz.media.sampling import plan_span
from fixviz.model.config import ModelConfig
from fixviz.model.geometry import PatchGrid, model_size

_LONGEST_SIDES = 8
"""A crop may be so many times as long as wide: its short side is scaled to the model's size."""


@dataclass(frozen=True)
class Sampled:
    """The frames that an analysis would take."""

    times: Sequence[float]
    """Seconds; the frames on screen at them are taken."""
    left_out: int
    """Frames of the span beyond the most that were asked for."""


def sampled(
    duration_s: float, fps: float, rate_hz: float, start_s: float, end_s: float | None, most: int
) -> Sampled:
    """Return the frames of a span at a rate. Raises OptionError for a span outside the video.

    most: largest number of frames to take; the result counts the frames beyond it.
    """
    options = {"rate_hz": rate_hz, "start_s": start_s, "end_s": end_s, "frames": None}
    everything = plan_span(duration_s, fps, **options, max_frames=2**31)  # type: ignore[arg-type]
    taken = [float(time) for time in everything.times[:most]]
    return Sampled(taken, len(everything.times) - len(taken))


def windows(frames: int, config: ModelConfig) -> int:
    """Count the windows of T frames that a model looks at."""
    return len(Windows(frames, config.frames).starts)


def grid(config: ModelConfig, width: int, height: int) -> tuple[int, int]:
    """Count the rows and columns of patches of a picture of that size, once scaled to the model's size."""
    patches = PatchGrid(*model_size(height, width, config.image_size), config.patch, config.stride)
    return patches.rows, patches.columns


def at_size(config: ModelConfig, size: int | None) -> ModelConfig:
    """Return the configuration for frames of a size; None leaves it the size that it was trained at."""
    return config if size is None else replace(config, image_size=size)


def least_side(configs: Sequence[ModelConfig]) -> int:
    """Return the shortest side of a crop in native pixels: 3 patches at the largest stride, not scaled up."""
    return max((2 * config.stride for config in configs), default=16)


def clean_crop(value: object, width: int, height: int, least: int) -> Crop | None:
    """Turn any value into a crop inside the picture with sensible sides; None is the whole picture."""
    if not isinstance(value, list | tuple) or len(value) != 4:
        return None
    try:
        left, top, wide, high = (round(float(number)) for number in value)
    except (TypeError, ValueError, OverflowError):
        return None
    least_wide, least_high = min(least, width), min(least, height)
    wide = min(max(wide, least_wide, math.ceil(min(high, height) / _LONGEST_SIDES)), width)
    high = min(max(high, least_high, math.ceil(wide / _LONGEST_SIDES)), height)
    left, top = min(max(left, 0), width - wide), min(max(top, 0), height - high)
    return None if (wide, high) == (width, height) else (left, top, wide, high)
