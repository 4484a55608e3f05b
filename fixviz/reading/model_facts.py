"""Facts about checkpoints and their configurations; read without torch."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixviz.errors import CheckpointError
from fixviz.model.config import ATTENTION_TITLES, CheckpointInfo, ModelConfig


@dataclass(frozen=True)
class Size:
    """How large a checkpoint is."""

    parameters: int
    file_bytes: int
    """Size of model.safetensors in bytes."""

    @property
    def memory_bytes(self) -> int:
        """Of the weights once loaded, in float32."""
        return 4 * self.parameters


def size(folder: Path) -> Size:
    """Read the size of a checkpoint from the header of model.safetensors alone. Raises CheckpointError."""
    path = folder / "model.safetensors"
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            file_bytes = path.stat().st_size
            if length > file_bytes:
                raise ValueError("the header is longer than the file")
            header = json.loads(file.read(length))
    except (OSError, ValueError, struct.error):
        raise CheckpointError(f"{folder.name}/model.safetensors is missing or damaged.") from None
    parameters = sum(
        math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__"
    )
    return Size(parameters, file_bytes)


def kind(config: ModelConfig) -> str:
    """Name the kind of attention that a model has, in a phrase."""
    parts = [ATTENTION_TITLES[config.attention]]
    if config.fixation != "none":
        shared = " with one projection for both ratios" if config.shared_projection else ""
        parts.append(f"{config.fixation} feature fixation{shared}")
    if config.spatial_shift or config.temporal_shift:
        parts.append("neighborhood association")
    return _listed(parts)


def neighbors(config: ModelConfig) -> str:
    """Name the neighbors that the keys and values read, in a phrase."""
    heard = []
    if config.spatial_shift:
        heard.append("8 grid neighbors")
    if config.temporal_shift:
        heard.append("next and previous frame")
    return _listed(heard).capitalize() if heard else "None"


def facts(config: ModelConfig) -> list[tuple[str, str]]:
    """List the configuration as names and values with units."""
    overlap = " (overlapping)" if config.patch > config.stride else ""
    order = "temporal, then spatial" if config.form == "divided" else "one over the whole clip"
    return [
        ("Attention", f"{config.attention}, {order}"),
        ("Fixation", _fixation(config)),
        ("Neighbors read", neighbors(config).lower()),
        ("Size", f"{config.depth} layers, {config.heads} heads, width {config.dim}"),
        ("Patches", f"{config.patch} px every {config.stride} px{overlap}"),
        (
            "Input",
            f"{config.frames} frames at {config.frame_rate:g} per second, short side {config.image_size} px",
        ),
        ("Classes", str(config.num_classes)),
    ]


def _fixation(config: ModelConfig) -> str:
    if config.fixation == "none":
        return "none"
    each = "both ratios" if config.shared_projection else "each ratio"
    return f"{config.fixation}, one projection for {each}"


def trained_on(info: CheckpointInfo) -> list[str]:
    """Name the presets of the generated clips that a checkpoint was trained on; none where unknown."""
    names: str = _recipe(info).get("preset", "")
    return [name.strip() for name in names.split(",") if name.strip()]


def training(info: CheckpointInfo) -> str | None:
    """Say in a phrase how a checkpoint of `fixviz train` was trained; None for other checkpoints."""
    recipe, steps = _recipe(info), info.extra.get("training", {}).get("steps_done")
    if not recipe or steps is None:
        return None
    presets = trained_on(info)
    data = info.extra["training"].get("data", "their own")
    clips = f"{_listed(presets)} clips" if presets else f"clips of {data}"
    return (
        f"{steps:,} steps of {recipe['batch']} {clips}, recipe {recipe['name']}, "
        f"seed {recipe['seed']}"
    )


def _recipe(info: CheckpointInfo) -> dict[str, Any]:
    recipe: dict[str, Any] = info.extra.get("training", {}).get("recipe", {})
    return recipe


def amount(number: float) -> str:
    """Write an amount of bytes, such as "512 MB" (10**6 bytes) or "1.3 GB"."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6)):
        if number >= scale:
            return (
                f"{number / scale:,.1f} {unit}"
                if number < 10 * scale
                else f"{number / scale:,.0f} {unit}"
            )
    return f"{number / 1e3:,.0f} kB"


def _listed(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
