"""Numbers of the clip, the models' grids, and the attention on the frame that the lessons look at."""

from __future__ import annotations

import numpy as np

from fixviz.course.moment import MODELS, lesson_frame
from fixviz.reading.run import StoredRun

_SHAPE_OF = "fixation"
"""The three models have one grid, one window and as many layers: this one's are taken."""
_MEASURES = {
    "looks_at": "effective_support",
    "concentration": "concentration",
    "entropy": "entropy",
    "top_mass": "top10_mass",
    "gini": "gini",
}


def numbers(run: StoredRun) -> dict[str, float]:
    """Return sizes of the clip and grid, and the measures of each model's last spatial attention.

    The measures are those of `lesson_frame`, the mean over its queries and heads: the effective support
    `run.looks_at.<model>` in patches, the entropy in nats, the others from 0 to 1.
    """
    entry = run.model(_SHAPE_OF)
    grid, config = entry["grid"], entry["config"]
    frame, window = lesson_frame(run)
    patches = grid["rows"] * grid["columns"]
    window_frames = entry["windows"]["frames"]
    found = {
        "run.frames": run.frames,
        "run.windows": len(entry["windows"]["start"]),
        "run.window_frames": window_frames,
        "run.rows": grid["rows"],
        "run.columns": grid["columns"],
        "run.patches": patches,
        "run.tokens": patches * window_frames,
        "run.patch": grid["patch"],
        "run.stride": grid["stride"],
        "run.model_width": grid["model_width"],
        "run.model_height": grid["model_height"],
        "run.frame": frame,
        "run.window": window,
        "run.time_s": run.timestamp(frame),
        "run.heads": entry["heads"],
        "run.layers": entry["layers"],
        "run.layer": entry["layers"] - 1,
        "run.embedding": config["dim"],
        "run.head_dim": config["dim"] // entry["heads"],
        "run.looks_at.fixation.off": _at(
            run, "fixation", frame, "effective_support", "metrics_ratios/ones"
        ),
    }
    for model in MODELS:
        for name, measure in _MEASURES.items():
            found[f"run.{name}.{model}"] = _at(run, model, frame, measure)
    return found


def _at(run: StoredRun, model: str, frame: int, measure: str, quantity: str = "metrics") -> float:
    """Return a measure of the last spatial attention on a frame, the mean over the heads."""
    values = run.rows_measure(model, "spatial", measure, quantity)
    return float(np.mean(values[-1, :, frame], dtype=np.float64))
