"""What of a run the page looks at: one layer of a model that hears neighbors, in all its attentions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.model.config import ModelConfig
from fixviz.model.directions import Direction, HeadFold, head_folds
from fixviz.reading.run import StoredRun

HEARS = {
    "temporal": "temporal attention, which reads the 8 grid neighbors",
    "spatial": "spatial attention, which reads the next and the previous frame",
}


@dataclass(frozen=True)
class Arm:
    """One direction of the compass, and where its values are."""

    axis: str
    direction: Direction
    place: int
    """Among the directions of its axis."""
    heads: tuple[int, ...]
    """Heads that hold it in the layer in view; empty when the layer does not shift."""


@dataclass(frozen=True)
class View:
    """One layer of one model, one frame, and one of the two ratios."""

    run: StoredRun
    entry: dict[str, Any]
    layer: int
    frame: int
    which: str
    """Whose ratio: "query" or "key"."""

    @property
    def model(self) -> str:
        """Name of the model in the run."""
        return str(self.entry["name"])

    @property
    def config(self) -> ModelConfig:
        """The model's configuration."""
        return ModelConfig.from_dict(self.entry["config"])

    @property
    def fixed(self) -> bool:
        """Whether the model has feature fixation, so that neighbors have a part in its ratios."""
        return bool(self.entry["fixation"] != "none")

    def table(self, axis: str) -> tuple[HeadFold, ...]:
        """The (head, direction, channels) table of an attention of this layer."""
        return head_folds(self.config, axis, self.layer)  # type: ignore[arg-type]

    def arms(self) -> Iterator[Arm]:
        """The directions of all attentions in the order of the run's arrays."""
        for axis, heard in self.entry["neighbors"].items():
            table = self.table(axis)
            for place, row in enumerate(heard):
                direction = Direction(row["dt"], row["dy"], row["dx"], row["label"])
                heads = tuple(sorted({r.head for r in table if r.direction == direction}))
                yield Arm(axis, direction, place, heads)

    def has(self, quantity: str) -> bool:
        """Whether the run holds this quantity for the attentions that hear neighbors."""
        return all(
            self.run.has(f"{self.model}/{axis}/{quantity}") for axis in self.entry["neighbors"]
        )

    def share(self, arm: Arm, layer: int | None = None) -> NDArray[np.floating]:
        """Share of a direction in the ratio's logit, mean over the heads that hold it: [N, h, w]."""
        shares = self.run.array(f"{self.model}/{arm.axis}/neighbor_share/{self.which}")
        values = np.asarray(
            shares[self.layer if layer is None else layer][:, arm.place], np.float32
        )
        held = np.isfinite(values).reshape(len(values), -1).any(1)
        return values[held].mean(0) if held.any() else np.full_like(values[0], np.nan)

    @property
    def moment(self) -> str:
        """Frame, time and window in words."""
        return self.run.moment(self.model, self.frame)

    @property
    def checkpoint(self) -> str:
        """Title and hash."""
        return self.run.checkpoint(self.model)

    def caption(self, what: str, *more: str) -> str:
        """What a figure shows, then where: layer, anything more, checkpoint."""
        return f"{what}. " + "; ".join((f"Layer {self.layer}", *more, self.checkpoint)) + "."

    def file(self, what: str) -> str:
        """Name for a download, without its ending."""
        return f"{self.run.file_stem}-{re.sub(r'[^A-Za-z0-9]+', '-', self.model)}-layer-{self.layer}-{what}"


def hears(entry: dict[str, Any]) -> bool:
    """Whether a model of a run hears neighbors."""
    return bool(entry["neighbors"])


def exists(
    direction: Direction, frame: int, frames: int, rows: int, columns: int, segment: int | None
) -> NDArray[np.bool_]:
    """Whether each patch has that neighbor, bool [rows, columns], at place `frame` of its window."""
    length = segment or frames
    row, column = np.indices((rows, columns))
    inside = (
        (row + direction.dy >= 0)
        & (row + direction.dy < rows)
        & (column + direction.dx >= 0)
        & (column + direction.dx < columns)
    )
    return np.asarray(inside & (0 <= frame % length + direction.dt < length))
