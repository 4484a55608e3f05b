"""What an analysis of the chosen span would take: its frames, its windows, and about how long."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fixviz.analysis.windows import Windows
from fixviz.media.clip import Crop
from fixviz.media.sampling import plan_span
from fixviz.model.config import ModelConfig
from fixviz.model.geometry import PatchGrid, model_size
from fixviz.ui.choose.models import Offered

_ANALYSIS_PER_FORWARD = 7.0
"""An analysis takes about so many times as long as forward passes alone: it reads every layer's
attention too (measured with the shipped models on two cores)."""
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


def estimate(models: Mapping[str, Offered], frames: int, width: int, height: int) -> float | None:
    """Estimate the seconds that the models will take; None when one of them was never measured."""
    total = 0.0
    for model in models.values():
        if model.seconds_per_window is None:
            return None
        rows, columns = grid(model.config, width, height)
        square = (model.config.image_size // model.config.stride + 1) ** 2
        work = windows(frames, model.config) * rows * columns / square
        total += _ANALYSIS_PER_FORWARD * work * model.seconds_per_window
    return total


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
