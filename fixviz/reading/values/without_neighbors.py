"""A model beside one without neighbors: trained without them, or with every direction off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fixviz.reading.run import StoredResult
from fixviz.reading.values.neighborhood import Array, View, reads_neighbors


@dataclass(frozen=True)
class Compared:
    """What is compared between a model and one without neighbors, in one attention of a layer."""

    title: str
    checkpoint: str
    received: Array
    """Attention received, by source, mean of heads [N, h, w]."""
    concentration: Array
    """Concentration, mean of heads [N]."""
    probabilities: Array
    """Probabilities of the classes [windows, classes]."""
    follows: str = ""


def compared(view: View, entry: Mapping[str, Any], title: str, follows: str = "") -> Compared:
    """Return what is compared of a model of the run, in the attention in view."""
    name, run = str(entry["name"]), view.run
    received = run.array(f"{name}/{view.axis}/attention_received/source")
    concentration = run.rows_measure(name, str(view.axis), "concentration")
    return Compared(
        title,
        run.checkpoint(name),
        np.asarray(received[view.layer], np.float32).mean(0),
        concentration[view.layer].mean(0),
        np.array(entry["probabilities"]),
        follows,
    )


def compared_off(view: View, found: StoredResult, title: str, follows: str = "") -> Compared:
    """Return what is compared of the model itself with every direction off ("without_neighbors")."""
    received = found.array(f"{view.axis}/attention_received/source")
    concentration = found.rows_measure(str(view.axis), "concentration")
    return Compared(
        title,
        view.checkpoint,
        np.asarray(received[view.layer], np.float32).mean(0),
        concentration[view.layer].mean(0),
        found.array("probabilities"),
        follows,
    )


def partners(view: View) -> list[dict[str, Any]]:
    """Return the models of the run of the same kind, size and classes that read no neighbors."""
    alike = ("attention", "fixation", "form", "dim", "depth", "heads")
    shared = ("grid", "windows", "classes")
    mine = view.entry["config"]
    return [
        entry
        for entry in view.run.models
        if not reads_neighbors(entry)
        and all(entry["config"].get(key) == mine.get(key) for key in alike)
        and all(entry[key] == view.entry[key] for key in shared)
    ]
