"""Color tables: perceptually uniform and safe for color-blind readers.

"viridis", "cividis" and "magma" are matplotlib's (CC0), as OpenCV carries them: for values from
low to high. "diverging" is for signed differences: blue below, gray in the middle, orange above,
straight lines in Oklab (Ottosson 2020), so that equal steps look equal on both sides.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.errors import OptionError

_OPENCV = {
    "viridis": cv2.COLORMAP_VIRIDIS,
    "cividis": cv2.COLORMAP_CIVIDIS,
    "magma": cv2.COLORMAP_MAGMA,
}
COLORMAPS: tuple[str, ...] = (*_OPENCV, "diverging")
"""Names of the color tables."""

# Oklab (lightness, a, b): blue, gray, orange. Ends have the same lightness and chroma.
_BLUE = (0.52, -0.035, -0.125)
_GREY = (0.95, 0.0, 0.0)
_ORANGE = (0.52, 0.079, 0.103)
_OKLAB_TO_LMS = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_LMS_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


@cache
def colormap(name: str) -> NDArray[np.uint8]:
    """Return the color table `name` as read-only uint8 [256, 3] RGB. Raises OptionError if unknown."""
    if name in _OPENCV:
        steps = np.arange(256, dtype=np.uint8)[:, None]
        table = np.asarray(cv2.applyColorMap(steps, _OPENCV[name]), np.uint8).reshape(256, 3)[
            :, ::-1
        ]
    elif name == "diverging":
        table = _diverging()
    else:
        raise OptionError(f"There is no color map {name!r}; use one of {', '.join(COLORMAPS)}.")
    table = np.ascontiguousarray(table)
    table.setflags(write=False)
    return table


def _diverging() -> NDArray[np.uint8]:
    steps = np.linspace(-1, 1, 256)
    lab = np.stack(
        [np.interp(steps, (-1, 0, 1), ends) for ends in zip(_BLUE, _GREY, _ORANGE, strict=True)], -1
    )
    linear = np.clip((lab @ _OKLAB_TO_LMS.T) ** 3 @ _LMS_TO_RGB.T, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    table: NDArray[np.uint8] = np.round(srgb * 255).astype(np.uint8)
    return table
