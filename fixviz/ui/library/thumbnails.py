"""Small pictures of runs, all of one shape."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import streamlit as st

WIDTH, HEIGHT = 320, 180


@st.cache_data(show_spinner=False, max_entries=500)
def thumbnail(path: Path) -> bytes | None:
    """Return a stored frame as WebP of 320 x 180 pixels, whole, on a transparent ground; None if unreadable.

    The cache is keyed by the path, which names the content.
    """
    try:
        frame = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        return None
    if frame is None:
        return None
    height, width = frame.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    top, left = (HEIGHT - size[1]) // 2, (WIDTH - size[0]) // 2
    picture = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    picture[top : top + size[1], left : left + size[0], :3] = small
    picture[top : top + size[1], left : left + size[0], 3] = 255
    done, data = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 80])
    return data.tobytes() if done else None
