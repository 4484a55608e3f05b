"""Numbers of the lesson on tokens."""

from __future__ import annotations

from fixviz.reading.run import StoredRun


def numbers(run: StoredRun) -> dict[str, float]:
    """Return the counts that the lesson asks for, and those that its known mistakes lead to.

    All models of a run that the course shows are cut alike; the first one's grid counts.
    """
    entry = run.models[0]
    grid = entry["grid"]
    patch, stride = grid["patch"], grid["stride"]
    height, width = grid["model_height"], grid["model_width"]
    rows, columns = grid["rows"], grid["columns"]
    wanted = round(1.5 * stride)
    place_row, place_column = rows // 3, columns // 2
    if place_row == place_column:
        place_column += 1  # Else row and column in the wrong order would be right.
    return {
        "run.patches_without_border": (height // stride) * (width // stride),
        "run.patches_side_by_side": (height // patch) * (width // patch),
        "run.patch_pixels": patch**2,
        "run.patch_numbers": 3 * patch**2,
        "run.clip_tokens": rows * columns * run.frames,
        "run.place_row": place_row,
        "run.place_column": place_column,
        "run.wanted_patches": (height // wanted + 1) * (width // wanted + 1),
    }
