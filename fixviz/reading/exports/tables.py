"""Tabulate the numbers of a stored run: one row per model, layer, axis, head and frame."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.measure_table import MOTION_MEASURES, TARGET_MEASURES, names
from fixviz.csv_files import write_rows
from fixviz.reading.exports.fixation_tables import (
    DRIVE_COLUMNS,
    drive_rows,
    fixation_columns,
    fixation_values,
)
from fixviz.reading.exports.leave_one_out_tables import COLUMNS, leave_one_out_rows
from fixviz.store import Store

PLACE: Final = ("model", "layer", "axis", "head", "frame", "timestamp_s")
"""Columns that say what a row is about; all numbers start at 0."""
TARGET: Final = names(TARGET_MEASURES)
"""Columns of runs whose clip has a known target, each followed by <name>_baseline."""
MOTION: Final = names(MOTION_MEASURES)
"""Columns of runs whose frames have neighbors to measure motion against."""
TABLES: Final = (
    "metrics.csv",
    "lorenz.csv",
    "concentration_histogram.csv",
    "fixation.csv",
    "ratio_parts.csv",
    "leave_one_out.csv",
)
"""Names of all files that `write_tables` may write."""
_DIGITS = 6

Values = list[Any]


def metric_columns(manifest: dict[str, Any]) -> list[str]:
    """Return the columns of `metric_rows`: PLACE, the metrics, and other columns of this run."""
    return [*PLACE, *manifest["metrics"], *_extra(manifest)]


def metric_rows(store: Store, handle: str, manifest: dict[str, Any]) -> Iterator[Values]:
    """Return one row per model, layer, axis, head and frame; None where a value is undefined."""
    for model, axis in _attentions(manifest):
        values = store.array(handle, f"{model}/{axis}/metrics")
        found = [values[..., i] for i in range(values.shape[-1])]
        for array in _extra(manifest).values():
            name = f"{model}/{axis}/{array}"
            known = store.array(handle, name) if name in manifest["arrays"] else np.asarray(np.nan)
            found.append(np.broadcast_to(known, values.shape[:3]))
        yield from _rows(manifest, model, axis, np.stack(found, -1))


def metric_objects(store: Store, handle: str, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of `metric_rows` as objects, for JSON."""
    columns = metric_columns(manifest)
    return [dict(zip(columns, row, strict=True)) for row in metric_rows(store, handle, manifest)]


def curve_rows(store: Store, handle: str, manifest: dict[str, Any], array: str) -> Iterator[Values]:
    """Return the rows of an array [L, n, N, points] that a model may hold for an axis, such as lorenz."""
    for model, axis in _attentions(manifest):
        if f"{model}/{axis}/{array}" in manifest["arrays"]:
            values = store.array(handle, f"{model}/{axis}/{array}")
            yield from _rows(manifest, model, axis, values)


def write_tables(store: Store, handle: str, manifest: dict[str, Any], folder: Path) -> None:
    """Write metrics.csv and, where the run holds what they need, the other files of TABLES."""
    _write(folder / "metrics.csv", metric_columns(manifest), metric_rows(store, handle, manifest))
    points = _held(manifest, "lorenz")
    if points:
        names = [f"keys_{round(100 * i / (points - 1))}" for i in range(points)]
        rows = curve_rows(store, handle, manifest, "lorenz")
        _write(folder / "lorenz.csv", [*PLACE, *names], rows)
    bins = _held(manifest, "concentration_histogram")
    if bins:
        names = [f"from_{i / bins:.2f}" for i in range(bins)]
        rows = curve_rows(store, handle, manifest, "concentration_histogram")
        _write(folder / "concentration_histogram.csv", [*PLACE, *names], rows)
    _write_fixation(store, handle, manifest, folder)
    left_out = list(leave_one_out_rows(store, handle, manifest))
    if left_out:
        _write(folder / "leave_one_out.csv", COLUMNS, iter(left_out))


def _write_fixation(store: Store, handle: str, manifest: dict[str, Any], folder: Path) -> None:
    rows = [
        row
        for model, axis in _attentions(manifest)
        if (values := fixation_values(store, handle, manifest, model, axis)) is not None
        for row in _rows(manifest, model, axis, values)
    ]
    if rows:
        columns = [*PLACE, *fixation_columns(manifest)]
        _write(folder / "fixation.csv", columns, iter(rows))
        drives = drive_rows(store, handle, manifest)
        _write(folder / "ratio_parts.csv", [*PLACE, *DRIVE_COLUMNS], drives)


def _write(path: Path, columns: Sequence[str], rows: Iterator[Values]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        write_rows(file, chain([columns], rows))


def _attentions(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for model in manifest["models"]:
        for axis in model["axes"]:
            yield model["name"], axis


def _extra(manifest: dict[str, Any]) -> dict[str, str]:
    """Return the columns beside the metrics, and the arrays that fill them."""
    columns = {name: name for name in MOTION}
    for name in TARGET:
        columns |= {name: name, f"{name}_baseline": f"baseline/{name}"}
    return {column: array for column, array in columns.items() if _held(manifest, array)}


def _held(manifest: dict[str, Any], array: str) -> int:
    """Return the length of the array's last axis in the first attention that holds it; 0 if none does."""
    for model, axis in _attentions(manifest):
        entry = manifest["arrays"].get(f"{model}/{axis}/{array}")
        if entry is not None:
            return int(entry["shape"][-1])
    return 0


def _rows(
    manifest: dict[str, Any], model: str, axis: str, values: NDArray[Any]
) -> Iterator[Values]:
    times = manifest["frames"]["timestamp_s"]
    for layer, head, frame in np.ndindex(values.shape[:3]):
        row = values[layer, head, frame].tolist()
        numbers = [
            v if isinstance(v, int) else None if math.isnan(v) else round(v, _DIGITS) for v in row
        ]
        yield [model, layer, axis, head, frame, times[frame], *numbers]
