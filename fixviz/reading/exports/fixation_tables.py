"""Tabulate fixation and neighborhood of a stored run, for the models that have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fixviz.analysis.measure_table import ROW_MEASURES
from fixviz.reading.exports.columns import (
    PLACE,
    Block,
    Column,
    Manifest,
    RunTable,
    attentions,
    place_of,
)
from fixviz.store import Store

_PARTS: Final = ("constant", "query", "own")
_CHANGES: Final = {
    "ratios_1": ("ones", "with all fixation ratios 1"),
    "ratios_shuffled": ("shuffled", "with the ratios dealt to other tokens"),
}
"""By the end of the column's name: the end of the array's name, and the condition in words."""


def fixation_blocks(store: Store, handle: str, manifest: Manifest) -> Iterator[Block]:
    """Return the fixation ratios, means over patches and channels, and the metrics with other ratios.

    The metrics with the ratios of the run itself are in metrics.csv. Nothing for a model without fixation,
    and for a run of an earlier version.
    """
    for model, axis in attentions(manifest):
        base = f"{model}/{axis}"
        if f"{base}/metrics_ratios/ones" not in manifest["arrays"]:
            continue
        columns: dict[str, NDArray[np.float64]] = {
            f"ratio_{which}": store.array(handle, f"{base}/ratio_{which}")
            .astype(np.float64)
            .mean((-2, -1))
            for which in ("query", "key")
        }
        for how, (array, _) in _CHANGES.items():
            changed = store.array(handle, f"{base}/metrics_ratios/{array}")
            columns |= {
                f"{metric}_{how}": changed[..., number]
                for number, metric in enumerate(manifest["metrics"])
            }
        shape = columns["ratio_query"].shape
        values = {name: array.ravel() for name, array in columns.items()}
        yield {**place_of(manifest, model, axis, shape), **values}


def drive_blocks(store: Store, handle: str, manifest: Manifest) -> Iterator[Block]:
    """Return what drives the ratios: the parts of the logit, means over patches and channels.

    Parts that a head does not hold are left out.
    """
    for entry in manifest["models"]:
        for axis in entry["axes"]:
            base = f"{entry['name']}/{axis}/logit"
            if f"{base}/query/signed" not in manifest["arrays"]:
                continue
            directions = entry["neighbors"].get(axis, ())
            names = np.array([*_PARTS, *(d["label"] for d in directions)], object)
            for which in ("query", "key"):
                signed, absolute = (
                    store.array(handle, f"{base}/{which}/{kind}") for kind in ("signed", "absolute")
                )
                held = np.ones(signed.shape, bool)
                for part, direction in enumerate(directions, len(_PARTS)):
                    heads = np.isin(np.arange(signed.shape[1]), direction["heads"])
                    held[..., part] = heads[:, None]
                parts = np.broadcast_to(np.arange(signed.shape[3]), signed.shape)
                place = place_of(manifest, entry["name"], axis, signed.shape)
                kept = held.ravel()
                yield {
                    **{k: v if isinstance(v, str) else v[kept] for k, v in place.items()},
                    "ratio": which,
                    "part": names[parts[held]],
                    "logit": signed[held],
                    "logit_absolute": absolute[held],
                }


FIXATION: Final = RunTable(
    "fixation",
    "one model with fixation, layer, axis, head and frame",
    (
        *PLACE,
        Column(
            "ratio_query", "number", "fixation ratio of the queries, mean over patches and channels"
        ),
        Column("ratio_key", "number", "fixation ratio of the keys, mean over patches and channels"),
        *(
            Column(f"{measure.name}_{how}", "number", f"{measure.axis_title} {condition}")
            for how, (_, condition) in _CHANGES.items()
            for measure in ROW_MEASURES
        ),
    ),
    fixation_blocks,
)
RATIO_PARTS: Final = RunTable(
    "ratio_parts",
    "one model with fixation, layer, axis, head, frame, ratio and part of its logit",
    (
        *PLACE,
        Column("ratio", "text", "query or key"),
        Column("part", "text", "constant, query, own, or the name of a neighbor"),
        Column("logit", "number", "the part, mean over patches and channels"),
        Column("logit_absolute", "number", "the same, mean without its sign"),
    ),
    drive_blocks,
)
