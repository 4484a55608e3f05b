"""Before and after of one model: what belongs together, and the numbers that are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.what_if.fit import changes_picture
from fixviz.analysis.what_if.interventions import Intervention, describe
from fixviz.reading.run import StoredResult, StoredRun
from fixviz.reading.values.changed_model import Model

Array = NDArray[np.floating]
RECEIVED = "attention_received/source"


@dataclass(frozen=True)
class View:
    """What of both is looked at."""

    run: StoredRun
    axis: str
    layer: int
    head: int | None
    """None: the mean of the heads."""
    frame: int
    """The frame of the run whose maps are shown."""
    quantity: str
    """attention_received/source, ratio_query or ratio_key."""

    def of_heads(self, values: Array) -> Array:
        """The chosen head's values, or the mean of the heads, from [n, ...]."""
        chosen = values.astype(np.float32)
        return np.asarray(chosen.mean(0) if self.head is None else chosen[self.head])


@dataclass(frozen=True)
class Outcome:
    """One model with the interventions that it can take, computed."""

    view: View
    model: Model
    interventions: tuple[Intervention, ...]
    result: StoredResult

    @property
    def title(self) -> str:
        """The interventions by name."""
        return describe(self.interventions)

    @property
    def order(self) -> list[int]:
        """Which frame of the run is shown at each time after the changes."""
        return list(self.result.description["frame_at"])

    @property
    def place(self) -> int:
        """The time at which the frame in view is looked at after the changes."""
        return place_of(self.view.frame, self.order)

    @property
    def reordered(self) -> bool:
        """Whether all frames are still shown, but in another order: then windows have no pairs."""
        return _is_permutation(self.order) and self.order != sorted(self.order)

    @property
    def covered(self) -> list[int]:
        """The times that were run again: all, or those of one window."""
        return list(self.result.description["frames"])

    @property
    def whole_clip(self) -> bool:
        """Whether all frames were run again."""
        return len(self.covered) == self.view.run.frames

    @property
    def same_grid(self) -> bool:
        """Whether each patch after shows the same place as before."""
        return not changes_picture(self.interventions) or (
            self.result.description["crop"] is None and self._same_size
        )

    @property
    def _same_size(self) -> bool:
        grid = self.result.description["grid"]
        return all(self.model.entry["grid"][name] == value for name, value in grid.items())

    def has(self, quantity: str) -> bool:
        """Whether the model has this quantity on the axis in view."""
        return f"{self.view.axis}/{quantity}" in self.result.description["arrays"]

    def before_map(self) -> Array:
        """[h, w] of the run."""
        view = self.view
        values = view.run.array(f"{self.model.name}/{view.axis}/{view.quantity}")
        return view.of_heads(values[view.layer, :, view.frame])

    def after_map(self) -> Array:
        """[h, w] of the changed run, on its own grid."""
        view = self.view
        values = self.result.array(f"{view.axis}/{view.quantity}")
        return view.of_heads(values[view.layer, :, self.covered.index(self.place)])

    def metrics(self) -> tuple[Array, Array]:
        """[L, 6] before and after: mean over the heads in view and over the frames run again."""
        view = self.view
        before = view.run.array(f"{self.model.name}/{view.axis}/metrics")
        after = self.result.array(f"{view.axis}/metrics")
        seen = self.order if _is_permutation(self.order) else list(range(view.run.frames))
        frames = [seen[time] for time in self.covered]
        return _mean(view, before[:, :, frames]), _mean(view, after)

    def metrics_here(self) -> tuple[Array, Array]:
        """[6] before and after in the layer and frame in view."""
        view = self.view
        before = view.run.array(f"{self.model.name}/{view.axis}/metrics")
        after = self.result.array(f"{view.axis}/metrics")
        return (
            view.of_heads(before[view.layer, :, view.frame]),
            view.of_heads(after[view.layer, :, self.covered.index(self.place)]),
        )

    def windows(self) -> tuple[int, int]:
        """The windows from which the maps come, before and after."""
        of_frame = self.model.entry["window_of_frame"]
        return int(of_frame[self.view.frame]), int(of_frame[self.place])

    def window_words(self, window: int) -> str:
        """Its frames, in words."""
        windows = self.model.entry["windows"]
        start = windows["start"][window]
        return f"window of frames {start} to {start + windows['frames'] - 1}"

    def probabilities(self) -> tuple[Array, Array]:
        """[classes] before and after, in the windows from which the maps come."""
        before, after = self.windows()
        numbers = list(self.result.description["windows"])
        return (
            np.asarray(self.model.entry["probabilities"][before], np.float32),
            self.result.array("probabilities")[numbers.index(after)],
        )

    def turned(self) -> tuple[int, int]:
        """In how many windows the predicted class is another one than before, and of how many."""
        numbers = list(self.result.description["windows"])
        before = np.asarray(self.model.entry["probabilities"])[numbers].argmax(1)
        after = self.result.array("probabilities").argmax(1)
        return int((before != after).sum()), len(numbers)


def place_of(frame: int, order: Sequence[int]) -> int:
    """Where to look for a frame: where it stands in a new order, else at its own time.

    With frames repeated or dropped there is no such place for each, and times are compared.
    """
    return list(order).index(frame) if _is_permutation(order) else frame


def metric_names(run: StoredRun) -> list[str]:
    """Order of the last axis of the metrics."""
    return list(run.manifest["metrics"])


def classes(entry: Mapping[str, Any]) -> list[str]:
    """Names of the model's classes."""
    return [str(name) for name in entry["classes"]]


def _is_permutation(order: Sequence[int]) -> bool:
    return len(set(order)) == len(order)


def _mean(view: View, values: Array) -> Array:
    """[L, n, F, 6] to [L, 6]; layers without a defined value stay NaN."""
    chosen = values if view.head is None else values[:, [view.head]]
    return np.asarray(chosen.astype(np.float32).mean((1, 2)))
