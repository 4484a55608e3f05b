"""Views: what of a stored run is looked at, and how captions and files name it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.reading.phrases import attention_phrase
from fixviz.reading.run import StoredRun, patch_size

Array = NDArray[np.floating]


class OfAttention:
    """What views of a single attention share. They have the fields below."""

    axis: str
    layer: int
    head: int | None

    @property
    def place(self) -> str:
        """Axis, layer and head, as captions name them."""
        return attention_phrase(self.axis, self.layer, self.head)

    def over_heads(self, values: Array) -> Array:
        """Return the head in view, or the mean of all: [n, ...] to [...]."""
        chosen = np.asarray(values, np.float32)
        return np.asarray(chosen.mean(0) if self.head is None else chosen[self.head])


@dataclass(frozen=True)
class View(OfAttention):
    """One attention of all models of a run, one head or their mean, and one frame."""

    run: StoredRun
    axis: str
    layer: int
    head: int | None
    """None is the mean of all heads."""
    frame: int

    @property
    def models(self) -> list[dict[str, Any]]:
        """The models that have this axis, layer and head."""
        head = self.head or 0
        return [
            entry
            for entry in self.run.models
            if self.axis in entry["axes"] and self.layer < entry["layers"] and head < entry["heads"]
        ]

    @property
    def time(self) -> str:
        """Frame, timestamp, and the window it is taken from (of each model, where they differ)."""
        windows = {
            entry["name"]: self.run.window(entry["name"], self.frame) for entry in self.models
        }
        distinct = set(windows.values())
        window = (
            distinct.pop()
            if len(distinct) == 1
            else ", ".join(f"{name}: {text}" for name, text in windows.items())
        )
        return f"frame {self.frame} at {self.run.timestamp(self.frame):.2f} s, {window}"

    @property
    def checkpoints(self) -> str:
        """Titles and starts of the hashes of the models."""
        return "; ".join(self.run.checkpoint(entry["name"]) for entry in self.models)

    def caption(self, what: str, *more: str) -> str:
        """Say what a figure shows, then where: axis, layer, head, anything more, checkpoints."""
        return f"{what}: " + "; ".join((self.place, *more, self.checkpoints)) + "."


class OfModel:
    """What views of a single model share. They have the fields below, and `place`."""

    run: StoredRun
    entry: dict[str, Any]
    """The manifest's entry of the model."""
    layer: int
    frame: int

    @property
    def place(self) -> str:
        """What of the model is in view, as captions name it."""
        return f"layer {self.layer}"

    @property
    def model(self) -> str:
        """Name of the model in the run."""
        return str(self.entry["name"])

    @property
    def color(self) -> int:
        """Number of the model's color, the same in all charts."""
        return self.run.place(self.model)

    @property
    def moment(self) -> str:
        """Frame, time and window."""
        return self.run.moment(self.model, self.frame)

    @property
    def checkpoint(self) -> str:
        """Title and start of the hash."""
        return self.run.checkpoint(self.model)

    @property
    def cell(self) -> tuple[float, float]:
        """Height and width of a patch in pixels of the frame's picture."""
        return patch_size(self.entry)

    def caption(self, what: str, *more: str) -> str:
        """Say what a figure shows, then where: the place in the model, anything more, checkpoint."""
        return f"{what}: " + "; ".join((self.place, *more, self.checkpoint)) + "."

    def file(self, what: str) -> str:
        """Return the name of a download without its ending."""
        parts = (self.run.file_stem, self.model, self.place.replace("mean of heads", ""), what)
        return "-".join(re.sub(r"\W+", "-", part).strip("-") for part in parts)


def frames_phrase(run: StoredRun, frames: list[int]) -> str:
    """Name frames with their times."""
    return "frames " + ", ".join(f"{frame} ({run.timestamp(frame):.2f} s)" for frame in frames)
