"""Fixation ratios of a stored run, and what they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.errors import ConfigError
from fixviz.model.config import ModelConfig
from fixviz.model.directions import head_folds
from fixviz.reading.run import StoredRun
from fixviz.reading.views import OfAttention, OfModel

Array = NDArray[np.floating]

BOTH = ("query", "key")
PARTS = {"constant": "Constant", "query": "Query", "own": "Own key, value"}
"""The parts of a ratio's logit that every token has, in their order in the arrays."""
VARIANTS = {
    "as learned": "metrics",
    "all set to 1": "metrics_ratios/ones",
    "shuffled": "metrics_ratios/shuffled",
}
"""Arrays of measures of the rows with other ratios, by the title that figures give them."""


@dataclass(frozen=True)
class View(OfAttention, OfModel):
    """One attention of one model, one head or their mean, one frame, and one of the two ratios."""

    run: StoredRun
    entry: dict[str, Any]
    axis: str
    layer: int
    head: int | None
    frame: int
    which: str
    """Whose ratio: "query" or "key"."""

    def has(self, quantity: str) -> bool:
        """Return whether the run holds this quantity of the attention in view."""
        return self.run.has(f"{self.model}/{self.axis}/{quantity}")

    def array(self, quantity: str) -> Array:
        """Return an array of this attention's layer, [n, N, ...]. Raises StorageError without it."""
        layers: NDArray[Any] = self.run.array(f"{self.model}/{self.axis}/{quantity}")
        return np.asarray(layers[self.layer], np.float32)

    def every_channel(self, what: str, *more: str) -> str:
        """Return a caption for a figure that shows the channels of all heads if no head is chosen."""
        return self.caption(what, *more).replace("mean of heads", "channels of all heads", 1)

    @property
    def parts(self) -> list[str]:
        """Names of the parts of the logit, in the order of the arrays."""
        return [*PARTS, *(d["label"] for d in self.entry["neighbors"].get(self.axis, ()))]

    @property
    def held_parts(self) -> list[int]:
        """Which of `parts` the head in view has in this layer: places in the order of the arrays.

        All of them where the model's configuration cannot be read.
        """
        try:
            config = ModelConfig.from_dict(self.entry["config"])
        except ConfigError:
            return list(range(len(self.parts)))
        table = head_folds(config, self.axis, self.layer)  # type: ignore[arg-type]
        held = {row.direction.label for row in table if self.head in (None, row.head)}
        return [i for i, part in enumerate(self.parts) if part in PARTS or part in held]

    @property
    def held_names(self) -> list[str]:
        """`held_parts` as figures name them."""
        return [
            PARTS.get(part, part.capitalize())
            for part in map(self.parts.__getitem__, self.held_parts)
        ]


def fixed(entry: dict[str, Any]) -> bool:
    """Return whether a model of a run has feature fixation."""
    return bool(entry["fixation"] != "none")


def has_variants(view: View) -> bool:
    """Return whether the run holds what other ratios would do to concentration; early ones do not."""
    held = [view.has(quantity) for quantity in VARIANTS.values()]
    return all(held) and "concentration" in view.run.manifest["metrics"]


def spread_of(mean: Array, std: Array) -> tuple[Array, Array]:
    """Return mean and spread over all patches and frames, from those of each frame ([..., N, d] each)."""
    return mean.mean(-2), np.sqrt((std**2).mean(-2) + mean.var(-2))


def kept_share(before: Array, after: Array) -> float:
    """Return the sum of features after the ratio per sum before; NaN where some are negative, or all 0."""
    if (before < 0).any() or not before.any():
        return float("nan")
    return float(after.sum() / before.sum())
