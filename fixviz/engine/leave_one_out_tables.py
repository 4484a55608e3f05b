"""What leaving out a neighbor changes in a stored run's attentions, as a table."""

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
    """One row per model, layer, direction left out, and frame, of what has been computed for all layers.

    Changes are without minus with: relative L2 of the attention's output over a frame; concentration,
    mean over the heads that hold the direction; ratios, means over patches and those heads' channels.
    None where a layer does not hold the direction, or a model has no fixation.
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
    """[K, R, N, 6] in the order of COLUMNS."""
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
