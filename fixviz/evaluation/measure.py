"""Measure a model: how often it is right, where its attention goes, what one clip costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.analysis.target import TargetFigures, target_figures
from fixviz.evaluation.accuracy import BATCH, Tally, frame_size, unseen_clips
from fixviz.evaluation.cost import measure_cost
from fixviz.evaluation.intervals import mean_over_clips, wilson_interval
from fixviz.evaluation.multiply_adds import multiply_adds
from fixviz.evaluation.results import pack_answers, pack_hits
from fixviz.model.transformer import VideoTransformer

FIGURES = tuple(f.name for f in fields(TargetFigures))
"""Names of the figures of each layer (see TargetFigures), averaged over heads, queries and frames."""


class _LayerFigures:
    """Collect the figures of one layer over batches, one value for each clip and frame."""

    def __init__(self) -> None:
        self._values: dict[str, list[NDArray[np.float64]]] = {name: [] for name in FIGURES}

    def add(self, figures: TargetFigures, count: int) -> None:
        for name, values in self._values.items():
            values.append(getattr(figures, name)[:count])

    def means(self) -> dict[str, Any]:
        """Return the mean of each figure over the frames where it is defined; None where it never is.

        `frames` counts all frames, `target_frames` those in which the target can be seen. `intervals` has
        the ends of the mean's 95 % interval over clips, by name of the figure.
        """
        joined = {name: np.concatenate(values) for name, values in self._values.items()}
        means: dict[str, Any] = {}
        intervals: dict[str, list[float]] = {}
        for name, values in joined.items():
            defined = values[~np.isnan(values)]
            means[name] = round(float(defined.mean()), 5) if len(defined) else None
            counts = (~np.isnan(values)).sum(1).astype(np.float64)
            found = mean_over_clips(np.nansum(values, 1), counts)
            if found is not None and found.low is not None and found.high is not None:
                intervals[name] = [round(found.low, 5), round(found.high, 5)]
        means["frames"] = joined["concentration"].size
        means["target_frames"] = int((~np.isnan(joined["mass"])).sum())
        means["intervals"] = intervals
        return means


@torch.inference_mode()
def measure(
    model: VideoTransformer,
    preset: str = "standard",
    clips: int = 600,
    seed: int = 0,
    resolution: int | tuple[int, int] | None = None,
    *,
    attention_clips: int | None = None,
    known_cost: dict[str, Any] | None = None,
    step: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """Return all figures of `model` on `clips` generated clips from seeds outside training.

    The attention figures take the first `attention_clips` of them (all by default) and count mass
    by source, as fixviz.analysis.target defines it. known_cost: cost that was measured before, which is
    taken instead of measuring it. `step` is called with the number of clips done.
    The values are plain JSON: those of `evaluate`, frames of a clip, accuracy_low and accuracy_high (95 %
    Wilson interval), hits, labels and answers (what each clip shows, and what the model says of it),
    attention_clips, layers (one dict of FIGURES and their intervals each, for a model with spatial
    attention), parameters, multiply_adds of one clip, and cost. Raises OptionError for a model with other
    classes, or no clips.
    """
    height, width = frame_size(model, resolution)
    wanted = clips if attention_clips is None else min(clips, attention_clips)
    spatial = "spatial" in model.config.axes
    tally = Tally()
    layers = [_LayerFigures() for _ in range(model.config.depth if spatial and wanted else 0)]
    was_training = model.training
    model.eval()
    done = 0
    for drawn in unseen_clips(model, preset, clips, seed, resolution):
        count = min(BATCH, clips - done)
        looked_at = max(0, min(count, wanted - done))
        tokens = model.embed((drawn.pixels[:count] - 0.5) / 0.5)
        for index, block in enumerate(model.walk(tokens)):
            tokens = block.output
            if layers and looked_at:
                figures = target_figures(
                    block.attentions["spatial"], model.config, index, drawn.target_mask[:count]
                )
                layers[index].add(figures, looked_at)
        tally.add(model.classify(model.norm(tokens)), drawn.labels[:count])
        done += count
        step(done)
    low, high = wilson_interval(float(tally.right.sum()), clips)
    cost = known_cost or measure_cost(model, height, width).to_dict()
    model.train(was_training)
    return {
        "preset": preset,
        "clips": clips,
        "seed": seed,
        "frames": model.config.frames,
        "height": height,
        "width": width,
        **tally.results(),
        "accuracy_low": round(low, 4),
        "accuracy_high": round(high, 4),
        "hits": pack_hits(tally.hits),
        "labels": pack_answers(tally.labels),
        "answers": pack_answers(tally.answers),
        "attention_clips": wanted if layers else 0,
        "layers": [layer.means() for layer in layers],
        "parameters": sum(p.numel() for p in model.parameters()),
        "multiply_adds": multiply_adds(model, height, width),
        "cost": cost,
    }
