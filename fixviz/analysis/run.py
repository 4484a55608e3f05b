"""One analysis: several models on one clip, as the manifest and arrays that a run consists of.

The manifest is small JSON (schema 5); docs/reference/run-format.md describes it and every array.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.analysis.clip_motion import ClipMotion, motion_arrays
from fixviz.analysis.clip_truth import ClipTruth
from fixviz.analysis.maps import ModelMaps, count_steps, model_maps
from fixviz.analysis.measures import METRICS
from fixviz.analysis.ratios_off import count_batches, is_with_run, predictions_ratios_off
from fixviz.analysis.target import FIGURES
from fixviz.analysis.trace import grid_of, resize_frames
from fixviz.data.clip_masks import ClipMasks
from fixviz.data.truth import Truth
from fixviz.errors import OptionError
from fixviz.media.clip import Clip
from fixviz.media.encode import encode_image
from fixviz.model.config import CheckpointInfo, ModelConfig
from fixviz.model.directions import head_folds
from fixviz.model.transformer import VideoTransformer
from fixviz.version import __version__

SCHEMA: Final = 5
IMAGE_FORMAT: Final = "jpeg"


@dataclass(frozen=True)
class NamedModel:
    """A model together with what its checkpoint says of itself."""

    model: VideoTransformer
    info: CheckpointInfo
    sha256: str
    """Of the checkpoint (fixviz.model.config.checkpoint_sha256)."""

    def at_size(self, short_side: int) -> NamedModel:
        """Return the same model for frames whose short side has so many pixels."""
        return replace(self, model=self.model.at_size(short_side))


@dataclass(frozen=True)
class RunData:
    """What a run stores: plain JSON, arrays by name, and image files by name."""

    manifest: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    files: dict[str, bytes]


def analyze_clip(
    models: Mapping[str, NamedModel],
    clip: Clip,
    *,
    truth: Truth | ClipMasks | None = None,
    progress: Callable[[float, str], None] = lambda share, message: None,
    should_stop: Callable[[], None] = lambda: None,
) -> RunData:
    """Run every model on the clip and collect maps, measures, predictions and frame images.

    truth: where the target is, for a generated clip or from masks; one that is of another video is left
    out, with a note. progress: called with a share in 0..1 and a message. should_stop: called between
    steps; it raises to end the analysis. Raises OptionError when a model was trained at another frame
    rate than the clip was sampled at.
    """
    started = time.perf_counter()
    for name, named in models.items():
        rate = named.model.config.frame_rate
        if not math.isclose(rate, clip.rate_hz):
            raise OptionError(
                f"{name} was trained at {rate:g} frames per second, but the clip is sampled at "
                f"{clip.rate_hz:g}; analyze models of different rates in separate runs."
            )
    sizes = {named.model.config.image_size for named in models.values()}
    pixels = {size: resize_frames(clip.frames, size) for size in sizes}
    total = sum(count_steps(named.model, clip.frames) for named in models.values())
    total += sum(
        count_batches(named.model, clip.frames)
        for named in models.values()
        if is_with_run(named.model.config, clip.frames)
    )
    done = 0

    def step_of(what: str) -> Callable[[], None]:
        def step() -> None:
            nonlocal done
            done += 1
            should_stop()
            progress(done / (total + 1), what)

        return step

    arrays: dict[str, NDArray[Any]] = {f"pixels/{size}": p for size, p in pixels.items()}
    motion, known = ClipMotion(clip), ClipTruth(clip, truth)
    entries = []
    for name, named in models.items():
        should_stop()
        frames = pixels[named.model.config.image_size]
        target = known.per_patch(named.model.config)
        title = named.info.title
        reading = step_of(f"{title}: reading its attention")
        maps = model_maps(named.model, frames, target=target, step=reading)
        if target is not None:
            arrays[f"{name}/target"] = target.astype(np.float16)
        entry = _entry(name, named, clip, maps)
        if is_with_run(named.model.config, frames):
            without = step_of(f"{title}: answering with its ratios off")
            off = predictions_ratios_off(named.model, frames, without)
            entry["probabilities_ratios_off"] = _rounded(off)
        entries.append(entry)
        arrays.update(
            {f"{name}/{key}": _packed(key, values) for key, values in maps.arrays.items()}
        )
        moved = motion_arrays(motion.per_patch(named.model.config), maps.arrays)
        arrays.update({f"{name}/{key}": values for key, values in moved.items()})
    progress(total / (total + 1), "Saving frames and maps")
    files = {
        f"frame/{i:04d}": encode_image(frame, format=IMAGE_FORMAT)
        for i, frame in enumerate(clip.frames)
    }
    should_stop()
    device = next(iter(models.values())).model.temporal_embedding.device
    manifest = {
        "schema": SCHEMA,
        "fixviz": __version__,
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "torch": torch.__version__,
        "seconds": round(time.perf_counter() - started, 3),
        "clip": clip.source.to_dict(),
        "notes": [*clip.notes, *known.notes],
        "truth": known.entry(),
        "sampling": {
            "mode": "windows",
            "rate_hz": clip.rate_hz,
            "start_s": clip.start_s,
            "end_s": clip.end_s,
            "requested_end_s": clip.requested_end_s,
            "frames": len(clip),
            "truncated": clip.truncated,
            "crop": list(clip.crop) if clip.crop else None,
        },
        "display": {"width": clip.frames.shape[2], "height": clip.frames.shape[1]},
        "frames": {
            "index": clip.indices.tolist(),
            "timestamp_s": [round(float(t), 4) for t in clip.timestamps],
        },
        "models": entries,
        "metrics": list(METRICS),
    }
    return RunData(manifest, arrays, files)


def _packed(key: str, values: NDArray[np.float32]) -> NDArray[Any]:
    """Convert an array to the type in which it is stored.

    Measures and sums are stored in float32, histograms in uint16, maps in float16. In maps of neighbors the
    frames of a direction lie side by side.
    """
    if "/metrics" in key or "/logit/" in key or key.rpartition("/")[2] in FIGURES:
        return values
    if key.endswith("/concentration_histogram"):
        return values.astype(np.uint16)
    if "/neighbor_share/" in key:
        values = values.swapaxes(2, 3)
    return np.ascontiguousarray(values, dtype=np.float16)


def _entry(name: str, named: NamedModel, clip: Clip, maps: ModelMaps) -> dict[str, Any]:
    """Describe one model for the manifest."""
    config = named.model.config
    height, width = clip.frames.shape[1:3]
    grid = grid_of(named.model, height, width)
    trained = named.info.config.image_size
    return {
        "name": name,
        "title": named.info.title,
        "note": named.info.extra.get("note", ""),
        "checkpoint_sha256": named.sha256,
        "config": config.to_dict(),
        **({} if trained == config.image_size else {"trained_size": trained}),
        "classes": list(config.class_names) or [str(i) for i in range(config.num_classes)],
        "windows": {"start": maps.windows.starts.tolist(), "frames": maps.windows.length},
        "window_of_frame": maps.windows.of_frame.tolist(),
        "probabilities": _rounded(maps.probabilities),
        "grid": {
            "rows": grid.rows,
            "columns": grid.columns,
            "patch": grid.patch,
            "stride": grid.stride,
            "model_height": grid.height,
            "model_width": grid.width,
            "display_per_model": [height / grid.height, width / grid.width],
        },
        "layers": config.depth,
        "heads": config.heads,
        "axes": list(config.axes),
        "fixation": config.fixation,
        "neighbors": {axis: rows for axis in config.axes if (rows := _neighbors(config, axis))},
        "reads_elsewhere": {
            axis: texts for axis in config.axes if (texts := _reads_elsewhere(config, axis))
        },
        "rebuild_error": maps.rebuild_error,
    }


def _rounded(probabilities: NDArray[np.floating]) -> list[list[float]]:
    """Return probabilities [windows, classes] as the manifest holds them."""
    return [[round(float(p), 5) for p in row] for row in probabilities]


def _shifting_block(config: ModelConfig) -> int:
    """Return the first block that shifts; its table stands for all blocks that do. 0 if none shifts."""
    return config.shift_blocks[0] if config.shift_blocks else 0


def _neighbors(config: ModelConfig, axis: Any) -> list[dict[str, Any]]:
    """List the directions of an axis in the order of the neighbor maps, each with the heads that read it."""
    directions: dict[str, dict[str, Any]] = {}
    for row in head_folds(config, axis, _shifting_block(config)):
        entry = directions.setdefault(
            row.direction.label, {**asdict(row.direction), "heads": [], "channels": 0}
        )
        entry["heads"].append(row.head)
        entry["channels"] += row.stop - row.start
    return list(directions.values())


def _reads_elsewhere(config: ModelConfig, axis: Any) -> dict[str, str]:
    """Say for each head that reads neighbors which ones, and with what share of its channels."""
    heads: dict[str, list[str]] = {}
    for row in head_folds(config, axis, _shifting_block(config)):
        share = round(100 * (row.stop - row.start) / config.head_dim)
        heads.setdefault(str(row.head), []).append(f"{share} % {row.direction.label}")
    return {head: "reads " + ", ".join(parts) for head, parts in heads.items()}
