"""What an attention layer is, beside its numbers, as the browser needs it. Needs no torch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fixviz.analysis.windows import Windows
from fixviz.model.config import Axis, ModelConfig
from fixviz.model.directions import head_folds


def layer_description(
    config: ModelConfig, axis: Axis, layer: int, windows: Windows, rows: int, columns: int
) -> dict[str, Any]:
    """Return what the browser needs beside the arrays of an attention, as plain JSON.

    `windows` cut the clip, each with `rows` x `columns` patches. "T" is the number of frames of a
    window, "frames" that of the clip; each fold says which channels of a head come from which
    neighbor.
    """
    return {
        "axis": axis,
        "layer": layer,
        "attention": config.attention,
        "fixation": config.fixation,
        "segment": config.shift_segment if axis == "spatial" else None,
        "folds": [
            {
                **asdict(row.direction),
                "keeps_own": row.direction.keeps_own_at_border,
                "head": row.head,
                "start": row.start,
                "stop": row.stop,
            }
            for row in head_folds(config, axis, layer)
        ],
        "windows": windows.starts.tolist(),
        "window_of_frame": windows.of_frame.tolist(),
        "frames": windows.frames,
        "T": windows.length,
        "rows": rows,
        "columns": columns,
        "heads": config.heads,
        "head_dim": config.head_dim,
    }
