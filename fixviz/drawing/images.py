"""Pictures inside charts and documents: as data URLs, made smaller where they are large."""

from __future__ import annotations

import base64
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fixviz.media.encode import encode_image

_QUALITY: Final = 82


def data_url(picture: NDArray[np.uint8]) -> str:
    """Return an RGB picture [H, W, 3] as a data URL with a JPEG."""
    data = base64.b64encode(encode_image(picture, "jpeg", _QUALITY)).decode()
    return f"data:image/jpeg;base64,{data}"


def smaller(picture: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Return the picture at most `width` pixels wide."""
    if picture.shape[1] <= width:
        return picture
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
