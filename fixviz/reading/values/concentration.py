"""Numbers of a stored run as the figures about concentration need them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.measure_table import (
    MOTION_MEASURES,
    SHOWN,
    TARGET_MEASURES,
    Measure,
)
from fixviz.reading.run import StoredRun
from fixviz.reading.views import View

Array = NDArray[np.floating]


def keys_of(entry: Mapping[str, Any], axis: str) -> int:
    """Count the keys over which a query of this axis spreads its attention: the N of the definitions."""
    patches = int(entry["grid"]["rows"]) * int(entry["grid"]["columns"])
    frames = int(entry["windows"]["frames"])
    return {"spatial": patches, "temporal": frames, "joint": patches * frames}[axis]


def per_head(run: StoredRun, model: str, axis: str, measure: Measure) -> Array | None:
    """Return the measure of every layer, head and frame, [L, n, N]; None where the run lacks it."""
    if measure.name in run.manifest["metrics"]:
        return run.rows_measure(model, axis, measure.name)
    name = f"{model}/{axis}/{measure.name}"
    return np.asarray(run.array(name)) if run.has(name) else None


def known(view: View, measure: Measure, *, everywhere: bool = False) -> dict[str, Array]:
    """Return the measure by model, [L, n, N] each, of the models that have the layer and head in view.

    everywhere: of all models that have the axis. Models whose measure the run lacks are left out.
    """
    models = (e for e in view.run.models if view.axis in e["axes"]) if everywhere else view.models
    found = {e["name"]: per_head(view.run, e["name"], view.axis, measure) for e in models}
    return {name: array for name, array in found.items() if array is not None}


def curves(view: View, measure: Measure) -> dict[str, Array]:
    """Return the measure over the frames by model, [N] each, at the layer and head in view."""
    found = known(view, measure)
    return {name: curve(array, view.layer, view.head) for name, array in found.items()}


def curve(values: Array, layer: int, head: int | None) -> Array:
    """Take one head, or the mean of the heads that are defined: [L, n, N] to [N]."""
    return known_mean(values[layer], 0) if head is None else values[layer, head]


def cells(values: Array, frame: int | None) -> Array:
    """Take one frame, or the mean of the frames that are defined: [L, n, N] to [L, n]."""
    return known_mean(values, -1) if frame is None else values[..., frame]


def baseline(run: StoredRun, model: str, axis: str, measure: Measure) -> Array | None:
    """Return what attention that knows nothing of the target would reach, [N]; None where unknown."""
    name = f"{model}/{axis}/baseline/{measure.name}"
    return np.asarray(run.array(name)) if run.has(name) else None


def reference(view: View, measure: Measure, models: Sequence[str]) -> tuple[Array | None, str]:
    """Return what to compare the curves with, [N], and its title; None where the models do not share it."""
    baselines = [baseline(view.run, name, view.axis, measure) for name in models]
    found = [array for array in baselines if array is not None]
    if found:
        same = all(np.allclose(found[0], other, equal_nan=True) for other in found[1:])
        return (found[0], "without knowing the target") if same else (None, "")
    keys = {keys_of(view.run.model(name), view.axis) for name in models}
    if measure.uniform is None or len(keys) != 1:
        return None, ""
    level = measure.uniform.value(keys.pop())
    title = "no relation" if measure.signed else "uniform attention"
    return np.full(view.run.frames, level), title


def row_measures(run: StoredRun) -> tuple[Measure, ...]:
    """Return the measures of the rows that the run holds: one made earlier may lack some."""
    return tuple(measure for measure in SHOWN if measure.name in run.manifest["metrics"])


def place_measures(view: View) -> tuple[Measure, ...]:
    """Return the measures of where attention is that the models in view hold.

    They are those against the truth, or, of a clip without a known target, those against motion; empty
    where an earlier version measured neither.
    """
    for measures in (TARGET_MEASURES, MOTION_MEASURES):
        held = tuple(measure for measure in measures if known(view, measure))
        if held:
            return held
    return ()


def lorenz_curves(view: View) -> dict[str, Array]:
    """Return by model the mean Lorenz curve of the frame's queries, [21], 0 to 1.

    Of all heads, the mean of their curves. Models without one are left out.
    """
    return {
        name: view.over_heads(curves.astype(np.float64))
        for name, curves in _of_frame(view, "lorenz").items()
    }


def histograms(view: View) -> dict[str, NDArray[np.int64]]:
    """Return by model how many queries of the frame lie in each bin of concentration, [20].

    Of all heads, their sum. Models without counts are left out.
    """
    found = _of_frame(view, "concentration_histogram")
    return {
        name: np.asarray(counts.sum(0) if view.head is None else counts[view.head], np.int64)
        for name, counts in found.items()
    }


def _of_frame(view: View, array: str) -> dict[str, NDArray[Any]]:
    """Return an array of the axis by model, [n, ...] each, at the layer and frame in view."""
    names = {e["name"]: f"{e['name']}/{view.axis}/{array}" for e in view.models}
    return {
        model: view.run.array(name)[view.layer, :, view.frame]
        for model, name in names.items()
        if view.run.has(name)
    }


def received(view: View, model: str) -> Array:
    """Return attention received by source in every frame, [N, h, w], at the layer and head in view."""
    array = view.run.array(f"{model}/{view.axis}/attention_received/source")[view.layer]
    return view.over_heads(np.asarray(array, np.float32))


def reads_elsewhere(view: View, entry: Mapping[str, Any]) -> dict[int, str]:
    """Return by head of the axis in view which neighbors it reads content of."""
    return {int(h): text for h, text in entry["reads_elsewhere"].get(view.axis, {}).items()}


def known_mean(values: Array, axis: int) -> Array:
    """Return the mean of the defined values along an axis; NaN where none is defined."""
    known = np.isfinite(values)
    count = known.sum(axis)
    total = np.where(known, values, 0).sum(axis, dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), math.nan)
