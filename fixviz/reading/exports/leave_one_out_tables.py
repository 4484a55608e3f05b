"""Tabulate how the attentions of a stored run change without one neighbor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fixviz.engine.jobs import DeriveRequest
from fixviz.reading.exports.columns import PLACE, Block, Column, Manifest, RunTable
from fixviz.store import Store

_VALUES: Final = (
    Column(
        "output_change", "number", "relative L2 change of the attention's output over the frame"
    ),
    Column("concentration_change", "number", "mean over the heads that hold the direction"),
    Column("ratio_query_change", "number", "of the query's ratio, mean over patches and channels"),
    Column("ratio_query_change_absolute", "number", "the same, mean without its sign"),
    Column("ratio_key_change", "number", "of the key's ratio, mean over patches and channels"),
    Column("ratio_key_change_absolute", "number", "the same, mean without its sign"),
)


def leave_one_out_blocks(store: Store, handle: str, manifest: Manifest) -> Iterator[Block]:
    """Return the changes of results for all layers: by layer, omitted direction and frame.

    Each change is the value without the neighbor minus the value with it. NaN where a layer does not hold
    the direction, or a model has no fixation.
    """
    times = np.array(manifest["frames"]["timestamp_s"], np.float64)
    for entry in manifest["models"]:
        name = DeriveRequest(handle, "leave_one_out", entry["name"], {}).name
        found = store.derived(handle, name)
        if found is None:
            continue
        values = _values(store, handle, name, set(found["arrays"]))
        layer, row, frame = (index.ravel() for index in np.indices(values.shape[:3]))
        columns = {column.name: values[..., i].ravel() for i, column in enumerate(_VALUES)}
        yield {
            "model": entry["name"],
            "layer": np.array(found["layers"])[layer],
            "axis": np.array([omission["axis"] for omission in found["rows"]], object)[row],
            "left_out": np.array([omission["label"] for omission in found["rows"]], object)[row],
            "frame": frame,
            "timestamp_s": times[frame],
            **columns,
        }


def _values(store: Store, handle: str, name: str, held: set[str]) -> NDArray[np.float64]:
    """Return [K, R, N, 6] in the order of _VALUES."""
    output = store.derived_array(handle, name, "output_change/frame").astype(np.float64)
    heads = store.derived_array(handle, name, "concentration_change").astype(np.float64)
    holding = np.isfinite(heads)
    sums, counts = np.where(holding, heads, 0).sum(2), holding.sum(2)
    concentration = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    ratios = []
    for which in ("query", "key"):
        for kind in ("signed", "absolute"):
            array = f"ratio_change/{which}/{kind}"
            ratios.append(
                store.derived_array(handle, name, array).astype(np.float64).mean((-2, -1))
                if array in held
                else np.full_like(output, np.nan)
            )
    return np.stack([output, concentration, *ratios], -1)


_LEFT_OUT: Final = Column("left_out", "text", "the neighbor that is left out")
LEAVE_ONE_OUT: Final = RunTable(
    "leave_one_out",
    "one model that hears neighbors, layer, axis, omitted neighbor and frame; changes are without minus with",
    (*(_LEFT_OUT if column.name == "head" else column for column in PLACE), *_VALUES),
    leave_one_out_blocks,
)
