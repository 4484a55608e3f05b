"""Maps over frames, each patch where it belongs.

The center of patch (row, column) is at (row * S, column * S) model pixels, S the stride, so the
first row and column of cells lie half outside the frame. Stretching the h x w map over the frame
would shift every patch by up to half a cell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fixviz.media.colormaps import colormap as color_table


def overlay(
    frames: NDArray[np.uint8],
    maps: NDArray[np.floating],
    cell_height: float,
    cell_width: float,
    alpha: float = 0.55,
    colormap: str = "viridis",
) -> NDArray[np.uint8]:
    """Blend maps over frames, cell by cell.

    `frames` [N, H, W, 3] RGB; `maps` [N, h, w], 0..1 over the color table (values outside take
    its ends), NaN shows the frame; `cell_height`, `cell_width` the size of a cell in frame pixels:
    the stride times display pixels per model pixel. `alpha` 0..1 is the share of the color.
    Pixels that no cell covers show the frame. Returns new frames [N, H, W, 3].
    Raises OptionError for an unknown color map.
    """
    if len(frames) != len(maps):
        raise ValueError(f"{len(frames)} frames but {len(maps)} maps")
    table = color_table(colormap).astype(np.float32)
    rows, rows_covered = cells_of_pixels(frames.shape[1], maps.shape[1], cell_height)
    columns, columns_covered = cells_of_pixels(frames.shape[2], maps.shape[2], cell_width)
    covered = rows_covered[:, None] & columns_covered
    drawn = frames.copy()
    for frame, values in zip(drawn, maps, strict=True):
        defined = np.isfinite(values)
        levels = np.round(np.where(defined, values, 0).clip(0, 1) * 255).astype(np.uint8)
        colors = table[levels][rows[:, None], columns]
        shown = covered & defined[rows[:, None], columns]
        blended = frame + alpha * (colors - frame)
        frame[shown] = np.round(blended[shown]).astype(np.uint8)
    return drawn


def cells_of_pixels(
    pixels: int, cells: int, cell_size: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return, along one side, the cell in which each pixel's center lies, and whether there is one.

    Cell k covers (k - 1/2) * cell_size to (k + 1/2) * cell_size; pixel i has its center at i + 1/2.
    """
    cell = np.floor((np.arange(pixels) + 0.5) / cell_size + 0.5).astype(np.int64)
    return cell.clip(0, cells - 1), cell < cells
