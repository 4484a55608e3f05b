"""Maps over frames, as figures describe them: pictures with labels, and their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fixviz.reading.figures.figure import Array, MapPicture, MapRow
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.run import StoredRun
from fixviz.reading.scales import Scale


def map_row(
    run: StoredRun,
    model: str,
    frames: Sequence[int],
    maps: Array,
    scale: Scale,
    what: str,
    title: str = "",
) -> MapRow:
    """Describe maps [len(frames), h, w] of a model over their frames, each with its frame and time.

    what: the quantity, for the text alternatives. title: of the row.
    """
    pictures = [
        MapPicture(
            f"frame {frame}, {run.timestamp(frame):.2f} s",
            f"{what} over frame {frame} at {run.timestamp(frame):.2f} s. {extremes(values)}",
            map_picture(run, model, frame, values, scale),
        )
        for frame, values in zip(frames, maps, strict=True)
    ]
    return MapRow(title, pictures)


def extremes(values: Array) -> str:
    """Say where a map [h, w] has its extremes, for those who do not see it."""
    if not np.isfinite(values).any():
        return "No value is defined."
    row, column = np.unravel_index(int(np.nanargmax(values)), values.shape)
    return (
        f"From {np.nanmin(values):.3g} to {np.nanmax(values):.3g}; highest at row {row}, column "
        f"{column} of {values.shape[0]} × {values.shape[1]} patches."
    )


def frames_table(frames: Sequence[int], maps: Mapping[str, Array]) -> dict[str, list[Any]]:
    """Return the numbers of maps [len(frames), h, w] by name: one row for each frame and patch."""
    frame, row, column = np.indices(next(iter(maps.values())).shape).reshape(3, -1)
    return {
        "frame": np.array(frames)[frame].tolist(),
        "row": row.tolist(),
        "column": column.tolist(),
        **{name: values.ravel().tolist() for name, values in maps.items()},
    }


def patches_table(maps: Mapping[str, Array]) -> dict[str, list[Any]]:
    """Return the numbers of maps [h, w] by name: one row for each patch."""
    row, column = np.indices(next(iter(maps.values())).shape).reshape(2, -1)
    values = {name: of_patch.ravel().tolist() for name, of_patch in maps.items()}
    return {"row": row.tolist(), "column": column.tolist(), **values}
