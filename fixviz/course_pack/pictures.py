"""Small pictures inside the data of a lesson."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from fixviz.media.encode import encode_image


def picture_url(
    pixels: torch.Tensor | NDArray[np.floating], scale: int = 1, quality: int = 90
) -> str:
    """Return a picture [3, H, W] in 0..1 as a data URL with a WebP, `scale` times as wide and high."""
    picture = np.asarray(pixels, dtype=np.float32).transpose(1, 2, 0)
    whole = np.clip(np.rint(255 * picture), 0, 255).astype(np.uint8)
    size = (whole.shape[1] * scale, whole.shape[0] * scale)
    larger = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    data = base64.b64encode(encode_image(larger, "webp", quality)).decode("ascii")
    return f"data:image/webp;base64,{data}"
