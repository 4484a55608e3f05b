"""The same model without its neighbors: every key and value reads the token's own channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from fixviz.analysis.derived import Derived, Subject
from fixviz.analysis.maps import count_steps, model_maps
from fixviz.analysis.measures import METRICS
from fixviz.analysis.neighbors import axis_directions
from fixviz.errors import OptionError
from fixviz.model.change import AttentionChange, NetworkChange
from fixviz.model.config import ModelConfig

NO_NEIGHBORS = "This model reads no neighbors: every key and value is the token's own."


def without_neighbors(config: ModelConfig) -> NetworkChange:
    """Leave every direction out in every attention of a model. It was not trained so."""
    return {
        (layer, axis): AttentionChange(
            directions_off=frozenset(d.label for d in axis_directions(config, axis))
        )
        for layer in range(config.depth)
        for axis in config.axes
    }


@torch.inference_mode()
def derive_without_neighbors(subject: Subject, arguments: Mapping[str, Any]) -> Derived:
    """Return maps, measures and predictions of the model without any neighbors, in all layers.

    Arrays: <axis>/attention_received/source float16 [L, n, N, h, w], <axis>/metrics float32
    [L, n, N, M], as a run has them; probabilities float32 [windows, classes]. The description names
    the measures in their order (`metrics`). Takes no arguments.
    Raises OptionError for a model without feature shift.
    """
    config = subject.model.config
    if arguments:
        raise OptionError("Leaving out all neighbors takes no arguments.")
    if not (config.spatial_shift or config.temporal_shift):
        raise OptionError(NO_NEIGHBORS)
    total = count_steps(subject.model, subject.frames)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        subject.should_stop()
        subject.progress(done / total, "Running the model without neighbors")

    changes = without_neighbors(config)
    maps = model_maps(subject.model, subject.frames, step=step, changes=changes, basics_only=True)
    arrays: dict[str, Any] = {"probabilities": maps.probabilities}
    for axis in config.axes:
        received = f"{axis}/attention_received/source"
        arrays[received] = maps.arrays[received].astype(np.float16)
        arrays[f"{axis}/metrics"] = maps.arrays[f"{axis}/metrics"]
    return Derived({"windows": maps.windows.starts.tolist(), "metrics": list(METRICS)}, arrays)
