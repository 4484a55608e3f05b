"""What an analysis will cost on this machine, and whether it may start. Needs no torch.

    seconds = W (window + extra) for each model + F frame for each frame size
    memory  = held (largest batch of windows + arrays of all frames + the clip's pictures)

W windows, F frames; the costs of a window and a frame come from `fixviz.engine.calibration`, at the run's
own number of patches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fixviz.analysis.windows import Windows, weights_at_once, windows_at_once
from fixviz.engine.calibration import Shape
from fixviz.media.sampling import display_size
from fixviz.model.config import ModelConfig
from fixviz.model.effort import is_small
from fixviz.model.geometry import PatchGrid, model_size

_COPIES: Final = 1.5
"""Arrays are computed in float32 and then stored in float16: both are there at the end."""
_PICTURES: Final = 2
"""Pictures of a frame in memory: itself and the next one."""

LITTLE_WORK: Final = 5 * 10**10
"""Multiplications that need no measuring before: a minute or two on one core."""


@dataclass(frozen=True)
class Work:
    """What is to be computed: a clip, and models whose `image_size` is the frame size of the run."""

    frames: int
    height: int
    width: int
    """Of the picture that is analyzed, in pixels of the video."""
    configs: tuple[ModelConfig, ...]
    shapes: tuple[Shape, ...]
    """What models of these shapes cost, one for each of `configs`."""

    def at_size(self, size: int) -> Work:
        """Return the same work with frames of another size for all models."""
        configs = tuple(replace(config, image_size=size) for config in self.configs)
        return replace(self, configs=configs)


@dataclass(frozen=True)
class Cost:
    """What computing takes, without the start of the worker and without reading the video."""

    seconds: float
    memory_bytes: int
    """Most memory at one time, beyond what the worker takes anyway."""


@dataclass(frozen=True)
class Estimate:
    """What a run will take."""

    seconds: float
    """From the click to the finished run, when nobody else is in the queue."""
    memory_bytes: int
    refused: str | None = None
    """Why the run would not be started, and what would fit; None where it fits."""


def grid_for(config: ModelConfig, height: int, width: int) -> PatchGrid:
    """Return the patch grid of a picture of that size, scaled to the model's frame size."""
    return PatchGrid(*model_size(height, width, config.image_size), config.patch, config.stride)


def cost(work: Work) -> Cost:
    """Return what the work takes."""
    seconds, arrays, tensors, held = 0.0, 0.0, 0.0, 1.0
    frame_s: dict[int, float] = {}
    for config, shape in zip(work.configs, work.shapes, strict=True):
        grid = grid_for(config, work.height, work.width)
        windows = len(Windows(work.frames, config.frames).starts)
        sample = shape.at(grid.rows * grid.columns)
        small = is_small(config, windows, grid.rows, grid.columns)
        seconds += windows * (sample.window_s + sample.extra_s * small)
        frame_s[config.image_size] = sample.frame_s
        batch = min(windows, windows_at_once(config, grid.rows, grid.columns))
        patches = grid.rows * grid.columns
        weights = weights_at_once(config, batch, patches)
        tensors = max(tensors, shape.batch_bytes(patches, batch, weights))
        held = max(held, sample.held)
        arrays += _COPIES * sample.frame_bytes * work.frames
    shown = display_size(work.height, work.width)
    pictures = _PICTURES * work.frames * shown[0] * shown[1] * 3
    alive = tensors + arrays + pictures
    return Cost(seconds + work.frames * sum(frame_s.values()), round(held * alive))


def rough_work(configs: Sequence[ModelConfig], frames: int, height: int, width: int) -> float:
    """Return about how many multiplications forward passes over a clip take, and all attention weights."""
    total = 0.0
    for config in configs:
        grid = grid_for(config, height, width)
        patches = grid.rows * grid.columns
        tokens = len(Windows(frames, config.frames).starts) * config.frames * patches
        total += tokens * config.depth * config.dim * (12 * config.dim + patches)
    return total


def refusal(work: Work, most_s: float, most_bytes: int, sizes: Sequence[int] = ()) -> str | None:
    """Say why work over `most_s` seconds or `most_bytes` of memory is not started; None if it fits.

    sizes: frame sizes that the models are made for. The sentence names what would fit: a smaller one of
    them with all frames, or fewer frames.
    """

    def fits(other: Work) -> bool:
        found = cost(other)
        return found.seconds <= most_s and found.memory_bytes <= most_bytes

    if fits(work):
        return None
    found = cost(work)
    if found.memory_bytes > most_bytes:
        reason = (
            f"This analysis would need about {_gigabytes(found.memory_bytes)} of memory, and "
            f"{_gigabytes(most_bytes)} are free."
        )
    else:
        reason = (
            f"This analysis would take about {duration(found.seconds)}, and it may take "
            f"{duration(most_s)} (FIXVIZ_JOB_TIMEOUT_S)."
        )
    largest = max(config.image_size for config in work.configs)
    size = next(
        (s for s in sorted(sizes, reverse=True) if s < largest and fits(work.at_size(s))), 0
    )
    frames = _most_frames(work, fits)
    offers = []
    if size:
        offers.append(f"frames of {size} px")
    if frames:
        offers.append(f"up to {frames} frame{'s' * (frames > 1)}")
    if offers:
        return f"{reason} What would fit: {', or '.join(offers)}."
    return f"{reason} Choose smaller models, or fewer."


def _most_frames(work: Work, fits: Callable[[Work], bool]) -> int:
    """Return the largest number of frames that fits; 0 where not even one does."""
    low, high = 0, work.frames
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(replace(work, frames=middle)) else (low, middle)
    return low


def duration(seconds: float) -> str:
    """Write a time as people say it: "7 s", "3 minutes"."""
    if seconds < 90:
        return f"{max(1, seconds):.0f} s"
    return f"{seconds / 60:.0f} minutes"


def _gigabytes(amount: int) -> str:
    return f"{amount / 1e9:.1f} GB"
