"""Tabulate the numbers of a stored run: one row per model, layer, axis, head and frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np

from fixviz.analysis.concentration import BINS, LORENZ_POINTS
from fixviz.analysis.measure_table import (
    MOTION_MEASURES,
    ROW_MEASURES,
    TARGET_MEASURES,
    Measure,
)
from fixviz.csv_files import write_rows
from fixviz.reading.exports.columns import (
    PLACE,
    Block,
    Column,
    Manifest,
    RunTable,
    attentions,
    place_of,
    rows_of,
)
from fixviz.reading.exports.fixation_tables import FIXATION, RATIO_PARTS
from fixviz.reading.exports.leave_one_out_tables import LEAVE_ONE_OUT
from fixviz.reading.exports.prediction_tables import PROBABILITIES
from fixviz.store import Store


def metric_blocks(store: Store, handle: str, manifest: Manifest) -> Iterator[Block]:
    """Return the metrics of each attention, and its measures against motion and target.

    All attentions have the same columns: those that the run holds for any of them.
    """
    extra = _extra(manifest)
    for model, axis in attentions(manifest):
        values = store.array(handle, f"{model}/{axis}/metrics")
        shape = values.shape[:3]
        found = {name: values[..., i].ravel() for i, name in enumerate(manifest["metrics"])}
        for column, array in extra.items():
            name = f"{model}/{axis}/{array}"
            known = store.array(handle, name) if name in manifest["arrays"] else np.asarray(np.nan)
            found[column] = np.broadcast_to(known, shape).ravel()
        yield {**place_of(manifest, model, axis, shape), **found}


def _curves(
    array: str, label: Callable[[int, int], str]
) -> Callable[[Store, str, Manifest], Iterator[Block]]:
    """Return the blocks of an array [L, n, N, points]. label: name of a point's column, of how many."""

    def blocks(store: Store, handle: str, manifest: Manifest) -> Iterator[Block]:
        for model, axis in attentions(manifest):
            name = f"{model}/{axis}/{array}"
            if name in manifest["arrays"]:
                values = store.array(handle, name)
                count = values.shape[-1]
                points = {label(i, count): values[..., i].ravel() for i in range(count)}
                yield {**place_of(manifest, model, axis, values.shape[:3]), **points}

    return blocks


def _percent(point: int, points: int) -> str:
    return f"keys_{round(100 * point / (points - 1))}"


def _start(bin_: int, bins: int) -> str:
    return f"from_{bin_ / bins:.2f}"


def _extra(manifest: Manifest) -> dict[str, str]:
    """Return the columns beside the metrics, and the arrays that fill them."""
    columns = {measure.name: measure.name for measure in MOTION_MEASURES}
    for measure in TARGET_MEASURES:
        columns |= {measure.name: measure.name, _baseline(measure): f"baseline/{measure.name}"}
    return {column: array for column, array in columns.items() if _is_held(manifest, array)}


def _baseline(measure: Measure) -> str:
    return f"{measure.name}_baseline"


def _is_held(manifest: Manifest, array: str) -> bool:
    """Tell whether any attention of the run holds the array."""
    return any(f"{m}/{axis}/{array}" in manifest["arrays"] for m, axis in attentions(manifest))


def _measured(measure: Measure) -> Column:
    return Column(measure.name, "number", f"{measure.axis_title}: {measure.range}")


def _against_truth(measure: Measure) -> tuple[Column, Column]:
    without = f"{measure.title} without knowing the target"
    return _measured(measure), Column(_baseline(measure), "number", without)


METRICS: Final = RunTable(
    "metrics",
    "one model, layer, axis, head and frame; means over the queries of the frame",
    (
        *PLACE,
        *(_measured(measure) for measure in (*ROW_MEASURES, *MOTION_MEASURES)),
        *chain.from_iterable(_against_truth(measure) for measure in TARGET_MEASURES),
    ),
    metric_blocks,
)
LORENZ: Final = RunTable(
    "lorenz",
    "one model, layer, axis, head and frame; means over the queries of the frame",
    (
        *PLACE,
        *(
            Column(
                _percent(i, LORENZ_POINTS),
                "number",
                f"share of the attention on the weakest {100 * i // (LORENZ_POINTS - 1)} % of the keys",
            )
            for i in range(LORENZ_POINTS)
        ),
    ),
    _curves("lorenz", _percent),
)
HISTOGRAM: Final = RunTable(
    "concentration_histogram",
    "one model, layer, axis, head and frame",
    (
        *PLACE,
        *(
            Column(
                _start(i, BINS),
                "whole",
                f"queries whose concentration is from {i / BINS:.2f} to {(i + 1) / BINS:.2f}",
            )
            for i in range(BINS)
        ),
    ),
    _curves("concentration_histogram", _start),
)

WRITTEN: Final = (METRICS, LORENZ, HISTOGRAM, FIXATION, RATIO_PARTS, LEAVE_ONE_OUT)
"""The tables that `write_tables` may write."""
RUN_TABLES: Final = (*WRITTEN, PROBABILITIES)
"""All tables of a run."""
TABLES: Final = tuple(f"{table.name}.csv" for table in WRITTEN)
"""Names of all files that `write_tables` may write."""


def metric_objects(store: Store, handle: str, manifest: Manifest) -> list[dict[str, Any]]:
    """Return the rows of metrics.csv as objects, for JSON."""
    return [
        dict(zip(block, row, strict=True))
        for block in metric_blocks(store, handle, manifest)
        for row in rows_of(block)
    ]


def write_tables(store: Store, handle: str, manifest: Manifest, folder: Path) -> None:
    """Write metrics.csv and, where the run holds what they need, the other files of TABLES."""
    for table in WRITTEN:
        blocks = table.blocks(store, handle, manifest)
        first = next(blocks, None)
        if first is not None:
            with (folder / f"{table.name}.csv").open("w", newline="", encoding="utf-8") as file:
                write_rows(file, [first])
                for block in chain([first], blocks):
                    write_rows(file, rows_of(block))
