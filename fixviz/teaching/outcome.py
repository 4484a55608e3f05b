"""What a training wrote: the curve of each model while it learns, then its answers and its maps.

home/teaching/<id>/training/progress.json             curves, one of each model
home/teaching/<id>/training/outcome.json              written last: who answered what
home/teaching/<id>/training/models/<model>/           checkpoint folders like the shipped ones
home/teaching/<id>/training/maps/<model>-<clip>.npy   attention received, [frames, h, w]
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.store.files import write_atomic

FOLDER: Final = "training"
PROGRESS, _OUTCOME = "progress.json", "outcome.json"


@dataclass(frozen=True)
class CurvePoint:
    """Where a model stands after some steps; see fixviz.teaching.learning.Point."""

    step: int
    seconds: float
    loss: float
    learned: float
    held_out: float


@dataclass(frozen=True)
class Answer:
    """What one model answers for one clip."""

    clip: str
    probabilities: tuple[float, ...]
    """One for each class, summing to 1."""

    @property
    def best(self) -> int:
        """Number of the class with the highest probability; the first where two tie."""
        return int(np.argmax(self.probabilities))


@dataclass(frozen=True)
class ModelOutcome:
    """What one model has learned."""

    name: str
    """Name of the shipped checkpoint that it started from."""
    title: str
    seconds: float
    steps: int
    curve: tuple[CurvePoint, ...]
    answers: tuple[Answer, ...]
    """For the held-out clips."""


@dataclass(frozen=True)
class Outcome:
    """What came of one training."""

    class_names: tuple[str, ...]
    labels: Mapping[str, int]
    """Number of the true class of each clip that took part, by its id."""
    held_out: tuple[str, ...]
    """Ids of the clips that nothing was learned from."""
    models: tuple[ModelOutcome, ...]
    stride: int = 8
    """Distance of patch centers, and short side of the frames, in model pixels: where maps belong."""
    image_size: int = 64
    tried: Mapping[str, Sequence[Answer]] = field(default_factory=dict)
    """For clips that were tried afterwards: the answers in the order of the models, by the clip's id."""

    def confusion(self, model: ModelOutcome) -> NDArray[np.int64]:
        """Return counts of held-out clips [true class, answered class]."""
        counts = np.zeros((len(self.class_names),) * 2, np.int64)
        for given in model.answers:
            counts[self.labels[given.clip], given.best] += 1
        return counts

    def right(self, model: ModelOutcome) -> int:
        """Return how many of the held-out clips the model names correctly."""
        return int(np.trace(self.confusion(model)))


def write_progress(
    folder: Path, curves: Mapping[str, Sequence[CurvePoint]], planned: Mapping[str, int]
) -> None:
    """Write the curves so far, and the number of steps planned of each model. Raises OSError."""
    values = {name: [asdict(point) for point in curve] for name, curve in curves.items()}
    write_atomic(
        folder / PROGRESS, json.dumps({"curves": values, "planned": dict(planned)}).encode()
    )


def read_progress(folder: Path) -> tuple[dict[str, tuple[CurvePoint, ...]], dict[str, int]]:
    """Return curves and planned steps by model; empty before there are any."""
    try:
        values = json.loads((folder / PROGRESS).read_bytes())
        curves = {
            name: tuple(CurvePoint(**point) for point in curve)
            for name, curve in values["curves"].items()
        }
        return curves, {name: int(steps) for name, steps in values["planned"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}


def write_outcome(folder: Path, outcome: Outcome) -> None:
    """Write the outcome of a training. Raises OSError."""
    write_atomic(
        folder / _OUTCOME, json.dumps(asdict(outcome), ensure_ascii=False, indent=1).encode()
    )


def read_outcome(folder: Path) -> Outcome | None:
    """Return the outcome of the last training that went to its end; None without one."""
    try:
        return _decoded(json.loads((folder / _OUTCOME).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def checkpoint_folder(folder: Path, model: str) -> Path:
    """Return the checkpoint folder of a model that was taught."""
    return folder / "models" / model


def map_file(folder: Path, model: str, clip: str) -> Path:
    """Return the file with a model's map of a clip."""
    return folder / "maps" / f"{model}-{clip}.npy"


def read_map(folder: Path, model: str, clip: str) -> NDArray[np.float32] | None:
    """Return attention received [frames, h, w], 1 for as much as under uniform attention; None without it."""
    try:
        found: NDArray[np.float32] = np.load(map_file(folder, model, clip))
    except (OSError, ValueError):
        return None
    return found


def _decoded(values: dict[str, Any]) -> Outcome:
    return Outcome(
        class_names=tuple(values["class_names"]),
        labels={str(clip): int(label) for clip, label in values["labels"].items()},
        held_out=tuple(values["held_out"]),
        models=tuple(
            ModelOutcome(
                name=one["name"],
                title=one["title"],
                seconds=float(one["seconds"]),
                steps=int(one["steps"]),
                curve=tuple(CurvePoint(**point) for point in one["curve"]),
                answers=_answers(one["answers"]),
            )
            for one in values["models"]
        ),
        stride=int(values["stride"]),
        image_size=int(values["image_size"]),
        tried={clip: _answers(given) for clip, given in values["tried"].items()},
    )


def _answers(values: Sequence[dict[str, Any]]) -> tuple[Answer, ...]:
    return tuple(Answer(str(one["clip"]), tuple(one["probabilities"])) for one in values)
