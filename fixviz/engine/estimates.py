"""Estimate requests: look up what they name, and have measured what is not known of this machine yet."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from fixviz.engine.calibration import Calibration, Shape, shape_key
from fixviz.engine.estimate import Estimate, Work, cost, refusal
from fixviz.engine.jobs import AnalysisRequest, MeasureTask
from fixviz.engine.machine import describe_machine, free_bytes
from fixviz.engine.plan import DescribeModel, common_rate
from fixviz.errors import FixvizError, JobError
from fixviz.media.clip import Crop, VideoInfo
from fixviz.media.process import read_clip
from fixviz.media.sampling import plan_span
from fixviz.model.config import CheckpointInfo, ModelConfig, read_config
from fixviz.model.frame_sizes import common_sizes
from fixviz.settings import Settings

OnMeasured = Callable[[FixvizError | None], None]
Measure = Callable[[MeasureTask, OnMeasured], None]

_PROBED: Final = 8
"""Frames after the first that are read to learn how fast a video is read."""
_OVERHEAD_S: Final = 0.4
"""Seconds in which a finished step waits for the next one to notice, over a whole run."""


class Estimates:
    """Answer what requests would cost. Safe to use from many threads."""

    def __init__(self, settings: Settings, describe: DescribeModel, measure: Measure) -> None:
        """Make it. measure: queues a task for a model worker and is told of its end."""
        self._settings, self._describe, self._measure = settings, describe, measure
        self._calibration = Calibration(settings.home)
        self._lock = threading.Lock()
        self._under_way: set[tuple[str, str]] = set()
        self._failed: dict[tuple[str, str], str] = {}

    def estimate(self, request: AnalysisRequest, info: VideoInfo, cold: bool) -> Estimate | None:
        """Return what a request would cost; None while that is being measured, which this call starts.

        info: what the video holds. cold: whether a model worker has still to start. Raises OptionError,
        ModelError, MediaError for a request that cannot work; JobError where measuring failed.
        """
        settings = self._settings
        request.check(settings)
        refs = tuple(self._describe(name) for name in request.models)
        infos = tuple(read_config(Path(ref.folder)) for ref in refs)
        rate = request.rate_hz or common_rate(refs)
        shapes = self._shapes(tuple(info.config for info in infos), request.device)
        if shapes is None:
            return None
        span = plan_span(
            info.duration_s,
            info.fps,
            rate_hz=rate,
            start_s=request.start_s,
            end_s=request.end_s,
            frames=request.frames,
            max_frames=settings.max_frames,
        )
        count = len(span.times)
        width, height = (info.width, info.height) if request.crop is None else request.crop[2:]
        work = Work(
            frames=count,
            height=height,
            width=width,
            configs=tuple(_at_size(info, request.size) for info in infos),
            shapes=shapes,
        )
        path = Path(request.video)
        first_s, next_s = _reading(
            str(path), path.stat().st_mtime_ns, rate, request.start_s, request.crop, settings
        )
        found = cost(work)
        # A node tells by itself what is more than its memory.
        free = free_bytes() if settings.engine == "local" else sys.maxsize
        start_s = max(shape.start_s for shape in shapes) if cold else 0.0
        return Estimate(
            seconds=start_s + first_s + next_s * (count - 1) + found.seconds + _OVERHEAD_S,
            memory_bytes=found.memory_bytes,
            refused=refusal(work, settings.job_timeout_s, free, common_sizes(infos)),
        )

    def _shapes(self, configs: tuple[ModelConfig, ...], device: str) -> tuple[Shape, ...] | None:
        """Return what was measured of these models; None after asking for what is missing."""
        machine = describe_machine(device)
        found = [self._calibration.find(machine, config) for config in configs]
        missing = [c for c, shape in zip(configs, found, strict=True) if shape is None]
        if not missing:
            return tuple(shape for shape in found if shape is not None)
        keys = [(device, shape_key(config)) for config in missing]
        with self._lock:
            failed = next((self._failed[key] for key in keys if key in self._failed), None)
            if failed is not None:
                raise JobError(f"How long this takes could not be measured here: {failed}")
            new = {
                key: c for key, c in zip(keys, missing, strict=True) if key not in self._under_way
            }
            self._under_way.update(new)
        if new:
            task = MeasureTask(tuple(new.values()), device, self._settings)
            self._measure(task, lambda error: self._note_end(tuple(new), error))
        return None

    def _note_end(self, keys: tuple[tuple[str, str], ...], error: FixvizError | None) -> None:
        with self._lock:
            self._under_way.difference_update(keys)
            if error is not None:
                self._failed.update(dict.fromkeys(keys, str(error)))


def _at_size(info: CheckpointInfo, size: int | None) -> ModelConfig:
    return info.config if size is None else replace(info.config, image_size=size)


@lru_cache(maxsize=64)
def _reading(
    path: str, stamp: int, rate_hz: float, start_s: float, crop: Crop | None, settings: Settings
) -> tuple[float, float]:
    """Return the seconds in which the first frame, and each further one, of a span is read.

    Measured on the video itself: a codec, a size and a frame rate make a difference of a hundred times.
    stamp: changes with the file. Raises what `read_clip` raises.
    """
    times = []
    for frames in (1, 1, 1 + _PROBED):
        began = time.perf_counter()
        clip = read_clip(
            path, rate_hz=rate_hz, start_s=start_s, frames=frames, crop=crop, settings=settings
        )
        times.append((time.perf_counter() - began, len(clip)))
    # The first reading may have had to start a process.
    (first_s, _), (more_s, read) = times[1:]
    return first_s, max(0.0, more_s - first_s) / max(1, read - 1)
