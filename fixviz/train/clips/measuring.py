"""Measure trained models on clips that they did not learn from: how often right, and where they look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fixviz.analysis.target import target_figures
from fixviz.data.masks import MaskedVideo, find_masks, read_masked
from fixviz.data.stored_frames import VideoFacts
from fixviz.data.training_clips import Batch, Draw, TrainingClips
from fixviz.errors import OptionError
from fixviz.model.transformer import VideoTransformer
from fixviz.settings import Settings
from fixviz.train.clips.answers import answer, view_loader

_BATCH = 16


class Masks:
    """Masks of what moves, of those videos that have them, at the size of their kept frames."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Find NAME_mask.mp4 or NAME_mask/*.png in a folder. Raises OptionError where there are none."""
        self.settings = settings
        self._found = find_masks(folder)
        if not self._found:
            raise OptionError(
                f"{folder} holds no masks; they are called NAME_mask.mp4 or NAME_mask/*.png."
            )
        self._read: dict[Path, NDArray[np.float32]] = {}

    def of(self, clips: TrainingClips, draw: Draw) -> NDArray[np.float32] | None:
        """Return the masks [T, H, W] of a draw, 0..1; None for a video without masks."""
        clip, facts = clips.clips[draw.clip]
        drawn = self._found.get(clip.path.stem)
        if drawn is None:
            return None
        if clip.path not in self._read:
            video = MaskedVideo(clip.path.stem, clip.path, drawn)
            self._read[clip.path] = self._masks(video, facts)
        masks = self._read[clip.path]
        numbers = clips.numbers(draw)
        return masks[np.minimum(numbers, len(masks) - 1)]

    def _masks(self, video: MaskedVideo, facts: VideoFacts) -> NDArray[np.float32]:
        settings = replace(self.settings, max_frames=facts.frames)
        return read_masked(video, facts.rate_hz, facts.rate_hz, settings).masks


def measure_clips(
    models: Mapping[str, VideoTransformer],
    clips: TrainingClips,
    part: str,
    *,
    masks: Masks | None = None,
    workers: int = 2,
) -> dict[str, dict[str, Any]]:
    """Return for each model its figures on `clips`, plain JSON; part says which they are.

    Those of Answers.to_dict, with `part`, `videos`, and of the last layer's spatial attention, mean over
    heads, queries, frames and windows, `concentration`. Where there are masks also `mass` on target,
    `uniform` (that of uniform attention), `lift` (mass over uniform), `pointing`, `average_precision` and
    `masked_clips`, the number of clips that are measured so.
    """
    looks = {name: _Look(model, clips, masks) for name, model in models.items()}

    def look(name: str, batch: Batch) -> Tensor:
        return looks[name](batch)

    loader = view_loader(clips, _BATCH, workers)
    answers = answer(models, clips, loader, look=look)
    videos = len({known.clip.path for known in clips.clips})
    return {
        name: {"part": part, "videos": videos}
        | answers[name].to_dict(model.config.class_names)
        | looks[name].figures()
        for name, model in models.items()
    }


class _Look:
    """Run a model on batches and collect where its last spatial attention goes."""

    def __init__(self, model: VideoTransformer, clips: TrainingClips, masks: Masks | None) -> None:
        self.model = model
        self.clips = clips
        self.masks = masks
        self._values: dict[str, list[NDArray[np.float64]]] = {}
        self._masked: set[int] = set()

    def __call__(self, batch: Batch) -> Tensor:
        """Return the logits of a batch."""
        config = self.model.config
        device = next(self.model.parameters()).device
        tokens = self.model.embed(batch.pixels.to(device))
        for block in self.model.walk(tokens):
            tokens, last = block.output, block
        if "spatial" in config.axes:
            masks, masked = self._masks_of(batch)
            figures = target_figures(
                last.attentions["spatial"], config, config.depth - 1, torch.from_numpy(masks)
            )
            there = np.array([draw.clip not in batch.problems for draw in batch.draws])
            self._add("concentration", figures.concentration[there])
            for name, values in (
                ("mass", figures.mass),
                ("uniform", figures.area),
                ("pointing", figures.pointing),
                ("average_precision", figures.average_precision),
            ):
                self._add(name, values[there & masked])
        return self.model.classify(self.model.norm(tokens))

    def _masks_of(self, batch: Batch) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return masks [B, T, H, W], of zeros where a clip has none, and which have one, [B]."""
        size = batch.pixels.shape[:2] + batch.pixels.shape[3:]
        masks, masked = np.zeros(size, np.float32), np.zeros(len(batch.draws), bool)
        for i, draw in enumerate(batch.draws if self.masks is not None else ()):
            assert self.masks is not None
            found = self.masks.of(self.clips, draw)
            if found is None or draw.clip in batch.problems:
                continue
            pixels = torch.from_numpy(found)[:, None]
            resized = torch.nn.functional.interpolate(
                pixels, self.clips.kept_size(draw.clip), mode="area"
            )
            masks[i] = self.clips.drawing.augmentation.test(
                resized, draw.number % self.clips.drawing.augmentation.test_crops
            )[:, 0].numpy()
            masked[i] = True
            self._masked.add(draw.clip)
        return masks, masked

    def _add(self, name: str, values: NDArray[np.float64]) -> None:
        self._values.setdefault(name, []).append(values.ravel())

    def figures(self) -> dict[str, float | int]:
        """Return the means over the frames where each figure is defined."""
        means = {}
        for name, parts in self._values.items():
            joined = np.concatenate(parts)
            defined = joined[~np.isnan(joined)]
            if len(defined):
                means[name] = round(float(defined.mean()), 5)
        if means.get("uniform"):
            means["lift"] = round(means["mass"] / means["uniform"], 5)
            means["masked_clips"] = len(self._masked)
        return means
