"""Numbers of the lesson on feature fixation."""

from __future__ import annotations

import numpy as np

from fixviz.course.moment import lesson_frame
from fixviz.reading.run import StoredRun


def numbers(run: StoredRun) -> dict[str, float]:
    """Return the concentration (0 to 1) of the last spatial attention with all its ratios 1.

    It is the mean over the queries and heads of the fixation model, on the frame of `lesson_frame`.
    """
    frame, _ = lesson_frame(run)
    values = run.rows_measure("fixation", "spatial", "concentration", "metrics_ratios/ones")
    return {"run.concentration.fixation.off": float(np.mean(values[-1, :, frame], dtype=float))}
