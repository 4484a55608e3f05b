"""What the start page shows of the run that comes with fixviz: three models' maps, and what they did."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from fixviz.analysis.window_truth import window_classes
from fixviz.course import shipped
from fixviz.course.moment import MODELS
from fixviz.errors import StorageError
from fixviz.reading.opening_frame import opening_frame
from fixviz.reading.run import StoredRun

_AXIS = "spatial"


@dataclass(frozen=True)
class ModelPicture:
    """One model on the clip."""

    name: str
    maps: str
    """Attention that each patch receives, last layer, mean of heads, [N, h, w]: float16 in base64."""
    looks_at: int
    """Effective support of its rows, mean of heads, median over the frames, in patches."""
    right: int
    """Windows whose motion it names right."""
    asked: int
    """Windows that show a motion."""


@dataclass(frozen=True)
class LivingPicture:
    """All that the picture is drawn from."""

    display: Mapping[str, int]
    grid: Mapping[str, Any]
    frames: tuple[str, ...]
    """SHA-256 of the picture of each analyzed frame."""
    times: tuple[float, ...]
    """When each begins, in seconds."""
    first: int
    """The frame that is shown first."""
    window_frames: int
    models: tuple[ModelPicture, ...]

    @property
    def patches(self) -> int:
        """Number of patches of a frame."""
        return int(self.grid["rows"] * self.grid["columns"])


@cache
def living_picture() -> LivingPicture | None:
    """Return the picture; None where the run is missing or cannot be read."""
    try:
        run = shipped.run()
        return _picture(run)
    except (StorageError, KeyError):
        return None


def _picture(run: StoredRun) -> LivingPicture:
    manifest = run.manifest
    entry = run.model(MODELS[0])
    return LivingPicture(
        display=manifest["display"],
        grid=entry["grid"],
        frames=tuple(manifest["files"][f"frame/{f:04d}"]["sha"] for f in range(run.frames)),
        times=tuple(run.times),
        first=opening_frame(manifest),
        window_frames=int(entry["windows"]["frames"]),
        models=tuple(_model(run, name) for name in MODELS),
    )


def _model(run: StoredRun, name: str) -> ModelPicture:
    entry = run.model(name)
    received = run.array(f"{name}/{_AXIS}/attention_received/source")[-1].astype(np.float32)
    maps = received.mean(axis=0).astype("<f2")
    support = run.rows_measure(name, _AXIS, "effective_support")[-1].mean(axis=0)
    answers = [entry["classes"][int(np.argmax(p))] for p in entry["probabilities"]]
    shown = window_classes(run.manifest, entry)
    asked = [(answer, truth) for answer, truth in zip(answers, shown, strict=True) if truth]
    return ModelPicture(
        name=name,
        maps=base64.b64encode(maps.tobytes()).decode("ascii"),
        looks_at=round(float(np.median(support))),
        right=sum(answer == truth for answer, truth in asked),
        asked=len(asked),
    )
