"""What the start page shows of the run that comes with fixviz: three models' maps, and what they did."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.window_truth import window_classes
from fixviz.course import shipped
from fixviz.course.moment import MODELS
from fixviz.errors import StorageError
from fixviz.media.encode import encode_image
from fixviz.media.overlay import overlay
from fixviz.reading.opening_frame import opening_frame
from fixviz.reading.run import StoredRun, patch_size

_AXIS = "spatial"


@dataclass(frozen=True)
class ModelPicture:
    """One model on the clip."""

    name: str
    maps: str
    """Attention that each patch receives, last layer, mean of heads, [N, h, w]: float16 in base64."""
    poster: str
    """The first frame under its map, as a data URL: what the browser shows before its modules have run."""
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
    range: tuple[float, float]
    """Least and largest value of the colors, the same for all models."""
    overlay: float
    """Opacity of the maps, 0 to 1."""
    models: tuple[ModelPicture, ...]

    @property
    def patches(self) -> int:
        """Number of patches of a frame."""
        return int(self.grid["rows"] * self.grid["columns"])


_LUMINANCE = np.array([0.3, 0.59, 0.11])
"""Weights of red, green and blue in the gray of a canvas (W3C Compositing, "saturation")."""
_OVERLAY = 0.6
_TOP = 0.998
"""Share of the values that the colors tell apart, as in the player: one extreme patch darkens no others."""


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
    first = opening_frame(manifest)
    maps = {name: _maps(run, name) for name in MODELS}
    # One range of colors for all three, so that a model that looks everywhere shines nowhere.
    values = np.sort(np.concatenate([m.ravel() for m in maps.values()]))
    high = float(values[min(len(values) - 1, int(_TOP * len(values)))])
    return LivingPicture(
        display=manifest["display"],
        grid=entry["grid"],
        frames=tuple(manifest["files"][f"frame/{f:04d}"]["sha"] for f in range(run.frames)),
        times=tuple(run.times),
        first=first,
        window_frames=int(entry["windows"]["frames"]),
        range=(0.0, high),
        overlay=_OVERLAY,
        models=tuple(_model(run, name, maps[name], first, high) for name in MODELS),
    )


def _maps(run: StoredRun, name: str) -> NDArray[np.float16]:
    received = run.array(f"{name}/{_AXIS}/attention_received/source")[-1].astype(np.float32)
    return np.asarray(received.mean(axis=0), dtype="<f2")


def _model(
    run: StoredRun, name: str, maps: NDArray[np.float16], first: int, high: float
) -> ModelPicture:
    entry = run.model(name)
    support = run.rows_measure(name, _AXIS, "effective_support")[-1].mean(axis=0)
    answers = [entry["classes"][int(np.argmax(p))] for p in entry["probabilities"]]
    shown = window_classes(run.manifest, entry)
    asked = [(answer, truth) for answer, truth in zip(answers, shown, strict=True) if truth]
    return ModelPicture(
        name=name,
        maps=base64.b64encode(maps.tobytes()).decode("ascii"),
        poster=_poster(run.frame_image(first), maps[first] / high, *patch_size(entry)),
        looks_at=round(float(np.median(support))),
        right=sum(answer == truth for answer, truth in asked),
        asked=len(asked),
    )


def _poster(
    frame: NDArray[np.uint8], values: NDArray[np.floating], cell_height: float, cell_width: float
) -> str:
    gray = (frame @ _LUMINANCE).round().astype(np.uint8)
    drawn = overlay(np.stack([gray] * 3, -1)[None], values[None], cell_height, cell_width, _OVERLAY)
    return "data:image/webp;base64," + base64.b64encode(encode_image(drawn[0])).decode("ascii")
