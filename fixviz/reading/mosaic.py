"""Pictures arranged as a compass: each map stands where its neighbor lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

_STRIP = 36
_GAP = 6
_GROUND, _INK = (38, 44, 50), (240, 240, 240)


def mosaic(
    pictures: Mapping[tuple[int, int], tuple[str, NDArray[np.uint8]]],
    rows: Sequence[int],
    columns: Sequence[int],
    width: int = 300,
) -> NDArray[np.uint8]:
    """Arrange RGB pictures by (row, column), each under its label, in one RGBA picture.

    Labels stand light on dark, so that they can be read on light and on dark pages. The space between the
    pictures is transparent.
    """
    _, first = next(iter(pictures.values()))
    height = round(width * first.shape[0] / first.shape[1])
    high, wide = _STRIP + height + _GAP, width + _GAP
    sheet = np.zeros((high * len(rows) - _GAP, wide * len(columns) - _GAP, 4), np.uint8)
    for (row, column), (label, picture) in pictures.items():
        top, left = rows.index(row) * high, columns.index(column) * wide
        strip = np.full((_STRIP, width, 3), _GROUND, np.uint8)
        place, font = (8, _STRIP - 11), cv2.FONT_HERSHEY_SIMPLEX
        # Large, as a narrow window shows the sheet at a third of its size.
        cv2.putText(strip, label, place, font, 0.75, _INK, 2, cv2.LINE_AA)
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        tile = sheet[top : top + _STRIP + height, left : left + width]
        tile[..., :3], tile[..., 3] = np.concatenate([strip, small]), 255
    return sheet


def webp(sheet: NDArray[np.uint8]) -> bytes:
    """Encode an RGBA picture as a WebP file for a page: less than half as large as PNG, and close to it.

    What is transparent stays exactly so.
    """
    drawn = cv2.cvtColor(sheet, cv2.COLOR_RGBA2BGRA)
    return cv2.imencode(".webp", drawn, [cv2.IMWRITE_WEBP_QUALITY, 95])[1].tobytes()


def outlined(
    picture: NDArray[np.uint8], patch: tuple[int, int], cell: tuple[float, float]
) -> NDArray[np.uint8]:
    """Return a copy of the picture with an outline around patch (row, column).

    cell: height and width of a patch in pixels.
    """
    (row, column), (height, width) = patch, cell
    corner = round((column - 0.5) * width), round((row - 0.5) * height)
    other = round((column + 0.5) * width), round((row + 0.5) * height)
    drawn = np.array(picture, order="C")
    cv2.rectangle(drawn, corner, other, (255, 43, 214), 3)
    return drawn
