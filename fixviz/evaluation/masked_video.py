"""Measure where models look in real video whose moving objects people have masked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.analysis.target import known_frames, target_baselines, target_figures, with_nearest
from fixviz.analysis.trace import resize_frames, window_pixels
from fixviz.analysis.windows import Windows
from fixviz.data.clip_masks import scaled
from fixviz.data.mask_pictures import is_picture
from fixviz.data.masks import FRAMES, MASKS, MaskedClip, find_masked, read_masked
from fixviz.errors import NothingToMeasure, OptionError
from fixviz.evaluation.checkpoints import circumstances, describe
from fixviz.evaluation.intervals import mean_over_clips
from fixviz.evaluation.results import Entry
from fixviz.model.checkpoints import load_model
from fixviz.model.config import read_config, resolve_checkpoint
from fixviz.model.geometry import PatchGrid
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings

FIGURES = ("mass", "uniform", "lift", "pointing", "average_precision", "concentration")
"""Of one sequence, means over its frames with a target; lift is mass over uniform."""
CHANCES = ("pointing_chance", "average_precision_chance")
"""What a map that knows nothing would reach, beside `uniform` for the mass."""
COMPARED = ("mass", "lift", "pointing", "average_precision")
_WINDOWS = 8
"""Windows that a model sees at once."""


def measure_masked(
    models: Sequence[str],
    root: Path,
    folder_rate: float = 24.0,
    device: str = "auto",
    size: int | None = None,
    *,
    name: str | None = None,
    settings: Settings | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> list[Entry]:
    """Return one entry for each model: where its last spatial attention lies in masked video.

    size: short side in pixels of the frames that all models see; None shows each its own.
    name: what the entries call the clips; None is the name of the folder.
    `root` holds what `fixviz.data.masks.find_masked` finds. An entry has `sequences`, a dict of FIGURES
    and CHANCES for each; `figures`, for each of FIGURES mean, low and high over the sequences (95 %
    bootstrap interval; concentration and lift too); `above_uniform`, the number of sequences in which
    lift is above 1; `left_out`, the names of sequences without a target large enough for every model, if
    there are any; `chances`; and `minus`, by name of every other model the mean differences of
    COMPARED, with intervals from the same resamples (sequence by sequence). Raises OptionError where
    there is nothing to measure.
    """
    root, only = _within(root)
    name = name or root.resolve().name
    infos = [read_config(resolve_checkpoint(name)) for name in models]
    for info in infos:
        if "spatial" not in info.config.axes:
            raise OptionError(f"{info.name} has no spatial attention of its own; leave it out.")
    loaded = [load_model(info.folder, device) for info in infos]
    if size is not None:
        loaded = [model.at_size(size) for model in loaded]
    settings = settings or Settings.from_env()
    videos = [video for video in find_masked(root) if only is None or video.name == only]
    if not videos:
        raise OptionError(f"{root} holds no sequence {only!r} with masks.")
    clips: dict[tuple[str, float], MaskedClip] = {}
    tables: list[dict[str, Entry]] = []
    unseen: set[str] = set()
    for info, model in zip(infos, loaded, strict=True):
        rate = model.config.frame_rate
        table: dict[str, Entry] = {}
        for video in videos:
            report(f"{info.name}, {video.name}")
            key = video.name, rate
            if key not in clips:
                clips[key] = read_masked(video, rate, folder_rate, settings)
            try:
                table[video.name] = sequence_figures(model, clips[key])
            except NothingToMeasure:
                unseen.add(video.name)
        tables.append(table)
    measured = [video.name for video in videos if video.name not in unseen]
    if not measured:
        raise OptionError(f"In {root}, no mask covers enough of a patch to be measured.")
    rows = [[{"sequence": one, **table[one]} for one in measured] for table in tables]
    summed = compare([info.name for info in infos], rows)
    left_out = {"left_out": sorted(unseen)} if unseen else {}
    return [
        describe(info)
        | {"masks": name, "rate": folder_rate}
        | {"short_side": size or info.config.image_size, **summary, "sequences": table}
        | left_out
        | circumstances()
        for info, summary, table in zip(infos, summed, rows, strict=True)
    ]


def _within(root: Path) -> tuple[Path, str | None]:
    """Return the folder with both frames and masks, and the name of the one sequence that `root` is of it.

    None is all of them. `root` may be a folder inside of the layout of DAVIS.
    """
    here = root.absolute()
    for folder in (here, *here.parents):
        whole = folder.parent
        if (
            folder.name in (FRAMES, MASKS)
            and (whole / FRAMES).is_dir()
            and (whole / MASKS).is_dir()
        ):
            alone = any(is_picture(path.name) for path in here.iterdir())
            return whole, here.name if alone else None
    return root, None


@torch.inference_mode()
def sequence_figures(model: VideoTransformer, clip: MaskedClip) -> dict[str, float | int]:
    """Return FIGURES and CHANCES of one sequence, and `frames`, the number of those with a target.

    Attention of the last layer's spatial axis, by source, mean over heads. Each frame takes its map
    from the window in which it is most central. Raises OptionError where no patch is ever on target.
    """
    config = model.config
    frames = resize_frames(clip.frames, config.image_size)
    size = frames.shape[1:3]
    known = known_frames(clip.masks)
    if not known.any():
        raise NothingToMeasure(f"No frame of {clip.name} has a mask.")
    masks = np.stack([scaled(mask, size) for mask in with_nearest(clip.masks)])
    windows = Windows(len(frames), config.frames)
    parts: list[dict[str, NDArray[np.float64]]] = []
    for numbers in windows.batches(_WINDOWS):
        indices = windows.indices[numbers]
        tokens = model.embed(window_pixels(model, frames, indices))
        *_, last = model.walk(tokens)
        found = target_figures(
            last.attentions["spatial"], config, config.depth - 1, torch.from_numpy(masks[indices])
        )
        parts.append(
            {
                name: getattr(found, name)
                for name in ("mass", "area", "pointing", "average_precision", "concentration")
            }
        )
    at = windows.of_frame, windows.position_of_frame
    values = {name: np.concatenate([part[name] for part in parts])[at] for name in parts[0]}
    covered = PatchGrid(size[0], size[1], config.patch, config.stride).coverage(masks)
    chance = target_baselines(covered, windows, "spatial")
    there = ~np.isnan(values["mass"]) & known
    if not there.any():
        raise NothingToMeasure(f"No mask of {clip.name} covers enough of a patch to be measured.")

    def mean(frames_of: NDArray[np.floating]) -> float:
        return round(float(np.mean(frames_of[there], dtype=np.float64)), 5)

    return {
        "frames": int(there.sum()),
        "mass": mean(values["mass"]),
        "uniform": mean(values["area"]),
        "lift": round(float(values["mass"][there].mean() / values["area"][there].mean()), 5),
        **{name: mean(values[name]) for name in ("pointing", "average_precision", "concentration")},
        "pointing_chance": mean(chance["pointing"]),
        "average_precision_chance": mean(chance["average_precision"]),
    }


def compare(names: Sequence[str], tables: Sequence[Sequence[Entry]]) -> list[Entry]:
    """Return figures, above_uniform, chances and minus of each model, from its sequences' figures.

    All models saw the same sequences in the same order. The unit of the bootstrap is the sequence;
    intervals are percentiles of 10,000 resamples, the same for all models and figures; one sequence alone
    has none (None).
    """

    def interval(values: NDArray[np.float64]) -> dict[str, float | None]:
        found = mean_over_clips(values)
        assert found is not None
        ends = {"low": found.low, "high": found.high}
        rounded = {name: None if end is None else round(end, 4) for name, end in ends.items()}
        return {"mean": round(found.mean, 4), **rounded}

    columns = [
        {name: np.array([row[name] for row in table]) for name in (*FIGURES, *CHANCES)}
        for table in tables
    ]
    return [
        {
            "figures": {name: interval(own[name]) for name in FIGURES},
            "chances": {name: round(float(own[name].mean()), 4) for name in CHANCES},
            "above_uniform": int((own["lift"] > 1).sum()),
            "minus": {
                other: {name: interval(own[name] - theirs[name]) for name in COMPARED}
                for other, theirs in zip(names, columns, strict=True)
                if theirs is not own
            },
        }
        for own in columns
    ]
