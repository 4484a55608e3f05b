"""The component on which a crop is drawn; see static/crop.js."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from fixviz.media.clip import Crop
from fixviz.ui.choose.plan import clean_crop

_STATIC = Path(__file__).resolve().parent / "static"
_crop = st.components.v2.component(
    "fixviz_crop",
    js=(_STATIC / "crop.js").read_text(encoding="utf-8"),
    css=(_STATIC / "crop.css").read_text(encoding="utf-8"),
)


def draw_crop(
    pictures: Sequence[str],
    times: Sequence[float],
    size: tuple[int, int],
    least: int,
    key: str,
) -> Crop | None:
    """Let the visitor draw a crop on pictures (URLs) of a clip, and return it in native pixels.

    None is the whole picture. size: width and height of the native picture. least: shortest side of a crop,
    in native pixels.
    """
    width, height = size
    known = st.session_state.get(key, {})
    crop = clean_crop(known.get("crop"), width, height, least)
    result = _crop(
        key=key,
        data={
            "pictures": list(pictures),
            "times": list(times),
            "width": width,
            "height": height,
            "least": least,
            "crop": None if crop is None else list(crop),
        },
        on_crop_change=lambda: None,
    )
    return clean_crop(result.crop, width, height, least)
