"""Measure how often a model names the class of clips that it has never seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from fixviz.data.classes import CLASSES
from fixviz.data.generate import GeneratedBatch, generate
from fixviz.errors import OptionError
from fixviz.model.transformer import VideoTransformer

_UNSEEN = 2**56
"""First seed of evaluation. Those of training are smaller: 2**36 for each of at most 2**20 runs."""
BATCH = 30
"""Clips of one evaluation batch: two of each class."""


def unseen_seed(seed: int, batch: int) -> int:
    """Return the generator's seed of one evaluation batch, which no training run uses."""
    return _UNSEEN + seed * 2**20 + batch


def frame_size(
    model: VideoTransformer, resolution: int | tuple[int, int] | None
) -> tuple[int, int]:
    """Return (height, width) for a side in pixels, for (height, width), or for the model's own size."""
    size = resolution or model.config.image_size
    return size if isinstance(size, tuple) else (size, size)


def unseen_clips(
    model: VideoTransformer,
    preset: str,
    clips: int,
    seed: int,
    resolution: int | tuple[int, int] | None,
) -> Iterator[GeneratedBatch]:
    """Yield batches of BATCH clips for `model`, on its device, until there are at least `clips`.

    Raises OptionError for a model with other classes, no clips, or a seed outside 0..2**42.
    """
    if model.config.class_names != CLASSES:
        raise OptionError(
            "This model has other classes than the generated clips, so it cannot be evaluated on"
            " them; use a checkpoint that was trained on generated clips."
        )
    if clips < 1:
        raise OptionError(f"{clips} clips cannot be evaluated; take at least 1.")
    if not 0 <= seed < 2**42:
        raise OptionError(f"The seed {seed} is out of range; take one from 0 to 2**42 - 1.")
    height, width = frame_size(model, resolution)
    device = next(model.parameters()).device
    for batch in range(-(-clips // BATCH)):
        yield generate(
            BATCH,
            unseen_seed(seed, batch),
            preset,
            frames=model.config.frames,
            height=height,
            width=width,
            device=device,
        )


class Tally:
    """Count right answers per class, and remember what was said of each clip."""

    def __init__(self) -> None:
        self.right = torch.zeros(len(CLASSES))
        self.seen = torch.zeros(len(CLASSES))
        self.hits: list[bool] = []
        self.labels: list[int] = []
        self.answers: list[int] = []

    def add(self, logits: torch.Tensor, labels: torch.Tensor) -> None:
        """Count answers [B, classes] against labels [B]."""
        labels, said = labels.cpu(), logits.argmax(-1).cpu()
        hit = (said == labels).float()
        self.right += torch.bincount(labels, weights=hit, minlength=len(CLASSES))
        self.seen += torch.bincount(labels, minlength=len(CLASSES))
        self.hits += hit.bool().tolist()
        self.labels += labels.tolist()
        self.answers += said.tolist()

    def results(self) -> dict[str, Any]:
        """Return accuracy (0..1) and class_accuracy {class: 0..1} of the classes that occurred."""
        return {
            "accuracy": round(float(self.right.sum() / self.seen.sum()), 4),
            "class_accuracy": {
                name: round(float(self.right[i] / self.seen[i]), 4)
                for i, name in enumerate(CLASSES)
                if self.seen[i] > 0
            },
        }


@torch.inference_mode()
def evaluate(
    model: VideoTransformer,
    preset: str = "standard",
    clips: int = 600,
    seed: int = 0,
    resolution: int | tuple[int, int] | None = None,
) -> dict[str, Any]:
    """Measure accuracy on generated clips from seeds outside training.

    `resolution` is the side in pixels or (height, width); by default the model's own. Returns
    preset, clips, seed, height, width, accuracy (0..1) and class_accuracy {class: 0..1}. Raises
    OptionError for a model with other classes.
    """
    height, width = frame_size(model, resolution)
    tally = Tally()
    was_training = model.training
    model.eval()
    left = clips
    for drawn in unseen_clips(model, preset, clips, seed, resolution):
        count = min(BATCH, left)
        left -= count
        tally.add(model((drawn.pixels[:count] - 0.5) / 0.5), drawn.labels[:count])
    model.train(was_training)
    return {
        "preset": preset,
        "clips": clips,
        "seed": seed,
        "height": height,
        "width": width,
        **tally.results(),
    }
