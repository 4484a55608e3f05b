"""Pictures as data URLs: each kind, with the picture that comes back out of it."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fixviz.media.encode import encode_image
from fixviz.ui.pictures import data_url

RAMP = np.broadcast_to(np.arange(0, 256, 4, dtype=np.uint8)[None, :, None], (48, 64, 3)).copy()


def shown(url: str) -> NDArray[np.uint8]:
    data = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), np.uint8)


def test_an_rgb_picture_is_a_jpeg_close_to_it() -> None:
    red = RAMP.copy()
    red[..., 1:] = 0
    url = data_url(red)
    assert url.startswith("data:image/jpeg;base64,")
    assert np.abs(shown(url)[..., ::-1].astype(int) - red).max() <= 12


def test_a_transparent_picture_is_a_webp_close_to_it() -> None:
    rgba = np.dstack([RAMP, RAMP[..., 0]])
    rgba[..., 0], rgba[..., 3] = 7, np.where(rgba[..., 3] > 100, 255, 0)
    url = data_url(rgba)
    assert url.startswith("data:image/webp;base64,")
    found = shown(url)[..., [2, 1, 0, 3]]
    assert np.array_equal(found[..., 3], rgba[..., 3])
    seen = rgba[..., 3] > 0
    assert np.abs(found.astype(int) - rgba)[seen].max() <= 12


@pytest.mark.parametrize("kind", ["webp", "jpeg", "png"])
def test_the_bytes_of_a_file_are_left_as_they_are(kind: str) -> None:
    data = encode_image(RAMP, kind)
    head, _, body = data_url(data).partition(",")
    assert head == f"data:image/{kind};base64"
    assert base64.b64decode(body) == data


def test_other_bytes_are_no_picture() -> None:
    with pytest.raises(ValueError, match="WebP, JPEG or PNG"):
        data_url(b"<svg onload=alert(1)>")
