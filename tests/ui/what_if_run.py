"""The synthetic run with models that can be changed, and what becomes of it, known in every value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fixviz.analysis.what_if.frames import frame_order
from fixviz.analysis.what_if.interventions import Intervention, describe
from fixviz.analysis.what_if.plain import to_json
from fixviz.engine import DeriveRequest
from fixviz.model.config import ModelConfig
from fixviz.store import Store
from tests.ui.synthetic import (
    CLASSES,
    COLUMNS,
    FRAMES,
    HEADS,
    LAYERS,
    METRICS,
    ROWS,
    synthetic_run,
)

KEY = "d" * 64
SMALL: dict[str, Any] = {
    "dim": 64,
    "depth": LAYERS,
    "heads": HEADS,
    "patch": 12,
    "image_size": 64,
}
CONFIGS = {
    "softmax": ModelConfig(attention="softmax", **SMALL),
    "linear": ModelConfig(**SMALL),
    "fixation": ModelConfig(
        fixation="cooperative", spatial_shift=True, temporal_shift=True, **SMALL
    ),
}
SUPPORT = float(ROWS * COLUMNS)
"""Effective support after a change: all patches."""


def publish(store: Store, measures: Sequence[str] = METRICS) -> str:
    """The run with these measures of the rows, in this order; its handle."""
    manifest, arrays, files = synthetic_run()
    for entry in manifest["models"]:
        entry["config"] = CONFIGS[entry["name"]].to_dict()
    manifest["metrics"] = list(measures)
    for name, array in arrays.items():
        if name.endswith("/metrics"):
            arrays[name] = array[..., [METRICS.index(measure) for measure in measures]]
    return store.publish(KEY, manifest, arrays, files, owner="test", name="orbit.mp4")


def keep_answer(
    store: Store,
    run: str,
    model: str,
    listed: Sequence[Intervention],
    measures: Sequence[str] | None = None,
    **facts: Any,
) -> None:
    """Store what the changed run is to be: uniform attention, and "orbit" for certain.

    measures: of the rows, as the description names them; None leaves them to the run, as earlier
    versions did. facts: others than those of a picture that is not changed.
    """
    entry = next(m for m in store.manifest(run)["models"] if m["name"] == model)
    windows = len(entry["windows"]["start"])
    arrays: dict[str, Any] = {"probabilities": np.zeros((windows, len(CLASSES)), np.float32)}
    arrays["probabilities"][:, CLASSES.index("orbit")] = 1
    names = list(measures or store.manifest(run)["metrics"])
    for axis in ("spatial", "temporal"):
        maps = np.ones((LAYERS, HEADS, FRAMES, ROWS, COLUMNS), np.float16)
        arrays[f"{axis}/attention_received/source"] = maps
        metrics = np.zeros((LAYERS, HEADS, FRAMES, len(names)), np.float32)
        if "effective_support" in names:
            metrics[..., names.index("effective_support")] = SUPPORT
        arrays[f"{axis}/metrics"] = metrics
    grid = ("rows", "columns", "patch", "stride", "model_height", "model_width")
    description = {
        "interventions": to_json(listed),
        "title": describe(listed),
        "frames": list(range(FRAMES)),
        "windows": list(range(windows)),
        "frame_at": frame_order(listed, FRAMES).tolist(),
        "grid": {name: entry["grid"][name] for name in grid},
        "crop": None,
        "pixels": "own",
        **({} if measures is None else {"metrics": names}),
        **facts,
    }
    name = DeriveRequest(run, "what_if", model, {"interventions": to_json(listed)}).name
    store.add_derived(KEY, name, description, arrays)
