"""Pictures of a page, drawn from what the page itself holds.

`st.image` keeps a picture of an array or of bytes in the server's memory, under a URL of its own. Streamlit
forgets those of a session whenever its page runs again, so a browser that is slow to ask gets an answer 404
and shows a broken picture. A data URL arrives with the page and cannot be missing.
"""

from __future__ import annotations

import base64
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fixviz.media.encode import encode_image
from fixviz.reading.mosaic import webp

_QUALITY: Final = 95
_KINDS: Final = {b"RIFF": "webp", b"\xff\xd8\xff": "jpeg", b"\x89PNG": "png"}


def show_picture(image: NDArray[np.uint8] | bytes | str, alt: str) -> None:
    """Show a picture as wide as its container: RGB or RGBA [H, W, 3 or 4], the bytes of a file, or a data
    URL.

    alt: what a screen reader says instead of it.
    """
    url = image if isinstance(image, str) else data_url(image)
    st.image(url, alt=alt, width="stretch")


def data_url(image: NDArray[np.uint8] | bytes) -> str:
    """Return a picture as a data URL (RFC 2397): an RGB array as JPEG, an RGBA one as WebP.

    Raises ValueError for bytes that are neither WebP, JPEG nor PNG.
    """
    if isinstance(image, bytes):
        data, kind = image, next((k for start, k in _KINDS.items() if image.startswith(start)), "")
        if not kind:
            raise ValueError("A picture must be a WebP, JPEG or PNG file.")
    elif image.shape[-1] == 4:
        data, kind = webp(image), "webp"
    else:
        data, kind = encode_image(image, "jpeg", _QUALITY), "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
