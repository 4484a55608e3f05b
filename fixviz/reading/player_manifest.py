"""The manifest of a run as the player and the lessons get it."""

from __future__ import annotations

import hashlib
from typing import Any

from fixviz.analysis.window_truth import window_classes
from fixviz.reading.opening_frame import opening_frame
from fixviz.store import Store

_ATTRIBUTION = "attribution"
_GROUP_DIGITS = 8


def player_manifest(store: Store, handle: str) -> dict[str, Any]:
    """Return the manifest with what else the player needs.

    That is the attributions that the run has by now, its `opening_frame`, and per model and window the
    class that the clip is known to show (`window_truth`).

    Raises RunNotFound, StorageError.
    """
    found = store.manifest(handle)
    found["attributions"] = _attributions(store, handle)
    found["opening_frame"] = opening_frame(found)
    for model in found["models"]:
        model["window_truth"] = window_classes(found, model)
    return found


def _attributions(store: Store, handle: str) -> list[dict[str, Any]]:
    """List the attributions of a run.

    Each is the stored description with `model` and `group`: equal arguments, such as method and
    target, make the results of several models comparable, so they have one group.
    """
    found = []
    for name in store.derived_names(handle, f"{_ATTRIBUTION}/"):
        description = store.derived(handle, name)
        _, model, arguments = name.split("/", 2)
        if description is not None and "map" in description["arrays"]:
            group = hashlib.sha256(arguments.encode()).hexdigest()[:_GROUP_DIGITS]
            found.append({**description, "model": model, "group": group})
    return found
