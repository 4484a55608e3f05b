"""Attribution maps as pictures: where nothing is attributed, the frame shows through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.media.overlay import cells_of_pixels
from fixviz.reading.map_pictures import map_picture
from fixviz.reading.run import StoredRun, patch_size
from fixviz.reading.scales import Scale

Array = NDArray[np.floating]
SIGNED_COLORS: Final = "diverging"
_MOST_OPAQUE: Final = 0.9
_PERCENTILE: Final = 99


def scale_of(maps: Array, *, signed: bool) -> Scale:
    """Return a scale symmetric about 0 for signed maps, from 0 up for the others.

    It ends at the 99th percentile of the strength, so that one peaked patch does not leave all the
    others without a color; where that is 0, at the strongest number.
    """
    strength = np.abs(maps[np.isfinite(maps)])
    most = float(np.percentile(strength, _PERCENTILE)) if strength.size else 0.0
    most = most or strongest(maps) or 1.0
    return Scale(-most, most, SIGNED_COLORS) if signed else Scale(0.0, most)


def strongest(maps: Array) -> float:
    """Return the largest defined number, whatever its sign; 0 where there is none."""
    return float(np.max(np.abs(np.nan_to_num(maps)), initial=0.0))


def picture(
    run: StoredRun, entry: Mapping[str, Any], frame: int, values: Array, scale: Scale
) -> NDArray[np.uint8]:
    """Draw a map [h, w] over its frame: RGB uint8 [H, W, 3].

    On a signed scale the frame is gray, so that no color of its own is taken for the map's, and a
    patch is the more opaque the stronger its number is (the square root of its share of the scale's
    end): where it is 0, only the frame is seen.
    """
    if scale.colors != SIGNED_COLORS:
        return map_picture(run, entry["name"], frame, values, scale)
    colors = map_picture(run, entry["name"], frame, values, scale, opacity=1.0)
    strength = np.sqrt(np.abs(2 * np.nan_to_num(scale.shares(values), nan=0.5) - 1).clip(0, 1))
    height, width = patch_size(entry)
    rows, down = cells_of_pixels(colors.shape[0], values.shape[0], height)
    columns, across = cells_of_pixels(colors.shape[1], values.shape[1], width)
    covered = (down[:, None] & across)[..., None]
    opacity = _MOST_OPAQUE * strength[rows[:, None], columns, None] * covered
    gray = cv2.cvtColor(run.frame_image(frame), cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32)
    return np.asarray(np.round(gray + opacity * (colors - gray)), dtype=np.uint8)


def unit_maps(maps: Array) -> Array:
    """Return each frame's map divided by its strongest number, which becomes 1 or -1."""
    most = np.abs(np.nan_to_num(maps)).max((-2, -1), keepdims=True)
    return np.asarray(maps / np.where(most > 0, most, 1))
