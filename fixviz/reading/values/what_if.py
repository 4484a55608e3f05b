"""Before and after of one model: what belongs together, and the numbers that are compared."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.measure_table import SHOWN, Measure
from fixviz.analysis.what_if.fit import changes_picture
from fixviz.analysis.what_if.interventions import Intervention, describe
from fixviz.analysis.what_if.plain import to_link
from fixviz.errors import OptionError
from fixviz.reading import views
from fixviz.reading.run import StoredResult
from fixviz.reading.values.changed_model import Model

Array = NDArray[np.floating]
RECEIVED = "attention_received/source"
_LONGEST_NAME: Final = 80


@dataclass(frozen=True)
class View(views.View):
    """A view of the run before the change, and the quantity of the maps."""

    quantity: str
    """attention_received/source, ratio_query or ratio_key."""


@dataclass(frozen=True)
class Outcome:
    """One model, the interventions that it can take, and what was computed with them."""

    view: View
    model: Model
    interventions: tuple[Intervention, ...]
    result: StoredResult

    @property
    def title(self) -> str:
        """Labels of the interventions in a row."""
        return describe(self.interventions)

    @property
    def label(self) -> str:
        """Title of the model, with its name where two models of the run share a title."""
        return self.view.run.label(self.model.name)

    @property
    def checkpoint(self) -> str:
        """Title and start of the hash of the model's checkpoint."""
        return self.view.run.checkpoint(self.model.name)

    @property
    def color(self) -> int:
        """Number of the model's color, the same in all charts."""
        return self.view.run.place(self.model.name)

    @property
    def order(self) -> list[int]:
        """Which frame of the run is shown at each time after the change."""
        return list(self.result.description["frame_at"])

    @property
    def place(self) -> int:
        """The time at which the frame in view is looked at after the change."""
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
        """Whether each patch after the change shows the same place as before."""
        return not changes_picture(self.interventions) or (
            self.result.description["crop"] is None and self._same_size
        )

    @property
    def _same_size(self) -> bool:
        grid = self.result.description["grid"]
        return all(self.model.entry["grid"][name] == value for name, value in grid.items())

    def has(self, quantity: str) -> bool:
        """Return whether the model has this quantity on the axis in view."""
        return f"{self.view.axis}/{quantity}" in self.result.description["arrays"]

    def before_map(self) -> Array:
        """Return the map [h, w] of the run."""
        view = self.view
        values = view.run.array(f"{self.model.name}/{view.axis}/{view.quantity}")
        return view.over_heads(values[view.layer, :, view.frame])

    def after_map(self) -> Array:
        """Return the map [h, w] of the changed run, on its own grid."""
        view = self.view
        values = self.result.array(f"{view.axis}/{view.quantity}")
        return view.over_heads(values[view.layer, :, self.covered.index(self.place)])

    def has_measure(self, name: str) -> bool:
        """Return whether both the run and the changed run hold this measure of the rows."""
        return name in self.view.run.manifest["metrics"] and name in self.result.rows_measures

    def measure(self, name: str) -> tuple[Array, Array]:
        """Return a measure of the rows per layer before and after, [L] each.

        It is the mean over the heads in view and the frames run again; NaN for a layer with an
        undefined value. Raises StorageError where the run or the changed run lacks the measure.
        """
        seen = self.order if _is_permutation(self.order) else list(range(self.view.run.frames))
        before, after = self._rows(name)
        frames = [seen[time] for time in self.covered]
        return self._mean(before[:, :, frames]), self._mean(after)

    def measure_here(self, name: str) -> tuple[float, float]:
        """Return a measure of the rows before and after in the layer and frame in view.

        Raises StorageError where the run or the changed run lacks the measure.
        """
        view, (before, after) = self.view, self._rows(name)
        return (
            float(view.over_heads(before[view.layer, :, view.frame])),
            float(view.over_heads(after[view.layer, :, self.covered.index(self.place)])),
        )

    def _rows(self, name: str) -> tuple[Array, Array]:
        """Return a measure of the rows of the run and of the changed run.

        Shapes: [L, n, N] of the run, [L, n, F] of the changed run.
        """
        view = self.view
        before = view.run.rows_measure(self.model.name, view.axis, name)
        return before, self.result.rows_measure(view.axis, name)

    def _mean(self, values: Array) -> Array:
        """Average over the frames and the head in view (or all heads): [L, n, F] to [L]."""
        head = self.view.head
        chosen = values if head is None else values[:, [head]]
        return np.asarray(chosen.astype(np.float32).mean((1, 2)))

    def windows(self) -> tuple[int, int]:
        """Return the windows from which the maps come, before and after."""
        of_frame = self.model.entry["window_of_frame"]
        return int(of_frame[self.view.frame]), int(of_frame[self.place])

    def window_phrases(self) -> tuple[str, str]:
        """Return the windows from which the maps come, before and after, each with its frames."""
        run, name = self.view.run, self.model.name
        return run.window(name, self.view.frame), run.window(name, self.place)

    def probabilities(self) -> tuple[Array, Array]:
        """Return [classes] before and after, in the windows from which the maps come."""
        before, after = self.windows()
        numbers = list(self.result.description["windows"])
        return (
            np.asarray(self.model.entry["probabilities"][before], np.float32),
            self.result.array("probabilities")[numbers.index(after)],
        )

    def turned(self) -> tuple[int, int]:
        """Return in how many windows the predicted class is another one than before, and of how many."""
        numbers = list(self.result.description["windows"])
        before = np.asarray(self.model.entry["probabilities"])[numbers].argmax(1)
        after = self.result.array("probabilities").argmax(1)
        return int((before != after).sum()), len(numbers)

    def file(self, what: str) -> str:
        """Return the name of a download without its ending: model, what is in it, interventions.

        A long list of interventions is named by its first part and a hash.
        """
        try:
            changes = to_link(self.interventions)
        except OptionError:
            changes = "many"
        if len(changes) > _LONGEST_NAME:
            digest = hashlib.sha256(self.title.encode() + changes.encode()).hexdigest()[:8]
            changes = f"{changes[: _LONGEST_NAME - 9]}-{digest}"
        return f"what-if-{self.model.name}-{what}-{changes}"


def place_of(frame: int, order: Sequence[int]) -> int:
    """Return where to look for a frame: where it stands in a new order, else at its own time.

    With frames repeated or dropped there is no such place for each, and times are compared.
    """
    return list(order).index(frame) if _is_permutation(order) else frame


def measures_of(outcomes: Sequence[Outcome]) -> dict[str, Measure]:
    """Return the measures of the rows that all outcomes hold before and after, by name."""
    return {
        measure.name: measure
        for measure in SHOWN
        if all(outcome.has_measure(measure.name) for outcome in outcomes)
    }


def classes(entry: Mapping[str, Any]) -> list[str]:
    """Return the names of a model's classes."""
    return [str(name) for name in entry["classes"]]


def _is_permutation(order: Sequence[int]) -> bool:
    return len(set(order)) == len(order)
