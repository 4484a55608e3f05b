"""Measure what an analysis costs here, with the analysis itself. Runs in the model worker's process.

What is timed is what a run does, on noise and with random weights: neither changes what it takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from fixviz.analysis.clip_motion import ClipMotion
from fixviz.analysis.derived import Subject
from fixviz.analysis.deriving import derive_from, kinds_with_run
from fixviz.analysis.maps import ModelMaps, model_maps
from fixviz.analysis.ratios_off import is_with_run, predictions_ratios_off
from fixviz.analysis.run import NamedModel, analyze_clip
from fixviz.analysis.windows import weights_at_once
from fixviz.engine.calibration import HELD, HELD_DEEP, Sample, Shape
from fixviz.evaluation.cost import peak_bytes
from fixviz.media.clip import Clip, VideoInfo
from fixviz.model.config import CheckpointInfo, ModelConfig
from fixviz.model.transformer import VideoTransformer
from fixviz.store.codec import encode_array

Clock = Callable[[], float]

_SIDES: Final = (3, 4, 6, 9, 15)
"""Rows and columns of patches of the grids that can be measured."""
_WINDOWS: Final = (2, 1)
"""Windows of a measured clip: as many as there is time for."""
_WORK: Final = 3 * 10**9
"""Most multiplications of the forward passes over a measured clip: under a second on one core."""
_ENOUGH_SIDES: Final = 3
"""Grids that the whole network must have time for; with fewer, shallow networks are measured."""
_SHALLOW: Final = 2
"""Their number of blocks."""
_SHALLOW_WORK: Final = 3 * 10**10
"""Most multiplications of a forward pass of those: on smaller grids, the square hardly shows."""


@dataclass(frozen=True)
class _Times:
    """Seconds of an analysis."""

    window_s: float
    block_s: float
    """Of a window in one block, its share of storing included."""
    extra_s: float
    frame_s: float

    def shorter(self, other: _Times) -> _Times:
        """Return the shorter of two measurements, by part: what else the machine did made one longer."""
        return _Times(*map(min, astuple(self), astuple(other)))


def measure_shape(
    config: ModelConfig,
    device: torch.device,
    start_s: float,
    should_stop: Callable[[], None] = lambda: None,
    *,
    clock: Clock = time.perf_counter,
) -> Shape:
    """Return what models of this shape cost on the device, at the two largest grids there is time for.

    Where the whole network leaves time for tiny grids alone, on which nothing shows of what grows with the
    square of the patches, a network of two blocks is measured instead: each further block costs as much as
    the second. clock: what counts as seconds; those of the processor say more where the machine has other
    work, and less where several threads compute.
    """
    sides = [side for side in _SIDES if _work(config, side, _WINDOWS[-1]) <= _WORK]
    part = config
    if len(sides) < _ENOUGH_SIDES and config.depth > _SHALLOW:
        part = replace(config, depth=_SHALLOW, shift_blocks=None)
        sides = [side for side in _SIDES if _work(part, side, 1) <= _SHALLOW_WORK]
    torch.manual_seed(0)
    network = VideoTransformer(replace(part, class_names=())).to(device).eval()
    deeper = config.depth / part.depth
    samples = []
    for side in (sides or [_SIDES[0]])[-2:]:
        count = next((n for n in _WINDOWS if _work(part, side, n) <= _WORK), 1)
        times = _times(network, side, count, clock)
        should_stop()
        times = times.shorter(_times(network, side, count, clock))
        should_stop()
        batch_bytes, frame_bytes = _bytes(network, side, count)
        samples.append(
            Sample(
                patches=side**2,
                window_s=times.window_s + (config.depth - part.depth) * times.block_s,
                extra_s=times.extra_s * deeper,
                frame_s=times.frame_s,
                batch_bytes=batch_bytes,
                frame_bytes=round(frame_bytes * deeper),
                windows=count,
                weights=weights_at_once(part, count, side**2),
                held=HELD if part.depth == config.depth else HELD_DEEP,
            )
        )
    return Shape(tuple(samples), start_s, time.time())


def _work(config: ModelConfig, side: int, windows: int) -> float:
    """Return about how many multiplications the forward passes take: 12 D^2 a token and layer."""
    return windows * config.frames * side**2 * 12 * config.dim**2 * config.depth


def _model_and_clip(
    network: VideoTransformer, side: int, windows: int
) -> tuple[VideoTransformer, Clip]:
    """Return the network for frames of side x side patches, and a clip of so many windows."""
    config = network.config
    model = network.at_size(max((side - 1) * config.stride, config.patch))
    frames = config.frames + (windows - 1) * max(1, config.frames // 2)
    return model, _noise(frames, model.config)


def _times(network: VideoTransformer, side: int, windows: int, clock: Clock) -> _Times:
    """Return what an analysis of so many windows takes."""
    model, clip = _model_and_clip(network, side, windows)
    depth = model.config.depth
    info = CheckpointInfo("measured", Path(), "Measured", model.config, {})
    lap, steps = _Laps(clock), list[float]()
    ClipMotion(clip).per_patch(model.config)
    frames_s = lap()
    run = analyze_clip(
        {info.name: NamedModel(model, info, "0" * 64)},
        clip,
        progress=lambda share, message: steps.append(clock()),
    )
    computed_s = lap()
    for array in run.arrays.values():
        encode_array(array)
    stored_s = lap()
    for kind in kinds_with_run(model.config, clip.frames):
        for array in derive_from(Subject(model, clip.frames), kind, {}).arrays.values():
            encode_array(array)
    extra_s = lap()
    off_s = 0.0
    if is_with_run(model.config, clip.frames):
        predictions_ratios_off(model, clip.frames)
        off_s = lap()
    # The analysis reports after each block of the one batch.
    blocks_s = steps[depth - 1] - steps[0]
    return _Times(
        window_s=max(0.0, computed_s + stored_s - frames_s - off_s) / windows,
        block_s=(blocks_s / max(1, depth - 1) + stored_s / depth) / windows,
        extra_s=(extra_s + off_s) / windows,
        frame_s=frames_s / len(clip),
    )


def _bytes(network: VideoTransformer, side: int, windows: int) -> tuple[int, int]:
    """Return `batch_bytes` and `frame_bytes` of a Sample."""
    model, clip = _model_and_clip(network, side, windows)
    device = next(model.parameters()).device
    kept: list[ModelMaps] = []

    def compute() -> None:
        kept[:] = [model_maps(model, clip.frames)]
        subject = Subject(model, clip.frames)
        for kind in kinds_with_run(model.config, clip.frames):
            derive_from(subject, kind, {})

    peak = peak_bytes(compute, device, arrays=True)
    return peak, sum(array.nbytes for array in kept[0].arrays.values()) // len(clip)


class _Laps:
    """A watch: each call returns the seconds since the one before."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._last = clock, clock()

    def __call__(self) -> float:
        now = self._clock()
        passed, self._last = now - self._last, now
        return passed


def _noise(frames: int, config: ModelConfig) -> Clip:
    """Return a clip of noise whose frames have the model's size."""
    side = config.image_size
    pixels = np.random.default_rng(0).integers(0, 256, (frames + 1, side, side, 3), dtype=np.uint8)
    info = VideoInfo(
        name="noise",
        sha256="0" * 64,
        width=side,
        height=side,
        fps=config.frame_rate,
        duration_s=frames / config.frame_rate,
        frame_count=frames + 1,
        rotation=0,
        codec="",
        container="",
        decoder="",
    )
    return Clip(
        frames=pixels[:-1],
        indices=np.arange(frames),
        timestamps=np.arange(frames) / config.frame_rate,
        source=info,
        rate_hz=config.frame_rate,
        start_s=0.0,
        end_s=frames / config.frame_rate,
        requested_end_s=frames / config.frame_rate,
        truncated=False,
        next_frames=pixels[1:],
        next_indices=np.arange(1, frames + 1),
    )
