"""Give a trained network other classes: all it learned stays, only what names the classes is new."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import nn

from fixviz.errors import ConfigError
from fixviz.model.transformer import VideoTransformer


def with_new_classes(
    model: VideoTransformer, class_names: Sequence[str], *, seed: int = 0
) -> VideoTransformer:
    """Return a copy of `model` that tells `class_names` apart, in that order.

    The copy has a new last layer, [classes, head_hidden], drawn as torch draws a linear layer and from
    `seed` alone; every other weight, and device, dtype and mode, are the model's own. The model itself
    is not touched, nor is torch's random state. Raises ConfigError for no class or for two equal names.
    """
    names = tuple(class_names)
    if not names or len(set(names)) < len(names):
        raise ConfigError(f"class_names={list(names)} must be one name or more, each of them once.")
    copied = copy.deepcopy(model)
    copied.config = replace(model.config, num_classes=len(names), class_names=names)
    old: nn.Linear = copied.head[-1]  # type: ignore[assignment]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        new = nn.Linear(old.in_features, len(names))
    copied.head[-1] = new.to(old.weight).train(old.training)
    return copied
