"""Attribution maps of a stored run: which ones a page is asked for, and the numbers in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.attribution.agreement import agreement
from fixviz.analysis.attribution.catalog import PREDICTED, Method
from fixviz.analysis.attribution.shared_class import SharedClass, shared_class
from fixviz.reading.run import StoredResult, StoredRun

Array = NDArray[np.floating]

KIND: Final = "attribution"
MOST_PICTURES: Final = 8
"""How many frames of a map a figure shows, evenly spread."""
_RECEIVED: Final = "attention_received/source"
SHARED: Final = "shared"
"""Target that stands for one class for all models, that of the window or clip."""


@dataclass(frozen=True)
class View:
    """The choices on the page."""

    run: StoredRun
    method: Method
    target: str
    """Name of a class, "shared", or "predicted" for each model's own answer."""
    whole_clip: bool
    frame: int
    options: Mapping[str, Any]
    """Those that differ from the method's defaults."""

    @property
    def shared(self) -> SharedClass:
        """Return the class of the frames that the maps are of."""
        return shared_class(self.run.manifest, None if self.whole_clip else self.frame)

    @property
    def class_name(self) -> str | None:
        """Return the class that all maps explain; None where each model explains its own answer."""
        if self.target == PREDICTED:
            return None
        return self.shared.name if self.target == SHARED else self.target

    @property
    def models(self) -> list[dict[str, Any]]:
        """Return the run's models that know the class."""
        name = self.class_name
        return [m for m in self.run.models if name is None or name in m["classes"]]

    def window(self, entry: Mapping[str, Any]) -> int:
        """Return the number of the window from which the frame in view takes its map."""
        return int(entry["window_of_frame"][self.frame])

    def target_of(self, entry: Mapping[str, Any]) -> str | int:
        """Return the target as a request names it."""
        name = self.class_name
        return PREDICTED if name is None else int(entry["classes"].index(name))

    def arguments(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of the derived kind "attribution"."""
        given = {
            "method": self.method.name,
            "target": self.target_of(entry),
            **self.options,
        }
        return given if self.whole_clip else {**given, "window": self.window(entry)}

    def judged(self, entry: Mapping[str, Any], method: str) -> dict[str, Any]:
        """Return the arguments of the derived kind "faithfulness" for one method's map."""
        options = self.options if method == self.method.name else {}
        return {
            "method": method,
            "target": self.target_of(entry),
            "window": self.window(entry),
            **options,
        }


def mapped_frames(result: StoredResult) -> list[int]:
    """Return the frames that have a map: those of its window, or all."""
    return [int(frame) for frame in np.isfinite(result.array("map")).any((1, 2)).nonzero()[0]]


def pictured_frames(result: StoredResult) -> list[int]:
    """Return the frames to show, up to MOST_PICTURES of those that have a map."""
    inside = mapped_frames(result)
    places = np.linspace(0, len(inside) - 1, min(MOST_PICTURES, len(inside)))
    return sorted({inside[round(place)] for place in places})


def agreement_with_attention(
    result: StoredResult, layer: int, head: int | None, *, strength: bool = False
) -> NDArray[np.float64]:
    """Return the rank correlation of a map with attention received by source, for each frame: [N].

    Attention is that of the model's last axis. head: None is the mean of heads. strength: of the map
    without its sign. NaN where there is no map, or where one of the two is the same everywhere.
    Raises StorageError where the run holds no attention received by source.
    """
    received = result.run.array(f"{result.request.model}/{last_axis(result)}/{_RECEIVED}")
    by_head = received[layer].astype(np.float64)
    maps = result.array("map")
    return agreement(
        by_head.mean(0) if head is None else by_head[head], np.abs(maps) if strength else maps
    )


def last_axis(result: StoredResult) -> str:
    """Return the axis of the last attention of a block."""
    return str(result.run.model(result.request.model)["axes"][-1])


def table(result: StoredResult, frames: Sequence[int]) -> dict[str, list[Any]]:
    """Return the numbers of a map: one row for each of these frames and each patch."""
    maps = result.array("map")[list(frames)]
    frame, row, column = (index.ravel() for index in np.indices(maps.shape))
    times = [result.run.timestamp(frame) for frame in frames]
    return {
        "frame": np.array(frames, int)[frame].tolist(),
        "time (s)": np.array(times)[frame].tolist(),
        "row": row.tolist(),
        "column": column.tolist(),
        "value": maps.ravel().tolist(),
    }
