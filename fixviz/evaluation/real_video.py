"""Measure whether attention follows motion in real video, for which no truth is known."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from fixviz.analysis.clip_motion import ClipMotion, motion_arrays
from fixviz.analysis.maps import model_maps
from fixviz.analysis.trace import resize_frames
from fixviz.evaluation.checkpoints import circumstances, describe
from fixviz.evaluation.results import Entry
from fixviz.media import read_clip
from fixviz.media.clip import Clip
from fixviz.model.checkpoints import load_model
from fixviz.model.config import read_config, resolve_checkpoint
from fixviz.settings import Settings


def measure_videos(
    models: Sequence[str],
    videos: Sequence[Path],
    device: str = "auto",
    *,
    settings: Settings | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> list[Entry]:
    """Return one entry for each video and model: `agreement` and `attended`, per axis and layer.

    Motion agreement and attended motion (`fixviz.analysis.motion`) of attention received by source,
    averaged over heads and the frames where they are defined; None where they never are. Raises as
    `load_model` and `read_clip` do.
    """
    infos = [read_config(resolve_checkpoint(name)) for name in models]
    loaded = [load_model(info.folder, device) for info in infos]
    entries = []
    for video in videos:
        clips: dict[float, tuple[Clip, ClipMotion]] = {}
        for info, model in zip(infos, loaded, strict=True):
            report(f"{info.name}, {video.name}")
            rate = model.config.frame_rate
            if rate not in clips:
                clip = read_clip(video, rate_hz=rate, settings=settings or Settings.from_env())
                clips[rate] = clip, ClipMotion(clip)
            clip, motion = clips[rate]
            maps = model_maps(model, resize_frames(clip.frames, model.config.image_size))
            arrays = motion_arrays(motion.per_patch(model.config), maps.arrays)
            agreement, attended = (
                {axis: _per_layer(arrays[f"{axis}/{measure}"]) for axis in model.config.axes}
                for measure in ("motion_agreement", "attended_motion")
            )
            entries.append(
                describe(info)
                | {"video": video.name, "frames": len(clip)}
                | {"agreement": agreement, "attended": attended}
                | circumstances()
            )
    return entries


def _per_layer(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> list[float | None]:
    """Return the means of [L, n, N] over heads and frames, as JSON values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a layer without a defined value
        means = np.nanmean(np.asarray(values, np.float64), axis=(1, 2))
    return [None if np.isnan(mean) else round(float(mean), 4) for mean in means]
