"""What of a run the page looks at, and how its figures name that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.model.config import ModelConfig
from fixviz.model.directions import head_folds
from fixviz.reading.phrases import head_phrase
from fixviz.reading.run import StoredRun

PARTS = {"constant": "Constant", "query": "Query", "own": "Own key, value"}
"""The parts of a ratio's logit that every token has, in their order in the arrays."""


@dataclass(frozen=True)
class View:
    """One attention of one model, one head or their mean, one frame, and one of the two ratios."""

    run: StoredRun
    entry: dict[str, Any]
    axis: str
    layer: int
    head: int | None
    frame: int
    which: str
    """Whose ratio: "query" or "key"."""

    @property
    def model(self) -> str:
        """Name of the model in the run."""
        return str(self.entry["name"])

    def array(self, quantity: str) -> NDArray[np.floating]:
        """An array of this attention's layer, [n, N, ...]. Raises StorageError when it is missing."""
        layers: NDArray[Any] = self.run.array(f"{self.model}/{self.axis}/{quantity}")
        values: NDArray[np.floating] = np.asarray(layers[self.layer], np.float32)
        return values

    def over_heads(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """[n, ...] to [...]: the head in view, or the mean of all."""
        return np.asarray(values.mean(0) if self.head is None else values[self.head])

    @property
    def place(self) -> str:
        """Layer, axis and head in words."""
        return f"Layer {self.layer}, {self.axis} attention, {head_phrase(self.head)}"

    def every_channel(self, what: str, *more: str) -> str:
        """Like `caption`, for a figure that shows the channels of all heads when no head is chosen."""
        return self.caption(what, *more).replace("mean of heads", "channels of all heads", 1)

    @property
    def moment(self) -> str:
        """Frame, time and window in words."""
        return self.run.moment(self.model, self.frame)

    @property
    def checkpoint(self) -> str:
        """Title and hash."""
        return self.run.checkpoint(self.model)

    def caption(self, what: str, *more: str) -> str:
        """What a figure shows, then where: layer, axis, head, anything more, checkpoint."""
        return f"{what}. " + "; ".join((self.place, *more, self.checkpoint)) + "."

    def file(self, what: str) -> str:
        """Name for a download, without its ending."""
        model = re.sub(r"\W+", "-", self.model).strip("-")
        return f"{self.run.file_stem}-{model}-{self.axis}-layer-{self.layer}-{what}"

    @property
    def parts(self) -> list[str]:
        """Names of the parts of the logit, in the order of the arrays."""
        return [*PARTS, *(d["label"] for d in self.entry["neighbors"].get(self.axis, ()))]

    @property
    def held_parts(self) -> list[int]:
        """Which of `parts` the head in view has in this layer: places in the order of the arrays."""
        config = ModelConfig.from_dict(self.entry["config"])
        table = head_folds(config, self.axis, self.layer)  # type: ignore[arg-type]
        held = {row.direction.label for row in table if self.head in (None, row.head)}
        return [i for i, part in enumerate(self.parts) if part in PARTS or part in held]


def part_words(part: str) -> str:
    """How a figure names a part of the logit."""
    return PARTS.get(part, part.capitalize())
