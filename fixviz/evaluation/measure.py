"""Measure a model: how often it is right, where its attention goes, what one clip costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.analysis.target import TargetFigures, target_figures
from fixviz.evaluation.accuracy import BATCH, Tally, frame_size, unseen_clips
from fixviz.evaluation.cost import measure_cost
from fixviz.evaluation.results import Z95, pack_hits
from fixviz.model.transformer import VideoTransformer

FIGURES = tuple(f.name for f in fields(TargetFigures))
"""Names of the figures of each layer (see TargetFigures), averaged over heads, queries and frames."""


def wilson_interval(right: float, total: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share: `right` answers out of `total`."""
    share, z2 = right / total, Z95**2
    center = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    # When none or all are right, one end is the share itself; rounding misses it by the last bit.
    return max(0.0, min(center - half, share)), min(1.0, max(center + half, share))


class _LayerFigures:
    """Collect the figures of one layer over batches, one value for each frame."""

    def __init__(self) -> None:
        self._values: dict[str, list[NDArray[np.float64]]] = {name: [] for name in FIGURES}

    def add(self, figures: TargetFigures, count: int) -> None:
        for name, values in self._values.items():
            values.append(getattr(figures, name)[:count].ravel())

    def means(self) -> dict[str, float | int | None]:
        """Return the mean of each figure over the frames where it is defined; None where it never is.

        `frames` counts all frames, `target_frames` those in which the target can be seen.
        """
        joined = {name: np.concatenate(values) for name, values in self._values.items()}
        means: dict[str, float | int | None] = {}
        for name, values in joined.items():
            defined = values[~np.isnan(values)]
            means[name] = round(float(defined.mean()), 5) if len(defined) else None
        means["frames"] = len(joined["concentration"])
        means["target_frames"] = int((~np.isnan(joined["mass"])).sum())
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
    step: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """Return all figures of `model` on `clips` generated clips from seeds outside training.

    The attention figures take the first `attention_clips` of them (all by default) and count mass
    by source, as fixviz.analysis.target defines it. `step` is called with the number of clips done.
    The values are plain JSON: those of `evaluate`, accuracy_low and accuracy_high (95 % Wilson
    interval), hits, attention_clips, layers (one dict of FIGURES each, for a model with spatial
    attention), parameters and cost. Raises OptionError for a model with other classes, or no clips.
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
    cost = measure_cost(model, height, width).to_dict()
    model.train(was_training)
    return {
        "preset": preset,
        "clips": clips,
        "seed": seed,
        "height": height,
        "width": width,
        **tally.results(),
        "accuracy_low": round(low, 4),
        "accuracy_high": round(high, 4),
        "hits": pack_hits(tally.hits),
        "attention_clips": wanted if layers else 0,
        "layers": [layer.means() for layer in layers],
        "parameters": sum(p.numel() for p in model.parameters()),
        "cost": cost,
    }
