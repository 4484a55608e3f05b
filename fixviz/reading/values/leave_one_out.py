"""What leaving out a neighbor changes, as stored: in the attention that reads it, and in the prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fixviz.reading.run import StoredResult
from fixviz.reading.values.concentration import known_mean
from fixviz.reading.values.neighborhood import Arm, Array, View


def left_out_rows(result: StoredResult) -> list[str]:
    """Name what is left out, row by row: each direction, and all of an attention together."""
    return [str(row["label"]) for row in result.description["rows"]]


def layer_of(view: View, result: StoredResult) -> int:
    """Return the place of the layer in view among the layers of a result. ValueError without it."""
    return int(list(result.description["layers"]).index(view.layer))


def over_rows(values: Array) -> Array:
    """Return the mean of what is defined in each row, [R, ...] to [R]; NaN where nothing is."""
    return known_mean(np.asarray(values, np.float64).reshape(len(values), -1), 1)


def has_layer(view: View, result: StoredResult) -> bool:
    """Return whether a result has the layer in view."""
    return view.layer in result.description["layers"]


def left_out_maps(view: View, arms: Sequence[Arm], left_out: StoredResult) -> Array:
    """Return the output's change without each direction in the layer in view, [arms, h, w].

    ValueError where the result lacks the layer.
    """
    change = left_out.array("output_change/token")[layer_of(view, left_out)]
    rows = left_out_rows(left_out)
    return np.stack(
        [
            np.asarray(change[rows.index(arm.direction.label)][view.frame], np.float32)
            for arm in arms
        ]
    )


@dataclass(frozen=True)
class LeftOutPredictions:
    """What leaving neighbors out changes in the class that the whole model predicts for a window."""

    labels: list[str]
    """What is left out; the last one is every neighbor."""
    places: list[str]
    """Layers whose neighbors are left out: "layer 0", ..., "all layers"."""
    change: Array
    """Change of the class's probability in percentage points, mean of the windows [labels, places]."""
    other: Array
    """How many windows get another class [labels, places]."""
    windows: int
    classes: list[str]
    """Classes that the whole model predicts."""


def left_out_predictions(view: View, result: StoredResult) -> LeftOutPredictions:
    """Return the changes of the predictions in every layer that was computed, and in all of them.

    NaN where something was not left out, such as every neighbor in a single layer.
    """
    own = result.array("own")
    predicted, windows = own.argmax(1), np.arange(len(own))
    labels = [*left_out_rows(result), "every neighbor"]
    sets: dict[str, Array] = {}
    if "layer" in result.description["arrays"]:
        layers = zip(result.description["layers"], result.array("layer"), strict=True)
        sets = {f"layer {layer}": values for layer, values in layers}
    if "everywhere" in result.description["arrays"]:
        sets["all layers"] = result.array("everywhere")
    change, other = np.full((2, len(labels), len(sets)), np.nan)
    for column, values in enumerate(sets.values()):
        moved = values[:, windows, predicted] - own[windows, predicted]
        change[: len(values), column] = 100 * moved.mean(1)
        other[: len(values), column] = (values.argmax(-1) != predicted).sum(1)
    classes = view.entry["classes"]
    names = list(dict.fromkeys(str(classes[i]) for i in predicted))
    return LeftOutPredictions(labels, list(sets), change, other, len(own), names)
