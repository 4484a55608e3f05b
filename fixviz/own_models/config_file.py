"""Read the config.json of a loaded checkpoint, and refuse what this installation cannot run."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

from fixviz.errors import CheckpointError
from fixviz.model.config import ModelConfig
from fixviz.settings import Settings

LONGEST_TITLE = 60
_LONGEST_CLASS = 200
_MOST = {
    "dim": 4096,
    "depth": 96,
    "heads": 128,
    "mlp_ratio": 16,
    "head_hidden": 16_384,
    "num_classes": 50_000,
    "patch": 256,
    "stride": 256,
    "image_size": 1024,
}
_MOST_RATE_HZ = 240.0
_LEAST_PATCHES = 3
_MOST_PATCHES = 100
# Characters that would format a shown title, or break its line.
_FORMATTING = re.compile(r"[*_`\[\]<>$\\~|#\x00-\x1f\x7f]")


def check_config(config: ModelConfig, settings: Settings) -> None:
    """Raise CheckpointError, naming the field, for a model that this installation cannot analyze."""
    for name, most in _MOST.items():
        if getattr(config, name) > most:
            raise CheckpointError(
                f"config.json: {name}={getattr(config, name)} is above {most}, the most that fixviz loads."
            )
    if config.frames > settings.max_frames:
        raise CheckpointError(
            f"config.json: frames={config.frames} is more than one run may analyze "
            f"({settings.max_frames}); raise FIXVIZ_MAX_FRAMES."
        )
    if config.frame_rate > _MOST_RATE_HZ:
        raise CheckpointError(
            f"config.json: frame_rate={config.frame_rate:g} is above {_MOST_RATE_HZ:g} per second."
        )
    side = config.image_size // config.stride + 1
    if side < _LEAST_PATCHES:
        raise CheckpointError(
            f"config.json: image_size={config.image_size} and stride={config.stride} give {side} x "
            f"{side} patches; at least {_LEAST_PATCHES} x {_LEAST_PATCHES} are needed."
        )
    if side > _MOST_PATCHES:
        raise CheckpointError(
            f"config.json: image_size={config.image_size} and stride={config.stride} give {side} x "
            f"{side} patches; at most {_MOST_PATCHES} x {_MOST_PATCHES} can be analyzed."
        )
    for number, name in enumerate(config.class_names):
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_CLASS:
            raise CheckpointError(
                f"config.json: class_names[{number}] must be text of 1 to {_LONGEST_CLASS} characters."
            )
        if not name.isprintable():
            raise CheckpointError(
                f"config.json: class_names[{number}] holds characters that cannot be shown."
            )


def clean_title(text: object, longest: int = LONGEST_TITLE) -> str:
    """Return the text in one line and without formatting, for headings and tables."""
    return " ".join(_FORMATTING.sub(" ", str(text)).split())[:longest].strip()


def read_fields(path: Path) -> dict[str, Any]:
    """Return the content of config.json: {"title": ..., "config": {...}}.

    A file that holds nothing but the fields of the configuration is read too. Raises CheckpointError.
    """
    try:
        values = json.loads(
            path.read_bytes()
        )  # From bytes, json skips the byte order mark of Windows.
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"config.json cannot be read as JSON ({error}).") from None
    if not isinstance(values, dict):
        raise CheckpointError("config.json must hold one JSON object.")
    known = {field.name for field in dataclasses.fields(ModelConfig)}
    if "config" not in values and values.keys() & known:
        values = {"config": values}
    if not isinstance(values.get("config"), dict):
        raise CheckpointError(
            'config.json has no "config", the object with the model\'s fields (dim, depth, heads, ...).'
        )
    return values
