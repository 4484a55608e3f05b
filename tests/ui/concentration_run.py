"""The synthetic run with what the Concentration page reads, known in every value."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ui.synthetic import FRAMES, HEADS, LAYERS, ROWS, TITLES, Array, synthetic_run

COLUMNS = 12
POINTING = 0.25
BASELINE = 0.0625


def concentration_run(
    truth: bool = True,
) -> tuple[dict[str, Any], dict[str, Array], dict[str, bytes]]:
    """With `truth` a clip with a known target in all frames but the first, else one without."""
    manifest, arrays, files = synthetic_run()
    manifest["truth"] = (
        {
            "positive": 0.2,
            "segments": [
                {
                    "class": "orbit",
                    "first_frame": 3,
                    "last_frame": 20,
                    "start_s": 0.125,
                    "end_s": 0.875,
                }
            ],
        }
        if truth
        else None
    )
    shape = (LAYERS, HEADS, FRAMES)
    cell = np.arange(LAYERS)[:, None, None] + np.arange(HEADS)[None, :, None] / 8
    for i, name in enumerate(TITLES):
        for axis in ("spatial", "temporal"):
            stem = f"{name}/{axis}"
            power = 1 + i + cell[..., None] + 0 * np.zeros((*shape, 1))
            arrays[f"{stem}/lorenz"] = (np.linspace(0, 1, 21) ** power).astype(np.float16)
            counts = np.zeros((*shape, 20), np.uint16)
            counts[..., 3 + i] = ROWS * COLUMNS - 8
            counts[..., 11] = 8
            arrays[f"{stem}/concentration_histogram"] = counts
            if truth:
                _add_target(arrays, stem, shape)
            else:
                agreement = np.broadcast_to(0.125 * cell - 0.25, shape).astype(np.float32)
                arrays[f"{stem}/motion_agreement"] = agreement
                arrays[f"{stem}/attended_motion"] = 1 + 2 * agreement
    return manifest, arrays, files


def _add_target(arrays: dict[str, Array], stem: str, shape: tuple[int, ...]) -> None:
    for name in ("mass_on_target", "mass_on_target_queries", "pointing", "average_precision"):
        values = np.full(shape, POINTING, np.float32)
        values[..., 0] = np.nan
        level = np.full(FRAMES, BASELINE, np.float32)
        level[0] = np.nan
        arrays[f"{stem}/{name}"] = values
        arrays[f"{stem}/baseline/{name}"] = level
