"""Tabulate fixation and neighborhood of a stored run, for the models that have them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fixviz.store import Store

_PARTS: Final = ("constant", "query", "own")
Row = list[Any]


def fixation_columns(manifest: dict[str, Any]) -> list[str]:
    """Return the columns of `fixation_values`: ratios, then each measure under three conditions."""
    changed = [
        f"{metric}_{how}"
        for how in ("ratios_1", "ratios_shuffled")
        for metric in manifest["metrics"]
    ]
    return ["ratio_query", "ratio_key", *changed]


def fixation_values(
    store: Store, handle: str, manifest: dict[str, Any], model: str, axis: str
) -> NDArray[np.float64] | None:
    """Return [L, n, N, columns] in the order of `fixation_columns`.

    None for a model without fixation, and for a run of an earlier version.

    The ratios are means over patches and channels. Those of the run itself are in metrics.csv.
    """
    if f"{model}/{axis}/metrics_ratios/ones" not in manifest["arrays"]:
        return None
    ratios = [
        store.array(handle, f"{model}/{axis}/ratio_{which}").astype(np.float64).mean((-2, -1))
        for which in ("query", "key")
    ]
    changed = [
        store.array(handle, f"{model}/{axis}/metrics_ratios/{how}") for how in ("ones", "shuffled")
    ]
    return np.concatenate([np.stack(ratios, -1), *changed], -1)


def drive_rows(store: Store, handle: str, manifest: dict[str, Any]) -> Iterator[Row]:
    """Return what drives the ratios: one row per model, layer, axis, head, frame, ratio and part.

    Values: the part of the logit, mean over patches and channels, and the mean without its sign.
    Parts that the head does not hold are left out.
    """
    times = manifest["frames"]["timestamp_s"]
    for entry in manifest["models"]:
        for axis in entry["axes"]:
            base = f"{entry['name']}/{axis}/logit"
            if f"{base}/query/signed" not in manifest["arrays"]:
                continue
            directions = entry["neighbors"].get(axis, ())
            names = [*_PARTS, *(direction["label"] for direction in directions)]
            holders = [None, None, None, *(direction["heads"] for direction in directions)]
            for which in ("query", "key"):
                signed, absolute = (
                    store.array(handle, f"{base}/{which}/{kind}") for kind in ("signed", "absolute")
                )
                for layer, head, frame in np.ndindex(signed.shape[:3]):
                    for part, name in enumerate(names):
                        if holders[part] is not None and head not in holders[part]:
                            continue
                        place = [entry["name"], layer, axis, head, frame, times[frame]]
                        values = (
                            signed[layer, head, frame, part],
                            absolute[layer, head, frame, part],
                        )
                        yield [*place, which, name, *map(_number, values)]


DRIVE_COLUMNS: Final[Sequence[str]] = ("ratio", "part", "logit", "logit_absolute")


def _number(value: np.floating) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)
