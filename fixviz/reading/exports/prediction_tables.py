"""Tabulate what the models of a stored run answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from fixviz.reading.exports.columns import Block, Column, Manifest, RunTable
from fixviz.store import Store


def probability_blocks(store: Store, handle: str, manifest: Manifest) -> Iterator[Block]:
    """Return the class probabilities of each window; a window has its first and last frame."""
    return blocks_of_manifest(manifest)


def blocks_of_manifest(manifest: Manifest) -> Iterator[Block]:
    """Return the same from the manifest alone."""
    times = np.array(manifest["frames"]["timestamp_s"], np.float64)
    for model in manifest["models"]:
        start = np.array(model["windows"]["start"], int)
        last = np.minimum(start + model["windows"]["frames"], len(times)) - 1
        values = np.array(model["probabilities"], np.float64).reshape(len(start), -1)
        window, number = (index.ravel() for index in np.indices(values.shape))
        yield {
            "model": model["name"],
            "window": window,
            "first_frame": start[window],
            "last_frame": last[window],
            "start_s": times[start[window]],
            "class": np.array(model["classes"], object)[number],
            "probability": values.ravel(),
        }


PROBABILITIES: Final = RunTable(
    "probabilities",
    "one model, window of frames and class",
    (
        Column("model", "text", "name of the model in the run"),
        Column("window", "whole", "window of frames that the model sees together, from 0"),
        Column("first_frame", "whole", "its first analyzed frame"),
        Column("last_frame", "whole", "its last analyzed frame"),
        Column("start_s", "seconds", "when its first frame began, in seconds"),
        Column("class", "text", "name of the class"),
        Column("probability", "number", "probability that the model gives the class, 0 to 1"),
    ),
    probability_blocks,
)
