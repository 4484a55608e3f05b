"""Cards of the checkpoints, in words and numbers; read without torch."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable
from pathlib import Path

from fixviz.errors import CheckpointError
from fixviz.model.config import ModelConfig


def parameter_count(folder: Path) -> int:
    """Number of weights in model.safetensors, from its header alone. Raises CheckpointError."""
    path = folder / "model.safetensors"
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
    except (OSError, ValueError, struct.error):
        raise CheckpointError(f"{folder.name}/model.safetensors is missing or damaged.") from None
    return sum(
        math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__"
    )


def kind(config: ModelConfig) -> str:
    """What kind of attention a model has, in a phrase."""
    attention = {"softmax": "Softmax attention", "linear": "Linear attention"}[config.attention]
    parts = [attention]
    if config.fixation != "none":
        parts.append(f"{config.fixation} feature fixation")
    if config.spatial_shift or config.temporal_shift:
        parts.append("neighborhood association")
    return _listed(parts)


def neighbors(config: ModelConfig) -> str:
    """Which neighbors the keys and values hear, in a phrase."""
    heard = []
    if config.spatial_shift:
        heard.append("8 grid neighbors")
    if config.temporal_shift:
        heard.append("next and previous frame")
    return _listed(heard).capitalize() if heard else "None"


def facts(config: ModelConfig) -> list[tuple[str, str]]:
    """The configuration as names and values with units."""
    overlap = " (overlapping)" if config.patch > config.stride else ""
    order = "temporal, then spatial" if config.form == "divided" else "one over the whole clip"
    return [
        ("Attention", f"{config.attention}, {order}"),
        ("Fixation", "none" if config.fixation == "none" else config.fixation),
        ("Neighbors heard", neighbors(config).lower()),
        ("Size", f"{config.depth} layers, {config.heads} heads, width {config.dim}"),
        ("Patches", f"{config.patch} px every {config.stride} px{overlap}"),
        (
            "Input",
            f"{config.frames} frames at {config.frame_rate:g} per second, short side {config.image_size} px",
        ),
        ("Classes", str(config.num_classes)),
    ]


def _listed(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
