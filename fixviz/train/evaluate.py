"""How well a model tells the classes of clips it has never seen."""

from __future__ import annotations

from typing import Any

import torch

from fixviz.data.classes import CLASSES
from fixviz.data.generate import generate
from fixviz.errors import OptionError
from fixviz.model.transformer import VideoTransformer

_UNSEEN = 2**56
"""Training seeds lie below: 2**36 for each of at most 2**20 runs."""
_BATCH = 30


def unseen_seed(seed: int, batch: int) -> int:
    """The generator's seed of one evaluation batch, outside of every training run's."""
    return _UNSEEN + seed * 2**20 + batch


@torch.inference_mode()
def evaluate(
    model: VideoTransformer,
    preset: str = "standard",
    clips: int = 600,
    seed: int = 0,
    resolution: int | tuple[int, int] | None = None,
) -> dict[str, Any]:
    """Accuracy on generated clips from seeds outside training.

    `resolution` is the side in pixels or (height, width); by default the model's own. Returns
    preset, clips, seed, height, width, accuracy (0..1) and class_accuracy {class: 0..1}. Raises
    OptionError for a model with other classes.
    """
    config = model.config
    if config.class_names != CLASSES:
        raise OptionError(
            "This model has other classes than the generated clips, so it cannot be evaluated on"
            " them; use a checkpoint that was trained on generated clips."
        )
    if clips < 1:
        raise OptionError(f"{clips} clips cannot be evaluated; take at least 1.")
    size = resolution or config.image_size
    height, width = size if isinstance(size, tuple) else (size, size)
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    right = torch.zeros(len(CLASSES))
    seen = torch.zeros(len(CLASSES))
    for batch in range(-(-clips // _BATCH)):
        count = min(_BATCH, clips - batch * _BATCH)
        drawn = generate(
            _BATCH,
            unseen_seed(seed, batch),
            preset,
            frames=config.frames,
            height=height,
            width=width,
            device=device,
        )
        logits = model((drawn.pixels[:count] - 0.5) / 0.5)
        labels = drawn.labels[:count].cpu()
        hit = (logits.argmax(-1).cpu() == labels).float()
        right += torch.bincount(labels, weights=hit, minlength=len(CLASSES))
        seen += torch.bincount(labels, minlength=len(CLASSES))
    model.train(was_training)
    each = {
        name: round(float(right[i] / seen[i]), 4) for i, name in enumerate(CLASSES) if seen[i] > 0
    }
    return {
        "preset": preset,
        "clips": clips,
        "seed": seed,
        "height": height,
        "width": width,
        "accuracy": round(float(right.sum() / seen.sum()), 4),
        "class_accuracy": each,
    }
