"""Read the config.json of a loaded checkpoint, and refuse what this installation cannot run."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

from fixviz.errors import CheckpointError, ConfigError
from fixviz.model.config import ModelConfig
from fixviz.model.plain_text import read_json
from fixviz.model.quoting import one_line, quoted
from fixviz.own_models.unpacking import HandedIn
from fixviz.settings import Settings

LONGEST_TITLE = 60
LONGEST_NOTE = 300
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
# Characters that would format a shown title.
_FORMATTING = re.compile(r"[*_`\[\]<>$\\~|#]")


def check_config(config: ModelConfig, settings: Settings) -> None:
    """Raise ConfigError, naming the field, for a model that this installation cannot analyze."""
    for name, most in _MOST.items():
        value = getattr(config, name)
        if value > most:
            raise ConfigError(
                f"{name}={quoted(value)} is above {most}, the most that fixviz loads."
            )
    if config.frames > settings.max_frames:
        raise ConfigError(
            f"frames={quoted(config.frames)} is more than one run may analyze "
            f"({settings.max_frames}); raise FIXVIZ_MAX_FRAMES."
        )
    if config.frame_rate > _MOST_RATE_HZ:
        raise ConfigError(
            f"frame_rate={quoted(config.frame_rate)} is above {_MOST_RATE_HZ:g} per second."
        )
    side = config.image_size // config.stride + 1
    if side < _LEAST_PATCHES:
        raise ConfigError(
            f"image_size={config.image_size} and stride={config.stride} give {side} x "
            f"{side} patches; at least {_LEAST_PATCHES} x {_LEAST_PATCHES} are needed."
        )
    if side > _MOST_PATCHES:
        raise ConfigError(
            f"image_size={config.image_size} and stride={config.stride} give {side} x "
            f"{side} patches; at most {_MOST_PATCHES} x {_MOST_PATCHES} can be analyzed."
        )
    for number, name in enumerate(config.class_names):
        if not 0 < len(name) <= _LONGEST_CLASS:
            raise ConfigError(
                f"class_names[{number}] must be text of 1 to {_LONGEST_CLASS} characters."
            )
        if not name.isprintable():
            raise ConfigError(f"class_names[{number}] holds characters that cannot be shown.")


def clean_title(text: str, longest: int = LONGEST_TITLE) -> str:
    """Return the text in one line and without formatting, for headings and tables."""
    return " ".join(_FORMATTING.sub(" ", one_line(text)).split())[:longest].strip()


def read_fields(file: HandedIn) -> dict[str, Any]:
    """Return the content of a configuration's file: {"title": ..., "note": ..., "config": {...}, ...}.

    A file that holds nothing but the fields of the configuration is read too. Raises CheckpointError that
    names the file.
    """
    values = read_json(Path(file.path).read_bytes(), file.name)
    if not isinstance(values, dict):
        raise CheckpointError(f"{file.name} must hold one JSON object.")
    known = {field.name for field in dataclasses.fields(ModelConfig)}
    if "config" not in values and values.keys() & known:
        values = {"config": values}
    if not isinstance(values.get("config"), dict):
        raise CheckpointError(
            f'{file.name} has no "config", the object with the model\'s fields (dim, depth, heads, ...).'
        )
    for name in ("title", "note"):
        if not isinstance(values.get(name, ""), str):
            raise CheckpointError(
                f'{file.name}: "{name}" must be text, not {quoted(values[name])}.'
            )
    return values
