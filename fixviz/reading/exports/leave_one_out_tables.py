"""Tabulate how the attentions of a stored run change without one neighbor."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.engine.jobs import DeriveRequest
from fixviz.store import Store

COLUMNS: Final = (
    "model",
    "layer",
    "axis",
    "left_out",
    "frame",
    "timestamp_s",
    "output_change",
    "concentration_change",
    "ratio_query_change",
    "ratio_query_change_absolute",
    "ratio_key_change",
    "ratio_key_change_absolute",
)
_DIGITS = 6
Row = list[Any]


def leave_one_out_rows(store: Store, handle: str, manifest: dict[str, Any]) -> Iterator[Row]:
    """Return one row per model, layer, omitted direction and frame, of results for all layers.

    Each change is the value without the neighbor minus the value with it. Output: relative L2 change of
    the attention's output over a frame. Concentration: mean over the heads that hold the direction.
    Ratios: means over patches and those heads' channels. None where a layer does not hold the
    direction, or a model has no fixation.
    """
    times = manifest["frames"]["timestamp_s"]
    for entry in manifest["models"]:
        name = DeriveRequest(handle, "leave_one_out", entry["name"], {}).name
        found = store.derived(handle, name)
        if found is None:
            continue
        values = _values(store, handle, name, set(found["arrays"]))
        for place, layer in enumerate(found["layers"]):
            for row, omission in enumerate(found["rows"]):
                for frame, time in enumerate(times):
                    numbers = [
                        None if math.isnan(v) else round(v, _DIGITS)
                        for v in values[place, row, frame].tolist()
                    ]
                    place_columns = [entry["name"], layer, omission["axis"], omission["label"]]
                    yield [*place_columns, frame, time, *numbers]


def _values(store: Store, handle: str, name: str, held: set[str]) -> NDArray[np.float64]:
    """Return [K, R, N, 6] in the order of COLUMNS."""
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
